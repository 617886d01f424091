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

func TestHoverDump(t *testing.T) {
	c := startTools(t)
	for _, text := range []string{
		"local ca|lc = Tool.get('calculator')", "local calc = Tool.get('calcu|lator')", "local calc = Tool.get('calculator')\ncalc:exec|ute({input='1'})",
		"local calc = Tool.get('calculator')\ncalc:execute({inp|ut='1'})", "local calc = Tool.get('calculator')\nlocal r| = calc:execute({input='1'})\nprint(r.res|ult)",
		"local MAX| = 100", "string.for|mat('x')", "Event.subscribe('tool.inv|oked')", "calc = Tool.g|et('x')", "---@param x llmspell.Tool|Params\nlocal function f(x) end",
	} {
		text, at := cut(t, strings.Replace(text, "res|ult", "result", 1))
		c.Open(uri, text)
		var h protocol.Hover
		c.Call("textDocument/hover", protocol.HoverParams{PositionParams: lsptest.At(uri, at.Line, at.Character)}, &h)
		fmt.Println("=====", text, "\n", h.Contents.Value, h.Range)
	}
	for _, text := range []string{
		"string.format(|)", "string.rep('x', |)", "local calc = Tool.get('calculator')\ncalc:execute({|", "local calc = Tool.get('calculator')\ncalc:execute({input = '|'})",
		"local calc = Tool.get('calculator')\ncalc:execute(|)", "Tool.get(|", "---@param a string\n---@param b? number the b\n---@overload fun(a: number)\nlocal function f(a, b) end\nf('x', |)", "local M = {}\nfunction M:f(a) end\nM.f(M, |)", "Tool.execute('calculator', {operation='evaluate', |})",
	} {
		text, at := cut(t, text)
		c.Open(uri, text)
		var h protocol.SignatureHelp
		c.Call("textDocument/signatureHelp", protocol.SignatureHelpParams{PositionParams: lsptest.At(uri, at.Line, at.Character)}, &h)
		fmt.Println("=====", text)
		for i, s := range h.Signatures {
			fmt.Print(i, " ", s.Label)
			if s.ActiveParameter != nil {
				fmt.Print(" active ", *s.ActiveParameter)
			}
			fmt.Println()
		}
	}
	text := "local calc = Tool.get('calculator')\nlocal r = calc:execute({input='1'}, {})\nlocal s = string.rep('x', 10)\nfor i, v in ipairs({1,2}) do end\nfor _, w in pairs({'a'}) do end\nstring.find(s, 'x', 1, true)\n"
	c.Open(uri, text)
	var hints []protocol.InlayHint
	c.Call("textDocument/inlayHint", protocol.InlayHintParams{DocumentParams: protocol.DocumentParams{TextDocument: lsptest.Document(uri)}, Range: protocol.Range{End: protocol.Position{Line: 10}}}, &hints)
	for _, h := range hints {
		var x protocol.InlayHint
		c.Call("inlayHint/resolve", h, &x)
		fmt.Println(h.Position, h.Label, h.TextEdits, x.Tooltip)
	}
}

func TestCommentDump(t *testing.T) {
	c := startTools(t)
	for _, text := range []string{
		"---|\nlocal function f(a, b) return a end", "---@par|\nlocal function f(a, b) return a end", "---@param |\nlocal function f(a, b) return a end", "---@param a string\n---@param |\nlocal function f(a, b) return a end",
		"---@class Foo\n---@type |\nlocal x", "-- local |", "local x = 1|", "local |", "function na|", "for i|", "for k, v |", "if x |", "while x |", "local x = 1 |", "x = |",
		"goto |\n::here::", "local a = {}\na.|", "foo(x).|", "local t = foo|", "if a then\n  e|\nend", "Tool.get(|", "State.get('|'); State.set('abc', 1)", "local function f(x) x.foo = 1; x:bar(); x.| end", "local calc = Tool.get('calculator')\npcall(calc.|, calc)", "do local inner = 1 end\nlocal outer\n|", "repeat\n  |\nuntil x", "f(|", "f{|", "local x = function() |", "return |",
	} {
		list := completeAt(t, c, text)
		l := labels(list)
		fmt.Printf("===== %q %d %q\n", text, len(l), l[:min(len(l), 45)])
	}
}
