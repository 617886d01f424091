package lint_test

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/lint"
)

// TestTakenNames holds registrations that the runtime refuses since a tool that comes with
// llmspell has the name: they are reported in its words, at the name, and nothing else is
// said of what is written for the refused tool.
func TestTakenNames(t *testing.T) {
	for _, tt := range []struct{ text, at string }{
		{`Tool.register({name = "calculator", description = "d", execute = function() end})`, `"calculator"`},
		{`Tool.register({name = "Text_Manipulator", description = "d", execute = print})`, `"Text_Manipulator"`},
		{`Tool.register({name = "text-manipulator", description = "d", execute = print})`, `"text-manipulator"`},
		{`Tool.register({name = "my-sum", aliases = {"mine", "calculator"}, description = "d", execute = print})`, `"calculator"`},
		{`local spec = {description = "d", execute = print, name = "calculator"} Tool.register(spec)`, ``},
		{`local function setup() Tool.register({name = "calculator", description = "d", execute = print}) end setup()`, `"calculator"`},
		{`local register = Tool.register register({name = "calculator", description = "d", execute = print})`, `"calculator"`},
		{`Tool.execute("calculator", {operation = "evaluate", expression = "1"}) Tool.register({name = "calculator", description = "d", execute = print})`, `"calculator"`},
		{`Tool.register({name = "calculator", description = "d", parameters = {{name = "a", type = "integer"}}, execute = print})
		  Tool.execute("calculator", {a = 1}) Tool.calculator:execute({a = 1}) Tool.get("calculator"):execute()`, `"calculator"`},
		{`Tool.register({name = "calculator", aliases = {"my-sum"}, description = "d", execute = print}) Tool.execute("my-sum", {a = 1})`, `"calculator"`},
		{`Tool.register({name = "my-sum", aliases = {"calculator"}, description = "d", execute = print}) Tool.execute("my-sum") Tool.execute("calculator", {a = 1})`, `"calculator"`},
	} {
		found := check(t, tt.text, nil)
		said := raised(t, tt.text)
		var errors []lint.Finding
		for _, x := range found {
			if x.Severity <= lint.Warning {
				errors = append(errors, x)
			}
		}
		if len(errors) != 1 || errors[0].Severity != lint.Error || errors[0].Code != "invalid-parameter" {
			t.Errorf("%s: findings %q, wanted one error", tt.text, lines(tt.text, errors))
			continue
		}
		if !strings.Contains(said, errors[0].Message) {
			t.Errorf("%s: the finding is %q, the kernel says %q", tt.text, errors[0].Message, said)
		}
		if at := tt.text[errors[0].Start:errors[0].End]; tt.at != "" && at != tt.at {
			t.Errorf("%s: it is reported at %s", tt.text, at)
		}
	}
}

// TestTakenNamesThatMayBe holds what is no error: where errors are caught a taken name is a
// hint, where the script asks before, or the name is free, nothing is said.
func TestTakenNamesThatMayBe(t *testing.T) {
	const spec = `{name = "calculator", description = "d", execute = print}`
	for _, tt := range []struct {
		text string
		hint bool
	}{
		{`print(pcall(Tool.register, ` + spec + `))`, true},
		{`print(pcall(function() Tool.register(` + spec + `) end))`, true},
		{`if not Tool.exists("calculator") then Tool.register(` + spec + `) end`, false},
		{`if Tool.exists("Calculator") then return end Tool.register(` + spec + `)`, false},
		{`if not Tool.calculator then Tool.register(` + spec + `) end`, false},
		{`local function add() Tool.register(` + spec + `) end if not Tool.exists("calculator") then add() end`, false},
		{`local name = "calculator" local has = Tool.exists(name) if not has then Tool.register(` + spec + `) end`, false},
		{`Tool.register({name = "my-calculator", description = "d", execute = print})`, false},
		{`Tool.register({name = arg[1], aliases = {"x"}, description = "d", execute = print})`, false},
		{`if x then Tool.register({name = "mine", description = "d", execute = print}) else Tool.register({name = "mine", description = "e", execute = print}) end`, false},
	} {
		hint := false
		for _, x := range check(t, tt.text, nil) {
			taken := strings.Contains(x.Message, " already")
			hint = hint || taken && x.Severity == lint.Hint
			if x.Severity == lint.Error || taken && x.Severity != lint.Hint {
				t.Errorf("%s: %s", tt.text, x.Message)
			}
		}
		if hint != tt.hint {
			t.Errorf("%s: a hint: %t, wanted %t", tt.text, hint, tt.hint)
		}
	}
}

// TestOrdinaryForm finds one mistake where no form of a function takes an argument.
func TestOrdinaryForm(t *testing.T) {
	found := check(t, `print(State.list("x"))`, nil)
	if len(found) != 1 || !strings.Contains(found[0].Message, "expected a table of options such as") {
		t.Errorf("findings %+v", found)
	}
}
