package debug_test

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime/debug"
)

// jump sends the stopped thread to a line; a refusal is returned.
func (s *session) jump(line int) error {
	s.t.Helper()
	targets, err := s.e.GotoTargets(debug.Source{Path: s.file}, line)
	if err != nil {
		return err
	}
	if len(targets) != 1 || targets[0].Line != line {
		s.t.Fatalf("targets for line %d: %+v", line, targets)
	}
	return s.e.Goto(s.thread(), targets[0].ID)
}

func TestGoto(t *testing.T) {
	for _, c := range []struct {
		name, script string
		from, to     int
		output       string
	}{
		{"forward, over statements", "print(1)\nprint(2)\nprint(3)\nprint(4)\n", 2, 4, "1\n4\n"},
		{"back", "local n = 0\nn = n + 1\nprint(n)\nif n == 1 then\n  print('once')\nend\nprint('end')\n", 7, 2, "1\nonce\n2\nend\n"},
		{"to the line itself", "print(1)\nprint(2)\n", 2, 2, "1\n2\n"},
		{"out of a loop", "for i = 1, 3 do\n  print(i)\nend\nprint('end')\n", 2, 4, "end\n"},
		{"out of a generic loop", "for k in pairs{1, 2} do\n  print(k)\nend\nprint('end')\n", 2, 4, "end\n"},
		{"into another branch", "local x = 1\nif x == 1 then\n  print('a')\nelse\n  print('b')\nend\n", 3, 5, "b\n"},
		{"out of a block with a captured local", "local fs = {}\ndo\n  local x = 1\n  fs[1] = function() return x end\n  x = 2\n  print('no')\nend\nprint(fs[1]())\n", 6, 8, "2\n"},
		{"in the middle of open results", "local function f() return 1, 2 end\nlocal function g() return 3 end\nprint(f(),\n  g())\nprint('end')\n", 4, 5, "end\n"},
		{"a declaration again", "local a = 1\nlocal b\nprint(a, b)\nb = 5\nprint(b)\n", 5, 2, "1\tnil\n1\tnil\n5\n"},
		{"to the end of the function", "local function f()\n  print(1)\n  print(2)\n  print(3)\nend\nf()\nprint('end')\n", 3, 5, "1\nend\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := breakAt(t, c.script, c.from)
			s.stopped(debug.ReasonBreakpoint, c.from)
			s.setBreakpoints()
			s.do(s.jump(c.to))
			x := s.stopped(debug.ReasonGoto, c.to)
			equal(t, "thread", x.Thread, 1)
			s.finish(c.output)
		})
	}
}

func TestGotoRefusals(t *testing.T) {
	const script = `
local function other()
  return 1
end
local a = 1
local b = 2
for i = 1, 2 do
  a = a + i
end
print(a,
  b)
`
	for _, c := range []struct {
		name     string
		from, to int
		reason   string
	}{
		{"past a declaration", 4, 9, "the scope of local 'a'"},
		{"into a loop", 5, 7, "local 'b'"},
		{"into a loop that has not begun", 6, 7, "for loop that has not begun"},
		{"another function", 5, 2, "another function"},
		{"no code", 5, 30, "nothing to run on line 30"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := breakAt(t, script, c.from)
			s.stopped(debug.ReasonBreakpoint, c.from)
			err := s.jump(c.to)
			if err == nil || !strings.Contains(err.Error(), c.reason) {
				t.Fatalf("refusal %v, want %q", err, c.reason)
			}
			s.setBreakpoints()
			s.finish("4\t2\n")
		})
	}
	t.Run("at an error", func(t *testing.T) {
		s := open(t, "print(1)\npcall(error, 'x')\nprint(3)\n", debug.Options{})
		s.e.SetExceptionFilters(debug.ExceptionFilter{Caught: true})
		s.run()
		s.stopped(debug.ReasonException, 2)
		if err := s.jump(1); err == nil || !strings.Contains(err.Error(), "step to the next line first") {
			t.Fatalf("refusal: %v", err)
		}
	})
	t.Run("a target of an earlier stop", func(t *testing.T) {
		s := breakAt(t, "print(1)\nprint(2)\nprint(3)\n", 1, 2)
		s.stopped(debug.ReasonBreakpoint, 1)
		targets, err := s.e.GotoTargets(debug.Source{Path: s.file}, 3)
		s.do(err)
		s.do(s.e.Continue())
		s.stopped(debug.ReasonBreakpoint, 2)
		wantError(t, s.e.Goto(1, targets[0].ID), debug.ErrStale)
	})
}

