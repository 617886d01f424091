package debug_test

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/debug"
)

func TestGoFunctionBreakpoints(t *testing.T) {
	s, bps := breakIn(t, `
local text = string.format("%d", 7)
local function f(x)
  return print(x)
end
f(text)
print("b", "c")
local list = {3, 1, 2}
table.sort(list, function(a, b)
  return a < b
end)
print("end", pcall(error, "x"))
`, functions("string.format", "print", "table.sort", "error")...)
	for i, b := range bps {
		if !b.Verified || b.Message != "" {
			t.Errorf("breakpoint %d: %+v", i, b)
		}
	}
	x := s.stopped(debug.ReasonFunction, 1)
	equal(t, "ids", fmt.Sprint(x.Breakpoints), fmt.Sprint([]int{bps[0].ID}))
	equal(t, "source", x.Source.Path, s.file)
	equal(t, "stack", s.stack(1), "[Go] string.format:0 main chunk:1")
	equal(t, "an argument", s.eval("({...})[2]"), "7")
	s.do(s.e.StepOver(1))
	s.stopped(debug.ReasonStep, 4)
	s.do(s.e.Continue())
	s.stopped(debug.ReasonFunction, 3) // the tail call
	s.do(s.e.StepOut(1))
	s.stopped(debug.ReasonStep, 6)
	s.do(s.e.Continue())
	s.stopped(debug.ReasonFunction, 6)
	s.do(s.e.StepIn(1))
	s.stopped(debug.ReasonStep, 7)
	s.do(s.e.Continue())
	s.stopped(debug.ReasonFunction, 8)
	s.do(s.e.StepIn(1))
	s.stopped(debug.ReasonStep, 9) // the comparison that sort calls
	s.do(s.e.StepOut(1))
	s.stopped(debug.ReasonStep, 11)
	s.do(s.e.Continue())
	s.stopped(debug.ReasonFunction, 11)
	equal(t, "stack", s.stack(1), "[Go] error:0 [Go] pcall:0 main chunk:11")
	s.do(s.e.Continue())
	s.stopped(debug.ReasonFunction, 11)
	s.finish("7\nb\tc\nend\tfalse\tx\n")
}

func TestGoFunctionConditions(t *testing.T) {
	s, _ := breakIn(t, `
for i = 1, 4 do
  print("n", i)
end
`, debug.FunctionBreakpointSpec{Name: "print", Condition: "select(2, ...) >= 2 and print ~= nil", HitCondition: "<3"})
	for _, i := range []string{"2", "3"} {
		s.stopped(debug.ReasonFunction, 2)
		equal(t, "i", s.evalIn(s.frames(1)[1].ID, "i"), i)
		s.eval("print('no stop in an evaluation')")
		s.do(s.e.Continue())
	}
	s.ends("n\t1\nno stop in an evaluation\nn\t2\nno stop in an evaluation\nn\t3\nn\t4\n")
}

func TestGoFunctionsInCoroutines(t *testing.T) {
	s, _ := breakIn(t, `
local co = coroutine.create(function(a)
  local b = coroutine.yield(a + 1)
  return b * 2
end)
print(coroutine.resume(co, 1))
print(coroutine.resume(co, 10))
print(coroutine.wrap(function(x) return x end)(5))
`, functions("coroutine.yield", "coroutine.resume", "coroutine.wrap")...)
	s.stopped(debug.ReasonFunction, 5)
	s.do(s.e.Continue())
	if x := s.stopped(debug.ReasonFunction, 2); x.Thread != 2 {
		t.Errorf("stopped in thread %d, want 2", x.Thread)
	}
	s.do(s.e.StepOver(2))
	s.stopped(debug.ReasonFunction, 6)
	s.do(s.e.StepOver(1))
	s.stopped(debug.ReasonStep, 7)
	s.do(s.e.Continue())
	s.stopped(debug.ReasonFunction, 7) // wrap
	s.finish("true\t2\ntrue\t20\n5\n")
}

