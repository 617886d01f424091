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

func functions(names ...string) (specs []debug.FunctionBreakpointSpec) {
	for _, n := range names {
		specs = append(specs, debug.FunctionBreakpointSpec{Name: n})
	}
	return specs
}

// breakIn is open, function breakpoints, run.
func breakIn(t testing.TB, script string, specs ...debug.FunctionBreakpointSpec) (*session, []debug.Breakpoint) {
	t.Helper()
	s := open(t, script, debug.Options{})
	bps := s.e.SetFunctionBreakpoints(specs)
	s.run()
	return s, bps
}

const functionScript = `
local Heap = {}
function Heap.new() return setmetatable({}, {__index = Heap}) end
function Heap:push(x)
  self[#self + 1] = x
end
local push = function(x)
  return x
end
function global(a, ...)
  return a
end
local handlers = {
  run = function()
    return 1
  end,
}
made = (function() return function()
  return "anonymous"
end end)()
load("loaded = 1 function later(x) return x end")()
local h = Heap.new()
h:push(1)
push(2)
global(3, 4)
handlers.run()
made()
later(5)
local co = coroutine.wrap(function() h:push(6) end)
co()
print("done")
`

// TestFunctionNames: where a name stops, by line of the function's first code.
func TestFunctionNames(t *testing.T) {
	for name, want := range map[string]string{
		"Heap.push":           "4 4",
		"Heap:push":           "4 4",
		"push":                "7",
		"*push":               "7",
		"*.push":              "4 4",
		"*.*":                 "2 4 14 4",
		"Heap.*":              "2 4 4",
		"global":              "10",
		"handlers.run":        "14",
		"main.lua:push":       "7",
		"main.lua:Heap.push":  "4 4",
		"main.lua:Heap:push":  "4 4",
		"other.lua:push":      "",
		"ain.lua:push":        "",
		"Heap":                "",
		"":                    "",
		"h.push":              "",
		"nothing":             "",
		" push ":              "7",
		"[":                   "",
		"later":               "1",
		"Heap.push.x":         "",
		"main.lua:nothing":    "",
		"coroutine.wrap.deep": "",
	} {
		t.Run(name, func(t *testing.T) {
			s, bps := breakIn(t, functionScript, functions(name)...)
			for _, line := range strings.Fields(want) {
				var n int
				_, err := fmt.Sscan(line, &n)
				s.do(err)
				x := s.stopped(debug.ReasonFunction, n)
				if len(x.Breakpoints) != 1 || x.Breakpoints[0] != bps[0].ID || x.Description != "Paused on a function breakpoint" {
					t.Errorf("stop %+v, want breakpoint %d", x, bps[0].ID)
				}
				s.do(s.e.Continue())
			}
			s.ends("done\n")
			if bps[0].Verified {
				t.Errorf("%+v is verified before anything was loaded", bps[0])
			}
		})
	}
}

// TestFunctionBreakpointAnswers: unverified until something has the name.
func TestFunctionBreakpointAnswers(t *testing.T) {
	s := open(t, "function f()\n  return 1\nend\nlocal g = load('function g() return 2 end')\ng()\n", debug.Options{})
	bps := s.e.SetFunctionBreakpoints([]debug.FunctionBreakpointSpec{
		{Name: "f"}, {Name: "nobody"}, {Name: "print"}, {Name: "x.*"}, {Name: "f", Condition: "a b"}, {Name: "f", HitCondition: "x"},
		{Name: "tool:x"}, {Name: "g"}, {Name: "[a"},
	})
	for i, want := range []string{
		"no function named f is loaded yet", "no function named nobody is loaded yet", "", "no function like x.* is loaded yet",
		"'<eof>' expected near 'b'", `hit condition "x"`, "", "no function named g is loaded yet", "not the name of a function",
	} {
		if bps[i].Verified != (want == "") || !strings.Contains(bps[i].Message, want) || bps[i].ID == 0 {
			t.Errorf("breakpoint %d: %+v, want the message %q", i, bps[i], want)
		}
	}
	s.run()
	s.ends("")
	var got []string
	for _, b := range s.changed {
		got = append(got, fmt.Sprintf("%d %v %d %s%s", b.ID-bps[0].ID, b.Verified, b.Line, b.Source.Name, b.Message))
	}
	equal(t, "changes", strings.Join(got, ", "), `0 true 2 main.lua, 7 true 1 [string "function g() return 2 end"]`)
	again := s.e.SetFunctionBreakpoints(functions("f", "g"))
	if b := again[0]; !b.Verified || b.Line != 2 || b.Source.Path != s.file {
		t.Errorf("set after the load: %+v", b)
	}
	if b := again[1]; !b.Verified || b.Source.Reference == 0 {
		t.Errorf("set after the load: %+v", b)
	}
}

