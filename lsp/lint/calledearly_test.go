package lint_test

import "testing"

// TestCalledEarly: pcall is given results of calls; only what surely is no function is reported.
func TestCalledEarly(t *testing.T) {
	const early = " is called before pcall: its errors are not caught; give pcall the function itself"
	for text, want := range map[string]string{
		"print(pcall(error('x')))":                                                                      "1:13 called-early error" + early,
		"local function f(x) print(x) end print(pcall(f(1)))":                                           "1:46 called-early f" + early,
		"local f = function(x) if x then return end print(x) end print(pcall(f()))":                     "1:69 called-early f" + early,
		"print(pcall(print('x')), pcall(string.upper('x')))":                                            "1:13 called-early print" + early + "\n1:32 called-early string.upper" + early,
		"print(pcall(Tool.execute('calculator', {input = '1'})))":                                       "1:13 called-early Tool.execute" + early,
		"local function f() end print(xpcall(f(), print))":                                              "1:37 called-early f is called before xpcall: its errors are not caught; give xpcall the function itself",
		"local function f() end print(coroutine.wrap(f()))":                                             "1:45 called-early f is called before coroutine.wrap; give coroutine.wrap the function itself",
		"print(pcall(error, 'x'))":                                                                      "",
		"local function f() return print end print(pcall(f()))":                                         "",
		"local function f() return function() return 1 end end print(pcall(f()))":                       "",
		"local function f() local function g() return 1 end g() end f = print print(pcall(f()))":        "",
		"print(pcall(loadstring('x = 1')), pcall(load(print)))":                                         "",
		"local f = ... print(pcall(f()), pcall(f.x()), pcall(f:x()))":                                   "",
		"local function f(...) return ... end print(pcall(f(print)))":                                   "",
		"function F() end print(pcall(F()))":                                                            "",
		"print(pcall(setmetatable({}, {__call = print})), pcall(coroutine.wrap(print)))":                "",
		"print(pcall(assert(loadstring('x = 1'))), pcall(rawget({print}, 1)), pcall(select(1, print)))": "",
		"local pcall = print pcall(error('x'))":                                                         "",
	} {
		if got := lines(text, check(t, text, nil)); got != want {
			t.Errorf("%q:\n%q, wanted\n%q", text, got, want)
		}
	}
}
