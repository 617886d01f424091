package debug_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/runtime/debug"
)

func TestStopOnEntry(t *testing.T) {
	s := open(t, "\n-- a comment\nlocal x = 1\nprint(x)\n", debug.Options{StopOnEntry: true})
	s.run()
	x := s.stopped(debug.ReasonEntry, 2)
	equal(t, "source", x.Source.Path, s.file)
	equal(t, "thread", x.Thread, 1)
	s.follow("over:3 over:end")
	equal(t, "output", s.output(), "1\n")
}

const placed = `
-- comment

local x = 1
local function f(a)
  -- nothing here

  return a
end

local t = {
  a = f(x),

  b = 2,
}
print(t.a)
-- the end
`

// TestVerify: where breakpoints are put, before the file is loaded and after.
func TestVerify(t *testing.T) {
	cases := []struct {
		line, want int
		message    string
	}{
		{1, 3, ""}, {3, 3, ""}, {5, 7, ""}, {6, 7, ""}, {7, 7, ""}, {8, 8, ""}, {9, 10, ""},
		{10, 10, ""}, {11, 11, ""}, {15, 15, ""}, {16, 0, "no code at or after line 16"}, {99, 0, "no code"},
	}
	s := open(t, placed, debug.Options{StopOnEntry: true})
	check := func(when string, got []debug.Breakpoint) {
		t.Helper()
		for i, c := range cases {
			b := got[i]
			if b.Verified != (c.want > 0) || c.want > 0 && b.Line != c.want || !strings.Contains(b.Message, c.message) {
				t.Errorf("%s, line %d: %+v, want line %d %q", when, c.line, b, c.want, c.message)
			}
		}
	}
	var specs []debug.BreakpointSpec
	for _, c := range cases {
		specs = append(specs, debug.BreakpointSpec{Line: c.line})
	}
	check("of a file", debug.VerifyFile(s.file, specs))
	before := s.setBreakpoints(specs...)
	check("before it is loaded", before)
	s.run()
	s.stopped(debug.ReasonEntry, 3)
	after := s.setBreakpoints(specs...)
	check("loaded", after)
	ids := map[int]bool{}
	for _, b := range append(before, after...) {
		if b.ID <= 0 || ids[b.ID] {
			t.Errorf("id %d is not new", b.ID)
		}
		ids[b.ID] = true
	}
	if len(s.changed) > 0 {
		t.Errorf("loading the verified file changed breakpoints: %v", s.changed)
	}
}

