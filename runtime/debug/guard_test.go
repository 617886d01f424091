package debug_test

import (
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/debug"
)

// guardScript makes all sorts of objects; a guarded evaluation may look at
// them, and must not change any.
const guardScript = `
counter, log, out = 0, {}, io.stdout
local items, up = {3, 1, 2}, 0
local Stack = {} Stack.__index = Stack
function Stack:push(x) self[#self + 1] = x return self end
function Stack:top() return self[#self] end
function Stack:each() return ipairs(self) end
function Stack:copy() local c = setmetatable({}, Stack) for _, v in self:each() do c:push(v) end return c end
function Stack.__tostring(s) return "Stack of " .. #s end
function Stack.__add(a, b) local c = a:copy() for _, v in ipairs(b) do c:push(v) end return c end
local stack = setmetatable({7, 8}, Stack)
local counting = setmetatable({}, {__index = function(t, k) counter = counter + 1 return counter end})
local viaprint = setmetatable({}, {__index = print, __call = print, __add = rawset, __lt = os.exit, __tostring = collectgarbage, __newindex = log})
local proxy = setmetatable({}, {__newindex = function(t, k, v) end, __index = items})
local logging = setmetatable({}, {__newindex = log})
local next_id = (function() local id = 0 return function() id = id + 1 return id end end)()
local words = ("a b c"):gmatch("%a")
local gen = coroutine.wrap(function() for i = 1, 9 do coroutine.yield(i) end end)
local pairsof, hostile = ipairs, newproxy(true) getmetatable(hostile).__index = gen getmetatable(hostile).__len = print
local function f(...)
  local mine = 1
  print(up, mine, counter, items, stack, counting, viaprint, proxy, logging, next_id, words, gen, pairsof, hostile, log, out, host, ...)
end
f("v")
`

const refusal = " has side effects: evaluate it in the console"

func stopAtGuard(t *testing.T) *session {
	t.Helper()
	s := open(t, guardScript, debug.Options{})
	host := s.st.L.NewUserData()
	host.Value = "something of the host's"
	meta := s.st.L.NewTable()
	s.st.L.SetField(meta, "__index", s.st.L.NewFunction(func(L *lua.LState) int { L.Push(L.Get(2)); return 1 }))
	s.st.L.SetField(meta, "__newindex", s.st.L.NewFunction(func(L *lua.LState) int { panic("written") }))
	s.st.L.SetField(meta, "__call", s.st.L.NewFunction(func(L *lua.LState) int { panic("called") }))
	host.Metatable = meta
	s.st.L.SetGlobal("host", host)
	s.setBreakpoints(debug.BreakpointSpec{Line: 21})
	s.run()
	s.stopped(debug.ReasonBreakpoint, 21)
	return s
}

func (s *session) evalWatch(expr string) string {
	s.t.Helper()
	v, err := s.e.Evaluate(s.t.Context(), s.top(), expr, debug.EvalWatch)
	if err != nil {
		return "error: " + err.Error()
	}
	return v.Value
}

// TestGuardAllows: what changes nothing works in watches.
func TestGuardAllows(t *testing.T) {
	s := stopAtGuard(t)
	for expr, want := range map[string]string{
		"stack:top()": "8", "stack:copy():push(9):top()": "9", "stack + stack": "Stack of 4", "tostring(stack)": `"Stack of 2"`,
		"#stack .. '!'": `"2!"`, "{1, 2, x = {3}}": "{1, 2, x={…}}", "items[1]": "3", "proxy[2]": "1", "mine": "1", "...": `"v"`,
		"table.concat(items, ' ')": `"3 1 2"`,
		"(function() local t = {} t.a = 1 t[2] = 3 return t.a + t[2] end)()":                                                        "4",
		"(function() local c = {unpack(items)} table.sort(c) table.insert(c, 9) return table.concat(c) end)()":                      `"1239"`,
		"(function() local n = 0 local function inc() n = n + 1 end inc() inc() return n end)()":                                    "2",
		"(function() local n = 0 for k in pairs(items) do n = n + k end for _, v in ipairs(items) do n = n + v end return n end)()": "12",
		"(function() local s = '' for w in ('x y'):gmatch('%a') do s = s .. w end return s end)()":                                  `"xy"`,
		"(function() local s = '' for i, v in stack:each() do s = s .. v end return s end)()":                                       `"78"`,
		"(function() local t = table.pack(1, 2) t.n = 5 return t.n end)()":                                                          "5",
		"(function() local d = os.date('*t', 0) d.year = 1 return d.year end)()":                                                    "1",
		"pcall(error, 'x')": `false, "x"`, "pcall(string.rep, 'x', 2)": `true, "xx"`, "('abc'):gsub('b', string.upper)": `"aBc", 1`,
		"('abc'):gsub('.', {a = 'x'})":                     `"xbc", 3`,
		"('abc'):gsub('b', function(c) return c .. c end)": `"abbc", 1`,
		"type(print)": `"function"`, "rawequal(print, print)": "true", "math.max(1, 2)": "2", "os.time{year=2000,month=1,day=1,hour=12} > 0": "true",
		"coroutine.status(coroutine.running() or items)": "error: bad argument #1 to 'status' (coroutine expected)",
		"'10' + 1": "11", "-'2' * '3' / 1 % 4 ^ 1 - 1": "1", "'a' < 'b'": "true", "'a' .. 1 == 'a1'": "true", "#'abc'": "3", "'10' + {}": "error: attempt to perform arithmetic on a table value",
		"('x'):nope()": "error: attempt to call method 'nope' (a nil value)", "('x').y": "nil",
		"host.field": `"field"`, "tostring(out) ~= nil": "true", "getmetatable(stack).__index == getmetatable(stack)": "true",
		"setmetatable({}, {__index = items})[3]": "2", "select('#', ...)": "1", "nope.x": "error: attempt to index global 'nope' (a nil value)",
		"(function() proxy.anything = 1 return 'kept' end)()": `"kept"`,
	} {
		if got := s.evalWatch(expr); got != want {
			t.Errorf("%s gives %s, want %s", expr, got, want)
		}
	}
}

