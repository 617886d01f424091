package debug_test

import (
	"reflect"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/debug"
)

// lost lists the messages of the breakpoints that have stopped to work.
func (s *session) lost() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, b := range s.changed {
		if !b.Verified {
			out = append(out, b.Message)
		}
	}
	return strings.Join(out, "\n")
}

// TestDataActivation: a local belongs to one activation of its function. When
// that ends, the breakpoint goes out of scope, unless closures hold the variable.
func TestDataActivation(t *testing.T) {
	const gone = "x has gone out of scope"
	for name, tt := range map[string]struct {
		script string
		line   int
		want   string
		lost   string
	}{
		"recursion": {`
local function f(n)
  local x = n
  if n > 0 then f(n - 1) end
  x = x + 10
  return x
end
f(3)
`, 3, `4 x: 3 -> 13`, gone},
		"inner of a recursion": {`
local deep
local function f(n)
  local x = n
  if n == 0 then deep = true end
  if n > 0 then f(n - 1) end
  x = x + 10
end
f(2)
`, 4, `6 x: 2 -> 12`, gone},
		"the next call is another variable": {`
local function f(x)
  x = x + 1
  return x
end
f(1) f(5)
`, 2, `2 x: 1 -> 2`, gone},
		"tail call": {`
local function f(x)
  x = x + 1
  if x < 5 then
    return f(x)
  end
end
f(1)
`, 2, `2 x: 1 -> 2`, gone},
		"error": {`
local function f(x)
  x = x + 1
  if x < 5 then error('no') end
  x = 100
end
pcall(f, 1) pcall(f, 7)
`, 2, `2 x: 1 -> 2`, gone},
		"error with a handler in Lua": {`
local function f(x)
  x = x + 1
  if x < 5 then error('no') end
  x = 100
end
local n = 0
xpcall(function() f(1) end, function(m) n = n + 1 return m end)
f(7) f(8)
`, 2, `2 x: 1 -> 2`, gone},
		"captured, after the frame": {`
local function counter()
  local x = 0
  local function up() x = x + 1 return x end
  up()
  return up
end
local a = counter()
a()
counter()()
a()
`, 4, lines(`3 x: 0 -> 1`, `3 x: 1 -> 2`, `3 x: 2 -> 3`), ""},
		"captured before it was watched": {`
local function counter()
  local x = 0
  local function up() x = x + 1 return x end
  local other = up
  return function() return other() end
end
local a, b = counter(), counter()
a() a()
b()
`, 4, lines(`3 x: 0 -> 1`, `3 x: 1 -> 2`), ""},
		"captured after an error": {`
local keep
local function f(x)
  keep = function() x = x + 1 return x end
  x = 5
  error('no')
end
pcall(f, 1)
keep()
pcall(f, 20)
keep()
`, 3, lines(`4 x: 1 -> 5`, `3 x: 5 -> 6`), ""},
		"captured in a block": {`
local g
do
  local x = 1
  g = function() x = x + 1 end
  g()
end
local y = 5
y = 6
g()
`, 4, lines(`4 x: 1 -> 2`, `4 x: 2 -> 3`), ""},
		"main chunk": {`
local x = 1
x = 2
`, 2, `2 x: 1 -> 2`, gone},
		"coroutine": {`
local function body(x)
  coroutine.yield()
  x = x + 1
  coroutine.yield()
  x = x + 1
end
local a, b = coroutine.wrap(body), coroutine.wrap(body)
a(1) b(100) a() b() a() b()
`, 2, lines(`3 x: 1 -> 2`, `5 x: 2 -> 3`), gone},
		"error in a coroutine": {`
local function body(x)
  x = x + 1
  error('no')
end
coroutine.resume(coroutine.create(body), 1)
coroutine.resume(coroutine.create(body), 5)
`, 2, `2 x: 1 -> 2`, gone},
		"shadowed": {`
local x = 1
local function f() x = x + 1 end
local x = 50
x = 51
f()
x = 52
`, 4, lines(`4 x: 50 -> 51`, `6 x: 51 -> 52`), gone},
		"varargs and a method": {`
local t = {}
function t:m(x, ...)
  self.v = x
  x = select('#', ...)
  self = nil
end
t:m(7, 8, 9)
`, 3, `4 x: 7 -> 2`, gone},
	} {
		t.Run(name, func(t *testing.T) {
			s := watchAt(t, tt.script, tt.line, "x", debug.AccessChange)
			equal(t, "changes", s.accesses(), tt.want)
			equal(t, "lost", s.lost(), tt.lost)
		})
	}
}

