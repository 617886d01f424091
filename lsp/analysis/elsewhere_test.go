package analysis_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
)

// TestTypesElsewhere: what require gives of a module that lies below another folder has a type, where
// it is clear which file is meant; it is a guess unless the program that the file is in begins there.
func TestTypesElsewhere(t *testing.T) {
	const text = "local M = {}\nfunction M.add(a, b) return a + b end\nreturn M\n"
	for name, c := range map[string]struct {
		from, module string
		files        map[string]string
		want         string // the names of the fields
		certain      bool
	}{
		"a program of its own": {"app/a/main.lua", "b.util", map[string]string{"app/b/util.lua": text}, "add", true},
		"from outside":         {"spec/main.lua", "b.util", map[string]string{"app/b/util.lua": text}, "add", false},
		"a folder":             {"app/main.lua", "x.b", map[string]string{"app/y/x/b/init.lua": text}, "add", false},
		"a field of another":   {"app/a/main.lua", "b.util", map[string]string{"app/b/util.lua": text, "app/a/c.lua": "require('b.util').x = 1\nlocal u = require('b.util')\nfunction u.more() end\n"}, "add more", true},
		"not clear":            {"main.lua", "util", map[string]string{"a/util.lua": text, "b/util.lua": text}, "", false},
		"the nearest":          {"b/spec/main.lua", "util", map[string]string{"a/util.lua": text, "b/lib/util.lua": "return {near = 1}\n"}, "near", false},
		"a script of the name": {"main.lua", "json", map[string]string{"examples/json.lua": "print(1)\n"}, "", false},
		"where it is due":      {"main.lua", "util", map[string]string{"util.lua": "return {here = 1}\n", "a/util.lua": text}, "here", true},
		"of Lua":               {"main.lua", "bit32", map[string]string{"a/bit32.lua": text}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			at := func(path string) string { return filepath.Join(root, filepath.FromSlash(path)) }
			snap := analysis.NewSnapshot(&analysis.Config{Roots: []string{root}}, nil)
			for path, text := range c.files {
				if err := os.MkdirAll(filepath.Dir(at(path)), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(at(path), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				snap = snap.WithIndexed(analysis.NewFile(analysis.URIOf(at(path)), at(path), 0, text).Entry())
			}
			f := analysis.NewFile(analysis.URIOf(at(c.from)), at(c.from), 1, "local m = require('"+c.module+"')\nprint(m)\n")
			snap = snap.WithFile(f)
			use := f.Tree().NodeAt(strings.Index(f.Text(), "(m)") + 1)
			var names []string
			for _, m := range snap.Members(snap.TypeOf(f, use)) {
				names = append(names, m.Name)
			}
			if got := strings.Join(names, " "); got != c.want {
				t.Errorf("the fields are %q, not %q", got, c.want)
			}
			if c.want != "" && snap.Certain(f, use) != c.certain {
				t.Errorf("certain is %v", !c.certain)
			}
		})
	}
}

// TestFilesAreShared: a file that somebody still has is not read again, unless it is another one now.
func TestFilesAreShared(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(root, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return analysis.URIOf(path)
	}
	snap := analysis.NewSnapshot(&analysis.Config{Roots: []string{root}}, nil)
	uri := write("a.lua", "return 1\n")
	long := []string{write("b.lua", strings.Repeat(" ", 700_000)), write("c.lua", strings.Repeat(" ", 700_000))}
	first := snap.File(uri)
	for range 2 {
		for _, uri := range long {
			snap.File(uri)
		}
		if again := snap.File(uri); again != first {
			t.Error("the file was read again")
		}
	}
	write("a.lua", "return 12\n")
	for _, uri := range long {
		snap.File(uri)
	}
	if now := snap.File(uri); now == first || now.Text() != "return 12\n" {
		t.Errorf("the text is %q", now.Text())
	}
}