// TestGuardRefuses: what would change something does not run, whatever the
// code does about it, and says so.
func TestGuardRefuses(t *testing.T) {
	s := stopAtGuard(t)
	before := s.eval("counter, #log, up, mine, #items, #stack, items[1]")
	for expr, what := range map[string]string{
		"hostile.x": "a Go function", "#hostile": "print", "print('x')": "print", "io.write('x')": "io.write", "out:write('x')": "a Go function", "os.execute('true')": "os.execute",
		"os.exit(1)": "os.exit", "require('x')": "require", "load('return 1')": "load", "loadstring('x = 1')": "loadstring", "dofile('x')": "dofile",
		"collectgarbage()": "collectgarbage", "setfenv(1, {})": "setfenv", "math.random()": "math.random", "math.randomseed(1)": "math.randomseed",
		"coroutine.wrap(f)": "coroutine.wrap", "coroutine.create(f)": "coroutine.create", "gen()": "a Go function", "words()": "a Go function",
		"(function() counter = 1 end)()":                           "assigning counter",
		"(function() brand_new = 1 end)()":                         "assigning brand_new",
		"(function() up = 1 end)()":                                "assigning up",
		"(function() mine = 2 end)()":                              "assigning mine",
		"(function() items[1] = 9 end)()":                          "assigning to a field",
		"(function() items.x = 9 end)()":                           "assigning x",
		"(function() logging.x = 9 end)()":                         "assigning x",
		"(function() local t = {} t[1] = items t[1][1] = 5 end)()": "assigning to a field",
		"stack:push(9)":                                            "assigning to a field",
		"next_id()":                                                "assigning id",
		"counting.x":                                               "assigning counter",
		"table.insert(items, 1)":                                   "table.insert on a table of the program",
		"table.remove(items)":                                      "table.remove on a table of the program",
		"table.sort(items)":                                        "table.sort on a table of the program",
		"rawset(items, 1, 2)":                                      "rawset on a table of the program",
		"rawset(_G, 'x', 2)":                                       "rawset on a table of the program",
		"setmetatable(items, {})":                                  "setmetatable on a table of the program",
		"pcall(print)":                                             "print",
		"pcall(pcall, pcall, print)":                               "print",
		"pcall(table.insert, items, 1)":                            "table.insert on a table of the program",
		"xpcall(print, error)":                                     "print",
		"xpcall(error, print)":                                     "print",
		"xpcall(table.insert, error, items, 1)":                    "table.insert on a table of the program",
		"('x'):gsub('x', print)":                                   "print",
		"table.foreach(items, print)":                              "print",
		"viaprint.x":                                               "print",
		"viaprint()":                                               "print",
		"viaprint + 1":                                             "rawset on a table of the program",
		"viaprint < viaprint":                                      "os.exit",
		"tostring(viaprint)":                                       "collectgarbage",
		"('%s'):format(viaprint)":                                  "collectgarbage",
		"(function() local t = {viaprint, viaprint} table.sort(t) end)()":                                                          "os.exit",
		"setmetatable({}, {__index = print}).x":                                                                                    "print",
		"setmetatable({}, {__call = setmetatable({}, {__call = print})})()":                                                        "print",
		"setmetatable({}, {__newindex = rawset}) + (function() local t = setmetatable({}, {__newindex = io.write}) t.x = 1 end)()": "assigning x",
		"(function() for x in print do end end)()":                                                                                 "print",
		"(function() for x in gen do end end)()":                                                                                   "a Go function",
		"host()":                                                                                                                   "a Go function",
		"(function() host.x = 1 end)()":                                                                                            "assigning x",
		"(function() return print('tail') end)()":                                                                                  "print",
		"(function() pcall(function() counter = 5 end) return 'caught' end)()":                                                     "assigning counter",
		"(function() while true do pcall(function() counter = 5 end) end end)()":                                                   "assigning counter",
		"xpcall(function() counter = 5 end, function() log[1] = 'handled' end) and 'x'":                                            "assigning counter",
		"(function() local p = newproxy(true) getmetatable(p).__index = gen return p.x end)()":                                     "assigning __index",
	} {
		for _, mode := range []debug.EvalMode{debug.EvalWatch, debug.EvalHover, debug.EvalClipboard, debug.EvalVariables, "other"} {
			_, err := s.e.Evaluate(t.Context(), s.top(), expr, mode)
			if err == nil || err.Error() != what+refusal {
				t.Errorf("%s of %s: %v, want %s", mode, expr, err, what+refusal)
			}
			if mode == debug.EvalWatch {
				equal(t, "state after "+expr, s.eval("counter, #log, up, mine, #items, #stack, items[1]"), before)
			}
		}
	}
	equal(t, "output", s.output(), "")
	equal(t, "generator", s.eval("gen(), words(), next_id()"), `1, "a", 1`)
	equal(t, "console", s.eval("(function() counter = 77 return counter end)()"), "77")
}

