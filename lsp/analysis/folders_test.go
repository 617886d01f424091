package analysis_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
)

// TestRequireInTwoFolders: a script of one folder of the workspace does not see the modules
// of another one, as no script is started in two of them; it sees those of its own folder
// first, and one that is in no folder those of all, in their order.
func TestRequireInTwoFolders(t *testing.T) {
	root := t.TempDir()
	at := func(path string) string { return filepath.Join(root, filepath.FromSlash(path)) }
	snap := analysis.NewSnapshot(&analysis.Config{Roots: []string{at("one"), at("two")}, Library: []string{at("lib")}}, nil)
	file := map[string]*analysis.File{}
	for _, path := range []string{
		"one/main.lua", "one/util.lua", "one/sub/tool.lua", "one/sub/near.lua", "one/near.lua", "one/only1/init.lua",
		"two/main.lua", "two/util.lua", "two/only2.lua", "lib/shared.lua", "lib/util.lua", "else/script.lua", "else/beside.lua",
	} {
		file[path] = analysis.NewFile(analysis.URIOf(at(path)), at(path), 1, "return {}")
		snap = snap.WithFile(file[path])
	}
	for _, tt := range []struct{ from, name, want string }{
		{"one/main.lua", "util", "one/util.lua"}, {"two/main.lua", "util", "two/util.lua"},
		{"one/main.lua", "only2", ""}, {"two/main.lua", "only1", ""}, {"one/main.lua", "only1", "one/only1/init.lua"},
		{"two/main.lua", "sub.tool", ""}, {"one/main.lua", "sub.tool", "one/sub/tool.lua"}, {"one/sub/tool.lua", "util", "one/util.lua"},
		{"one/sub/tool.lua", "near", "one/near.lua"}, {"one/main.lua", "main", "one/main.lua"},
		{"one/main.lua", "shared", "lib/shared.lua"}, {"two/main.lua", "shared", "lib/shared.lua"}, {"two/main.lua", "one.util", ""},
		{"else/script.lua", "beside", "else/beside.lua"}, {"else/script.lua", "util", "one/util.lua"}, {"else/script.lua", "only2", "two/only2.lua"},
	} {
		got := ""
		if f := snap.Require(file[tt.from], tt.name); f != nil {
			rel, err := filepath.Rel(root, f.Path)
			if err != nil {
				t.Fatal(err)
			}
			got = filepath.ToSlash(rel)
		}
		if got != tt.want {
			t.Errorf("require(%q) in %s is %q, not %q", tt.name, tt.from, got, tt.want)
		}
	}
}

// TestSettingsOfTwoFolders: what the files with settings of one folder say counts for the files
// below it, and not for those of its neighbour.
func TestSettingsOfTwoFolders(t *testing.T) {
	root := t.TempDir()
	at := func(path string) string { return filepath.Join(root, filepath.FromSlash(path)) }
	files := map[string]string{
		at("one/.luarc.json"):       `{"diagnostics.globals": ["g1"], "diagnostics.severity": {"unused-local": "error"}, "diagnostics.disable": ["shadowed-local"], "runtime.path": ["src/?.lua"]}`,
		at("one/inner/.luarc.json"): `{"diagnostics.globals": ["g2"]}`,
	}
	read := func(path string) ([]byte, error) {
		if text, ok := files[path]; ok {
			return []byte(text), nil
		}
		return nil, os.ErrNotExist
	}
	base := &analysis.Config{Globals: []string{"all"}, Severity: map[string]string{"unused-label": "off"}, ReadFile: read}
	c := base
	for _, folder := range []string{"one", "two", "one/inner"} {
		c.Roots = append(c.Roots, at(folder))
	}
	for _, folder := range c.Roots {
		var err error
		if c, err = c.WithFolder(folder); err != nil {
			t.Fatal(err)
		}
	}
	c = c.WithRules([]analysis.RuleSetting{{Name: "unused-local", Value: "hint"}})
	for _, tt := range []struct{ path, globals, unused, shadowed, template string }{
		{"one/a.lua", "all g1", "hint", "off", "src/?.lua"},
		{"one/sub/a.lua", "all g1", "hint", "off", "src/?.lua"},
		{"one/inner/a.lua", "all g2", "hint", "", "?.lua"},
		{"two/a.lua", "all", "hint", "", "?.lua"},
		{"else/a.lua", "all", "hint", "", "?.lua"},
	} {
		path := at(tt.path)
		if got := strings.Join(c.GlobalsOf(path), " "); got != tt.globals {
			t.Errorf("%s: globals %s, not %s", tt.path, got, tt.globals)
		}
		for _, name := range []string{"all", "g1", "g2"} {
			if got := c.KnowsGlobal(path, name); got != strings.Contains(tt.globals, name) {
				t.Errorf("%s: %s is known: %t", tt.path, name, got)
			}
		}
		set := c.SeverityFor(path)
		if set["unused-local"] != tt.unused || set["shadowed-local"] != tt.shadowed || set["unused-label"] != "off" {
			t.Errorf("%s: %v", tt.path, set)
		}
		if got := c.Templates(path)[0]; got != tt.template {
			t.Errorf("%s: %s", tt.path, got)
		}
	}
	if !c.KnowsGlobalAnywhere("g2") || c.KnowsGlobalAnywhere("g3") {
		t.Error("globals of any folder")
	}
	// The names of modules are those of the folder.
	snap := analysis.NewSnapshot(c, nil)
	for _, path := range []string{"one/src/m.lua", "two/n.lua", "two/src/k.lua", "one/a.lua", "two/a.lua"} {
		snap = snap.WithFile(analysis.NewFile(analysis.URIOf(at(path)), at(path), 1, "return {}"))
	}
	for _, tt := range []struct {
		from, name string
		found      bool
	}{{"one/a.lua", "m", true}, {"two/a.lua", "n", true}, {"one/a.lua", "src.m", false}, {"two/a.lua", "src.k", true}} {
		if f := snap.Require(snap.File(analysis.URIOf(at(tt.from))), tt.name); (f != nil) != tt.found {
			t.Errorf("require(%q) in %s: %v", tt.name, tt.from, f)
		}
	}
	// Those of the only folder count for files that lie elsewhere, too.
	alone, err := (&analysis.Config{ReadFile: read}).WithFolder(at("one"))
	if err != nil || !alone.KnowsGlobal("", "g1") || !alone.KnowsGlobal(at("else/a.lua"), "g1") {
		t.Error("settings of the only folder", err)
	}
}
