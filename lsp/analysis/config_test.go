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
