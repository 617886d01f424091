package debug_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/runtime/debug"
)

func TestFrames(t *testing.T) {
	cases := []struct {
		name, script string
		line         int
		want         string
	}{
		{"names by kind of call", `
local Heap = {}
function Heap.push(x)
  print(x)
end
function Heap:pop()
  Heap.push(1)
end
function run()
  Heap:pop()
end
local function start()
  run()
end
start()
`, 3, "push:3 :pop:6 run:9 start:12 main chunk:14"},
		{"anonymous", `
(function()
  print(1)
end)()
`, 2, "(anonymous:1):2 main chunk:3"},
		{"Go frames between", `
pcall(function()
  table.sort({2, 1}, function(a, b)
    return a < b
  end)
end)
`, 3, "(anonymous:2):3 [Go] table.sort:0 (anonymous:1):2 [Go] pcall:0 main chunk:1"},
		{"one tail call", `
local function g()
  local x = 1
end
local function f()
  return g()
end
f()
`, 2, "(anonymous:1):2 (tail call):0 main chunk:7"},
		{"many tail calls", `
local function f(n)
  if n == 0 then
    print(n)
    return
  end
  return f(n - 1)
end
f(5)
`, 3, "(anonymous:1):3 (5 tail calls):0 main chunk:8"},
		{"metamethod", `
local t = setmetatable({}, {__index = function(_, k)
  return k
end})
print(t.x)
`, 2, "(anonymous:1):2 main chunk:4"},
		{"concatenation is no frame", `
local t = setmetatable({}, {__concat = function()
  return "s"
end})
print("a" .. t)
`, 2, "(anonymous:1):2 main chunk:4"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := breakAt(t, c.script, c.line)
			s.stopped(debug.ReasonBreakpoint, c.line)
			equal(t, "stack", s.stack(1), c.want)
		})
	}
}

func TestFrameKinds(t *testing.T) {
	s := breakAt(t, "\nlocal function f()\n  print(1)\nend\npcall(function() return f() end)\n", 2)
	s.stopped(debug.ReasonBreakpoint, 2)
	var kinds []string
	ids := map[int]bool{}
	for _, f := range s.frames(1) {
		kinds = append(kinds, string(f.Kind))
		if ids[f.ID] {
			t.Errorf("two frames have the handle %d", f.ID)
		}
		ids[f.ID] = true
		if lua := f.Kind == debug.FrameLua || f.Kind == debug.FrameMain; lua != (f.Source.Path == s.file) || lua != (f.Line > 0) {
			t.Errorf("frame %+v", f)
		}
	}
	equal(t, "kinds", strings.Join(kinds, " "), "Lua tail Go main")
}

func TestStackPaging(t *testing.T) {
	const depth = 10_000
	s := breakAt(t, fmt.Sprintf(`
local function down(n)
  if n == 0 then
    print("bottom")
    return 0
  end
  return 1 + down(n - 1)
end
print(down(%d))
print("end")
`, depth), 3)
	s.stopped(debug.ReasonBreakpoint, 3)
	began := time.Now()
	for _, c := range []struct{ start, levels, want, line int }{
		{0, 20, 20, 3}, {1, 1, 1, 6}, {depth - 5, 20, 7, 6}, {depth + 1, 5, 1, 8}, {depth + 2, 5, 0, 0}, {depth * 2, 5, 0, 0},
	} {
		frames, total, err := s.e.StackTrace(1, c.start, c.levels)
		if err != nil || len(frames) != c.want || total != depth+2 {
			t.Fatalf("frames from %d: %d of %d, %v", c.start, len(frames), total, err)
		}
		if c.want > 0 {
			equal(t, "line", frames[0].Line, c.line)
			if c.start > 0 && c.line == 6 {
				equal(t, "n", s.evalIn(frames[0].ID, "n"), fmt.Sprint(c.start))
			}
		}
	}
	if took := time.Since(began); took > deadline {
		t.Errorf("pages of a stack of %d frames took %v", depth, took)
	}
	began = time.Now()
	s.do(s.e.StepOver(1))
	s.stopped(debug.ReasonStep, 4)
	s.do(s.e.StepOut(1))
	s.stopped(debug.ReasonStep, 9)
	if took := time.Since(began); took > deadline {
		t.Errorf("stepping in a deep stack took %v", took)
	}
	s.finish("bottom\n10000\nend\n")
}

func TestScopes(t *testing.T) {
	s := breakAt(t, `
local up = 1
local function f(a, ...)
  local b = up
  print(a, b, ...)
end
f(1, "x", nil)
`, 4)
	s.stopped(debug.ReasonBreakpoint, 4)
	top := s.frames(1)
	scopes, err := s.e.Scopes(top[0].ID)
	s.do(err)
	var got []string
	for _, sc := range scopes {
		got = append(got, fmt.Sprintf("%s %s %d %v", sc.Name, sc.Kind, sc.Named, sc.Expensive))
	}
	equal(t, "scopes", strings.Join(got, ", "), "Locals locals 5 false, Upvalues upvalues 1 false, Globals globals 0 true")
	equal(t, "locals", s.locals(top[0].ID), `a=1 arg=nil b=1 (...)[1]="x" (...)[2]=nil`)
	equal(t, "upvalues", list(s.children(s.scope(top[0].ID, debug.ScopeUpvalues).Ref)), "up=1")
	equal(t, "locals of main", s.locals(top[1].ID), "up=1 f=function (main.lua:2)")

	s = breakAt(t, "\npcall(function()\n  print(1)\nend)\n", 2)
	s.stopped(debug.ReasonBreakpoint, 2)
	scopes, err = s.e.Scopes(s.frames(1)[1].ID)
	s.do(err)
	if len(scopes) != 1 || scopes[0].Kind != debug.ScopeGlobals {
		t.Errorf("scopes of a Go frame: %v", scopes)
	}
}

// TestLocalsInScope: only what the program can name is shown, with the names
// that registers have at that place.
func TestLocalsInScope(t *testing.T) {
	const script = `
local a = 1
do
  local b = 2
  print(b)
end
local c = 3
for i = 1, 1 do
  local a = "inner"
  print(i, a)
end
for k, v in pairs({x = 9}) do
  print(k, v)
end
local function f() end
print(a, c)
`
	for line, want := range map[int]string{
		1: "", 2: "a=1", 4: "a=1 b=2", 6: "a=1", 8: "a=1 c=3 i=1",
		9:  `a (shadowed, register 0)=1 c=3 i=1 a="inner"`,
		12: `a=1 c=3 k="x" v=9`, 15: "a=1 c=3 f=function (main.lua:14)",
	} {
		if line == 2 {
			line = 3 // `do` has no code
		}
		s := breakAt(t, script, line)
		s.stopped(debug.ReasonBreakpoint, line)
		equal(t, fmt.Sprintf("locals at line %d", line), s.locals(s.top()), want)
	}
}
