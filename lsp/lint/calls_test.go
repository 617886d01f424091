package lint_test

import "testing"

// TestExactArguments: what Lua would take is wrong where an annotation says boolean or integer;
// each argument has its finding, and one of what is missing names all of it.
func TestExactArguments(t *testing.T) {
	const f = "---@param c boolean\n---@param n integer\nlocal function f(c, n) return c, n end\n"
	for text, want := range map[string]string{
		f + "f(2, 1.5)":                "4:3 argument-type f takes c: boolean, but is given 2\n4:6 argument-type f takes n: integer, but is given 1.5",
		f + "f('x', 2.5)":              "4:3 argument-type f takes c: boolean, but is given \"x\"\n4:8 argument-type f takes n: integer, but is given 2.5",
		f + "f({}, {})":                "4:3 argument-type f takes c: boolean, but is given a table\n4:7 argument-type f takes n: integer, but is given a table",
		f + "local x = 1.5 f(true, x)": "4:23 argument-type f takes n: integer, but is given 1.5",
		f + "f(true, 2) f(1 < 2, -3) f(not f, 4 / 2) f(nil, '10') f(..., 1)": "",
		f + "f()":     "4:3 missing-argument f needs the arguments c: boolean and n: integer: it takes 2 arguments, but is given 0",
		f + "f(true)": "4:7 missing-argument f needs the argument n: integer: it takes 2 arguments, but is given 1",
		"---@param c? boolean|integer\nlocal function f(c) return c end\nf(1) f(true) f(1.5)":                                                      "3:16 argument-type f takes c?: boolean|integer, but is given 1.5",
		"local function f(c) return c == true end f(2)":                                                                                            "",
		"local function f(c, n) for i = 1, n do if c then print(i) end end end f(2, 1.5)":                                                          "",
		"local M = {}\n---@param c boolean\nfunction M.f(c) return c end\nM.f(2) M.f(true)":                                                        "4:5 argument-type M.f takes c: boolean, but is given 2",
		"local M = {}\n---@param c boolean\nfunction M.f(c) return c end\nM.f(2)\nfunction M.f(c) return not c end":                                "",
		`print(io.open("a", "re"), io.open("a", "wbx"), io.open("a", "q"), io.open("a", ""))`:                                                      "1:61 argument-type io.open takes mode?: r, w or a and what may follow, but is given \"q\"\n1:80 argument-type io.open takes mode?: r, w or a and what may follow, but is given \"\"",
		`local f = assert(io.open("a")) print(f:read("a*", "*x", 5, "l"), f.read(f, "*"), io.read("*all", "all"))`:                                 "1:51 argument-type f:read takes *n, *l, *L, *a or a number of bytes, but is given \"*x\"\n1:76 argument-type f.read takes *n, *l, *L, *a or a number of bytes, but is given \"*\"",
		`for l in io.lines("x", "*l") do print(l) end for l in io.lines("x", "y") do print(l) end`:                                                 "1:69 argument-type io.lines takes *n, *l, *L, *a or a number of bytes, but is given \"y\"",
		"print(tonumber({}, 99), tonumber({}, 16), tonumber('z', 37))":                                                                             "1:20 argument-type tonumber takes base?: integer from 2 to 36, but is given 99\n1:34 argument-type tonumber takes v: string with a base, but is given a table\n1:57 argument-type tonumber takes base?: integer from 2 to 36, but is given 37",
		"print(tonumber({}, 10), tonumber('z', 36), tonumber(12, '16'), tonumber({}), tonumber(..., 8), tonumber({}, '0x10'))":                     "",
		"print(os.time({year = 'x', month = 1, day = 2}), os.time{month = 1}, os.time({}))":                                                        "1:23 argument-type field 'year' missing in date table\n1:57 argument-type field 'day' missing in date table\n1:78 argument-type field 'day' missing in date table",
		"print(os.time({year = '2020', month = '0x1', day = 1}), os.time(), os.time({...}), os.time({day = ..., month = 1, year = 1, [...] = 2}))": "",
		"os.time = print os.time({})": "",
		"---@param ... string\nlocal function f(...) return ... end\nf('a', {}) f('a', nil, 1)":                         "3:8 argument-type f takes ...: string, but is given a table",
		"---@vararg string\nlocal function f(...) return ... end\nf(true)\nlocal function g(...) return ... end\ng({})": "3:3 argument-type f takes ...: string, but is given true",
		"setmetatable(1, {})": "1:14 argument-type setmetatable takes t: table, but is given 1",
		"print(ipairs())":     "1:14 missing-argument ipairs needs the argument t: any[]|table<any, any>: it takes 1 argument, but is given 0",
	} {
		if got := lines(text, check(t, text, nil)); got != want {
			t.Errorf("%q:\n%s, wanted\n%s", text, got, want)
		}
	}
}