// TestDataFrames: a local of a caller, of a suspended coroutine, and upvalues
// whose function has returned or still runs.
func TestDataFrames(t *testing.T) {
	s := breakAt(t, `
local total = 0
local function add(n)
  total = total + n
end
local function run()
  local x = 1
  add(2)
  x = 2
end
run()
total = 7
local co = coroutine.create(function()
  local y = 1
  coroutine.yield()
  y = 2
end)
coroutine.resume(co)
run()
coroutine.resume(co)
`, 3)
	s.stopped(debug.ReasonBreakpoint, 3)
	s.setBreakpoints()
	frames := s.frames(1)
	x, err := s.e.DataBreakpointInfo(0, "x", frames[1].ID)
	s.do(err)
	equal(t, "description", x.Description, "x (local of run)")
	up, err := s.e.DataBreakpointInfo(s.scope(frames[0].ID, debug.ScopeUpvalues).Ref, "total", 0)
	s.do(err)
	equal(t, "description", up.Description, "total (upvalue of add)")
	same, err := s.e.DataBreakpointInfo(s.scope(frames[2].ID, debug.ScopeLocals).Ref, "total", 0)
	s.do(err)
	equal(t, "the id of the local that the upvalue is", same.ID, up.ID)
	s.watch(debug.DataBreakpointSpec{ID: x.ID}, debug.DataBreakpointSpec{ID: up.ID})
	equal(t, "changes", s.accesses(), lines(`3 total: 0 -> 2`, `8 x: 1 -> 2`, `11 total: 2 -> 7`, `3 total: 7 -> 9`))
}

func TestDataSuspended(t *testing.T) {
	s := breakAt(t, `
local co = coroutine.create(function()
  local y = 1
  coroutine.yield()
  y = 2
end)
coroutine.resume(co)
local here
coroutine.resume(co)
`, 7)
	s.stopped(debug.ReasonBreakpoint, 7)
	var frame int
	for _, f := range s.frames(2) {
		if f.Kind != debug.FrameGo {
			frame = f.ID
		}
	}
	info, err := s.e.DataBreakpointInfo(0, "y", frame)
	s.do(err)
	s.watch(debug.DataBreakpointSpec{ID: info.ID})
	equal(t, "changes", s.accesses(), `4 y: 1 -> 2`)
}

// TestDataSetByDebugger: what the debugger sets is no access by the script, and
// is what the next change starts from.
func TestDataSetByDebugger(t *testing.T) {
	s := watchAt(t, `
local x = 1
local t = {}
x = 5; x = 6
t.x = x
`, 3, "x", debug.AccessChange)
	if _, err := s.e.SetVariable(s.scope(s.top(), debug.ScopeLocals).Ref, "x", "5"); err != nil {
		t.Fatal(err)
	}
	s.do(s.e.Continue())
	equal(t, "first", s.stopped(debug.ReasonData, 3).Text, "x: 5 -> 6")
	equal(t, "evaluation", s.eval("(function() x = 9 end)()"), "")
	equal(t, "x", s.eval("x"), "9")
	s.finish("")
}

