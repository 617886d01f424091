package analysis_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
)

// loadingProject is a snapshot of files, by path, that are indexed. No file can be read: what loads
// what is known without.
func loadingProject(t *testing.T, texts map[string]string) (*analysis.Snapshot, func(string) *analysis.File) {
	t.Helper()
	root := filepath.Join(string(filepath.Separator), "w")
	file := func(name string) *analysis.File {
		path := filepath.Join(root, filepath.FromSlash(name))
		return analysis.NewFile(analysis.URIOf(path), path, 0, texts[name])
	}
	var entries []*analysis.Entry
	for name := range texts {
		entries = append(entries, file(name).Entry())
	}
	config := &analysis.Config{Roots: []string{root}, ReadFile: func(path string) ([]byte, error) {
		t.Errorf("%s is read", path)
		return nil, fmt.Errorf("%s is not to be read", path)
	}}
	return analysis.NewSnapshot(config, nil).WithIndexed(entries...), file
}

func TestAlwaysLoaded(t *testing.T) {
	for name, c := range map[string]struct {
		texts map[string]string
		want  bool
	}{
		"the file itself":         {map[string]string{"a.lua": "wanted()"}, true},
		"it loads one":            {map[string]string{"a.lua": "require('b.c')", "b/c.lua": "dofile('./d/e.lua')", "d/e.lua": "wanted()"}, true},
		"caught":                  {map[string]string{"a.lua": "pcall(require, 'b')", "b/init.lua": "wanted()"}, true},
		"nobody loads one":        {map[string]string{"a.lua": "require('c')", "b.lua": "wanted()", "c.lua": "require('a')"}, false},
		"all programs do":         {map[string]string{"a.lua": "", "m1.lua": "require('a') require('b')", "m2.lua": "require('x')", "x.lua": "require('b') require('a')", "b.lua": "wanted()"}, true},
		"one program does not":    {map[string]string{"a.lua": "", "m1.lua": "require('a') require('b')", "m2.lua": "require('a')", "b.lua": "wanted()"}, false},
		"programs in a ring":      {map[string]string{"a.lua": "require('m')", "m.lua": "require('a') require('b')", "b.lua": "wanted()"}, true},
		"started somewhere else":  {map[string]string{"a.lua": "require('lib.b')", "deep/down/lib/b.lua": "wanted()"}, true},
		"of the file's folder":    {map[string]string{"a.lua": "require('x.c')", "x/c.lua": "require('b')", "x/b.lua": "wanted()", "y/b.lua": ""}, true},
		"another one of the name": {map[string]string{"a.lua": "require('x.c')", "x/c.lua": "require('b')", "x/b.lua": "", "y/b.lua": "wanted()"}, false},
	} {
		s, file := loadingProject(t, c.texts)
		wanted := func(e *analysis.Entry) bool { return e.Mentions("wanted") }
		if got := s.AlwaysLoaded(file("a.lua"), wanted); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestLoadsOfOpenFile edits an open file: what it loads now counts, and what it has on disk
// when it is closed.
func TestLoadsOfOpenFile(t *testing.T) {
	texts := map[string]string{"a.lua": "", "main.lua": "require('a')", "b.lua": "wanted()"}
	s, file := loadingProject(t, texts)
	a := file("a.lua")
	wanted := func(e *analysis.Entry) bool { return e.Mentions("wanted") }
	for i, edit := range []struct {
		text string
		want bool
	}{{"require('a')", false}, {"require('a') require('b')", true}, {"local x = 1 require('a') require('b')", true}, {"require('a') require('bb')", false}} {
		texts["main.lua"] = edit.text
		s = s.WithFile(file("main.lua"))
		if got := s.AlwaysLoaded(a, wanted); got != edit.want {
			t.Errorf("edit %d: %v, want %v", i, got, edit.want)
		}
	}
	texts["main.lua"] = "require('b') require('a')"
	if main := file("main.lua"); !s.WithFile(main).AlwaysLoaded(a, wanted) || s.Without(main.URI).AlwaysLoaded(a, wanted) {
		t.Error("the closed file counts as it was open")
	}
}

// TestLoadsOfMany asks each of many files, of which each loads others, what all programs load.
func TestLoadsOfMany(t *testing.T) {
	texts := map[string]string{"last.lua": "wanted()"}
	const files = 400
	for i := range files {
		var b strings.Builder
		for k := 1; k <= 10; k++ {
			fmt.Fprintf(&b, "require('m%d')\n", (i+k*k)%files)
		}
		texts[fmt.Sprintf("m%d.lua", i)] = b.String()
		texts[fmt.Sprintf("spec/m%d_spec.lua", i)] = fmt.Sprintf("require('m%d')", i)
	}
	s, file := loadingProject(t, texts)
	asked := 0
	for i := range files {
		if s.AlwaysLoaded(file(fmt.Sprintf("m%d.lua", i)), func(e *analysis.Entry) bool { asked++; return e.Mentions("wanted") }) {
			t.Fatalf("m%d.lua loads nothing that is wanted", i)
		}
	}
	if most := files * (len(texts) + 1); asked > most {
		t.Errorf("entries were looked at %d times, want %d at most", asked, most)
	}
}
