package debug_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/debug"
)

// hosted is open with a function that the host has: save(name) always fails.
func hosted(t *testing.T, script string) *session {
	t.Helper()
	s := open(t, script, debug.Options{})
	s.st.L.SetGlobal("save", s.st.L.NewFunction(func(L *lua.LState) int {
		s.st.Raise(L, fmt.Errorf("save %s: %w", L.CheckString(1), errors.Join(errDisk, errQuota)))
		return 0
	}))
	return s
}

var errQuota = errors.New("quota spent")

const saveCauses = "save x: disk full\nquota spent|disk full\nquota spent|disk full|quota spent"

var kinds = []debug.ErrorKind{debug.ErrorRuntime, debug.ErrorCall, debug.ErrorAssert, debug.ErrorTool, debug.ErrorLimit}

// TestErrorKinds: a filter of one kind stops at the errors of that kind only.
func TestErrorKinds(t *testing.T) {
	for _, c := range []struct {
		name, script string
		kind         debug.ErrorKind
		typ, causes  string
		line         int
	}{
		{"VM", "\nlocal x = nil\npcall(function() return x.y end)\n", debug.ErrorRuntime, "runtime error", "", 2},
		{"uncaught", "\nlocal x = nil .. 'a'\n", debug.ErrorRuntime, "runtime error", "", 1},
		{"library", "\npcall(string.rep)\n", debug.ErrorRuntime, "runtime error", "", 1},
		{"require", "\npcall(require, 'nowhere')\n", debug.ErrorRuntime, "runtime error", "", 1},
		{"argument of error", "\npcall(function() error('x', {}) end)\n", debug.ErrorRuntime, "runtime error", "", 1},
		{"argument of assert", "\npcall(assert, false, {})\n", debug.ErrorRuntime, "runtime error", "", 1},
		{"error", "\npcall(function() error('x') end)\n", debug.ErrorCall, "error", "", 1},
		{"error with a table", "\npcall(function() error({}) end)\n", debug.ErrorCall, "table", "", 1},
		{"error with nil", "\npcall(error)\n", debug.ErrorCall, "nil", "", 1},
		{"error in a coroutine", "\nlocal f = coroutine.wrap(function()\n  error('x')\nend)\npcall(f)\n", debug.ErrorCall, "error", "", 2},
		{"assert", "\npcall(function() assert(false, 'x') end)\n", debug.ErrorAssert, "error", "", 1},
		{"host", "\npcall(function()\n  save('x')\nend)\n", debug.ErrorTool, "tool error", saveCauses, 2},
		{"host in a coroutine", "\ncoroutine.resume(coroutine.create(function()\n  save('x')\nend))\n", debug.ErrorTool, "tool error", saveCauses, 2},
	} {
		for _, kind := range kinds {
			t.Run(c.name+", filter "+string(kind), func(t *testing.T) {
				s := hosted(t, c.script)
				if out := s.e.SetExceptionFilters(debug.ExceptionFilter{Kind: kind}); !out[0].Verified {
					t.Fatalf("the filter is not verified: %s", out[0].Message)
				}
				s.run()
				if kind == c.kind {
					x := s.stopped(debug.ReasonException, c.line)
					info, err := s.e.ExceptionInfo(x.Thread)
					s.do(err)
					equal(t, "kind", info.Kind, c.kind)
					equal(t, "type", info.Type, c.typ)
					equal(t, "causes", strings.Join(info.Causes, "|"), c.causes)
					s.do(s.e.Continue())
				}
				if err := s.end(); (err == nil) == (c.name == "uncaught") {
					t.Errorf("the script ended with %v", err)
				}
			})
		}
	}
}

// TestCausesStay: a Go error is still known when the script raises its message
// once more, or an evaluation has failed meanwhile.
func TestCausesStay(t *testing.T) {
	for name, script := range map[string]string{
		"error":           "\nlocal ok, e = pcall(save, 'x')\nerror(e)\n",
		"error, level 0":  "\nlocal ok, e = pcall(save, 'x')\nerror(e, 0)\n",
		"wrap":            "\nlocal f = coroutine.wrap(function() save('x') end)\nlocal ok, e = pcall(f)\nerror(e)\n",
		"wrap, evaluated": "\nlocal f = coroutine.wrap(function()\n  save('x')\nend) f()\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := hosted(t, script)
			s.e.SetExceptionFilters(uncaught)
			s.run()
			x := s.stopped(debug.ReasonException, strings.Count(script, "\n")-1-strings.Count(script, "end) f()"))
			info, err := s.e.ExceptionInfo(x.Thread)
			s.do(err)
			equal(t, "causes", strings.Join(info.Causes, "|"), saveCauses)
			s.eval("save('y')")
			s.do(s.e.Continue())
			err = s.end()
			wantError(t, err, errDisk)
			wantError(t, err, errQuota)
		})
	}
}

