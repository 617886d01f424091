package lint_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

var wrong = regexp.MustCompile(`argument-type|missing-argument|invalid-operation`)

// TestStandardValues: what is found in a call is what the runtime says.
func TestStandardValues(t *testing.T) {
	calls := []string{
		`print(select(0, 1))`, `print(string.char(65, 256))`, `print(string.char(-1))`, `print(math.random(0))`, `print(math.random(3, 1))`,
		`print(table.concat({1, {}, 2}))`, `print(table.concat({"a", true}, ", "))`, `print(table.concat({print}))`,
		`table.sort({1, "a", 2})`, `table.sort({"a", "b", 3})`, `table.sort({1, 2, {}, 3, 4})`, `table.sort({{}, {}})`, `table.sort({true, false})`,
		`rawset({}, nil, 1)`, `rawset({}, 0/0, 1)`, `local t = {} t[nil] = 1`, `local t = {} local k t[k] = 1`, `local t = {} t[0/0] = 1`, `print({[nil] = 1})`, `print({[0/0] = 1})`,
		`table.insert({})`, `setmetatable({})`, `xpcall(print)`, `xpcall()`, `pcall()`, `assert()`,
	}
	right := []string{
		`print(select(1, 1), select(-1, 1))`, `print(string.char(0, 255))`, `print(math.random(1), math.random(2, 2), math.random(-3, -1))`,
		`print(table.concat({"a", 1}, ", "))`, `print(table.concat({"a", {}}, ", ", 1, 1))`, `print(table.concat({"a", x = {}}))`,
		`table.sort({3, 1})`, `table.sort({"b", "a"})`, `table.sort({{}})`, `table.sort({{}, {}}, function() return false end)`, `table.sort({})`,
		`rawset({}, 1, nil)`, `local t = {} t[1] = nil print(t[nil])`, `local k = tonumber("x") local t = {} if k then t[k] = 1 end`,
		`local t = setmetatable({}, {__newindex = function() end}) t[nil] = 1`,
		`table.insert({}, nil)`, `setmetatable({}, nil)`, `assert((function() return 1 end)())`, `pcall((function() return print end)())`,
	}
	for i, said := range answers(t, slices.Concat(calls, right)) {
		call := slices.Concat(calls, right)[i]
		got := lines(call, check(t, call, nil))
		if i < len(calls) && (said == "" || !strings.HasSuffix(got, " "+said)) || i >= len(calls) && (said != "" || wrong.MatchString(got)) {
			t.Errorf("%s: the runtime says %q, found %q", call, said, got)
		}
	}
}
