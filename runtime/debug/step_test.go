package debug_test

import (
	"testing"

	"github.com/llmspell/llmspell/runtime/debug"
)

type stepCase struct {
	name   string
	script string
	line   int    // of the breakpoint where it starts
	moves  string // see session.follow
}

func runSteps(t *testing.T, cases []stepCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := breakAt(t, c.script, c.line)
			s.stopped(debug.ReasonBreakpoint, c.line)
			s.setBreakpoints() // the moves alone decide where it stops
			s.follow(c.moves)
		})
	}
}

const nested = `
local function inner(x)
  local y = x + 1
  return y
end
local function outer(x)
  local a = inner(x)
  local b = inner(a)
  return a + b
end
local r = outer(1)
print(r)
`

func TestStepCalls(t *testing.T) {
	runSteps(t, []stepCase{
		{"over a call", nested, 10, "over:11 over:end"},
		{"in and out", nested, 10, "in:6 in:2 out:7 in:2 in:3 in:8 out:11"},
		{"over the end of a frame", nested, 3, "over:7 over:8 over:11 over:end"},
		{"out of two", nested, 2, "out:7 out:11 out:end"},
		{"in where there is no call", nested, 11, "in:end"},
	})
}

const fib = `
local function fib(n)
  if n < 2 then
    return n
  end
  local a = fib(n - 1)
  local b = fib(n - 2)
  return a + b
end
local r = fib(10)
print(r)
`

func TestStepRecursion(t *testing.T) {
	runSteps(t, []stepCase{
		{"over does not stop deeper", fib, 9, "in:2 over:5 over:6 over:7 over:10 over:end"},
		{"over in the middle", fib, 9, "in:2 in:5 in:2 in:5 over:6 over:7 over:6 over:7 over:10"},
		{"out of a level", fib, 9, "in:2 in:5 in:2 in:5 in:2 out:6 out:6 out:10"},
		{"not in a second activation on the same line", `
local function f(n)
  return n
end
local x = f(1) + f(2) + f(3)
print(x)
`, 2, "over:5 over:end"},
		{"nor one of the same function, recursive", `
local function f(n)
  if n == 0 then return 0 end
  return f(n - 1) + f(n - 1)
end
local x = f(3)
print(x)
`, 2, "over:3 over:6 over:end"},
	})
}

func TestStepTailCalls(t *testing.T) {
	const chain = `
local function c()
  return 1
end
local function b()
  return c()
end
local function a()
  return b()
end
local x = a()
print(x)
`
	const loop = `
local function loop(n)
  if n == 0 then return "done" end
  return loop(n - 1)
end
local x = loop(100000)
print(x)
`
	runSteps(t, []stepCase{
		{"in follows each", chain, 10, "in:8 in:5 in:2 in:11"},
		{"over runs them through", chain, 10, "in:8 over:11"},
		{"out of what was tail-called", chain, 2, "out:11"},
		{"over the end of what was tail-called", chain, 2, "over:11"},
		{"100,000 of them, over", loop, 5, "in:2 over:3 over:6 over:end"},
		{"a tail call in an argument of the caller", `
local function h(x)
  return x
end
local function f()
  return 1
end
local function a()
  return h(f())
end
print(a())
print("end")
`, 5, "over:11 over:end"},
	})
}

const errors5 = `
local function raise()
  error("boom")
end
local function middle()
  raise()
  print("not reached")
end
local ok, err = pcall(middle)
print(ok, err)
local ok2 = xpcall(middle, function(e)
  return e
end)
print(ok2)
`

