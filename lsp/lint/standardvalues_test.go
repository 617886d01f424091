package lint_test

import (
	"slices"
	"strings"
	"testing"
)

// TestStandardValues: what is found in a call is what the runtime says.
func TestStandardValues(t *testing.T) {
	calls := []string{
		`print(select(0, 1))`, `print(string.char(65, 256))`, `print(string.char(-1))`, `print(math.random(0))`, `print(math.random(3, 1))`,
		`print(table.concat({1, {}, 2}))`, `print(table.concat({"a", true}, ", "))`, `print(table.concat({print}))`,
	}
	right := []string{
		`print(select(1, 1), select(-1, 1))`, `print(string.char(0, 255))`, `print(math.random(1), math.random(2, 2), math.random(-3, -1))`,
		`print(table.concat({"a", 1}, ", "))`, `print(table.concat({"a", {}}, ", ", 1, 1))`, `print(table.concat({"a", x = {}}))`,
	}
	for i, said := range answers(t, slices.Concat(calls, right)) {
		call := slices.Concat(calls, right)[i]
		got := lines(call, check(t, call, nil))
		if i < len(calls) && (said == "" || !strings.HasSuffix(got, "argument-type "+said)) || i >= len(calls) && (said != "" || strings.Contains(got, "argument-type")) {
			t.Errorf("%s: the runtime says %q, found %q", call, said, got)
		}
	}
}
