package debug_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/debug"
)

var (
	uncaught = debug.ExceptionFilter{Uncaught: true}
	caught   = debug.ExceptionFilter{Caught: true}
	all      = debug.ExceptionFilter{Uncaught: true, Caught: true}
)

type raiseCase struct {
	name    string
	script  string
	line    int
	caught  bool
	kind    string
	message string // its end
	locals  string // of the frame that raised it
	frames  string // the names
}

var raiseCases = []raiseCase{
	{"runtime error", "\nlocal t = nil\nlocal function f(x)\n  return t.x + x\nend\nf(1)\n", 3, false,
		"runtime error", "attempt to index upvalue 't' (a nil value)", "x=1", "f|main chunk"},
	{"arithmetic", "\nlocal a, b = 1, {}\nlocal c = a + b\n", 2, false,
		"runtime error", "attempt to perform arithmetic on local 'b' (a table value)", "a=1 b={}", "main chunk"},
	{"call of nil", "\nlocal x = 1\nnothing(x)\n", 2, false,
		"runtime error", "attempt to call global 'nothing' (a nil value)", "x=1", "main chunk"},
	{"concatenation", "\nlocal x = {}\nlocal s = 'a' .. x\n", 2, false,
		"runtime error", "attempt to concatenate local 'x' (a table value)", "x={}", "main chunk"},
	{"comparison", "\nlocal x = {}\nlocal s = x < 1\n", 2, false,
		"runtime error", "attempt to compare table with number", "x={}", "main chunk"},
	{"error", "\nlocal x = 1\nerror('boom')\n", 2, false,
		"error", "main.lua:2: boom", "x=1", "main chunk"},
	{"error with level 2", "\nlocal function f(y) error('boom', 2) end\nf(1)\n", 1, false,
		"error", "main.lua:2: boom", "y=1", "f|main chunk"},
	{"error with a table", "\nlocal x = 1\nerror({message = 'from table', code = 5})\n", 2, false,
		"table", "from table", "x=1", "main chunk"},
	{"error with nil", "\nerror()\n", 1, false, "nil", "(error object is a nil value)", "", "main chunk"},
	{"assert", "\nlocal x = 1\nassert(x == 2, 'not two')\n", 2, false,
		"error", "not two", "x=1", "main chunk"},
	{"pcall", "\nlocal ok = pcall(function(a)\n  error('in pcall')\nend, 7)\nassert(not ok)\n", 2, true,
		"error", "main.lua:2: in pcall", "a=7", "(anonymous:1)|[Go] pcall|main chunk"},
	{"xpcall with a handler", "\nlocal ok, m = xpcall(function()\n  local z = 3\n  error('x')\nend, function(e) return e .. '!' end)\n", 3, true,
		"error", "main.lua:3: x", "z=3", "(anonymous:1)|[Go] xpcall|main chunk"},
	{"coroutine under resume", "\nlocal co = coroutine.create(function(v)\n  error('in co')\nend)\ncoroutine.resume(co, 8)\n", 2, true,
		"error", "main.lua:2: in co", "v=8", "(anonymous:1)|resumed by main|[Go] coroutine.resume|main chunk"},
	{"coroutine under wrap", "\nlocal f = coroutine.wrap(function(v)\n  local n = v .. nil\nend)\nf(8)\n", 2, false,
		"runtime error", "attempt to concatenate a nil value", "v=8", "(anonymous:1)|resumed by main|[Go] f|main chunk"},
	{"coroutine under wrap in pcall", "\nlocal f = coroutine.wrap(function(v)\n  error('w')\nend)\npcall(f, 8)\n", 2, true,
		"error", "main.lua:2: w", "v=8", "(anonymous:1)|resumed by main|[Go] function|[Go] pcall|main chunk"},
	{"library function", "\nlocal x = 1\nstring.rep()\n", 2, false,
		"runtime error", "bad argument #1 to 'rep' (string expected, got no value)", "x=1", "main chunk"},
	{"metamethod", "\nlocal v = setmetatable({}, {__add = function(a, b)\n  local w = b\n  error('no sum')\nend})\nlocal s = v + 4\n", 3, false,
		"error", "main.lua:3: no sum", "a={} b=4 w=4", "(anonymous:1)|main chunk"},
	{"callback of a library", "\nlocal s = ('abc'):gsub('b', function(c)\n  error('cb')\nend)\n", 2, false,
		"error", "main.lua:2: cb", `c="b"`, "(anonymous:1)|[Go] string.gsub|main chunk"},
}

// TestExceptions: each error stops once, where it is raised, with its frames
// and locals, if the filter asks for it, and otherwise not at all.
func TestExceptions(t *testing.T) {
	for _, c := range raiseCases {
		for _, filter := range []debug.ExceptionFilter{{}, uncaught, caught, all} {
			t.Run(fmt.Sprintf("%s, %+v", c.name, filter), func(t *testing.T) { checkRaise(t, c, filter) })
		}
	}
}

