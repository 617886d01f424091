package batch_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/batch"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/lint"
)

// folder makes a folder with files.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// found lists findings: file:code.
func found(t testing.TB, dir string, r *batch.Report) []string {
	t.Helper()
	var out []string
	for _, f := range r.Files {
		rel, err := filepath.Rel(dir, f.Path)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range f.Findings {
			out = append(out, filepath.ToSlash(rel)+":"+x.Code)
		}
	}
	return out
}

func TestFind(t *testing.T) {
	dir := folder(t, map[string]string{
		"a.lua": "", "b.txt": "", "sub/c.lua": "", ".hidden/d.lua": "", "node_modules/e.lua": "", "vendor/f.lua": "", "sub/gen/g.lua": "", "sub/h.gen.lua": "",
		"sub/.gitignore": "# generated\ngen/\n*.gen.lua\n", "odd/.gitignore": "*.lua\n!kept.lua\n", "odd/kept.lua": "", "odd/i.lua": "",
	})
	names := func(list []string) string {
		var out []string
		for _, path := range list {
			rel, err := filepath.Rel(dir, path)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, filepath.ToSlash(rel))
		}
		return strings.Join(out, " ")
	}
	list, err := batch.Find([]string{dir, filepath.Join(dir, "sub"), filepath.Join(dir, "b.txt"), filepath.Join(dir, "vendor")})
	// What a .gitignore takes back is not understood: nothing of it counts then.
	if want := "a.lua b.txt odd/i.lua odd/kept.lua sub/c.lua vendor/f.lua"; err != nil || names(list) != want {
		t.Errorf("%s, wanted %s: %v", names(list), want, err)
	}
	list, err = batch.Find([]string{filepath.Join(dir, "nowhere"), filepath.Join(dir, "a.lua")})
	if !errors.Is(err, fs.ErrNotExist) || names(list) != "a.lua" {
		t.Errorf("%s %v", names(list), err)
	}
}