func TestStepErrors(t *testing.T) {
	runSteps(t, []stepCase{
		{"over pcall", errors5, 8, "over:9 over:10 over:12 over:10 over:13 over:end"},
		{"in pcall", errors5, 8, "in:5 in:2 in:9"},
		{"over an error caught two frames up", errors5, 2, "over:9"},
		{"out of an error caught two frames up", errors5, 2, "out:9"},
		{"in an error handler", errors5, 9, "over:10 over:12 over:10 in:5 in:2 in:11 in:13"},
		{"out of an error handler", errors5, 11, "out:13"},
		{"the caller goes on on the same line", `
local function f()
  return 1
end
local function g()
  return 2
end
local ok, v = pcall(f); local w = g()
print(ok, v, w)
`, 2, "over:8 over:end"},
		{"the catcher goes on on the same line", `
local function f()
  error("x")
end
local function g()
  return 2
end
local ok = pcall(f); local w = g()
print(ok, w)
`, 2, "over:8 over:end"},
		{"the caller calls the same function again", `
local function f()
  return 1
end
local ok, v = pcall(f); local w = f()
print(ok, v, w)
`, 2, "over:5 over:end"},
		{"out, and the caller calls the same function again", `
local function f()
  return 1
end
local ok, v = pcall(f); local w = f()
print(ok, v, w)
`, 2, "out:5 out:end"},
		{"the catcher calls a function of the stack", `
local function f(n)
  if n == 0 then error("x") end
  f(n - 1)
end
local ok = pcall(f, 3); pcall(f, 0)
print(ok)
`, 5, "in:2 in:3 in:2 in:3 in:2 in:3 in:2 over:6 over:end"},
	})
}

const meta = `
local mt = {}
mt.__index = function(t, k)
  return k .. "!"
end
mt.__add = function(a, b)
  return 10
end
mt.__concat = function(a, b)
  return "joined"
end
mt.__lt = function(a, b)
  return true
end
local v = setmetatable({}, mt)
local w = setmetatable({}, mt)
local a = v.name
local b = v + 1
local c = "x" .. v
local d = v < w
print(a, b, c, d)
`

func TestStepMetamethods(t *testing.T) {
	runSteps(t, []stepCase{
		{"over all", meta, 16, "over:17 over:18 over:19 over:20 over:end"},
		{"in each", meta, 16, "in:3 in:17 in:6 in:18 in:9 in:19 in:12 in:20"},
		{"out of each", meta, 16, "in:3 out:17 in:6 out:18 in:9 out:19 in:12 out:20"},
		{"over the end of each", meta, 16, "in:3 over:17 in:6 over:18 in:9 over:19 in:12 over:20"},
	})
}

func TestStepCallbacks(t *testing.T) {
	runSteps(t, []stepCase{
		{"closure iterator", `
local function count(n)
  local i = 0
  return function()
    i = i + 1
    if i <= n then return i end
  end
end
for i in count(2) do
  print(i)
end
print("end")
`, 8, "in:2 in:6 in:4 in:5 in:9 over:8 over:9 over:8 over:11"},
		{"out of an iterator", `
local function iter(n, i)
  if i < n then
    return i + 1
  end
end
for i in iter, 2, 0 do
  print(i)
end
print("end")
`, 2, "out:7 over:6 in:2 over:3 over:7 over:6 over:9"},
		{"table.sort comparator", `
local t = {3, 1}
table.sort(t, function(a, b)
  local less = a < b
  return less
end)
print(t[1])
`, 1, "over:2 over:5 over:2 in:3 over:4 out:6"},
		{"over table.sort", `
local t = {3, 1, 2, 5}
table.sort(t, function(a, b) return a < b end)
print(t[1])
`, 2, "over:3 over:end"},
		{"string.gsub callback", `
local s = string.gsub("a b", "%w", function(c)
  return c:upper()
end)
print(s)
`, 1, "over:3 over:1 in:2 over:4 over:end"},
		{"load'ed string", `
local f = load("local x = 1\nreturn x")
print(f())
print("end")
`, 2, "in:1 in:2 in:3"},
		{"over a load'ed string", `
local f = load("local x = 1\nreturn x")
print(f())
print("end")
`, 2, "over:3"},
	})
}

func TestStepRequire(t *testing.T) {
	script := `
local m = require("mod")
print(m.twice(2))
print("end")
`
	start := func(t *testing.T) *session {
		s := open(t, script, debug.Options{StopOnEntry: true})
		s.write("mod.lua", "local M = {}\nfunction M.twice(x)\n  return 2 * x\nend\nreturn M\n")
		s.run()
		s.stopped(debug.ReasonEntry, 1)
		return s
	}
	t.Run("in", func(t *testing.T) {
		start(t).follow("in:mod.lua/1 over:mod.lua/4 over:mod.lua/2 over:mod.lua/5 over:main.lua/2 in:mod.lua/3 out:main.lua/3 over:end")
	})
	t.Run("over", func(t *testing.T) { start(t).follow("over:main.lua/2 over:main.lua/3 over:end") })
	t.Run("out of the module", func(t *testing.T) { start(t).follow("in:mod.lua/1 out:main.lua/2") })
}