func checkRaise(t *testing.T, c raiseCase, filter debug.ExceptionFilter) {
	s := open(t, c.script, debug.Options{})
	s.e.SetExceptionFilters(filter)
	s.run()
	if c.caught && filter.Caught || !c.caught && filter.Uncaught {
		x := s.stopped(debug.ReasonException, c.line)
		info, err := s.e.ExceptionInfo(x.Thread)
		s.do(err)
		equal(t, "type", info.Type, c.kind)
		equal(t, "caught", info.Caught, c.caught)
		equal(t, "text", x.Text, info.Message)
		if !strings.HasSuffix(info.Message, c.message) {
			t.Errorf("message %q, want %q", info.Message, c.message)
		}
		if !strings.HasPrefix(info.Traceback, info.Message+"\nstack traceback:\n\t") || !strings.Contains(info.Traceback, fmt.Sprintf("\n\tmain.lua:%d: in ", c.line)) {
			t.Errorf("traceback %q", info.Traceback)
		}
		var names []string
		raised := 0
		for _, f := range s.frames(x.Thread) {
			names = append(names, f.Name)
			if raised == 0 && f.Kind != debug.FrameGo {
				raised = f.ID
				equal(t, "line of the frame", f.Line, c.line)
			}
		}
		equal(t, "frames", strings.Join(names, "|"), c.frames)
		equal(t, "locals", s.locals(raised), c.locals)
		s.do(s.e.Continue())
	}
	err := s.end()
	if c.caught && err != nil || !c.caught && (err == nil || !strings.HasSuffix(err.Error(), c.message)) {
		t.Errorf("the script ended with %v", err)
	}
}

func TestStackOverflow(t *testing.T) {
	s := open(t, "\nlocal function f(n)\n  return 1 + f(n + 1)\nend\nlocal ok, err = pcall(f, 1)\nprint(ok, err)\n", debug.Options{})
	s.e.SetExceptionFilters(all)
	s.run()
	x := s.stopped(debug.ReasonException, 2)
	if !strings.Contains(x.Text, "stack overflow") {
		t.Errorf("text %q", x.Text)
	}
	frames, total, err := s.e.StackTrace(1, 0, 3)
	s.do(err)
	if total < 100_000 || len(frames) != 3 {
		t.Errorf("%d frames of %d", len(frames), total)
	}
	if n := s.locals(frames[0].ID); !strings.HasPrefix(n, "n=1") && !strings.HasPrefix(n, "n=2") {
		t.Errorf("locals %s", n)
	}
	s.do(s.e.Continue())
	s.do(s.end())
	if out := s.output(); !strings.HasPrefix(out, "false\t") || !strings.Contains(out, "stack overflow") {
		t.Errorf("output %q", out)
	}
}

var errDisk = errors.New("disk full")

// TestExceptionCauses: the Go errors behind an error raised by the host.
func TestExceptionCauses(t *testing.T) {
	s := open(t, "\nlocal n = 1\nsave(n)\n", debug.Options{})
	s.st.L.SetGlobal("save", s.st.L.NewFunction(func(L *lua.LState) int {
		s.st.Raise(L, fmt.Errorf("save %d: %w", L.CheckInt(1), errDisk))
		return 0
	}))
	s.e.SetExceptionFilters(uncaught)
	s.run()
	x := s.stopped(debug.ReasonException, 2)
	info, err := s.e.ExceptionInfo(1)
	s.do(err)
	equal(t, "causes", strings.Join(info.Causes, "|"), "save 1: disk full|disk full")
	equal(t, "text", x.Text, "main.lua:2: save 1: disk full")
	s.do(s.e.Continue())
	wantError(t, s.end(), errDisk)
}

// TestExceptionStop: what can be done at one.
func TestExceptionStop(t *testing.T) {
	s := open(t, "\nlocal function f(x)\n  error('e')\nend\npcall(f, 1)\nlocal after = 1\nprint(after)\n", debug.Options{})
	s.e.SetExceptionFilters(caught)
	s.run()
	s.stopped(debug.ReasonException, 2)
	equal(t, "x", s.evalIn(s.frames(1)[0].ID, "x + 1"), "2")
	equal(t, "an error in an evaluation does not stop", s.eval("error('again')"), "error: again")
	s.follow("over:5")
	if _, err := s.e.ExceptionInfo(1); err == nil || !strings.Contains(err.Error(), "not stopped at an error") {
		t.Errorf("exception info after a step: %v", err)
	}
	s.finish("1\n")
	_, err := s.e.ExceptionInfo(1)
	wantError(t, err, debug.ErrNotStopped)
}

// TestRaisedAgain: an error that a script hands on is a new one.
func TestRaisedAgain(t *testing.T) {
	s := open(t, "\nlocal ok, e = pcall(error, 'first', 0)\nerror(e, 0)\n", debug.Options{})
	s.e.SetExceptionFilters(all)
	s.run()
	s.stopped(debug.ReasonException, 1)
	s.do(s.e.Continue())
	s.stopped(debug.ReasonException, 2)
	s.do(s.e.Continue())
	if err := s.end(); err == nil || err.Error() != "first" {
		t.Errorf("error %v", err)
	}
}

// TestWrapCalledAgain: calling a dead coroutine is an error of its own.
func TestWrapCalledAgain(t *testing.T) {
	s := open(t, "\nlocal f = coroutine.wrap(function() error('inside') end)\npcall(f)\nf()\n", debug.Options{})
	s.e.SetExceptionFilters(all)
	s.run()
	s.stopped(debug.ReasonException, 1)
	s.do(s.e.Continue())
	x := s.stopped(debug.ReasonException, 3)
	equal(t, "text", x.Text, "main.lua:3: cannot resume dead coroutine")
	s.do(s.e.Continue())
	if s.end() == nil {
		t.Error("the script did not fail")
	}
}

// TestCancelAtException: the end of the execution is no error to stop at.
func TestCancelAtException(t *testing.T) {
	s := open(t, "\nlocal function f() error('x') end\nwhile true do pcall(f) end\n", debug.Options{})
	s.e.SetExceptionFilters(all)
	s.run()
	s.stopped(debug.ReasonException, 1)
	s.stop()
	wantError(t, s.end(), context.Canceled)
}
