package analysis_test

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/markers"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// TestMarkers answers the questions that the files of testdata ask in comments.
func TestMarkers(t *testing.T) {
	root, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	s := analysis.NewSnapshot(&analysis.Config{Roots: []string{root}}, catalog.Builtin())
	var entries []*analysis.Entry
	for _, path := range markers.Files(t, root) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, analysis.NewFile(analysis.URIOf(path), path, 0, string(text)).Entry())
	}
	s = s.WithIndexed(entries...)
	for _, path := range markers.Files(t, root) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f := analysis.NewFile(analysis.URIOf(path), path, 1, string(text))
		name, err := filepath.Rel(root, path)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.ToSlash(name), func(t *testing.T) {
			s := s.WithFile(f)
			for _, m := range markers.Read(t, name, f.Text()) {
				m.Check(t, name, answer(t, s, f, m))
			}
		})
	}
}

func answer(t *testing.T, s *analysis.Snapshot, f *analysis.File, m markers.Marker) string {
	t.Helper()
	switch m.Kind {
	case "type":
		return s.TypeOf(f, nodeOf(f, m)).String()
	case "expected":
		return s.Expected(f, nodeOf(f, m)).String()
	case "members":
		var names []string
		for _, x := range s.Members(s.TypeOf(f, nodeOf(f, m))) {
			names = append(names, x.Name)
		}
		return strings.Join(names, " ")
	case "slot":
		slot, _ := s.SlotAt(f, m.Offset)
		return slot.Kind
	case "keys": // what a table wants at the place of completion
		marked, _ := s.Marked(f, m.Offset)
		call, ok := s.CallAt(marked, m.Offset)
		if !ok || call.Params == nil {
			return ""
		}
		var names []string
		for _, x := range s.Members(call.Params) {
			if !slices.Contains(call.Keys, x.Name) {
				names = append(names, x.Name)
			}
		}
		return strings.Join(names, " ")
	case "call":
		call, ok := s.CallAt(f, m.Offset)
		if !ok || call.Func == nil {
			return ""
		}
		return call.Func.Name + " " + string(rune('0'+call.Active))
	case "def":
		sym, _, ok := s.SymbolAt(f, m.Offset)
		if !ok {
			return ""
		}
		return places(s, s.Definition(sym)...)
	case "refs":
		sym, _, ok := s.SymbolAt(f, m.Offset)
		if !ok {
			return ""
		}
		var list []string
		for _, r := range s.References(t.Context(), sym) {
			list = append(list, place(s, r.Location))
		}
		return strings.Join(list, " ")
	}
	t.Errorf("no such marker: %s", m.Kind)
	return ""
}

// nodeOf returns the outermost expression or name that is exactly the piece.
func nodeOf(f *analysis.File, m markers.Marker) syntax.Node {
	tree := f.Tree()
	for n := syntax.Node(1); int(n) < tree.Len(); n++ {
		if tree.Start(n) == m.Start && tree.End(n) == m.End && tree.Kind(n) >= syntax.Name {
			return n
		}
	}
	return tree.NodeAt(m.Offset)
}

// place is a location as FILE:LINE:COLUMN, from 1, the file without its folder.
func place(s *analysis.Snapshot, l types.Location) string {
	f := s.File(l.URI)
	if f == nil {
		return l.URI
	}
	before := f.Text()[:l.Start]
	line := strings.Count(before, "\n") + 1
	column := l.Start - strings.LastIndex(before, "\n")
	return fmt.Sprintf("%s:%d:%d", path.Base(l.URI), line, column)
}

func places(s *analysis.Snapshot, list ...types.Location) string {
	var all []string
	for _, l := range list {
		all = append(all, place(s, l))
	}
	return strings.Join(all, " ")
}