// goCode tells which Go function is behind a global path.
func (s *session) goCode(lib, name string) uintptr {
	t := s.st.L.GetGlobal(lib).(*lua.LTable)
	return reflect.ValueOf(t.RawGetString(name).(*lua.LFunction).GFunction).Pointer()
}

func TestGoFunctionsRestored(t *testing.T) {
	s := open(t, "", debug.Options{})
	upper, format := s.goCode("string", "upper"), s.goCode("string", "format")
	s.e.SetFunctionBreakpoints(functions("string.upper", "string.format"))
	if s.goCode("string", "upper") == upper || s.goCode("string", "format") == format {
		t.Fatal("the functions are not wrapped: this test cannot fail")
	}
	s.e.SetFunctionBreakpoints(functions("string.format", "string.format"))
	equal(t, "upper after its removal", s.goCode("string", "upper"), upper)
	s.e.SetFunctionBreakpoints(functions("string.format"))
	s.e.Detach()
	equal(t, "format after detaching", s.goCode("string", "format"), format)
	if b := s.e.SetFunctionBreakpoints(functions("string.format")); s.goCode("string", "format") != format {
		t.Errorf("a detached engine wraps functions: %+v", b)
	}
}

func TestDetachInGoFunction(t *testing.T) {
	s, _ := breakIn(t, `
local function f() return string.upper("x") end
for i = 1, 3 do print(f()) end
`, functions("string.upper", "f")...)
	s.stopped(debug.ReasonFunction, 1)
	s.do(s.e.Continue())
	s.stopped(debug.ReasonFunction, 1)
	s.e.Detach()
	s.ends("X\nX\nX\n")
	s.do(s.st.Do(context.Background(), func(*lua.LState) {}))
	clean := open(t, "", debug.Options{})
	equal(t, "upper", s.goCode("string", "upper"), clean.goCode("string", "upper"))
}

func TestHostNames(t *testing.T) {
	s := open(t, `
call("alpha", {n = 1})
call("alpha", {n = 2})
call("beta")
`, debug.Options{})
	s.st.SetHostNames(func(name string) (string, error) {
		host, ok := strings.CutPrefix(name, "db:")
		switch {
		case !ok:
			return "", nil
		case host == "gamma":
			return "", fmt.Errorf("there is no %s", host)
		}
		return "db:" + strings.ToLower(host), nil
	})
	s.st.L.SetGlobal("call", s.st.L.NewFunction(func(L *lua.LState) int {
		s.st.HostCall(L, "db:"+L.CheckString(1), L.Get(2))
		return 0
	}))
	bps := s.e.SetFunctionBreakpoints([]debug.FunctionBreakpointSpec{
		{Name: "db:Alpha", Condition: "params.n == 2 and ... == 'alpha'"}, {Name: "db:b*"}, {Name: "db:gamma"},
	})
	equal(t, "verified", fmt.Sprint(bps[0].Verified, bps[1].Verified, bps[2].Verified, ": ", bps[2].Message), "true true false: there is no gamma")
	s.run()
	s.stopped(debug.ReasonFunction, 2)
	equal(t, "stack", s.stack(1), "[Go] call:0 main chunk:2")
	s.do(s.e.StepOver(1))
	s.stopped(debug.ReasonStep, 3)
	s.do(s.e.Continue())
	s.stopped(debug.ReasonFunction, 3)
	s.finish("")
}

// TestInstructionStepFromGoFunction goes on behind the call.
func TestInstructionStepFromGoFunction(t *testing.T) {
	s, _ := breakIn(t, "print(1) print(2)\n", functions("print")...)
	for _, over := range []bool{true, false} {
		s.stopped(debug.ReasonFunction, 1)
		call := s.frames(1)[1].Address
		equal(t, "the Go frame's address", s.frames(1)[0].Address, 0)
		s.do(s.e.StepInstruction(1, over))
		s.stopped(debug.ReasonStep, 1)
		equal(t, "stack", s.stack(1), "main chunk:1")
		equal(t, "address", s.frames(1)[0].Address, call+1)
		s.do(s.e.Continue())
	}
	s.ends("1\n2\n")
}