// TestFunctionInGlobals: a path through the globals finds what has no name.
func TestFunctionInGlobals(t *testing.T) {
	s := open(t, `
local function make() return function(x)
  return x * 2
end end
double = make()
lib = {deep = {make()}, alias = make()}
dofile("more.lua")
print(double(1), lib.alias(2))
`, debug.Options{})
	s.write("more.lua", "lib.more = 1\n")
	s.e.SetFunctionBreakpoints(functions("double", "lib.alias"))
	s.run()
	s.stopped(debug.ReasonFunction, 2)
	equal(t, "stack", s.stack(1), "double:2 main chunk:7")
	s.do(s.e.Continue())
	s.stopped(debug.ReasonFunction, 2)
	s.finish("2\t4\n")
}

func TestFunctionConditions(t *testing.T) {
	const script = `
local limit = 2
local function f(x, ...)
  local y = x
  print(x)
end
for i = 1, 5 do f(i, "rest") end
`
	for _, c := range []struct {
		spec debug.FunctionBreakpointSpec
		want string
	}{
		{debug.FunctionBreakpointSpec{Condition: "x == 3"}, "3"},
		{debug.FunctionBreakpointSpec{Condition: "x > 3 and ... == 'rest'"}, "4 5"},
		{debug.FunctionBreakpointSpec{HitCondition: "%2"}, "2 4"},
		{debug.FunctionBreakpointSpec{Condition: "x ~= 1", HitCondition: "2"}, "3"},
		{debug.FunctionBreakpointSpec{Condition: "y"}, ""},
	} {
		t.Run(c.spec.Condition+c.spec.HitCondition, func(t *testing.T) {
			c.spec.Name = "f"
			s, _ := breakIn(t, script, c.spec)
			for _, x := range strings.Fields(c.want) {
				s.stopped(debug.ReasonFunction, 3)
				equal(t, "x", s.eval("x"), x)
				s.do(s.e.Continue())
			}
			s.ends("1\n2\n3\n4\n5\n")
		})
	}
	s, _ := breakIn(t, script, debug.FunctionBreakpointSpec{Name: "f", Condition: "x.y.z"})
	if x := s.stopped(debug.ReasonFunction, 3); !strings.Contains(x.Text, "attempt to index") {
		t.Errorf("the text of a condition's error is %q", x.Text)
	}
}

// TestFunctionAndLine: one stop for both, with both ids.
func TestFunctionAndLine(t *testing.T) {
	s := open(t, "local function f()\n  return 1\nend\nf()\n", debug.Options{})
	line := s.setBreakpoints(debug.BreakpointSpec{Line: 2})
	fn := s.e.SetFunctionBreakpoints(functions("f"))
	s.run()
	x := s.stopped(debug.ReasonBreakpoint, 2)
	equal(t, "ids", fmt.Sprint(x.Breakpoints), fmt.Sprint([]int{line[0].ID, fn[0].ID}))
	s.finish("")
}

// TestFunctionBreakpointsReplaced: setting replaces, also while stopped.
func TestFunctionBreakpointsReplaced(t *testing.T) {
	s, _ := breakIn(t, `
local function a() return 1 end
local function b() return 2 end
for i = 1, 2 do a() b() print(i) end
`, functions("a", "print")...)
	s.stopped(debug.ReasonFunction, 1)
	bps := s.e.SetFunctionBreakpoints(functions("b"))
	if !bps[0].Verified || bps[0].Line != 2 {
		t.Errorf("set while stopped: %+v", bps[0])
	}
	s.do(s.e.Continue())
	s.stopped(debug.ReasonFunction, 2)
	s.e.SetFunctionBreakpoints(nil)
	s.finish("1\n2\n")
}

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

// TestGoFunctionsInCoroutines: yield and resume work when they have breakpoints.
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

// TestGoFunctionsRestored: removal and Detach leave no wrapper.
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

// TestDetachInGoFunction: the script runs on, and nothing stays behind.
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

// TestHostNames: names of the host's, as the state knows them.
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
