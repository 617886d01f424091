package lint_test

import "testing"

// TestLists: elements 0 that a list does not have; what may have one is not reported.
func TestLists(t *testing.T) {
	const zero = "element-zero there is no element 0: the first one is t[1]"
	for text, want := range map[string]string{
		"local t = {1, 2} print(t[0], #t)":                                    "1:24 " + zero,
		"local t = {1, 2} table.insert(t, 3) t[3] = 4 print(t[0] + 1)":        "1:52 " + zero,
		"local t = {1, 2} for i = 0, #t - 1 do print(t[i]) end":               "1:26 element-zero the loop begins with 0, and there is no element 0: the first one is t[1], the last one t[#t]",
		"local t = {1, 2} for i = 0, #t - 1 do print(t[i + 1]) end":           "",
		"local t = {1, 2} for i = 0, #t do if i > 0 then print(t[i]) end end": "",
		"local t = {1, 2} for i = 1, #t do print(t[i]) end":                   "",
		"local t = {1, 2} t[0] = 3 print(t[0])":                               "",
		"local t = {1, 2} t[#t + 1] = 3 print(t[0])":                          "",
		"local t = {1, 2} for i = 0, 1 do t[i] = i end print(t[0])":           "",
		"local t = {[0] = 1, 2} print(t[0])":                                  "",
		"local t = {} print(t[0])":                                            "",
		"local t = {1} if t[0] then print(t[0]) end":                          "1:34 " + zero,
		"local t = {1} print(t[0] or 2)":                                      "",
		"local t = {1} local u = t u[0] = 2 print(t[0])":                      "",
		"local t = {1} local function f(x) x[0] = 2 end f(t) print(t[0])":     "",
		"local t = setmetatable({1}, {__index = table}) print(t[0])":          "",
		"local t = {1} setmetatable(t, {__index = table}) print(t[0])":        "",
		"local s = ... print(s[0]) ":                                          "",
	} {
		if got := lines(text, check(t, text, nil)); got != want {
			t.Errorf("%q:\n%q, wanted\n%q", text, got, want)
		}
	}
}