func TestVerifyFailures(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.lua")
	if err := os.WriteFile(bad, []byte("local x = = 1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := open(t, "print(1)\n", debug.Options{})
	cases := []struct {
		path string
		spec debug.BreakpointSpec
		want string
	}{
		{filepath.Join(dir, "none.lua"), debug.BreakpointSpec{Line: 1}, "cannot be read"},
		{bad, debug.BreakpointSpec{Line: 1}, "unexpected symbol near '='"},
		{s.file, debug.BreakpointSpec{Line: 1, Condition: "x >"}, "unexpected symbol"},
		{s.file, debug.BreakpointSpec{Line: 1, HitCondition: "often"}, "hit condition \"often\""},
		{s.file, debug.BreakpointSpec{Line: 1, HitCondition: ">= x"}, "hit condition \">= x\""},
		{s.file, debug.BreakpointSpec{Line: 1, HitCondition: "%0"}, "hit condition \"%0\""},
		{s.file, debug.BreakpointSpec{Line: 1, LogMessage: "x {y"}, "not closed"},
		{s.file, debug.BreakpointSpec{Line: 1, LogMessage: "x {1 +}"}, "{1 +}: "},
	}
	for _, c := range cases {
		b := s.e.SetBreakpoints(debug.Source{Path: c.path}, []debug.BreakpointSpec{c.spec})[0]
		if b.Verified || !strings.Contains(b.Message, c.want) {
			t.Errorf("%+v: %+v, want a message with %q", c.spec, b, c.want)
		}
	}
	s.run()
	s.ends("1\n")
}

func TestBreakpointPlaces(t *testing.T) {
	cases := []struct {
		name   string
		script string
		lines  []int
		stops  []int
	}{
		{"one-line function", "\nlocal f = function() return 1 end\nf()\nf()\n", []int{1}, []int{1, 1, 1}},
		{"inside a multi-line expression", "\nlocal t = {\n  1 + 1,\n  tostring(2),\n}\nprint(#t)\n", []int{3}, []int{3}},
		{"arguments on lines of their own", "\nlocal x = 1\nprint(\n  x,\n  x + 1)\nprint(x)\n", []int{4}, []int{4}},
		{"moves of locals", "\nlocal x = 1\nlocal a = x\nlocal b = a\nlocal c = b\nprint(c)\n", []int{2, 3, 4}, []int{2, 3, 4}},
		{"a loop's head", "\nfor i = 1, 2 do\n  print(i)\nend\n", []int{1}, []int{1, 1, 1}},
		{"a repeat loop's condition", "\nlocal i = 0\nrepeat\n  i = i + 1\nuntil i == 2\n", []int{4}, []int{4, 4}},
		{"else", "\nlocal x = 1\nif x == 2 then\n  x = 3\nelse\n  x = 4\nend\nprint(x)\n", []int{3, 5, 7}, []int{5, 7}},
		{"the end of a function", "\nlocal function f()\n  print(1)\nend\nf()\n", []int{3}, []int{3, 3}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := breakAt(t, c.script, c.lines...)
			for i, line := range c.stops {
				s.stopped(debug.ReasonBreakpoint, line)
				if i < len(c.stops)-1 {
					s.do(s.e.Continue())
				}
			}
			s.do(s.e.Continue())
			if err := s.end(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestTwoBreakpointsOnALine(t *testing.T) {
	s := open(t, "\nfor i = 1, 3 do\n  print(i)\nend\n", debug.Options{})
	bs := s.setBreakpoints(debug.BreakpointSpec{Line: 2, Condition: "i ~= 2"}, debug.BreakpointSpec{Line: 2, Condition: "i >= 2"})
	s.run()
	for _, want := range [][]int{{bs[0].ID}, {bs[1].ID}, {bs[0].ID, bs[1].ID}} {
		x := s.stopped(debug.ReasonBreakpoint, 2)
		if len(x.Breakpoints) != len(want) || x.Breakpoints[0] != want[0] || x.Breakpoints[len(want)-1] != want[len(want)-1] {
			t.Errorf("hit %v, want %v", x.Breakpoints, want)
		}
		s.do(s.e.Continue())
	}
	s.ends("1\n2\n3\n")
}

func TestBreakpointInModule(t *testing.T) {
	s := open(t, "\nlocal m = require('mod')\nprint(m.f(1))\n", debug.Options{})
	path := filepath.Join(s.dir, "mod.lua")
	b := s.e.SetBreakpoints(debug.Source{Path: path}, []debug.BreakpointSpec{{Line: 3}})[0]
	if b.Verified || !strings.Contains(b.Message, "cannot be read") {
		t.Fatalf("breakpoint in a file that does not exist: %+v", b)
	}
	s.write("mod.lua", "local M = {}\nfunction M.f(x)\n  return x + 1\nend\nreturn M\n")
	s.run()
	x := s.stopped(debug.ReasonBreakpoint, 3)
	equal(t, "source", x.Source.Path, path)
	equal(t, "name", x.Source.Name, "mod.lua")
	if len(s.changed) != 1 || !s.changed[0].Verified || s.changed[0].ID != b.ID || s.changed[0].Message != "" {
		t.Errorf("breakpoint events %+v, want one that verifies %d", s.changed, b.ID)
	}
	s.finish("2\n")
	if len(s.loaded) != 2 || s.loaded[1].Path != path {
		t.Errorf("loaded sources %v", s.loaded)
	}
}

func TestBreakpointThroughSymlink(t *testing.T) {
	s := open(t, "\nlocal x = 1\nprint(x)\n", debug.Options{})
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(s.dir, link); err != nil {
		t.Fatal(err)
	}
	s.e.SetBreakpoints(debug.Source{Path: filepath.Join(link, "main.lua")}, []debug.BreakpointSpec{{Line: 2}})
	s.run()
	s.stopped(debug.ReasonBreakpoint, 2)
	s.finish("1\n")
}

func TestBreakpointInLoadedString(t *testing.T) {
	s := breakAt(t, "\nlocal f = load('local x = 1\\nreturn x + 1')\nprint('loaded')\nprint(f())\n", 2)
	s.stopped(debug.ReasonBreakpoint, 2)
	var ref debug.Source
	for _, src := range s.e.Sources() {
		if src.Path == "" {
			ref = src
		}
	}
	if ref.Reference == 0 {
		t.Fatalf("the string is not among the sources: %v", s.e.Sources())
	}
	text, err := s.e.SourceText(ref.Reference)
	s.do(err)
	equal(t, "text", text, "local x = 1\nreturn x + 1")
	if _, err := s.e.SourceText(99); err == nil {
		t.Error("SourceText of an unknown reference succeeds")
	}
	bs := s.e.SetBreakpoints(ref, []debug.BreakpointSpec{{Line: 2}, {Line: 9}})
	if !bs[0].Verified || bs[1].Verified {
		t.Errorf("breakpoints in the string: %+v", bs)
	}
	s.do(s.e.Continue())
	x := s.stopped(debug.ReasonBreakpoint, 2)
	equal(t, "reference", x.Source.Reference, ref.Reference)
	equal(t, "locals", s.locals(s.top()), "x=1")
	s.finish("loaded\n2\n")
}

const busy = `
started = true
local n = 0
while not stop do
  n = n + 1
end
print("end")
`

// TestBreakpointWhileRunning: they are added to, and removed from, a loop that
// runs.
func TestBreakpointWhileRunning(t *testing.T) {
	s := open(t, busy, debug.Options{})
	s.run()
	for range 3 {
		if bs := s.setBreakpoints(debug.BreakpointSpec{Line: 4}); !bs[0].Verified {
			t.Fatalf("not verified: %+v", bs)
		}
		s.stopped(debug.ReasonBreakpoint, 4)
		s.setBreakpoints()
		s.do(s.e.Continue())
		wantError(t, s.e.Continue(), debug.ErrNotStopped)
	}
	s.do(s.e.Pause())
	select {
	case x := <-s.stops:
		equal(t, "reason", x.Reason, debug.ReasonPause)
	case <-time.After(deadline):
		t.Fatal("no stop")
	}
	equal(t, "assignment", s.eval("stop = true"), "")
	s.finish("end\n")
}

// TestFileChangedBeforeLoad: a breakpoint follows the file that is loaded.
func TestFileChangedBeforeLoad(t *testing.T) {
	s := open(t, "local x = 1\nprint(x)\n", debug.Options{})
	bs := s.setBreakpoints(debug.BreakpointSpec{Line: 1}, debug.BreakpointSpec{Line: 2})
	s.write("main.lua", "-- new\n-- lines\nlocal x = 1\n")
	s.run()
	s.stopped(debug.ReasonBreakpoint, 3)
	if len(s.changed) != 2 || s.changed[0].ID != bs[0].ID || s.changed[0].Line != 3 || s.changed[1].Line != 3 {
		t.Errorf("breakpoint events %+v", s.changed)
	}
	s.finish("")
}
