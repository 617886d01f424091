package lint_test

import (
	"testing"

	"github.com/llmspell/llmspell/lsp/lint"
)

// TestRuleNames: a name that is nearly that of a rule is said to be one; those of other
// checkers are left alone.
func TestRuleNames(t *testing.T) {
	for name, want := range map[string]string{
		"undefined-gobal": "undefined-global", "unused-locl": "unused-local", "unsed-local": "unused-local",
		"undefined-global": "", "redundant-parameter": "", "need-check-nil": "", "return-type-mismatch": "", "cast-type-mismatch": "",
		"missing-return": "", "undefined-doc-name": "", "lowercase-global": "", "212": "", "215": "", "": "", "x": "",
		"duplicate-set-field": "", "undefined-env-child": "", "missing-fields": "", "trailing-space": "", "ambiguity-1": "",
	} {
		if near, known := lint.NearRule(name); near != want || known && near != "" {
			t.Errorf("%q: %q %t", name, near, known)
		}
	}
	text := "---@diagnostic disable-next-line: undefined-gobal, need-check-nil\nprint(nope) ---@diagnostic disable-line: undefined-global\n"
	got := check(t, text, nil)
	if want := "1:35 unknown-rule there is no rule named \"undefined-gobal\"; did you mean \"undefined-global\"?"; lines(text, got) != want {
		t.Errorf("%s", lines(text, got))
	}
	applied(t, text, got)
}
