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
		"---@param c? boolean|integer\nlocal function f(c) return c end\nf(1) f(true) f(1.5)": "3:16 argument-type f takes c?: boolean|integer, but is given 1.5",
		"local function f(c) return c == true end f(2)":                                       "",
		"local function f(c, n) for i = 1, n do if c then print(i) end end end f(2, 1.5)":     "",
		"setmetatable(1, {})": "1:14 argument-type setmetatable takes t: table, but is given 1",
		"print(ipairs())":     "1:14 missing-argument ipairs needs the argument t: any[]|table<any, any>: it takes 1 argument, but is given 0",
	} {
		if got := lines(text, check(t, text, nil)); got != want {
			t.Errorf("%q:\n%s, wanted\n%s", text, got, want)
		}
	}
}
