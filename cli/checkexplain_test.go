package cli

import (
	"strings"
	"testing"
)

func TestCheckExplain(t *testing.T) {
	for name, want := range map[string]string{"unknown-tool": "unknown-tool\n\nThere is no tool of this name.", "113": "undefined-global\n\nA global variable is read"} {
		if code, out, errs := call(t, "", "check", "--explain", name); code != 0 || !strings.HasPrefix(out, want) || !strings.Contains(out, "\n\nIt says:\n\n```text\n1:") && !strings.Contains(out, "```text\n2:") || errs != "" {
			t.Errorf("%s: %d %q %s", name, code, out, errs)
		}
	}
	for name, want := range map[string]string{"unknown-tol": "did you mean unknown-tool?", "nonsense": "docs/check.md lists them all"} {
		if code, _, errs := call(t, "", "check", "--explain", name); code != 2 || !strings.Contains(errs, want) {
			t.Errorf("%s: %d %s", name, code, errs)
		}
	}
}