// TestFilterFate: which of a caught and an uncaught error filters choose.
func TestFilterFate(t *testing.T) {
	const script = "\npcall(error, 'a')\npcall(string.rep)\nerror('b')\n"
	for _, c := range []struct {
		filters []debug.ExceptionFilter
		lines   []int
	}{
		{nil, nil},
		{[]debug.ExceptionFilter{caught}, []int{1, 2}},
		{[]debug.ExceptionFilter{uncaught}, []int{3}},
		{[]debug.ExceptionFilter{all}, []int{1, 2, 3}},
		{[]debug.ExceptionFilter{caught, uncaught}, []int{1, 2, 3}},
		{[]debug.ExceptionFilter{{Kind: debug.ErrorCall}}, []int{1, 3}},
		{[]debug.ExceptionFilter{{Kind: debug.ErrorCall, Caught: true}}, []int{1}},
		{[]debug.ExceptionFilter{{Kind: debug.ErrorCall, Uncaught: true}}, []int{3}},
		{[]debug.ExceptionFilter{{Kind: debug.ErrorRuntime}, uncaught}, []int{2, 3}},
		{[]debug.ExceptionFilter{{Kind: debug.ErrorRuntime, Uncaught: true}, {Kind: debug.ErrorAssert}}, nil},
		{[]debug.ExceptionFilter{{Caught: true, Condition: "not string.find(err, 'a')"}, {Caught: true, Condition: "false"}}, nil},
		{[]debug.ExceptionFilter{{Caught: true, Condition: "err == 'a'"}, {Uncaught: true, Condition: "false"}}, []int{1}},
	} {
		t.Run(fmt.Sprintf("%+v", c.filters), func(t *testing.T) {
			s := open(t, script, debug.Options{})
			s.e.SetExceptionFilters(c.filters...)
			s.run()
			for _, line := range c.lines {
				s.stopped(debug.ReasonException, line)
				s.do(s.e.Continue())
			}
			if s.end() == nil {
				t.Error("the script did not fail")
			}
		})
	}
}

// TestFilterConditions: a condition sees the frame that raises, and the error
// as err.
func TestFilterConditions(t *testing.T) {
	const loop = "\nfor i = 1, 5 do\n  pcall(function() local n = i error({code = i * n}) end)\nend\n"
	for _, c := range []struct {
		name, script, condition string
		line                    int // 0: no stop
		locals                  string
	}{
		{"message", "\npcall(function() error('boom') end)\n", "err == 'main.lua:1: boom'", 1, ""},
		{"other message", "\npcall(function() error('boom') end)\n", "err == 'boom'", 0, ""},
		{"field of a table", loop, "err.code == 9", 2, "n=3"},
		{"local", loop, "n == 4 and err.code == 16", 2, "n=4"},
		{"upvalue", loop, "i == 2", 2, "n=2"},
		{"never", loop, "err.code == 7", 0, ""},
		{"nil", "\npcall(error, nil)\n", "err == nil", 1, ""},
		{"false", "\npcall(error, false)\n", "err == false and type(err) == 'boolean'", 1, ""},
		{"function", "\npcall(error, print)\n", "err == print", 1, ""},
		{"a local err is hidden", "\npcall(function() local err = 'mine' error('x', 0) end)\n", "err == 'x'", 1, `err="mine"`},
		{"an upvalue err is hidden", "\nlocal err = 'mine'\npcall(function() local a = err error('x', 0) end)\n", "a == 'mine' and err == 'x'", 2, `a="mine"`},
		{"a global err is hidden", "\nerr = 'mine'\npcall(error, 'x', 0)\n", "err == 'x'", 2, ""},
		{"varargs", "\npcall(function(...) error((...) and 'x') end, 1, 2)\n", "select('#', ...) == 2 and (...) == 1", 1, "arg=nil (...)[1]=1 (...)[2]=2"},
		{"VM error", "\npcall(function(t) return t.x end)\n", "t == nil and string.find(err, 'index')", 1, "t=nil"},
		{"in a coroutine", "\nlocal f = coroutine.wrap(function(v)\n  error({v})\nend)\npcall(f, 8)\n", "v == 8 and err[1] == 8", 2, "v=8"},
		{"several values", loop, "err.code == 1, false", 2, "n=1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t, c.script+"print(err)\n", debug.Options{})
			out := s.e.SetExceptionFilters(debug.ExceptionFilter{Caught: true, Condition: c.condition})
			equal(t, "answer", out[0], debug.Breakpoint{Verified: true})
			s.run()
			if c.line > 0 {
				x := s.stopped(debug.ReasonException, c.line)
				if c.locals != "" {
					frames := s.frames(x.Thread)
					i := slices.IndexFunc(frames, func(f debug.Frame) bool { return f.Line == c.line })
					equal(t, "locals", s.locals(frames[i].ID), c.locals)
				}
				s.do(s.e.Continue())
			}
			s.do(s.end())
			equal(t, "problems", s.logged(), "")
			want := "nil\n"
			if strings.HasPrefix(c.script, "\nerr =") || strings.HasPrefix(c.script, "\nlocal err") {
				want = "mine\n"
			}
			equal(t, "output", s.output(), want)
		})
	}
}

