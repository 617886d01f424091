package lint_test

import (
	"strings"
	"testing"
)

// TestNearestScope: the name that is suggested for a global that nothing defines is the nearest
// one, and of those that are equally near that of the closest scope.
func TestNearestScope(t *testing.T) {
	for text, want := range map[string]string{
		"local total = 1 print(total, totl)":                                 "total",
		"local totals = 1 do local total = 2 print(totals, total, totl) end": "total",
		"do local total = 1 print(total) end totl()":                         "Tool",
		"tools = 1 print(tools, toolz)":                                      "tools",
		"local pront = 1 print(pront) pritn(1)":                              "print",
		"local count = 1 print(count, cont)":                                 "count",
	} {
		if got := findingsIn(t, "undefined-global", text); !strings.HasSuffix(got, "did you mean "+want+"?") {
			t.Errorf("%s: %q, not %s", text, got, want)
		}
	}
}
