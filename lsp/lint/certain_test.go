package lint_test

import "testing"

// TestCalleeIsCertain: what may be another function by then, or an object that the types
// only guess, is not judged; what is named directly is.
func TestCalleeIsCertain(t *testing.T) {
	for text, want := range map[string]string{
		"local M = {} local function rnd() return 1 end function M.map(t, f) return f(t) end M.map({}, rnd) return M":                                                                 "",
		"local function noop() end return function(opts) local cb = opts.cb or noop cb(1) end":                                                                                        "",
		"local hs = {} local function noop() end hs[#hs + 1] = noop for _, h in ipairs(hs) do h(1) end":                                                                               "",
		"local M = {} function M.none() end function M:add(f) table.insert(self.jobs, f) end function M:go() for _, j in ipairs(self.jobs) do j(self) end end M:add(M.none) return M": "",
		"local hs = {} local function noop() end hs[1] = noop local last = hs[1] last(1)":                                                                                             "",
		"local M = {} local function noop() end M.cb = noop M.cb(1) return M":                                                                                                         "",
		"local up local function noop() end local function set(f) up = f end set(noop) up(1)":                                                                                         "",
		"local function noop() end if math.random() > 1 then noop = print end noop(1)":                                                                                                "",
		"local p = ... local say = p or print local get = p or tostring say(get(1, 2), get())":                                                                                        "",
		"local call = {tostring} call[#call + 1] = tostring for _, f in ipairs(call) do print(f(1, 2)) end":                                                                           "",
		"---@param a string\nlocal function f(a) return a end\nreturn function(g) local h = g or f return h({}), h(), h('x', 1) end":                                                  "",
		"function string:starts(p) return self:sub(1, #p) == p end":                                                                                                                   "",
		"function string:last() return self:sub(-1), self:nothing() end":                                                                                                              "",
		"function table:first() return self[1], self.name, self:anything() end":                                                                                                       "",
		"local function f(a) return a end f(1, 2)":                                                                                                                                    "1:39 redundant-argument f takes at most 1 argument, but is given 2",
		"print(tostring(1, 2))": "1:19 redundant-argument tostring takes 1 argument, but is given 2",
		"for line in io.lines() do line = line:gsub('x', '') print(line) end":                            "",
		"string.rep = function(s, n, sep) return s .. n .. sep end print(('x'):rep(3, ','))":             "",
		"function string.rep(s, n, sep) return s .. n .. sep end local x = 'x' print(x:rep(3, ','), #x)": "",
		"string.lower = string.upper print(('x'):rep(3, ','))":                                           "1:48 redundant-argument ('x'):rep takes 1 argument, but is given 2",
		"for i = 1, 3 do i = 5 print(i) end":                                                             "1:17 loop-variable the variable i of the loop is assigned: the next turn does not see it",
		"local x, y = ... print(x and x or y)":                                                           "",
		"local x = ... print(x and x, x or x)":                                                           "1:21 same-sides both sides are the same: one is enough\n1:30 same-sides both sides are the same: one is enough",
		"local o = setmetatable({}, {__lt = function() return true end}) print(o < o, o > o)":            "",
		"---@param o {n: number}\nlocal function f(o) return o < o end return f":                         "",
		"---@param o? table|number\nlocal function f(o) return o < o end return f":                       "",
		"---@class V\n---@type V\nlocal v = ...\nprint(v > v, io.stdout < io.stdout)":                    "",
		"local x = ... print(x < x)":                                                                     "1:21 same-sides nothing is less or greater than itself: the comparison is always false",
		"local a = {} if a == a then print(1) end":                                                       "1:17 same-sides a value is compared with itself: the comparison is always true",
		"local a = {} if math.random() > 1 then a = 0 / 0 end if a == a then print(1) end":               "",
	} {
		if got := lines(text, check(t, text, nil)); got != want {
			t.Errorf("%q:\n%q, wanted\n%q", text, got, want)
		}
	}
}
