package debug_test

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime/debug"
)

func (s *session) targets() []debug.StepInTarget {
	s.t.Helper()
	ts, err := s.e.StepInTargets(s.top())
	s.do(err)
	return ts
}

func TestStepInTargets(t *testing.T) {
	const script = `
local t = {}
function t.a(x)
  return x + 1
end
function t:b(x)
  return x + 2
end
local function c(x)
  return x + 3
end
print(c(t.a(1)) + t:b(2), tostring(3)); c(0)
print('end')
`
	for _, c := range []struct {
		target string
		line   int // where the step ends
	}{{"t.a", 3}, {":b", 6}, {"c", 9}, {"print", 12}, {"tostring", 12}} {
		t.Run(c.target, func(t *testing.T) {
			s := breakAt(t, script, 11)
			s.stopped(debug.ReasonBreakpoint, 11)
			s.setBreakpoints()
			var labels []string
			id := 0
			for _, x := range s.targets() {
				labels = append(labels, x.Label)
				if x.Label == c.target && id == 0 {
					id = x.ID
				}
			}
			equal(t, "targets", strings.Join(labels, " "), "t.a c :b tostring print c (2)")
			s.do(s.e.StepInTarget(1, id))
			if c.line == 12 { // no Lua code: like a step over, to the next statement's call or line
				s.stopped(debug.ReasonStep, 12)
			} else {
				s.stopped(debug.ReasonStep, c.line)
			}
			s.finish("9\t3\nend\n")
		})
	}
	t.Run("a breakpoint before it", func(t *testing.T) {
		s := breakAt(t, script, 11)
		s.stopped(debug.ReasonBreakpoint, 11)
		s.setBreakpoints(debug.BreakpointSpec{Line: 3})
		ts := s.targets()
		s.do(s.e.StepInTarget(1, ts[2].ID))
		s.stopped(debug.ReasonBreakpoint, 3)
		s.setBreakpoints()
		s.finish("9\t3\nend\n")
	})
	t.Run("an error before it", func(t *testing.T) {
		s := breakAt(t, "local function f() end\nprint(pcall(function()\n  f(error('x', 0))\nend))\nprint('end')\n", 3)
		s.stopped(debug.ReasonBreakpoint, 3)
		s.setBreakpoints()
		ts := s.targets()
		s.do(s.e.StepInTarget(1, ts[1].ID))
		s.stopped(debug.ReasonStep, 5)
		s.finish("false\tx\nend\n")
	})
}

func TestReturnValues(t *testing.T) {
	const script = `
local function two(x)
  return x, "b"
end
local function tail(x)
  return two(x)
end
local function library(x)
  return select(1, x, 7)
end
local function none()
  local x = 1
end
local a, b = two(1)
a = tail(2)
a = library(3)
none()
print('end')
`
	for _, c := range []struct {
		in   int
		want string
	}{
		{2, `(two returned) 1=1 (two returned) 2="b"`},
		{5, `(two returned) 1=2 (two returned) 2="b"`},
		{8, `(library returned) 1=3 (library returned) 2=7`},
		{11, ``},
	} {
		s := breakAt(t, script, c.in)
		s.stopped(debug.ReasonBreakpoint, c.in)
		s.setBreakpoints()
		s.do(s.e.StepOut(1))
		select {
		case <-s.stops:
		case err := <-s.ended:
			t.Fatalf("from line %d: ended: %v", c.in, err)
		}
		scopes, err := s.e.Scopes(s.top())
		s.do(err)
		if scopes[0].Kind != debug.ScopeReturns {
			t.Fatalf("from line %d: no return values: %v", c.in, scopes)
		}
		equal(t, "returned", list(s.children(scopes[0].Ref)), c.want)
		s.do(s.e.StepIn(1)) // they are of that step only
		select {
		case <-s.stops:
			scopes, err := s.e.Scopes(s.top())
			s.do(err)
			if scopes[0].Kind == debug.ScopeReturns {
				t.Error("the values are shown after another step")
			}
			s.finish("end\n")
		case err := <-s.ended:
			s.do(err)
		}
	}
}

