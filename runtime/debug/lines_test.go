package debug_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/llmspell/llmspell/runtime/debug"
)

func TestLines(t *testing.T) {
	s := breakAt(t, `
local a = 1

-- nothing
local function f()
  return a
end
f()
`, 5)
	src := debug.Source{Path: s.file}
	want := func(from, to int, lines string) {
		t.Helper()
		got, err := s.e.Lines(src, from, to)
		s.do(err)
		equal(t, fmt.Sprintf("lines %d to %d", from, to), fmt.Sprint(got), lines)
		got, err = debug.LinesOfFile(s.file, from, to)
		s.do(err)
		equal(t, fmt.Sprintf("lines %d to %d of the file", from, to), fmt.Sprint(got), lines)
	}
	want(1, 100, "[1 5 6 7]") // before and after the load
	s.stopped(debug.ReasonBreakpoint, 5)
	want(1, 100, "[1 5 6 7]")
	want(2, 4, "[]")
	want(5, 5, "[5]")
	want(6, 5, "[]")
	s.write("main.lua", "\n\n\nlocal changed = 1\n")
	got, err := s.e.Lines(src, 1, 100)
	s.do(err)
	equal(t, "lines of what runs", fmt.Sprint(got), "[1 5 6 7]")
	s.finish("")

	for _, bad := range []debug.Source{{Path: filepath.Join(s.dir, "none.lua")}, {Path: s.write("bad.lua", "x x")}, {Reference: 99}, {}} {
		if got, err := s.e.Lines(bad, 1, 10); err == nil {
			t.Errorf("Lines(%+v) = %v without an error", bad, got)
		}
	}
}