// TestGuardAtTraps: armed slots and trapped instructions do not confuse the
// guard.
func TestGuardAtTraps(t *testing.T) {
	s := breakAt(t, `
local function each(t) return ipairs(t) end
local function f(t)
  local r, n = {}, 0
  local function add(v) n = n + v return n end
  for i, v in each(t) do
    r[i] = add(v) * 2
  end
  r.n, r.packed = n, table.pack(n)
  r.packed[2] = 5
  return r
end
print(#f{1})
print(#f{1, 2})
`, 1, 3, 4, 5, 6, 8, 9, 10, 12)
	s.stopped(debug.ReasonBreakpoint, 1)
	s.do(s.e.Continue())
	s.stopped(debug.ReasonBreakpoint, 12)
	const want = "{2, 6, packed={…}, n=3}"
	equal(t, "f", s.evalWatch("f{1, 2}"), want)
	s.do(s.e.StepIn(1))
	s.stopped(debug.ReasonBreakpoint, 3)
	equal(t, "f while it runs", s.evalWatch("#t"), "1")
	var traps []debug.InstructionBreakpointSpec
	for _, f := range s.frames(1) {
		code, err := s.e.Disassemble(t.Context(), f.Address, -60, 120)
		s.do(err)
		for _, in := range code {
			if !in.Invalid {
				traps = append(traps, debug.InstructionBreakpointSpec{Address: in.Address})
			}
		}
	}
	set := 0
	for _, b := range s.e.SetInstructionBreakpoints(traps) {
		if b.Verified {
			set++
		}
	}
	if set < 40 {
		t.Errorf("%d of %d instructions are trapped", set, len(traps))
	}
	main := s.frames(1)[1].ID
	v, err := s.e.Evaluate(t.Context(), main, "f{1, 2}", debug.EvalWatch)
	s.do(err)
	equal(t, "f with all its instructions trapped", v.Value, want)
	if _, err = s.e.Evaluate(t.Context(), main, "print(#f{1})", debug.EvalWatch); err == nil || err.Error() != "print"+refusal {
		t.Errorf("print: %v", err)
	}
}

// TestTostringIsGuarded: showing a value does not change the program either.
func TestTostringIsGuarded(t *testing.T) {
	s := breakAt(t, `
calls = 0
local memo = setmetatable({k = 1}, {__tostring = function(t) calls = calls + 1 return "memo" end})
local viaprint = setmetatable({1}, {__tostring = print})
print("end")
`, 4)
	s.stopped(debug.ReasonBreakpoint, 4)
	for range 3 {
		locals := s.children(s.scope(s.top(), debug.ScopeLocals).Ref)
		equal(t, "memo", named(t, locals, "memo").Value, "{k=1}")
		equal(t, "viaprint", named(t, locals, "viaprint").Value, "{1}")
	}
	equal(t, "calls", s.eval("calls"), "0")
	if strings.Contains(s.output(), "table") {
		t.Errorf("output %q", s.output())
	}
}