func TestStepInstructions(t *testing.T) {
	const script = `
local function f(x)
  return x * 2
end
local a = 1
a = f(a) + 1
print(a)
`
	t.Run("in", func(t *testing.T) {
		s := breakAt(t, script, 5)
		s.stopped(debug.ReasonBreakpoint, 5)
		s.setBreakpoints()
		var lines []string
		for range 7 { // MOVE, MOVE, CALL | MUL, RETURN | ADD | GETGLOBAL
			s.do(s.e.StepInstruction(1, false))
			x := <-s.stops
			equal(t, "reason", x.Reason, debug.ReasonStep)
			lines = append(lines, string(rune('0'+x.Line)))
		}
		equal(t, "lines", strings.Join(lines, ""), "5522566")
		s.finish("3\n")
	})
	t.Run("over", func(t *testing.T) {
		s := breakAt(t, script, 5)
		s.stopped(debug.ReasonBreakpoint, 5)
		s.setBreakpoints()
		var lines []string
		for range 5 {
			s.do(s.e.StepInstruction(1, true))
			lines = append(lines, string(rune('0'+(<-s.stops).Line)))
		}
		equal(t, "lines", strings.Join(lines, ""), "55566")
		s.do(s.e.StepOver(1))
		s.ends("3\n")
	})
	t.Run("to the end", func(t *testing.T) {
		s := breakAt(t, "local co = coroutine.wrap(function() coroutine.yield(1) return 2 end)\nprint(co() + co())\n", 1)
		s.stopped(debug.ReasonBreakpoint, 1)
		s.setBreakpoints()
		for n := 0; ; n++ {
			s.do(s.e.StepInstruction(s.thread(), n%3 == 2))
			select {
			case <-s.stops:
				if n > 200 {
					t.Fatal("it does not end")
				}
				continue
			case err := <-s.ended:
				s.do(err)
			}
			break
		}
		equal(t, "output", s.output(), "3\n")
	})
}

func TestSkip(t *testing.T) {
	const script = `
local lib = require 'lib'
local function f() return 1 end
lib.call(f)
lib.other()
print('end')
`
	const lib = "local M = {}\nfunction M.call(f)\n  local x = 1\n  f()\n  return x\nend\nfunction M.other()\n  return 2\nend\nreturn M\n"
	begin := func(t *testing.T) *session {
		s := open(t, script, debug.Options{})
		s.write("lib.lua", lib)
		s.setBreakpoints(debug.BreakpointSpec{Line: 3})
		s.run()
		return s
	}
	t.Run("files", func(t *testing.T) {
		s := begin(t)
		s.e.SetSkip(func(src debug.Source) bool { return src.Name == "lib.lua" })
		s.stopped(debug.ReasonBreakpoint, 3)
		s.setBreakpoints()
		s.follow("in:2 out:4 in:5")
		s.finish("end\n")
	})
	t.Run("toggled while it is stopped", func(t *testing.T) {
		s := begin(t)
		s.e.SetSkip(func(src debug.Source) bool { return src.Name == "lib.lua" })
		s.stopped(debug.ReasonBreakpoint, 3)
		s.setBreakpoints()
		s.do(s.e.StepIn(1))
		s.stopped(debug.ReasonStep, 2)
		s.e.SetSkip(nil)
		s.follow("out:5 out:4 in:8")
		s.finish("end\n")
	})
	t.Run("functions", func(t *testing.T) {
		s := begin(t)
		s.e.SetStepFilter(func(name string) bool { return name == "M.call" || name == "f" })
		s.stopped(debug.ReasonBreakpoint, 3)
		s.setBreakpoints()
		s.follow("in:4 in:8")
		s.finish("end\n")
	})
	t.Run("a breakpoint in a skipped file", func(t *testing.T) {
		s := begin(t)
		s.e.SetSkip(func(src debug.Source) bool { return src.Name == "lib.lua" })
		s.stopped(debug.ReasonBreakpoint, 3)
		s.e.SetBreakpoints(debug.Source{Path: s.dir + "/lib.lua"}, []debug.BreakpointSpec{{Line: 8}})
		s.setBreakpoints()
		s.do(s.e.Continue())
		s.stopped(debug.ReasonBreakpoint, 8)
		s.finish("end\n")
	})
}