func TestGotoInCoroutine(t *testing.T) {
	s := breakAt(t, `
local co = coroutine.wrap(function(n)
  print('a', n)
  coroutine.yield(1)
  print('b')
  return 2
end)
print(co(7))
print(co())
`, 5)
	s.stopped(debug.ReasonBreakpoint, 5)
	s.setBreakpoints()
	s.do(s.jump(2))
	s.stopped(debug.ReasonGoto, 2)
	s.finish("a\t7\n1\nb\na\t7\n1\n")
}

func TestRestartFrame(t *testing.T) {
	const script = `
local calls = 0
local function inner(x, ...)
  calls = calls + 1
  local y = x * 2
  local z
  z = y + select('#', ...)
  return z
end
local function outer(n)
  local r = inner(n, 1, 2)
  print('outer', r)
  return r
end
print(outer(5), calls)
`
	t.Run("the innermost", func(t *testing.T) {
		s := breakAt(t, script, 7)
		s.stopped(debug.ReasonBreakpoint, 7)
		s.setBreakpoints()
		s.do(s.e.RestartFrame(s.top()))
		s.stopped(debug.ReasonRestart, 3)
		equal(t, "locals", s.locals(s.top()), `x=5 arg=nil (...)[1]=1 (...)[2]=2`)
		s.finish("outer\t12\n12\t2\n")
	})
	t.Run("with a changed argument", func(t *testing.T) {
		s := breakAt(t, script, 7)
		s.stopped(debug.ReasonBreakpoint, 7)
		s.setBreakpoints()
		equal(t, "assignment", s.eval("x = 10"), "")
		s.do(s.e.RestartFrame(s.top()))
		s.stopped(debug.ReasonRestart, 3)
		s.finish("outer\t22\n22\t2\n")
	})
	t.Run("a caller", func(t *testing.T) {
		s := breakAt(t, script, 7)
		s.stopped(debug.ReasonBreakpoint, 7)
		s.setBreakpoints()
		s.do(s.e.RestartFrame(s.frames(1)[1].ID))
		s.stopped(debug.ReasonRestart, 10)
		equal(t, "stack", s.stack(1), "outer:10 main chunk:14")
		s.finish("outer\t12\n12\t2\n")
	})
	t.Run("the main chunk", func(t *testing.T) {
		s := breakAt(t, script, 7)
		s.stopped(debug.ReasonBreakpoint, 7)
		s.setBreakpoints()
		fs := s.frames(1)
		for _, f := range fs {
			if !f.CanRestart {
				t.Errorf("frame %q cannot be started again", f.Name)
			}
		}
		s.do(s.e.RestartFrame(fs[len(fs)-1].ID))
		s.stopped(debug.ReasonRestart, 1)
		s.finish("outer\t12\n12\t1\n")
	})
	t.Run("recursion", func(t *testing.T) {
		s := breakAt(t, `
local log = {}
local function fact(n)
  log[#log + 1] = n
  if n <= 1 then
    return 1
  end
  return n * fact(n - 1)
end
print(fact(4), table.concat(log, ' '))
`, 5)
		s.stopped(debug.ReasonBreakpoint, 5)
		s.setBreakpoints()
		s.do(s.e.RestartFrame(s.frames(1)[2].ID))
		s.stopped(debug.ReasonRestart, 3)
		equal(t, "n", s.eval("n"), "3")
		s.finish("24\t4 3 2 1 3 2 1\n")
	})
	t.Run("closures keep their variables", func(t *testing.T) {
		s := breakAt(t, `
local fs = {}
local function f(n)
  local v = n
  fs[#fs + 1] = function() v = v + 1; return v end
  fs[#fs]()
  return v
end
print(f(1))
print(fs[1](), fs[2] and fs[2]())
`, 6)
		s.stopped(debug.ReasonBreakpoint, 6)
		s.setBreakpoints()
		s.do(s.e.RestartFrame(s.top()))
		s.stopped(debug.ReasonRestart, 3)
		s.finish("2\n3\t3\n")
	})
	t.Run("not through Go", func(t *testing.T) {
		s := breakAt(t, "local function f()\n  pcall(function()\n    print(1)\n  end)\nend\nf()\n", 3)
		s.stopped(debug.ReasonBreakpoint, 3)
		fs := s.frames(1)
		for i, f := range fs {
			if f.CanRestart != (i == 0) {
				t.Errorf("frame %d, %q: CanRestart is %v", i, f.Name, f.CanRestart)
			}
			if i == 0 {
				continue
			}
			if err := s.e.RestartFrame(f.ID); err == nil {
				t.Errorf("frame %q was started again through pcall", f.Name)
			}
		}
		s.do(s.e.RestartFrame(fs[0].ID))
		s.stopped(debug.ReasonRestart, 3)
		s.setBreakpoints()
		s.finish("1\n")
	})
}