// TestFilterConditionFails: an error of the condition stops, and is shown.
func TestFilterConditionFails(t *testing.T) {
	s := open(t, "\nlocal x\npcall(error, 'e', 0)\nprint(x)\n", debug.Options{})
	s.e.SetExceptionFilters(debug.ExceptionFilter{Caught: true, Condition: "x.y == err"})
	s.run()
	x := s.stopped(debug.ReasonException, 2)
	const problem = `condition "x.y == err": attempt to index local 'x' (a nil value)`
	equal(t, "text", x.Text, "e ("+problem+")")
	equal(t, "log", s.logged(), "2: "+problem)
	info, err := s.e.ExceptionInfo(1)
	s.do(err)
	equal(t, "message", info.Message, "e")
	s.finish("nil\n")
}

// TestFilterAnswers: filters that cannot work say so, and the others do.
func TestFilterAnswers(t *testing.T) {
	s := open(t, "\npcall(error, 'e', 0)\n", debug.Options{})
	out := s.e.SetExceptionFilters(
		debug.ExceptionFilter{Caught: true, Condition: "1 +"},
		debug.ExceptionFilter{Kind: "wrong"},
		debug.ExceptionFilter{Condition: "true"},
		debug.ExceptionFilter{Caught: true, Condition: "err == 'e'"},
	)
	for i, want := range []string{"unexpected symbol near '<eof>'", `there is no kind of errors "wrong"`, "the filter chooses no errors", ""} {
		if out[i].Verified != (want == "") || !strings.HasPrefix(out[i].Message, want) || out[i].Message == "" && want != "" {
			t.Errorf("filter %d: %+v, want %q", i, out[i], want)
		}
	}
	s.run()
	s.stopped(debug.ReasonException, 1)
	_, err := s.e.ExceptionInfo(2)
	if err == nil || !strings.Contains(err.Error(), "thread 2 is not stopped at an error") {
		t.Errorf("exception of a thread that has none: %v", err)
	}
	s.finish("")
}

// TestTracebackThroughCoroutines: it goes on with those that resumed.
func TestTracebackThroughCoroutines(t *testing.T) {
	s := open(t, `
local function fail() error('deep') end
local inner = coroutine.wrap(function()
  fail()
end)
local outer = coroutine.create(function()
  inner()
end)
coroutine.resume(outer)
`, debug.Options{})
	s.e.SetExceptionFilters(caught)
	s.run()
	x := s.stopped(debug.ReasonException, 1)
	info, err := s.e.ExceptionInfo(x.Thread)
	s.do(err)
	equal(t, "traceback", info.Traceback, `main.lua:1: deep
stack traceback:
	[C]: in function 'error'
	main.lua:1: in function 'fail'
	main.lua:3: in function <main.lua:2>
	(resumed by coroutine 3 (main.lua:5))
	[C]: in function 'inner'
	main.lua:6: in function <main.lua:5>
	(resumed by main)
	[C]: in function 'resume'
	main.lua:8: in main chunk
	[C]: ?`)
	s.finish("")
}
