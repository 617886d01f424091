package lint_test

import (
	"strings"
	"testing"
)

// TestLiteralFixes has texts that a place does not take, and what is offered instead.
func TestLiteralFixes(t *testing.T) {
	for text, want := range map[string]string{
		`Tool.execute("text-manipulator", {input = "x", operation = "upercase"})`: `Change to "uppercase"`,
		`Artifact.store(nil, "custm", "n", "c")`:                                  `Change to "custom"`,
		`Debug.setLevel("wran")`:                                                  `Change to "warn"`,
		`Hook.register("BeforeToolExecution", print, {priority = "hihg"})`:        `Change to "high"`,
		`Hook.register("BeforeToolExecution", print, "hihg")`:                     `Change to "high"`,
		`Hook.register("BeforeToolExecution", print, {priority = ("hihg")})`:      `Change to "high"`,
		`State.delete("x", {scop = "y"})`:                                         `Change to "scope"`,
	} {
		list := check(t, text+"\n", nil)
		if len(list) != 1 || len(list[0].Fixes) == 0 || list[0].Fixes[0].Title != want {
			t.Errorf("%s: %+v", text, list)
			continue
		}
		applied(t, text+"\n", list)
	}
	list := check(t, `Tool.execute("text-manipulator", {input = "x", operation = "qqqqqqq"})`, nil)
	if len(list) != 1 || len(list[0].Fixes) != 8 {
		t.Errorf("where no value is near the first are offered: %+v", list)
	}
	list = check(t, `State.delete("x", {scop = "y"})`, nil)
	if want := `parameter "options.scop" is not known; did you mean "scope"?`; len(list) != 1 || !strings.HasPrefix(list[0].Message, want) {
		t.Errorf("%+v", list)
	}
}
