package lint_test

import "testing"

// TestElementsOfNames: what is done with the elements of a table that has none.
func TestElementsOfNames(t *testing.T) {
	const none = " the elements 1, 2, …, of which the table has none"
	for text, want := range map[string]string{
		"for k, v in ipairs({a = 1}) do print(k, v) end":                                                "1:13 length-of-names ipairs goes through" + none + ": pairs goes through all",
		"local t = {a = 1} for k, v in ipairs(t) do print(k, v) end":                                    "1:31 length-of-names ipairs goes through" + none + ": pairs goes through all",
		`local t = {["a b"] = 1} t.c = 2 t["d"] = 3 print(table.concat(t), unpack(t))`:                  "1:50 length-of-names table.concat joins" + none + "\n1:67 length-of-names unpack returns" + none,
		"local t = {a = 1} table.sort(t) print(t.a, JSON.stringify(t))":                                 "1:19 length-of-names table.sort sorts" + none,
		"local t = {a = 1} if t ~= nil then print(#t) end":                                              "1:42 length-of-names the length counts the elements 1, 2, …, of which the table has none: it is always 0",
		"local t = {} for k, v in ipairs(t) do print(k, v) end":                                         "",
		"local t = {a = 1} t[1] = 2 for k, v in ipairs(t) do print(k, v) end":                           "",
		"local t = {a = 1} table.insert(t, 2) for k, v in ipairs(t) do print(k, v) end":                 "",
		"local t = {a = 1} t[#t + 1] = 2 for k, v in ipairs(t) do print(k, v) end":                      "",
		"local t = {a = 1, 2} for k, v in ipairs(t) do print(k, v) end":                                 "",
		"local t = {a = 1, [...] = 2} for k, v in ipairs(t) do print(k, v) end":                         "",
		"local t = {a = 1} local function f(x) x[1] = 2 end f(t) for _, v in ipairs(t) do print(v) end": "",
		"local t = {a = 1} local u = t u[1] = 2 for _, v in ipairs(t) do print(v) end":                  "",
		"local t = {a = 1} local u = t or {} u[1] = 2 for _, v in ipairs(t) do print(v) end":            "",
		"local t = {a = 1} local u = ... == 1 and t u[1] = 2 for _, v in ipairs(t) do print(v) end":     "",
		"local t = {a = 1} rawset(t, 1, 2) for _, v in ipairs(t) do print(v) end":                       "",
		"local ipairs = pairs for _, v in ipairs({a = 1}) do print(v) end":                              "",
		"local t = setmetatable({a = 1}, {}) for _, v in ipairs(t) do print(v) end":                     "",
	} {
		if got := lines(text, check(t, text, nil)); got != want {
			t.Errorf("%q:\n%q, wanted\n%q", text, got, want)
		}
	}
}
