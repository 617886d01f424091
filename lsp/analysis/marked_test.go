package analysis

import "testing"

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