// TestSettings: the files with settings of a project count, in their order, and after
// those that the caller has.
func TestSettings(t *testing.T) {
	const text = "local unused\nprint(one, two, three, four)\nlocal function f(x) end\nf()\n"
	dir := folder(t, map[string]string{
		"a.lua": text, "out/b.lua": text, "c.gen.lua": text,
		".luarc.json":  `{"diagnostics.globals": ["two"], "diagnostics.severity": {"unused-parameter": "error"}, "workspace.ignoreDir": ["out"]}`,
		".luacheckrc":  "globals = {'three'}\nexclude_files = {'*.gen.lua'}\nignore = {'211'}\n",
		"out/four.lua": "four = 1\n",
	})
	p := &batch.Project{Catalog: catalog.Builtin(), Config: &analysis.Config{Globals: []string{"one"}, Severity: map[string]string{"unused-parameter": "off"}}}
	r, err := p.Check(context.Background(), []string{dir}, false)
	if got, want := found(t, dir, &r), []string{"a.lua:undefined-global", "a.lua:unused-parameter", "out/b.lua:undefined-global", "out/b.lua:unused-parameter"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, wanted %q: %v", got, want, err)
	}
	if r.Worst() != lint.Error {
		t.Errorf("%v", r.Worst())
	}
	if err := os.WriteFile(filepath.Join(dir, ".luacheckrc"), []byte("globals = {"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Check(context.Background(), []string{dir}, false); err == nil || !strings.Contains(err.Error(), ".luacheckrc could not be read: line 1: ") {
		t.Errorf("%v", err)
	}
}

// TestUnknownRules: names in settings that are no rules are said; those of other checkers
// in the files of a project are left alone.
func TestUnknownRules(t *testing.T) {
	dir := folder(t, map[string]string{"a.lua": "print(1)\n", ".luarc.json": `{"diagnostics.severity": {"unused-locl": "off", "need-check-nil": "error"}, "diagnostics.disable": ["undefined-gobal", "unused-label", "211"]}`})
	p := &batch.Project{Config: &analysis.Config{Severity: map[string]string{"nme": "off", "unused-local": "error"}, Rules: []analysis.RuleSetting{
		{Where: "[lint.severity]", Name: "nme", Value: "off"}, {Where: "[lint.severity]", Name: "unused-local", Value: "error"}}}}
	r, err := p.Check(context.Background(), []string{dir}, false)
	if got := strings.Join(r.Settings, "\n"); err != nil || len(r.Settings) != 3 || !strings.Contains(got, `[lint.severity]: there is no rule named "nme"`) || !strings.Contains(got, `.luarc.json:1:27: `) || !strings.Contains(got, `did you mean "unused-local"?`) || !strings.Contains(got, `did you mean "undefined-global"?`) {
		t.Errorf("%s %v", got, err)
	}
}

// TestStamp: a stamp changes with the files, and with the settings of their project.
func TestStamp(t *testing.T) {
	dir := folder(t, map[string]string{"a.lua": "x = 1\n", ".luarc.json": "{}"})
	p := &batch.Project{}
	r, err := p.Check(context.Background(), []string{dir}, false)
	if err != nil || r.Stamp != p.Look([]string{dir}) {
		t.Fatalf("%v %v", r.Stamp, err)
	}
	last := r.Stamp
	for _, change := range []func() error{
		func() error { return os.WriteFile(filepath.Join(dir, "a.lua"), []byte("x = 12\n"), 0o600) },
		func() error { return os.WriteFile(filepath.Join(dir, "b.lua"), nil, 0o600) },
		func() error { return os.Remove(filepath.Join(dir, "a.lua")) },
		func() error { return os.WriteFile(filepath.Join(dir, ".luacheckrc"), []byte("globals = {'x'}"), 0o600) },
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		now := p.Look([]string{dir})
		if now == last || now != p.Look([]string{dir}) {
			t.Errorf("%v after %v", now, last)
		}
		last = now
	}
}

// TestWrite: a file is replaced at once, keeps its permissions and its links, and is left
// alone if somebody else has changed it.
func TestWrite(t *testing.T) {
	dir := folder(t, map[string]string{"a.lua": "old"})
	path := filepath.Join(dir, "a.lua")
	link := filepath.Join(dir, "link.lua")
	if err := errors.Join(os.Symlink("a.lua", link), os.Chmod(path, 0o640)); err != nil {
		t.Fatal(err)
	}
	if err := batch.Write(link, "old", "new"); err != nil {
		t.Fatal(err)
	}
	if err := batch.Write(path, "old", "newer"); !errors.Is(err, batch.ErrChanged) {
		t.Error(err)
	}
	text, err := os.ReadFile(path)
	info, err2 := os.Stat(path)
	target, err3 := os.Readlink(link)
	if errors.Join(err, err2, err3) != nil || string(text) != "new" || target != "a.lua" || filepath.Separator == '/' && info.Mode().Perm() != 0o640 {
		t.Errorf("%q %v %s %v %v %v", text, info.Mode(), target, err, err2, err3)
	}
	if err := batch.Write(filepath.Join(dir, "nowhere.lua"), "", "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("%v %v", left, err)
	}
}

// TestNoFile: a device or a pipe is no file to check.
func TestNoFile(t *testing.T) {
	if _, err := batch.Find([]string{os.DevNull}); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Error(err)
	}
}

// TestUnreadable: a file that cannot be checked does not keep others from it.
func TestUnreadable(t *testing.T) {
	dir := folder(t, map[string]string{"a.lua": "x = = 1\n", "big.lua": strings.Repeat("-", 9<<20), ".luarc.json": "{}"})
	r, err := (&batch.Project{}).Check(context.Background(), []string{dir}, false)
	if got := found(t, dir, &r); err != nil || len(r.Unreadable) != 1 || !strings.Contains(r.Unreadable[0].Error(), "big.lua") || !slices.Equal(got, []string{"a.lua:syntax"}) {
		t.Errorf("%q %v %v", got, r.Unreadable, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := (&batch.Project{}).Check(ctx, []string{dir}, false); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
