package lsp_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// startTools serves a client that knows the tools that are compiled in.
func startTools(t testing.TB) *lsptest.Client {
	t.Helper()
	c := lsptest.Serve(t, lsp.New(lsp.Options{Catalog: catalog.Builtin}).ServeConn)
	c.Initialize(nil)
	return c
}

// cut takes the | out of a text and returns its place.
func cut(t testing.TB, text string) (string, protocol.Position) {
	t.Helper()
	before, after, ok := strings.Cut(text, "|")
	if !ok {
		t.Fatalf("no | in %q", text)
	}
	line := strings.Count(before, "\n")
	return before + after, protocol.Position{Line: uint32(line), Character: uint32(len(before) - strings.LastIndexByte(before, '\n') - 1)}
}

// completeAt asks for completion at the | of a text, which is the document's new one.
func completeAt(t testing.TB, c *lsptest.Client, text string) *protocol.CompletionList {
	t.Helper()
	text, at := cut(t, text)
	c.Open(uri, text)
	return completeHere(c, uri, at)
}

func completeHere(c *lsptest.Client, uri protocol.URI, at protocol.Position) *protocol.CompletionList {
	var list protocol.CompletionList
	c.Call("textDocument/completion", protocol.CompletionParams{PositionParams: lsptest.At(uri, at.Line, at.Character)}, &list)
	return &list
}

// labels are the labels in the order in which a client shows them.
func labels(list *protocol.CompletionList) []string {
	items := slices.Clone(list.Items)
	slices.SortStableFunc(items, func(a, b protocol.CompletionItem) int { return strings.Compare(a.SortText, b.SortText) })
	out := make([]string, len(items))
	for i := range items {
		out[i] = items[i].Label
	}
	return out
}

func item(t testing.TB, list *protocol.CompletionList, label string) protocol.CompletionItem {
	t.Helper()
	for _, x := range list.Items {
		if x.Label == label {
			return x
		}
	}
	t.Fatalf("no %q in %q", label, labels(list))
	return protocol.CompletionItem{}
}

// TestCompleteTools is what completion of tools is for.
func TestCompleteTools(t *testing.T) {
	c := startTools(t)
	tools := catalog.Builtin().Tools()
	const calc = "local calc = Tool.get('calculator')\n"
	params := "input operation variables"
	for _, test := range []struct{ text, want string }{
		{`Tool.get("|")`, "tools"},
		{`Tool.get("calc|")`, "tools"},
		{`Tool.get("calc|`, "tools"},
		{`Tool.get("|`, "tools"},
		{`Tool.get('|')`, "tools"},
		{`Tool.get('|`, "tools"},
		{`Tool.get([[|]])`, "tools"},
		{`Tool.get[[ca|]]`, "tools"},
		{`Tool.get"|"`, "tools"},
		{`Tool.invoke("|", {})`, "tools"},
		{`Tool["|"]`, "Tool"},
		{`local t = {execute = Tool.get}; t.execute("|")`, "tools"},
		{calc + `calc:execute({in|`, params},
		{calc + `calc:execute({|})`, params},
		{calc + `calc:execute{|}`, params},
		{calc + `calc:execute({ |`, params},
		{calc + `calc:execute({or|})`, params},
		{calc + `calc:execute({end|`, params},
		{calc + `calc:execute({do|` + "\nlocal x = 1\n", params},
		{calc + `calc:execute({ operation = "evaluate", | })`, "input variables"},
		{calc + `calc:execute({ operation = "evaluate", in|, variables = {} })`, "input"},
		{calc + `calc:execute({ input| = 2 })`, params},
		{`Tool.invoke("calculator", { in| })`, params},
		{`Tool.execute("calculator", { in| })`, params},
		{`Tool.calculator.execute{ in| }`, params},
		{`Tool.calculator:execute{ in| }`, params},
		{`Tool["calculator"]:execute({|`, params},
		{calc + `pcall(calc.execute, calc, {|})`, params},
		{calc + "local p = {|}\ncalc:execute(p)", params},
	} {
		list := completeAt(t, c, test.text)
		got := labels(list)
		switch test.want {
		case "tools":
			slices.Sort(got)
			if !slices.Equal(got, tools) {
				t.Errorf("%s: %q", test.text, got)
			}
		case "Tool":
			if !slices.Contains(got, "calculator") {
				t.Errorf("%s: %q", test.text, got)
			}
		default:
			if sorted := strings.Join(slices.Sorted(slices.Values(got)), " "); sorted != test.want {
				t.Errorf("%s: %q", test.text, got)
			}
		}
		if list.IsIncomplete {
			t.Errorf("%s: incomplete", test.text)
		}
	}
}

func TestCompleteDump(t *testing.T) {
	c := startTools(t)
	for _, text := range []string{
		"local calc = Tool.get('calculator')\ncalc:execute({|})", "local calc = Tool.get('calculator')\ncalc:|", "Tool.|",
		"local calc = Tool.get('calculator')\nlocal r = calc:execute{operation='evaluate'}\nr.|",
		"local calc = Tool.get('calculator')\ncalc:execute({operation = '|'})",
		"local calc = Tool.get('calculator')\ncalc:execute({operation = |})", "Tool.get(|)",
		"Event.subscribe('|')", "State.set('|', 1)", "local s = 'x'\ns:|", "local abc, abd = 1, 'x'\n|", "Hook.register('|')",
	} {
		list := completeAt(t, c, text)
		fmt.Println("=====", text, len(list.Items))
		for i, x := range list.Items {
			if i > 14 {
				break
			}
			d := protocol.LabelDetails{}
			if x.LabelDetails != nil {
				d = *x.LabelDetails
			}
			fmt.Printf("   %q %q | %q   %q %v\n", x.Label, d.Detail, d.Description, x.TextEditText, x.TextEdit)
		}
	}
}