// TestDataConditions: conditions see the frame that accesses, and the variable
// as the access has left it.
func TestDataConditions(t *testing.T) {
	for name, tt := range map[string]struct {
		spec debug.DataBreakpointSpec
		want string
	}{
		"condition":          {debug.DataBreakpointSpec{Condition: "i % 2 == 0"}, lines(`2 i: 1 -> 2`, `2 i: 3 -> 4`)},
		"hit condition":      {debug.DataBreakpointSpec{HitCondition: ">=3"}, lines(`2 i: 3 -> 4`, `2 i: 4 -> 5`)},
		"both":               {debug.DataBreakpointSpec{Condition: "i > 2", HitCondition: "2"}, `2 i: 3 -> 4`},
		"a mistake":          {debug.DataBreakpointSpec{Condition: "i.a.b", HitCondition: "1"}, `2 i: 1 -> 2; condition "i.a.b": attempt to index local 'i' (a number value)`},
		"never":              {debug.DataBreakpointSpec{Condition: "false"}, ``},
		"changes by itself?": {debug.DataBreakpointSpec{Condition: "rawset(_G, 'seen', i) == nil"}, ``},
	} {
		t.Run(name, func(t *testing.T) {
			s := breakAt(t, "\nlocal n = 5\nfor i = 1, n do\n  n = n + 1\nend\n", 3)
			s.stopped(debug.ReasonBreakpoint, 3)
			s.setBreakpoints()
			tt.spec.ID = s.dataID(0, "i")
			s.watch(tt.spec)
			equal(t, "changes", s.accesses(), tt.want)
		})
	}
	s := breakAt(t, "\nlocal x = 5\nx = 6\n", 2)
	s.stopped(debug.ReasonBreakpoint, 2)
	id := s.dataID(0, "x")
	for _, tt := range []struct {
		spec debug.DataBreakpointSpec
		want string
	}{
		{debug.DataBreakpointSpec{ID: id, Condition: "x ="}, "expected near '='"},
		{debug.DataBreakpointSpec{ID: id, HitCondition: "often"}, "often"},
		{debug.DataBreakpointSpec{ID: id, Access: "look"}, "no kind of access"},
		{debug.DataBreakpointSpec{ID: "variable:99"}, "not known any more"},
		{debug.DataBreakpointSpec{ID: ""}, "not known any more"},
	} {
		if b := s.e.SetDataBreakpoints([]debug.DataBreakpointSpec{tt.spec})[0]; b.Verified || !strings.Contains(b.Message, tt.want) {
			t.Errorf("%+v: verified %v, %q, want %q", tt.spec, b.Verified, b.Message, tt.want)
		}
	}
	s.finish("")
}

// TestDataStale: the id of a local that was not set is gone with the stop; one
// that is set stays, and can be set again.
func TestDataStale(t *testing.T) {
	s := breakAt(t, `
local x, y = 1, 1
x = 2 y = 2
x = 3 y = 3
x = 4 y = 4
`, 2)
	s.stopped(debug.ReasonBreakpoint, 2)
	x, y := s.dataID(0, "x"), s.dataID(0, "y")
	equal(t, "asked again", s.dataID(0, "x"), x)
	s.watch(debug.DataBreakpointSpec{ID: x})
	s.setBreakpoints()
	s.do(s.e.Continue())
	s.stopped(debug.ReasonData, 2)
	s.watch(debug.DataBreakpointSpec{ID: x, Condition: "x > 3"})
	if b := s.e.SetDataBreakpoints([]debug.DataBreakpointSpec{{ID: y}, {ID: x, Condition: "x > 3"}}); b[0].Verified || !b[1].Verified {
		t.Errorf("an old id and a new one: %+v", b)
	}
	s.do(s.e.Continue())
	equal(t, "last", s.stopped(debug.ReasonData, 4).Text, "x: 3 -> 4")
	s.finish("")
}

// TestDataLeavesNothing: after removal and after Detach all code is as compiled
// and the library's functions are their own.
func TestDataLeavesNothing(t *testing.T) {
	const script = `
local t = {n = 0}
local function f(x)
  x = x + 1
  for i = 1, 3 do t.n = t.n + i x = x + i end
  table.insert(t, x)
  return function() x = x + 1 return t[1], x end
end
local g = f(1)
while not done do g() t.n = t.n + 1 end
`
	for name, leave := range map[string]func(*session){
		"removal": func(s *session) { s.e.SetDataBreakpoints(nil) },
		"detach":  func(s *session) { s.e.Detach() },
		"removal while it runs": func(s *session) {
			s.e.SetDataBreakpoints([]debug.DataBreakpointSpec{{ID: s.dataID(0, "x"), Condition: "false"}, {ID: s.dataID(0, "t.n"), Condition: "false"}})
			s.do(s.e.Continue())
			s.e.SetDataBreakpoints(nil)
			s.do(s.e.Pause())
			<-s.stops
			s.setBreakpoints()
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := watchAt(t, script, 3, "x", debug.AccessReadWrite)
			if b := s.e.SetDataBreakpoints([]debug.DataBreakpointSpec{
				{ID: s.dataID(0, "x"), Access: debug.AccessReadWrite, HitCondition: ">1000000"},
				{ID: s.dataID(0, "t.n"), Access: debug.AccessReadWrite, HitCondition: ">1000000"},
			}); !b[0].Verified || !b[1].Verified {
				t.Fatal(b)
			}
			leave(s)
			if err := s.st.Do(t.Context(), func(L *lua.LState) {
				s.st.EachProto(func(fn *compile.Function, p *lua.FunctionProto) {
					for i, want := range fn.Proto.Code {
						if p.Code[i] != want {
							t.Errorf("instruction %d of the function at line %d is %x, want %x", i, fn.Proto.LineDefined, p.Code[i], want)
						}
					}
				})
				L.G.Global.RawSetString("done", lua.LTrue)
			}); err != nil {
				t.Fatal(err)
			}
			if name != "detach" {
				s.do(s.e.Continue())
			}
			s.ends("")
		})
	}
}

