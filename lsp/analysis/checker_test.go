package analysis

import (
	"slices"
	"testing"
)

// TestMarkedTextsAreForgotten: of the texts that completion asks about between two edits only
// the last are kept.
func TestMarkedTextsAreForgotten(t *testing.T) {
	f := NewFile("file:///a.lua", "", 1, "local t = {x = 1}\nprint(t.x, t)\n")
	s := NewSnapshot(nil, nil).WithFile(f)
	for at := range f.Text() {
		m, n := s.Marked(f, at)
		s.TypeOf(m, n)
	}
	if s.TypeOf(f, f.Tree().Root()); len(s.checker.units) != keptMarked+1 || s.checker.units[f] == nil {
		t.Errorf("%d units of one file and %d marked ones", len(s.checker.units), keptMarked)
	}
}

// TestLibraryNames: what the library defines is the same before and after its names are at hand.
func TestLibraryNames(t *testing.T) {
	s := NewSnapshot(nil, nil)
	c := s.checker
	names := []string{"print", "string", "_G", "Tool", "State", "Memory", "nobody", "x"}
	before := map[string]bool{}
	for _, name := range names {
		before[name] = slices.ContainsFunc(s.shared.library.librarySorted, func(f *File) bool { return f.assigns(name) })
	}
	if !before["print"] || !before["Tool"] || before["nobody"] {
		t.Fatal(before)
	}
	for range 2 {
		for _, name := range names {
			if got := c.libraryDefines(name); got != before[name] {
				t.Errorf("%s: %v", name, got)
			}
		}
	}
	for _, f := range s.shared.library.librarySorted {
		for _, name := range f.assigned() {
			if !f.assigns(name) || !c.libraryDefines(name) {
				t.Errorf("%s of %s", name, f.URI)
			}
		}
	}
}
