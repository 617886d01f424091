package lint_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/lint"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// check returns the findings of a text in a workspace of its own.
func check(t testing.TB, text string, config *analysis.Config) []lint.Finding {
	t.Helper()
	return checkIn(analysis.NewSnapshot(config, catalog.Builtin()), text)
}

// checkIn is check in a workspace that is there: what it knows of the library stays known.
func checkIn(base *analysis.Snapshot, text string) []lint.Finding {
	f := analysis.NewFile("file:///proj/a.lua", "", 1, text)
	return lint.Check(context.Background(), base.WithFile(f), f)
}

// checkFiles returns the findings of the first of the open files of a project.
func checkFiles(t testing.TB, files ...*analysis.File) []lint.Finding {
	t.Helper()
	snap := analysis.NewSnapshot(&analysis.Config{Roots: []string{"/proj"}}, catalog.Builtin())
	for _, f := range files {
		snap = snap.WithFile(f)
	}
	return lint.Check(context.Background(), snap, files[0])
}

// lines writes findings as text: line:column code message.
func lines(text string, list []lint.Finding) string {
	at := syntax.NewLines(text)
	var out []string
	for _, x := range list {
		line, column := at.Position(x.Start, syntax.UTF8)
		out = append(out, fmt.Sprintf("%d:%d %s %s", line+1, column+1, x.Code, x.Message))
	}
	return strings.Join(out, "\n")
}

func TestTools(t *testing.T) {
	for _, tt := range []struct{ name, text, want, fixed string }{
		{"unknown tool", `Tool.get("calculatr")`, `1:11 unknown-tool`, `Tool.get("calculator")`},
		{"single quotes", `Tool.get('calculatr')`, `1:11 unknown-tool`, `Tool.get('calculator')`},
		{"by index", `print(Tool.calculatr.name)`, `1:12 unknown-tool`, `print(Tool.calculator.name)`},
		{"function", `Tool.execut("calculator", {input = "1"})`, "no function execut, and there is no such tool; did you mean execute?", `Tool.execute("calculator", {input = "1"})`},
		{"exchanged letters", `Tool.exceute("calculator", {input = "1"})`, "did you mean execute?", `Tool.execute("calculator", {input = "1"})`},
		{"too many letters", `Tool.parallell({})`, "did you mean parallel?", `Tool.parallel({})`},
		{"start", `Tool.strat("calculator", {input = "1"})`, "did you mean start?", `Tool.start("calculator", {input = "1"})`},
		{"list", `print(Tool.lst())`, "did you mean list?", `print(Tool.list())`},
		{"search", `print(Tool.serach("x"))`, "did you mean search?", `print(Tool.search("x"))`},
		{"other tool", `Tool.get("email-reader")`, "unknown-tool", `Tool.get("email-sender")`},
		{"other value", `Tool.execute("hash-calculator", {input = "x", algorithm = "sha3"})`, "invalid-parameter", `Tool.execute("hash-calculator", {input = "x", algorithm = "sha1"})`},
		{"unknown key", `Tool.calculator:execute({inputt = "1"})`, "1:26 unknown-parameter", `Tool.calculator:execute({input = "1"})`},
		{"missing key", `Tool.execute("file-operations", {})`, "1:33 missing-parameter", ""},
		{"no parameters", `Tool.file_operations:execute()`, "1:1 missing-parameter", ""},
		{"no parameters, with a dot", `Tool.calculator.execute()`, `1:1 missing-parameter parameter "input" is missing (the operation "evaluate" needs it)`, ""},
		{"no parameters, by name", `Tool.execute("calculator")`, `1:1 missing-parameter parameter "input" is missing`, `Tool.execute("calculator", {input = ""})`},
		{"no parameters, no brackets", `Tool.execute "calculator"`, `1:1 missing-parameter parameter "input" is missing`, `Tool.execute ("calculator", {input = ""})`},
		{"no parameters, protected", `print(pcall(Tool.execute, "calculator"))`, `1:7 missing-parameter parameter "input" is missing`, `print(pcall(Tool.execute, "calculator", {input = ""}))`},
		{"too few arguments", `print(("%d %d"):format(1))`, "the format has 2 conversions, but gets 1 argument", ""},
		{"wrong type", `Tool.calculator:execute({input = {}})`, "1:34 invalid-parameter", ""},
		{"options", `Tool.calculator:execute({input = "1"}, {timeout = 5})`, "unknown-parameter", ""},
		{"hook", `Hook.register("befor_tool_execution", print)`, "1:16 unknown-hook", ""},
		{"syntax", "local x = = 1", "1:11 syntax", ""},
		{"break", "break", "1:1 syntax", ""},
		{"too many locals", strings.Repeat("local x\n", 201), "1 compile", ""},
		{"label", "do goto x end", "1:9 syntax", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := check(t, tt.text, nil)
			if len(got) == 0 || !strings.Contains(lines(tt.text, got), tt.want) {
				t.Fatalf("%q", lines(tt.text, got))
			}
			// The nearest name is what a person may choose: it is never put in unasked.
			if sure := lint.Mend(context.Background(), tt.text, got); len(sure.Edits) > 0 {
				t.Errorf("%+v", sure.Edits)
			}
			if tt.fixed != "" && !slices.ContainsFunc(got, func(x lint.Finding) bool {
				return len(x.Fixes) > 0 && lint.Apply(tt.text, x.Fixes[0].Edits) == tt.fixed
			}) {
				t.Errorf("%+v", got)
			}
			applied(t, tt.text, got)
		})
	}
}

