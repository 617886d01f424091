package debug_test

import (
	"fmt"
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

// TestGoFunctionsInCoroutines: yield and resume work when they have breakpoints.

// TestGoFunctionsRestored: removal and Detach leave no wrapper.

// TestDetachInGoFunction: the script runs on, and nothing stays behind.

// TestHostNames: names of the host's, as the state knows them.

// TestFunctionBreakpointsWhileWaiting: a script that waits in Go code cannot be

// asked for its globals; the answer comes when it can.

func TestFunctionBreakpointsWhileWaiting(t *testing.T) {
	s := open(t, `
function declared() return 1 end
wait()
declared()
print("end")
`, debug.Options{})
	waiting, release := make(chan struct{}), make(chan struct{})
	s.st.L.SetGlobal("wait", s.st.L.NewFunction(func(*lua.LState) int {
		close(waiting)
		<-release
		return 0
	}))
	s.run()
	<-waiting
	bps := s.e.SetFunctionBreakpoints(functions("declared", "print"))
	if !bps[0].Verified || bps[0].Line != 1 || bps[1].Verified {
		t.Errorf("while the script waits: %+v", bps)
	}
	close(release)
	s.stopped(debug.ReasonFunction, 1)
	s.mu.Lock()
	last := s.changed[len(s.changed)-1]
	s.mu.Unlock()
	if last.ID != bps[1].ID || !last.Verified {
		t.Errorf("the last change is %+v", last)
	}
	s.do(s.e.Continue())
	s.stopped(debug.ReasonFunction, 4)
	s.finish("end\n")
}

// TestFunctionMadeInEvaluation: what a person defines at a stop.

func TestFunctionMadeInEvaluation(t *testing.T) {
	s := breakAt(t, "local x = 1\nadded(x)\nprint('end')\n", 2)
	s.stopped(debug.ReasonBreakpoint, 2)
	s.eval("function added(y) return y end")
	if b := s.e.SetFunctionBreakpoints(functions("added")); !b[0].Verified {
		t.Errorf("%+v", b)
	}
	s.do(s.e.Continue())
	s.stopped(debug.ReasonFunction, 1)
	equal(t, "y", s.eval("y"), "1")
	s.finish("end\n")
}
