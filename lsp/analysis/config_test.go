package analysis_test

import (
	"path/filepath"
	"slices"
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
	if same, err := c.WithLuarc(folder, []byte(`{"runtime": 3}`)); err == nil || same != c {
		t.Errorf("a wrong file is taken: %v", err)
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
	c, err := (&analysis.Config{Globals: []string{"mine"}}).WithLuacheckrc([]byte(`
		-- comments, and what is no literal, is passed over
		std = "min+busted"
		globals = {"one", two = {fields = {"x"}}, ["three"] = {}, os.getenv("X"), unpack(list)}
		read_globals = {"four"}
		ignore = {"212", "4../shadow", "_.*", "W311/old"}
		exclude_files = {"build/**", "*.gen.lua"}
		unused_args, redefined = true, false
		files["spec"] = {std = "+love"}
		if os.getenv("CI") then globals = {"five"} end
		max_line_length = false
	`))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"mine", "one", "two", "three", "four", "describe"} {
		if !slices.Contains(c.Globals, name) {
			t.Errorf("%s is missing in %q", name, c.Globals)
		}
	}
	for _, name := range []string{"five", "love", "X"} {
		if slices.Contains(c.Globals, name) {
			t.Errorf("%s is in %q", name, c.Globals)
		}
	}
	for _, tt := range []struct {
		codes, names []string
		want         bool
	}{
		{[]string{"212", "unused-vararg"}, []string{"x"}, true}, {[]string{"211"}, []string{"x"}, false}, {[]string{"211"}, []string{"_x"}, true},
		{[]string{"421"}, []string{"x"}, true}, {[]string{"311"}, []string{"old"}, true}, {[]string{"311"}, []string{"new"}, false}, {[]string{"unused"}, nil, false},
	} {
		if got := c.Ignores(tt.codes, tt.names); got != tt.want {
			t.Errorf("%q %q: %v", tt.codes, tt.names, got)
		}
	}
	if c, err = (&analysis.Config{}).WithLuacheckrc([]byte(`return {globals = {"x"}, unused = false}`)); err != nil || !slices.Equal(c.Globals, []string{"x"}) || !c.Ignores([]string{"311"}, nil) {
		t.Errorf("%+v %v", c, err)
	}
	before := &analysis.Config{Globals: []string{"x"}}
	if c, err := before.WithLuacheckrc([]byte("globals = {\n  = }")); err == nil || c != before {
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

func FuzzLuacheckrc(f *testing.F) {
	f.Add("std = 'max' globals = {'x', y = {}, [\"z\"] = 1} return {ignore = {'2'}}")
	f.Add("globals, ignore = {a.b, ...}, 'x' files['x'].std = 1")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := (&analysis.Config{}).WithLuacheckrc([]byte(text))
		if c == nil || err != nil && len(c.Globals) > 0 {
			t.Fatal(c, err)
		}
		c.Ignores([]string{"211", "unused"}, []string{"x"})
		c.Excluded("/a/b.lua")
	})
}