// applied makes each fix on its own: the text must still be Lua if it was, and the
// finding must be gone.
func applied(t *testing.T, text string, list []lint.Finding) {
	t.Helper()
	for _, x := range list {
		for _, fix := range x.Fixes {
			after := lint.Apply(text, fix.Edits)
			if errs := syntax.Parse(after).Errors(); len(errs) > 0 && len(syntax.Parse(text).Errors()) == 0 {
				t.Errorf("%s: %s: %q: %v", x.Code, fix.Title, after, errs)
			}
			same := 0
			for _, y := range check(t, after, nil) {
				if y.Code == x.Code && y.Message == x.Message {
					same++
				}
			}
			had := 0
			for _, y := range list {
				if y.Code == x.Code && y.Message == x.Message {
					had++
				}
			}
			if same >= had {
				t.Errorf("%s: %s does not mend it: %q: %s", x.Code, fix.Title, after, lines(after, check(t, after, nil)))
			}
		}
	}
}

func TestNoFindings(t *testing.T) {
	for _, text := range []string{
		"", `Tool.get("mcp:x/y")`, `if Tool.calculatr then end`, `Tool.exists("nope")`,
		`Tool.register({name = "mine", description = "d", execute = function() end}) Tool.get("mine") Tool.execute("mine", {x = 1})`,
		`local p = {} p.input = "1" return Tool.calculator:execute(p)`,
		`return Tool.calculator:execute({[arg[1]] = 1})`,
		`---@diagnostic disable: unknown-tool` + "\n" + `Tool.get("nope")`,
		`Tool.get("nope") ---@diagnostic disable-line` + "\n",
	} {
		if got := check(t, text, nil); len(got) > 0 && strings.Contains(lines(text, got), "-tool") || strings.Contains(lines(text, got), "parameter") {
			t.Errorf("%q: %s", text, lines(text, got))
		}
	}
}

func TestSeverity(t *testing.T) {
	for set, want := range map[string]int{"off": 0, "hint": 1} {
		got := check(t, `print(Tool.get("calculatr"))`, &analysis.Config{Severity: map[string]string{"unknown-tool": set}})
		if len(got) != want || want == 1 && got[0].Severity != lint.Hint {
			t.Errorf("%s: %v", set, got)
		}
	}
}
