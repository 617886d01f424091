package lsp_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

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

// initOptions are the initializationOptions of a client, in parameters of initialize.
func initOptions(options map[string]any) map[string]any {
	return map[string]any{"initializationOptions": options}
}

// quiet switches off what a test does not look at.
func quiet() map[string]any {
	return initOptions(map[string]any{"diagnostics": map[string]any{"enable": false}})
}

// apply does what an editor does when the user takes an item: it makes the edits, and
// replaces what the item replaces.
func apply(t testing.TB, text string, list *protocol.CompletionList, x protocol.CompletionItem) string {
	t.Helper()
	offset := func(p protocol.Position) int {
		lines := strings.SplitAfter(text, "\n")
		at := 0
		for _, l := range lines[:p.Line] {
			at += len(l)
		}
		units := 0
		for i, r := range lines[p.Line] {
			if units >= int(p.Character) {
				return at + i
			}
			units += utf16.RuneLen(r)
		}
		return at + len(lines[p.Line])
	}
	type edit struct {
		start, end int
		text       string
	}
	var edits []edit
	add := func(r protocol.Range, text string) {
		edits = append(edits, edit{offset(r.Start), offset(r.End), text})
	}
	decode := func(v any, into any) {
		data, err := json.Marshal(v)
		if err == nil {
			err = json.Unmarshal(data, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	switch {
	case x.TextEdit != nil:
		var e struct {
			Range, Replace *protocol.Range
			NewText        string
		}
		decode(x.TextEdit, &e)
		if e.Range == nil {
			e.Range = e.Replace
		}
		add(*e.Range, e.NewText)
	case list.ItemDefaults != nil && list.ItemDefaults.EditRange != nil:
		var r struct {
			protocol.Range
			Replace *protocol.Range
		}
		decode(list.ItemDefaults.EditRange, &r)
		if r.Replace == nil {
			r.Replace = &r.Range
		}
		insert := x.TextEditText
		if insert == "" {
			insert = x.Label
		}
		add(*r.Replace, insert)
	default:
		t.Fatalf("%q replaces nothing", x.Label)
	}
	for _, e := range x.AdditionalTextEdits {
		add(e.Range, e.NewText)
	}
	slices.SortFunc(edits, func(a, b edit) int { return b.start - a.start })
	for i, e := range edits {
		if i > 0 && e.end > edits[i-1].start {
			t.Fatalf("%q: edits overlap: %v", x.Label, edits)
		}
		text = text[:e.start] + e.text + text[e.end:]
	}
	return text
}

// TestTakeItem takes items as a user does.
func TestTakeItem(t *testing.T) {
	c := startTools(t)
	const calc = "local calc = Tool.get('calculator')\n"
	for _, test := range []struct{ text, label, want string }{
		{`Tool.get("calc|")`, "calculator", `Tool.get("calculator")`},
		{`Tool.get("ca|lcu")`, "calculator", `Tool.get("calculator")`},
		{`Tool.get("file-op|")`, "file-operations", `Tool.get("file-operations")`},
		{`Tool.get("calc|`, "calculator", `Tool.get("calculator"`},
		{`Tool.get("calc|)`, "calculator", `Tool.get("calculator")`},
		{`Tool.get('|, x)`, "calculator", `Tool.get('calculator', x)`},
		{`Tool.get([[|]])`, "calculator", `Tool.get([[calculator]])`},
		{`Tool.get(|)`, `"calculator"`, `Tool.get("calculator")`},
		{`Tool.|`, "file_operations", `Tool.file_operations`},
		{`Tool["file|"]`, "file-operations", `Tool["file-operations"]`},
		{calc + "calc:execute({in|})", "input", calc + `calc:execute({input = "$1"})`},
		{calc + "calc:execute({in|put = 1})", "input", calc + `calc:execute({input = 1})`},
		{calc + "calc:execute({op|", "operation", calc + `calc:execute({operation = ${1|"evaluate","validate","functions"|}`},
		{calc + "calc:execute({operation = 'ev|'", "validate", calc + `calc:execute({operation = 'validate'`},
		{calc + "calc:execute({operation = |", `"validate"`, calc + `calc:execute({operation = "validate"`},
		{calc + "calc:ex|", "execute", calc + `calc:execute({$1})$0`},
		{calc + "calc:ex|({})", "execute", calc + `calc:execute({})`},
		{calc + "calc:ex|{}", "execute", calc + `calc:execute{}`},
		{calc + "pcall(calc.ex|, calc)", "execute", calc + `pcall(calc.execute, calc)`},
		{`local j = Tool.get("http-requester")` + "\nj:ex|", "execute", `local j = Tool.get("http-requester")` + "\n" + `j:execute({input = "${1}"})$0`},
		{`local x = { ["a b"] = 1 }` + "\nprint(x.|)", "a b", `local x = { ["a b"] = 1 }` + "\n" + `print(x["a b"])`},
		{"local 😀 = '😀' local s = '😀' s:up|", "upper", "local 😀 = '😀' local s = '😀' s:upper()$0"},
		{"foo(1, 2).pc|", "pcall", "local ok, ${1:result} = pcall(foo, 1, 2)\nif not ok then\n\t$0\nend"},
		{"a:b(1).pc|", "pcall", "local ok, ${1:result} = pcall(a.b, a, 1)\nif not ok then\n\t$0\nend"},
		{"local t = {}\nt.fo|", "for", "local t = {}\nfor ${1:i}, ${2:v} in ipairs(t) do\n\t$0\nend"},
		{"local t = {}\nprint(t.no|)", "not", "local t = {}\nprint(not t)"},
		{"local t = {}\nt.x.if|", "if", "local t = {}\nif t.x then\n\t$0\nend"},
		{"---|\nlocal function f(a, b)\n\treturn a + b\nend", "document the function", "--- ${1:description}\n---@param a ${2:any}\n---@param b ${3:any}\n---@return ${4:any}\nlocal function f(a, b)\n\treturn a + b\nend"},
		{"fo|", "for … pairs", "for ${1:k}, ${2:v} in pairs(${3:table}) do\n\t$0\nend"},
		{"local function two(a, b, c) end\ntw|", "two", "local function two(a, b, c) end\ntwo(${1:a}, ${2:b}, ${3:c})$0"},
		{"local function two(a, b, c) end\npcall(tw|)", "two", "local function two(a, b, c) end\npcall(two)"},
	} {
		list := completeAt(t, c, test.text)
		text, _ := cut(t, test.text)
		if got := apply(t, text, list, item(t, list, test.label)); got != test.want {
			t.Errorf("%q: %q\n%q, wanted\n%q", test.text, test.label, got, test.want)
		}
	}
}

// Clients that can do less get the same, written otherwise.
func TestOldClients(t *testing.T) {
	modern := startTools(t)
	plain := lsptest.Serve(t, lsp.New(lsp.Options{Catalog: catalog.Builtin}).ServeConn)
	plain.Initialize(map[string]any{"capabilities": map[string]any{}})
	both := lsptest.Serve(t, lsp.New(lsp.Options{Catalog: catalog.Builtin}).ServeConn)
	both.Initialize(map[string]any{"capabilities": map[string]any{"textDocument": map[string]any{"completion": map[string]any{
		"completionItem": map[string]any{"snippetSupport": true, "insertReplaceSupport": true},
	}}}})
	for _, test := range []string{
		`Tool.get("ca|lc")`, `Tool.|`, "local calc = Tool.get('calculator')\ncalc:execute({in|})", "pri|nt", `local x = {["a b"] = 1}; x.|`, "f().|",
	} {
		text, _ := cut(t, test)
		full, simple, other := completeAt(t, modern, test), completeAt(t, plain, test), completeAt(t, both, test)
		for i, x := range simple.Items {
			if x.InsertTextFormat == protocol.FormatSnippet || x.LabelDetails != nil || strings.Contains(apply(t, text, simple, x), "$") {
				t.Errorf("%q: a snippet: %+v", test, x)
			}
			if simple.ItemDefaults != nil {
				t.Errorf("%q: defaults: %+v", test, i)
			}
		}
		for i := range full.Items {
			if a, b := apply(t, text, full, full.Items[i]), apply(t, text, other, other.Items[i]); a != b {
				t.Errorf("%q: %q is not %q", test, a, b)
			}
		}
	}
	if x := item(t, completeAt(t, plain, "local calc = Tool.get('calculator')\ncalc:execute({|})"), "input"); apply(t, "local calc = Tool.get('calculator')\ncalc:execute({})", &protocol.CompletionList{}, x) != "local calc = Tool.get('calculator')\ncalc:execute({input = })" {
		t.Errorf("%+v", x)
	}
}

// Documentation comes when the user looks at an item.
func TestResolve(t *testing.T) {
	c := startTools(t)
	resolve := func(list *protocol.CompletionList, label string) (x struct {
		Label, Detail string
		Documentation protocol.MarkupContent
		SortText      string
	}) {
		t.Helper()
		c.Call("completionItem/resolve", item(t, list, label), &x)
		return x
	}
	key := completeAt(t, c, "Tool.execute('calculator', {|})")
	if key.Items[0].Documentation != nil {
		t.Error("documentation at once")
	}
	x := resolve(key, "input")
	if x.Label != "input" || !strings.Contains(x.Documentation.Value, "2 * (x + 1) ^ 2") || x.Documentation.Kind != protocol.Markdown || x.Detail != "input: string" || x.SortText == "" {
		t.Errorf("%+v", x)
	}
	tools := completeAt(t, c, "Tool.get('|')")
	if x := resolve(tools, "calculator"); !strings.Contains(x.Documentation.Value, "Parameters:") {
		t.Errorf("%+v", x)
	}
	if x := resolve(key, "input"); !strings.Contains(x.Documentation.Value, "expression") {
		t.Errorf("the list before is forgotten: %+v", x)
	}
	names := completeAt(t, c, "--- Adds.\n---@param a number\nlocal function add(a) return a * 2 end\nad|")
	if x := resolve(names, "add"); x.Detail != "function add(a: number): number" || !strings.Contains(x.Documentation.Value, "Adds.") {
		t.Errorf("%+v", x)
	}
	if x := resolve(key, "input"); x.Documentation.Value != "" {
		t.Errorf("a list that is forgotten: %+v", x)
	}
	// What is no item of ours comes back as it was.
	var other map[string]any
	c.Call("completionItem/resolve", map[string]any{"label": "x", "data": map[string]any{"of": "another"}, "new": 1}, &other)
	if other["label"] != "x" || other["new"] != 1.0 {
		t.Errorf("%v", other)
	}
}

func TestLabelDetails(t *testing.T) {
	c := startTools(t)
	x := item(t, completeAt(t, c, "Tool.execute('calculator', {|})"), "operation")
	if x.LabelDetails == nil || x.LabelDetails.Detail != `: "evaluate"|"validate"|"functions"` || x.LabelDetails.Description != `default "evaluate"` {
		t.Errorf("%+v", x.LabelDetails)
	}
	list := completeAt(t, c, "Tool.execute('http-requester', {|})")
	if first := labels(list)[0]; first != "input" {
		t.Errorf("%q is first, and not what must be given", first)
	}
	if x := item(t, list, "input"); x.LabelDetails.Description != "required" && !strings.HasPrefix(x.LabelDetails.Description, "required · ") {
		t.Errorf("%+v", x.LabelDetails)
	}
}

// A bracket or comma brings only what the place wants.
func TestTriggerCharacters(t *testing.T) {
	c := startTools(t)
	ask := func(text, trigger string) []string {
		text, at := cut(t, text)
		c.Open(uri, text)
		var list protocol.CompletionList
		c.Call("textDocument/completion", protocol.CompletionParams{
			PositionParams: lsptest.At(uri, at.Line, at.Character), Context: &protocol.CompletionContext{TriggerKind: protocol.TriggerCharacter, TriggerCharacter: trigger},
		}, &list)
		return labels(&list)
	}
	for _, test := range []struct{ text, trigger, want string }{
		{"print(|", "(", ""},
		{"print(1,|", ",", ""},
		{"local x =|", "=", ""},
		{"local x = {|", "{", ""},
		{"Tool.execute('calculator', {|", "{", "input operation variables"},
		{"Tool.execute('calculator', {input = 'x',|", ",", "operation variables"},
		{"Tool.execute('calculator', {operation =|", "=", `"evaluate" "validate" "functions"`},
		{`print("x"|`, `"`, ""},
		{"-- x.|", ".", ""},
		{"local x = 1.|", ".", ""},
		{"::|", ":", ""},
		{"local s = 'a'..|", ".", ""},
	} {
		if got := strings.Join(ask(test.text, test.trigger), " "); got != test.want {
			t.Errorf("%q: %q", test.text, got)
		}
	}
}

func TestCompletionSettings(t *testing.T) {
	c := lsptest.Serve(t, lsp.New(lsp.Options{Catalog: catalog.Builtin}).ServeConn)
	c.Initialize(initOptions(map[string]any{
		"completion": map[string]any{"calls": false, "postfix": false}, "hints": map[string]any{"parameters": false},
	}))
	list := completeAt(t, c, "local function f(a) end\nf|")
	if got := apply(t, "local function f(a) end\nf", list, item(t, list, "f")); got != "local function f(a) end\nf" {
		t.Errorf("%q", got)
	}
	if got := labels(completeAt(t, c, "local t = {}\nt.|")); len(got) != 0 {
		t.Errorf("%q", got)
	}
	c.Open(uri, "local s = string.rep('x', 3)\n")
	var hints []protocol.InlayHint
	c.Call("textDocument/inlayHint", protocol.InlayHintParams{DocumentParams: protocol.DocumentParams{TextDocument: lsptest.Document(uri)}, Range: protocol.Range{End: protocol.Position{Line: 9}}}, &hints)
	if len(hints) != 1 || hints[0].Kind != protocol.HintType {
		t.Errorf("%+v", hints)
	}
}
