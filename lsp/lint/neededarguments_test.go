package lint_test

import (
	"strings"
	"testing"
)

// TestNeededArguments: each function is called without its last argument.
func TestNeededArguments(t *testing.T) {
	const without = "f needs the argument b: without it, "
	for text, want := range map[string]string{
		"local function f(a, b) return a + b end f(1)":                                          without + "attempt to perform arithmetic on local 'b' (a nil value)",
		"local function f(a, b) return a .. b end f(1)":                                         without + "attempt to concatenate local 'b' (a nil value)",
		"local f = function(a, b) print(a) b.x = 1 end f(1)":                                    without + "attempt to index local 'b' (a nil value)",
		"function f(a, b) local x = a return x, b.y.z end f(1)":                                 without + "attempt to index local 'b' (a nil value)",
		"local function f(a, b) if a then print(a) end b() end f(1)":                            without + "attempt to call local 'b' (a nil value)",
		"local function f(a, b) for i = a, b do print(i) end end f(1)":                          without + "'for' limit must be a number",
		"local function f(a, b) for _, x in ipairs(b) do print(a, x) end end f(1)":              without + "ipairs is given nil",
		"local function f(a, b) for x in b do print(a, x) end end f(1)":                         without + "attempt to call a nil value",
		"local function f(a, b) while #b > 0 do a = a + 1 end end f(1)":                         without + "attempt to get length of local 'b' (a nil value)",
		"local function f(a, b) if a < b then return 1 end end f(1)":                            without + "nil cannot be compared",
		"local function f(a, b) do print(a, b:m()) end end f(1)":                                without + "attempt to index local 'b' (a nil value)",
		"local function f(a, b) return b.x and a end f(1)":                                      without + "attempt to index local 'b' (a nil value)",
		"local function f(a, b) print({-b, a}) end f(1)":                                        without + "attempt to perform arithmetic on local 'b' (a nil value)",
		"local function f(a, b) return a.x + b.y end f()":                                       "f needs the arguments a and b: without it, attempt to index local 'a' (a nil value)",
		"local M = {} function M.f(a, b) return a + b end M.f(1) return M":                      "M.f needs the argument b: without it, attempt to perform arithmetic on local 'b' (a nil value)",
		"local M = {} function M:f(b) return self.x + b end M:f() return M":                     "M:f needs the argument b: without it, attempt to perform arithmetic on local 'b' (a nil value)",
		"local function f(a, b) b = b or 1 return a + b end f(1)":                               "",
		"local function f(a, b) if not b then b = 1 end return a + b end f(1)":                  "",
		"local function f(a, b) if a then b = 1 end return a + b end f(1)":                      "",
		"local function f(a, b) if a then return a end return b.x end f(1)":                     "",
		"local function f(a, b) if a then error(a) end return b.x end f(1)":                     "",
		"local function f(a, b) while a do if a.x then return a end end return b.x end f(1)":    "",
		"local function f(a, b) return a or b.x end f(1)":                                       "",
		"local function f(a, b) if a then print(b.x) end end f(1)":                              "",
		"local function f(a, b) for i = 1, a do print(i, b.x) end end f(1)":                     "",
		"local function f(a, b) assert(b, 'no b') return a + b end f(1)":                        "",
		"local function f(a, b) print(type(b) == 'table' and b.x) return a + b end f(1)":        "",
		"local function f(a, b) return a == b, tostring(b), {b}, b, not b end f(1)":             "",
		"local function f(a, b) return function() return a + b end end f(1)":                    "",
		"local function f(a, b) local function set() b = 1 end set() return a + b end f(1)":     "",
		"local function f(a, b) local b = 2 return a + b end f(1)":                              "1:35 shadowed-local",
		"local function f(a, ...) return a + ... end f(1)":                                      "",
		"local function f(a, b) return a + b end f(...) f(1, ...) f(1, print()) f(1, 2)":        "",
		"local function f(a, b) return a + b end f = print f(1)":                                "",
		"local function f(a, b) return a + b end return function(g) g = g or f g(1) end":        "",
		"---@param b? number\nlocal function f(a, b) return a + b end f(1)":                     "",
		"local function f(a, b) goto on ::on:: return a + b end f(1)":                           "",
		"local M = {} function M.f(self, b) return self.x + b end M:f() return M":               "M:f needs the argument b: without it, attempt to perform arithmetic on local 'b' (a nil value)",
		"function f(a, b) return a + b end function f(a) return a end f(1)":                     "",
		"if ... then function f(a, b) return a + b end end f(1)":                                "",
		"function f(a, b) return a + b end _G.f = print f(1)":                                   "",
		"function f(a, b) return a + b end setfenv(1, {}) f(1)":                                 "",
		"local function f(a, b, ...) return a + b, ... end f(1)":                                without + "attempt to perform arithmetic on local 'b' (a nil value)",
		"debug.setmetatable(nil, {__add = print}) local function f(a, b) return a + b end f(1)": "",
		"local function f(a, b) return a + b end local x = f print(x == f, a) a = 1":            "",
	} {
		var got []string
		for _, x := range check(t, text, nil) {
			switch x.Code {
			case "missing-argument":
				got = append(got, x.Message)
				if len(x.Related) != 1 || x.Related[0].Start >= x.Start || x.Related[0].Message != "it is used here" {
					t.Errorf("%q: %v", text, x.Related)
				}
			case "shadowed-local":
				got = append(got, "1:35 shadowed-local")
			}
		}
		if strings.Join(got, "\n") != want {
			t.Errorf("%q:\n%q, wanted\n%q", text, got, want)
		}
	}
	// Where errors are caught the call may be a test.
	for _, x := range check(t, "local function f(a) return a.x end print(pcall(function() f() end))", nil) {
		if x.Code != "missing-argument" || x.Severity.String() != "hint" {
			t.Errorf("%+v", x)
		}
	}
}
