package analysis_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
)

func TestLuarc(t *testing.T) {
	folder := t.TempDir()
	c, err := (&analysis.Config{}).WithLuarc(folder, []byte(`{
		// both ways of writing keys, and what editors let people write
		"diagnostics.globals": ["vim", "a // b"],
		"workspace": {"library": ["types", "${3rd}/love2d", "${workspaceFolder}/more"]}, /* and
		so on */
		"runtime.path": ["lua/?.lua", "nothing"],
	}`))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"vim", "a // b"}; !slices.Equal(c.Globals, want) {
		t.Errorf("globals %q, wanted %q", c.Globals, want)
	}
	if want := []string{filepath.Join(folder, "types"), filepath.Join(folder, "more")}; !slices.Equal(c.Library, want) {
		t.Errorf("library %q, wanted %q", c.Library, want)
	}
	if want := []string{"lua/?.lua"}; !slices.Equal(c.ModulePath, want) {
		t.Errorf("path %q, wanted %q", c.ModulePath, want)
	}
	for text, want := range map[string]string{"{\n\"runtime\": [,\n": "line 2: ", "[1]": "it is no JSON object"} {
		if same, err := c.WithLuarc(folder, []byte(text)); err == nil || same != c || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("a wrong file is taken: %v", err)
		}
	}
	// What has a value that it cannot have does not keep the rest from counting.
	c, err = (&analysis.Config{}).WithLuarc(folder, []byte(`{"runtime": 3, "diagnostics": {"globals": ["a"], "severity": {"secret": 1}}, "diagnostics.disable": "x", "Lua.workspace.library": ["a", 2]}`))
	var faults []string
	for _, f := range c.Faults {
		faults = append(faults, f.Text[f.Start:f.End]+" "+f.Message)
	}
	if want := []string{`"runtime" runtime: want an object`, `"diagnostics.disable" diagnostics.disable: want a list of texts`, `"severity" severity: want an object of texts`, `"Lua.workspace.library" Lua.workspace.library: want a list of texts`}; err != nil || !slices.Equal(faults, want) || !slices.Equal(c.Globals, []string{"a"}) || len(c.Library) > 0 {
		t.Errorf("%q %+v %v", faults, c, err)
	}
}

func FuzzLuarc(f *testing.F) {
	for _, text := range []string{`{}`, `{"a": [1, /* x */ 2,],}`, `{"b": "//"} // end`, `{"runtime.path": ["?"]}`, `/*`, `"\`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := (&analysis.Config{}).WithLuarc("/x", []byte(text)); c == nil {
			t.Fatalf("no configuration: %v", err)
		}
	})
}

func TestURIs(t *testing.T) {
	for _, path := range []string{"/a b/c#d/ä.lua", "/a%20b.lua", "/x/y?.lua"} {
		if got := analysis.PathOf(analysis.URIOf(path)); got != filepath.FromSlash(path) {
			t.Errorf("%s is %s and that is %s", path, analysis.URIOf(path), got)
		}
	}
	if got := analysis.PathOf("untitled:Untitled-1"); got != "" {
		t.Errorf("a file without a path has %s", got)
	}
}

func TestLuacheckrc(t *testing.T) {
	root := t.TempDir()
	at := func(path string) string { return filepath.Join(root, filepath.FromSlash(path)) }
	c, err := (&analysis.Config{Globals: []string{"mine"}, Roots: []string{root}}).WithLuacheckrc(root, []byte(`
		std = "min+busted"
		globals = {"one", two = {fields = {"x"}}, ["three"] = {}, os.getenv("X")}
		read_globals = {"four"}
		exclude_files = {"build/**", "**/*.gen.lua"}
		files["src"] = {globals = {"five"}}
		files["src/old"].not_globals = {"one"}
	`))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		path, name string
		want       bool
	}{
		{"a.lua", "mine", true}, {"a.lua", "one", true}, {"a.lua", "two", true}, {"a.lua", "three", true}, {"a.lua", "four", true}, {"a.lua", "describe", true},
		{"a.lua", "five", false}, {"src/a.lua", "five", true}, {"src/a.lua", "one", true}, {"src/old/a.lua", "one", false}, {"a.lua", "X", false},
		{"../a.lua", "one", false}, {"../a.lua", "mine", true},
	} {
		if got := c.KnowsGlobal(at(tt.path), tt.name); got != tt.want {
			t.Errorf("%s in %s: %v", tt.name, tt.path, got)
		}
		if got := slices.Contains(c.GlobalsOf(at(tt.path)), tt.name); got != tt.want {
			t.Errorf("%s among those of %s: %v", tt.name, tt.path, got)
		}
	}
	if !c.KnowsGlobalAnywhere("five") || c.KnowsGlobalAnywhere("six") || !c.KnowsGlobal("", "one") {
		t.Error("globals of any file, or of a file without a path")
	}
	for path, want := range map[string]bool{"build/x/a.lua": true, "x/y.gen.lua": true, "src/a.lua": false} {
		if got := c.Excluded(at(path)); got != want {
			t.Errorf("%s is excluded: %v", path, got)
		}
	}
	if len(c.Faults) != 1 || c.Faults[0].Path != at(".luacheckrc") || c.Faults[0].Text[c.Faults[0].Start:c.Faults[0].End] != `os.getenv("X")` {
		t.Errorf("%+v", c.Faults)
	}
	before := &analysis.Config{Globals: []string{"x"}}
	if c, err := before.WithLuacheckrc(root, []byte("globals = {\n  = }")); err == nil || c != before {
		t.Errorf("%+v %v", c, err)
	} else if err.Error()[:7] != "line 2:" {
		t.Error(err)
	}
}

func TestExcluded(t *testing.T) {
	root := t.TempDir()
	for _, tt := range []struct {
		pattern, path string
		want          bool
	}{
		{"build/", "build/a.lua", true}, {"build/", "src/build/x/a.lua", true}, {"build/", "build", false}, {"build/**", "build/x/a.lua", true},
		{"*.gen.lua", "x/a.gen.lua", true}, {"*.gen.lua", "a.lua", false}, {"src/*.lua", "src/a.lua", true}, {"src/*.lua", "x/src/a.lua", false},
		{"/a.lua", "a.lua", true}, {"/a.lua", "x/a.lua", false}, {"**/a.lua", "x/y/a.lua", true}, {"./src", "src/a.lua", true}, {"[", "a.lua", false},
		{"src/x/", "src/x/y/a.lua", true}, {"*", "a.lua", true},
	} {
		c := &analysis.Config{Roots: []string{root}, Exclude: []string{tt.pattern}}
		if got := c.Excluded(filepath.Join(root, filepath.FromSlash(tt.path))); got != tt.want {
			t.Errorf("%s, %s: %v", tt.pattern, tt.path, got)
		}
	}
	if (&analysis.Config{Roots: []string{root}, Exclude: []string{"*"}}).Excluded(filepath.Join(filepath.Dir(root), "a.lua")) {
		t.Error("a file outside of the roots")
	}
}