// TestDataThenSteps: steps go on from a data stop as from any other, also where
// a library function has written.
func TestDataThenSteps(t *testing.T) {
	const script = `
local t = {}
local function f(x)
  x = x + 1
  rawset(t, 'n', x)
  for i = 1, 2 do
    t.n = t.n + i
  end
  return x
end
f(1)
f(2)
`
	s := breakAt(t, script, 3)
	s.stopped(debug.ReasonBreakpoint, 3)
	s.setBreakpoints()
	s.watch(debug.DataBreakpointSpec{ID: s.dataID(0, "x")}, debug.DataBreakpointSpec{ID: s.dataID(0, "t.n")})
	s.do(s.e.Continue())
	stop := s.stopped(debug.ReasonData, 3)
	equal(t, "source", stop.Source.Path, s.file)
	equal(t, "stack", s.stack(1), "f:3 main chunk:10")
	s.do(s.e.StepOver(1))
	s.stopped(debug.ReasonStep, 4)
	s.do(s.e.StepOver(1)) // ends early
	s.stopped(debug.ReasonData, 4)
	equal(t, "stack", s.stack(1), "f:4 main chunk:10")
	equal(t, "locals", s.locals(s.top()), "x=2")
	equal(t, "evaluation", s.eval("t.n + x"), "4")
	s.do(s.e.StepOver(1))
	s.stopped(debug.ReasonStep, 5)
	s.do(s.e.StepIn(1))
	s.stopped(debug.ReasonStep, 6)
	s.do(s.e.StepIn(1))
	s.stopped(debug.ReasonData, 6)
	equal(t, "locals", s.locals(s.top()), "x=2 i=1")
	s.e.SetDataBreakpoints(nil)
	s.do(s.e.StepOut(1))
	s.stopped(debug.ReasonStep, 11)
	s.finish("")
}

// TestDataAndFunctionBreakpoint: a library function that both have wrapped is
// its own again, in whatever order they go.
func TestDataAndFunctionBreakpoint(t *testing.T) {
	for _, dataFirst := range []bool{true, false} {
		s := breakAt(t, "\nlocal t = {}\nrawset(t, 'x', 1)\nrawset(t, 'x', 2)\nreturn 0\n", 2, 4)
		s.stopped(debug.ReasonBreakpoint, 2)
		id := s.dataID(0, "t.x")
		rawset := func() (p uintptr) {
			if err := s.st.Do(t.Context(), func(L *lua.LState) {
				p = reflect.ValueOf(L.GetGlobal("rawset").(*lua.LFunction).GFunction).Pointer()
			}); err != nil {
				t.Fatal(err)
			}
			return p
		}
		before := rawset()
		s.e.SetFunctionBreakpoints([]debug.FunctionBreakpointSpec{{Name: "rawset"}})
		s.watch(debug.DataBreakpointSpec{ID: id})
		s.do(s.e.Continue())
		s.stopped(debug.ReasonFunction, 2)
		s.do(s.e.Continue())
		s.stopped(debug.ReasonData, 2)
		if dataFirst {
			s.e.SetDataBreakpoints(nil)
			s.e.SetFunctionBreakpoints(nil)
		} else {
			s.e.SetFunctionBreakpoints(nil)
			s.e.SetDataBreakpoints(nil)
		}
		s.do(s.e.Continue())
		s.stopped(debug.ReasonBreakpoint, 4)
		equal(t, "rawset", rawset(), before)
		s.finish("")
	}
}

// TestDataSecret: a stop does not show what must not be shown.
func TestDataSecret(t *testing.T) {
	s := watchAt(t, "\nlocal t, key = {}, 'k1'\nt.key = 'k2'\nkey = 'k3'\nkey = nil\n", 2, "key", debug.AccessChange)
	s.e.SetSecrets(debug.Secrets{Name: func(name string) bool { return name == "key" }})
	s.watch(debug.DataBreakpointSpec{ID: s.dataID(0, "key")}, debug.DataBreakpointSpec{ID: s.dataID(0, "t.key")})
	equal(t, "changes", s.accesses(), lines("2 t.key: nil -> •••", "3 key: ••• -> •••", "4 key: ••• -> nil"))
}
