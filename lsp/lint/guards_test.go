package lint_test

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/lint"
)

// TestGuarded: errors of Lua's are hints where they are caught, names and what tools refuse
// are as anywhere.
func TestGuarded(t *testing.T) {
	raises := map[string]string{
		"invalid-operation": "print(1 + nil)", "argument-type": "print(math.floor({}))", "missing-argument": "print(string.rep())",
		"format-string": `print(string.format("%d", "x"))`, "pattern": `print(("x"):find("("))`,
	}
	names := map[string]string{
		"undefined-field": "print(string.lenght('x'))", "undefined-global": "print(nothing_has_this)", "unknown-tool": `print(Tool.execute("calculatr", {}))`,
		"invalid-parameter": `print(Tool.execute("calculator", {input = 5}))`, "unknown-parameter": `print(Tool.execute("calculator", {inputt = "1", input = "1"}))`,
		"receiver": "print(math:floor(1))",
	}
	for _, form := range []struct {
		text   string
		caught bool
	}{
		{"@", false},
		{"local function run() @ end run()", false},
		{"print(pcall(function() @ end))", true},
		{"print(pcall(function() if arg then @ end end))", true},
		{"print(xpcall(function() @ end, debug.traceback))", true},
		{"local function run() @ end print(pcall(run))", true},
		{"local function run() @ end print(pcall(run)) run()", false},
		{"local run = function() @ end print(pcall(run), pcall(run))", true},
		{"local lu = require('x') lu.assertErrorMsgContains('x', function() @ end)", true},
		{"local assert = require('x') assert.has_error(function() @ end)", true},
		{"local assert = require('x') assert.has_no.errors(function() @ end)", false},
		{"local each = require('x') each(function() @ end)", false},
	} {
		for code, text := range raises {
			want := lint.Warning
			if code == "invalid-operation" {
				want = lint.Error
			}
			if form.caught {
				want = lint.Hint
			}
			severityOf(t, strings.ReplaceAll(form.text, "@", text), code, want)
		}
		for code, text := range names {
			want := lint.Warning
			if strings.Contains(code, "parameter") || code == "unknown-tool" {
				want = lint.Error
			}
			severityOf(t, strings.ReplaceAll(form.text, "@", text), code, want)
		}
	}
}

// severityOf looks for one finding of a kind.
func severityOf(t *testing.T, text, code string, want lint.Severity) {
	t.Helper()
	n := 0
	for _, x := range check(t, text, nil) {
		if x.Code == code {
			n++
			if x.Severity != want {
				t.Errorf("%s: %s is %v, not %v", text, code, x.Severity, want)
			}
		}
	}
	if n != 1 {
		t.Errorf("%s: %d findings %s", text, n, code)
	}
}
