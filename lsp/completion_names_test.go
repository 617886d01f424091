package lsp_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/llmspell/llmspell/lsp"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// keywords are all reserved words.
func keywords() []string {
	var out []string
	for k := syntax.And; k.IsKeyword(); k++ {
		out = append(out, k.String())
	}
	return out
}

// TestEveryToolEveryWord writes every reserved word, and every beginning of every
// parameter, where a parameter of each tool is to be: nothing but the tool's parameters
// may come, and all of them, with what must be given first.
func TestEveryToolEveryWord(t *testing.T) {
	c := lsptest.Serve(t, lsp.New(lsp.Options{Catalog: catalog.Builtin}).ServeConn)
	c.Initialize(quiet())
	forms := []string{
		"local t = Tool.get(\"NAME\")\nt:execute({WORD|", "Tool.execute(\"NAME\", {WORD|})\n", "Tool.invoke('NAME', { WORD|\nlocal x = 1\n",
		"Tool[\"NAME\"]:execute{WORD| }", "local t = Tool.get('NAME')\nlocal ok, r = pcall(t.execute, t, {WORD|})", "local t = Tool.get('NAME')\nlocal p = {WORD|}\nt:execute(p)",
		"local f = {run = Tool.execute}\nif x then\n  f.run(\"NAME\", {WORD|\nend\n",
	}
	c.Open(uri, "")
	cases := 0
	for _, name := range catalog.Builtin().Tools() {
		tool := catalog.Builtin().Tool(name)
		var required, optional []string
		words := append([]string{""}, keywords()...)
		for _, p := range tool.Params.Properties {
			if p.Required {
				required = append(required, p.Name)
			} else {
				optional = append(optional, p.Name)
			}
			for i := 1; i <= len(p.Name); i++ {
				words = append(words, p.Name[:i])
			}
		}
		slices.Sort(words)
		for i, word := range slices.Compact(words) {
			text, at := cut(t, strings.NewReplacer("NAME", name, "WORD", word).Replace(forms[i%len(forms)]))
			c.Change(uri, protocol.ContentChange{Text: text})
			list := completeHere(c, uri, at)
			got := labels(list)
			all := slices.Concat(required, optional)
			if first := min(len(required), len(got)); len(got) != len(all) || !same(got[:first], required) || !same(got, all) {
				t.Errorf("%q: %q, wanted %q, and %q first", text, got, all, required)
			}
			cases++
		}
	}
	if cases < 2000 {
		t.Errorf("only %d cases", cases)
	}
}

// same tells whether two lists have the same members.
func same(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// A module that is not required yet is, in the style of the file.
func TestAutoRequire(t *testing.T) {
	dir := folder(t, map[string]string{"lib/http.lua": "local M = {}\nfunction M.get(url) end\nreturn M\n", "util.lua": "return {}\n", "other-name.lua": "return {}\n"})
	c := lsptest.Serve(t, lsp.New(lsp.Options{}).ServeConn)
	c.Initialize(folders(dir))
	until(t, "indexed", func() bool { return status(c).Files == 3 })
	uri := protocol.FileURI(filepath.Join(dir, "main.lua"))
	for _, test := range []struct{ text, label, want string }{
		{"ht|", "http", "local http = require(\"lib.http\")\nhttp"},
		{"#!/usr/bin/env llmspell\n-- A script.\n\nprint(1)\nht|", "http", "#!/usr/bin/env llmspell\n-- A script.\nlocal http = require(\"lib.http\")\n\nprint(1)\nhttp"},
		{"-- What x is.\nlocal x = 1\nht|", "http", "local http = require(\"lib.http\")\n-- What x is.\nlocal x = 1\nhttp"},
		{"local util = require 'util'\nlocal y = 1\nht|", "http", "local util = require 'util'\nlocal http = require 'lib.http'\nlocal y = 1\nhttp"},
		{"local util = require('util')\r\nht|", "http", "local util = require('util')\r\nlocal http = require('lib.http')\r\nhttp"},
		{"ot|", "other_name", "local other_name = require(\"other-name\")\nother_name"},
	} {
		text, at := cut(t, test.text)
		c.Open(uri, text)
		list := completeHere(c, uri, at)
		if got := apply(t, text, list, item(t, list, test.label)); got != test.want {
			t.Errorf("%q: %q, wanted %q", test.text, got, test.want)
		}
	}
	for _, text := range []string{"local http = require('lib.http')\nht|", "local http = 1\nht|"} {
		text, at := cut(t, text)
		c.Open(uri, text)
		if n := strings.Count(strings.Join(labels(completeHere(c, uri, at)), " "), "http"); n != 1 {
			t.Errorf("%q: http %d times", text, n)
		}
	}
	text, at := cut(t, "local h = require('|')\n")
	c.Open(uri, text)
	if got := labels(completeHere(c, uri, at)); !slices.Equal(got, []string{"http", "lib.http", "other-name", "util"}) {
		t.Errorf("%q", got)
	}
	text, at = cut(t, "local h = require('lib.http')\nh.|")
	c.Open(uri, text)
	item(t, completeHere(c, uri, at), "get")
}

// Paths go on from what is there, relative to the workspace and to the file.
func TestCompletePaths(t *testing.T) {
	dir := folder(t, map[string]string{"data/in.csv": "", "data/.hidden": "", "src/a.lua": "", "src/near.txt": ""})
	c := lsptest.Serve(t, lsp.New(lsp.Options{Catalog: catalog.Builtin}).ServeConn)
	c.Initialize(folders(dir))
	uri := protocol.FileURI(filepath.Join(dir, "src", "a.lua"))
	for _, test := range []struct{ text, want string }{
		{"io.open('|')", "a.lua data/ near.txt src/"},
		{"io.open('data/|')", "in.csv .hidden"},
		{"io.open('data/.h|')", "in.csv .hidden"},
		{"Tool.execute('file-operations', {operation = 'read', path = 'data/|'})", "in.csv .hidden"},
		{"Tool.file_operations:execute({path = \"data/|", "in.csv .hidden"},
		{"Tool.execute('diff-calculator', {old_file = '|'})", "a.lua data/ near.txt src/"},
		{"local p = {path = 'data/|'}\nTool.execute('csv-analyzer', {input_file = p.path})", ""},
		{"local path = 'data/|'\nTool.execute('csv-analyzer', {input_file = path})", "in.csv .hidden"},
		{"Tool.register({name = 'load', description = 'd', parameters = {{name = 'paths', type = 'array', items = {type = 'string', format = 'path'}}}, execute = print})\n" +
			"Tool.execute('load', {paths = {'data/|'}})", "in.csv .hidden"},
		{"dofile('sr|')", "a.lua data/ near.txt src/"},
		{"io.open('none/|')", ""},
		{"io.open('x', '|')", ""},
	} {
		text, at := cut(t, test.text)
		c.Open(uri, text)
		got := labels(completeHere(c, uri, at))
		if !strings.Contains(strings.Join(got, " "), ".hidden") {
			slices.Sort(got)
		}
		if test.want == "" {
			if slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "data") }) {
				t.Errorf("%s: %q", test.text, got)
			}
		} else if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %q", test.text, got)
		}
	}
	text, at := cut(t, "io.open('data/i|')")
	c.Open(uri, text)
	list := completeHere(c, uri, at)
	if got := apply(t, text, list, item(t, list, "in.csv")); got != "io.open('data/in.csv')" {
		t.Errorf("%q", got)
	}
}

// What a running kernel has comes with its present value.
func TestLiveNames(t *testing.T) {
	content := catalog.Content{Base: catalog.Builtin(), Version: 2, Live: true, Entries: map[string][]catalog.Entry{
		"state":   {{Name: "count", Value: "42", Source: "live · kernel 1", Arg: "global"}, {Name: "of-session", Value: `"x"`, Arg: "session"}},
		"session": {{Name: "s-1", Detail: "the first"}},
		"model":   {{Name: "openai/gpt-5", Detail: "the default"}},
	}}
	live := catalog.New(content)
	c := lsptest.Serve(t, lsp.New(lsp.Options{Catalog: func() *catalog.Catalog { return live }}).ServeConn)
	c.Initialize(nil)
	list := completeAt(t, c, "State.get('|')")
	x := item(t, list, "count")
	if x.LabelDetails.Detail != " = 42" || x.LabelDetails.Description != "live · kernel 1" {
		t.Errorf("%+v", x.LabelDetails)
	}
	c.Open(uri, "State.get('count')")
	var h protocol.Hover
	c.Call("textDocument/hover", protocol.HoverParams{PositionParams: lsptest.At(uri, 0, 13)}, &h)
	if !strings.Contains(h.Contents.Value, "42") || !strings.Contains(h.Contents.Value, "kernel 1") {
		t.Errorf("%q", h.Contents.Value)
	}
	item(t, completeAt(t, c, "Session.get('|')"), "s-1")
	item(t, completeAt(t, c, "Agent.create({model = '|'})"), "openai/gpt-5")
	item(t, completeAt(t, c, "Agent.create({tools = {'|'}})"), "calculator")
	item(t, completeAt(t, c, "x:allow_tool('|')"), "calculator")
	item(t, completeAt(t, c, "Workflow.sequential({steps = {{tool = '|'}}})"), "calculator")
	item(t, completeAt(t, c, "x:model('|')"), "openai/gpt-5")
}

// What is offered depends on where it would stand.
func TestCompletePlaces(t *testing.T) {
	c := startTools(t)
	for _, test := range []struct{ text, has, lacks string }{
		{"setmetatable({}, {__i|})", "__index __newindex __call", "print"},
		{"setmetatable({}, {__index = x, |})", "__call", "__index"},
		{"do ::inner:: end\nfor i = 1, 2 do goto |\n::outer:: end", "outer", "inner"},
		{"local function f() ::other:: end\ngoto |", "", "other"},
		{"|", "local function if for while repeat return do goto", "then else elseif until break nil true"},
		{"local x = |", "nil true false not function", "local if for while return end"},
		{"print(|)", "nil true function", "local while return end"},
		{"while x do\n  |\nend", "break end", "until else"},
		{"repeat\n  |\nuntil x", "until break", "else"},
		{"if x then\n  |\nend", "else elseif end", "until break"},
		{"local function f()\n  |\nend", "end return", "else until break"},
		{"while x do local f = function()\n  |\nend end", "end", "break"},
		{"local a = b |", "and or", "then"},
		{"local near = 1\nlocal function f(far)\n  local near = 's'\n  return ne|\nend", "near far f", "local"},
		{"local n, s = 1, 'a'\nstring.rep(s, |)", "n s", "local"},
		{"---@class Opts\n---@field deep {inner: number, other?: string}\n---@param o Opts\nlocal function f(o) end\nf({deep = {|}})", "inner other", "deep print"},
		{"---@class Opts\n---@field list {inner: number}[]\n---@param o Opts\nlocal function f(o) end\nf({list = {{|}}})", "inner", "list print"},
		{"---@class Opts\n---@field kind \"a\"|\"b\"\n---@type Opts\nlocal o = {kind = '|'}", "a b", "print"},
		{"local M = {}\nfunction M:run() end\nfunction M.make() end\nM:|", "run", "make"},
		{"local M = {}\nfunction M:run() self.x = 1; self.| end", "x run", "math"},
		{"local M = {}\nfunction M:run() | end", "self M", "then"},
		{"Tool.execute('calculator', {}).result.|", "result_type", "success"},
		{"Hook.register('ToolError', function(ctx) return {|} end)", "type data", "char dump"},
		{"local r = Tool.execute('calculator', {operation = 'validate'})\nif r.| then end", "result success operation", "print"},
	} {
		// A | in a type is no cursor.
		text := test.text
		if at := strings.Index(text, `"a"|"b"`); at >= 0 {
			text = strings.Replace(text, `"a"|"b"`, "\"a\"\x00\"b\"", 1)
		}
		text, at := cut(t, text)
		c.Open(uri, strings.ReplaceAll(text, "\x00", "|"))
		got := labels(completeHere(c, uri, at))
		for word := range strings.FieldsSeq(test.has) {
			if !slices.Contains(got, word) {
				t.Errorf("%q: no %q in %q", test.text, word, got[:min(len(got), 30)])
			}
		}
		for word := range strings.FieldsSeq(test.lacks) {
			if slices.Contains(got, word) {
				t.Errorf("%q: %q in %q", test.text, word, got[:min(len(got), 30)])
			}
		}
	}
	// What fits comes first, and the closest of what is equal.
	got := labels(completeAt(t, c, "local n, s = 1, 'a'\nstring.rep(s, |)"))
	if got[0] != "n" {
		t.Errorf("%q", got[:5])
	}
	got = labels(completeAt(t, c, "local s, _t = 'a', 'b'\nTool.list({security = |})"))
	if got[3] != "s" || slices.Index(got, "_t") < slices.Index(got, "s") || slices.Index(got, "_VERSION") < slices.Index(got, "print") {
		t.Errorf("%q", got)
	}
}

// A list is incomplete only where there is more: with hundreds of modules.
func TestManyModules(t *testing.T) {
	files := map[string]string{}
	for i := range 300 {
		files[fmt.Sprintf("m%d/part%d.lua", i%7, i)] = "return {}\n"
	}
	dir := folder(t, files)
	c := lsptest.Serve(t, lsp.New(lsp.Options{}).ServeConn)
	c.Initialize(folders(dir))
	uri := protocol.FileURI(filepath.Join(dir, "main.lua"))
	ask := func(text string) *protocol.CompletionList {
		text, at := cut(t, text)
		c.Open(uri, text)
		return completeHere(c, uri, at)
	}
	until(t, "all modules", func() bool {
		list := ask("local m = require('|')")
		if !list.IsIncomplete && len(list.Items) != 300 {
			t.Fatalf("%d modules, and not incomplete", len(list.Items))
		}
		return !list.IsIncomplete
	})
	if list := ask("|"); !list.IsIncomplete {
		t.Errorf("%d items, and not incomplete", len(list.Items))
	}
	if list := ask("part299|"); !slices.Contains(labels(list), "part299") {
		t.Errorf("%q", labels(list))
	}
}

// Requests that overlap with typing are all answered, each for its own text.
func TestCompleteWhileTyping(t *testing.T) {
	c := startTools(t)
	text := "local calc = Tool.get('calculator')\ncalc:execute({ "
	c.Open(uri, text)
	var asked []*lsptest.Pending
	at := protocol.Position{Line: 1, Character: 15}
	for _, r := range "input = 'x', operation = 'validate', var" {
		c.Change(uri, lsptest.Replace(1, at.Character, 1, at.Character, string(r)))
		at.Character++
		asked = append(asked, c.Begin("textDocument/completion", protocol.CompletionParams{PositionParams: lsptest.At(uri, 1, at.Character)}))
		asked = append(asked, c.Begin("textDocument/signatureHelp", protocol.SignatureHelpParams{PositionParams: lsptest.At(uri, 1, at.Character)}))
		asked = append(asked, c.Begin("textDocument/hover", protocol.HoverParams{PositionParams: lsptest.At(uri, 0, 7)}))
	}
	for i, p := range asked {
		var list protocol.CompletionList
		if err := p.Wait(&list); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			if got := strings.Join(labels(&list), " "); got != "input operation variables" {
				t.Errorf("%q", got)
			}
		}
		if i == len(asked)-3 {
			if got := strings.Join(labels(&list), " "); got != "variables" {
				t.Errorf("%q", got)
			}
			c.Call("completionItem/resolve", list.Items[0], nil)
		}
	}
}

// Deprecated functions are marked.
func TestCompleteDeprecated(t *testing.T) {
	c := lsptest.Serve(t, lsp.New(lsp.Options{}).ServeConn)
	c.Initialize(map[string]any{"capabilities": map[string]any{"textDocument": map[string]any{"completion": map[string]any{
		"completionItem": map[string]any{"tagSupport": map[string]any{"valueSet": []int{1}}, "commitCharactersSupport": true},
		"completionList": map[string]any{"itemDefaults": []string{"commitCharacters", "editRange"}},
	}}}})
	list := completeAt(t, c, "local M = {}\n---@deprecated\nfunction M.old() end\nfunction M.new() end\nM.x, M.y, M.z = 1, 2, 3\nM.|")
	if x := item(t, list, "old"); !slices.Equal(x.Tags, []int{protocol.ItemDeprecated}) {
		t.Errorf("%+v", x)
	}
	if x := item(t, list, "new"); x.Tags != nil {
		t.Errorf("%+v", x)
	}
	if d := list.ItemDefaults; d == nil || !slices.Equal(d.CommitCharacters, []string{".", ":", "["}) {
		t.Errorf("%+v", list.ItemDefaults)
	}
	if x := item(t, list, "x"); x.CommitCharacters != nil {
		t.Errorf("%+v", x)
	}
}

func TestSignatures(t *testing.T) {
	c := startTools(t)
	for _, test := range []struct{ text, want string }{
		{"---@overload fun(a: number)\n---@param a string\n---@param b? number\nlocal function f(a, b) end\nf('x', |)", "f(a: string, *b?: number*)"},
		{"---@overload fun(a: number)\n---@param a string\n---@param b? number\nlocal function f(a, b) end\nf(1|)", "f(*a: number*)"},
		{"local M = {}\nfunction M:f(a) end\nM:f(|)", "M:f(*a*)"},
		{"local M = {}\nfunction M:f(a) end\nM.f(M, |)", "M.f(self, *a*)"},
		{"print(|", "print(*...*)"},
		{"local M = {}\nfunction M:f(a) end\nM.f(|)", "M.f(*self*, a)"},
		{"string.rep('x', string.len(|), 2)", "string.len(*s: string|number*): integer"},
		{"string.rep(function() |  end)", ""},
		{"local x = |", ""},
		{"unknown(|)", ""},
	} {
		text, at := cut(t, test.text)
		c.Open(uri, text)
		var h protocol.SignatureHelp
		c.Call("textDocument/signatureHelp", protocol.SignatureHelpParams{PositionParams: lsptest.At(uri, at.Line, at.Character)}, &h)
		if got := signatureText(&h); got != test.want {
			t.Errorf("%q: %q, wanted %q", test.text, got, test.want)
		}
	}
}

// Whatever the text is, all requests are answered, and every place lies in the text.
func FuzzFeatures(f *testing.F) {
	for _, seed := range []string{
		"local calc = Tool.get('calculator')\ncalc:execute({in", "---@class A : A\n---@field a A\nlocal A = {}\nA.", "x = {[1]=2, ", "goto ", "a.b:c'", "--[[", "Tool.get(\"\xff\x00",
		"State.get('😀", "for i, v in ", "f{{{{{{", "function a.b.c:d(", "---@param ", "---@type fun(a: ", "io.open('../", "local t = setmetatable({}, t) t.x.", "a.if", "(f)().pcall", "---",
	} {
		f.Add(seed, len(seed))
	}
	f.Fuzz(func(t *testing.T, text string, at int) {
		c := lsptest.Serve(t, lsp.New(lsp.Options{Catalog: catalog.Builtin}).ServeConn)
		c.Initialize(quiet())
		text = strings.ToValidUTF8(text, "?") // a client sends JSON
		at = max(0, min(at, len(text)))
		c.Open(uri, text)
		before := text[:at]
		lines := strings.FieldsFunc(strings.ReplaceAll(before+"x", "\r\n", "\n"), func(r rune) bool { return r == '\n' || r == '\r' })
		line := strings.Count(strings.ReplaceAll(strings.ReplaceAll(before, "\r\n", "\n"), "\r", "\n"), "\n")
		place := lsptest.At(uri, uint32(line), uint32(len(lines[len(lines)-1])-1))
		var list protocol.CompletionList
		c.Call("textDocument/completion", protocol.CompletionParams{PositionParams: place}, &list)
		for _, x := range list.Items {
			if strings.Contains(x.Label+x.TextEditText, syntax.Marker) || x.Label == "" {
				t.Errorf("%q: %+v", text, x)
			}
		}
		if len(list.Items) > 0 {
			c.Call("completionItem/resolve", list.Items[at%len(list.Items)], nil)
		}
		var help protocol.SignatureHelp
		c.Call("textDocument/signatureHelp", protocol.SignatureHelpParams{PositionParams: place}, &help)
		c.Call("textDocument/hover", protocol.HoverParams{PositionParams: place}, nil)
		var hints []protocol.InlayHint
		c.Call("textDocument/inlayHint", protocol.InlayHintParams{DocumentParams: place.DocumentParams, Range: protocol.Range{End: protocol.Position{Line: 1 << 30}}}, &hints)
		for _, h := range hints {
			c.Call("inlayHint/resolve", h, nil)
		}
	})
}

// A global variable of a session of a running kernel is offered, explained, and no
// undefined global. What the file itself gives the name comes first.
func TestLiveVariables(t *testing.T) {
	live := catalog.New(catalog.Content{Base: catalog.Builtin(), Version: 2, Live: true, Entries: map[string][]catalog.Entry{
		"variable": {
			{Name: "livevar", Detail: "table", Value: "{a = 1}", Source: "live · kernel 1", Arg: "s-1"},
			{Name: "livevar", Detail: "number", Value: "7", Source: "live · kernel 1", Arg: "s-2"},
			{Name: "not a name", Detail: "number"},
		},
	}})
	c := lsptest.Serve(t, lsp.New(lsp.Options{Catalog: func() *catalog.Catalog { return live }}).ServeConn)
	c.Initialize(nil)
	list := completeAt(t, c, "print(liv|)")
	x := item(t, list, "livevar")
	if x.LabelDetails.Detail != ": table" || x.LabelDetails.Description != "live · kernel 1" {
		t.Errorf("%+v", x.LabelDetails)
	}
	for i, x := range list.Items {
		if x.Label == "not a name" || i > 0 && x.Label == "livevar" && list.Items[i-1].Label == "livevar" {
			t.Errorf("offered: %q", x.Label)
		}
	}
	const other protocol.URI = "untitled:live"
	c.Open(other, "print(livevar)\nprint(deadvar)\n")
	if got := c.Diagnostics(other); len(got) != 1 || got[0].Code != "undefined-global" || got[0].Range.Start.Line != 1 {
		t.Errorf("%+v", got)
	}
	var h protocol.Hover
	c.Call("textDocument/hover", protocol.HoverParams{PositionParams: lsptest.At(other, 0, 8)}, &h)
	if !strings.Contains(h.Contents.Value, "{a = 1}") || !strings.Contains(h.Contents.Value, "global livevar: table") {
		t.Errorf("%q", h.Contents.Value)
	}
}

// Behind a dot stands what a session of a running kernel has in a variable, as long as the
// file does not say what it is.
func TestLiveMembers(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	live := catalog.New(catalog.Content{
		Base: catalog.Builtin(), Version: 2, Live: true,
		Entries: map[string][]catalog.Entry{"variable": {{Name: "livevar", Detail: "table", Arg: "s-1"}, {Name: "known", Detail: "table", Arg: "s-1"}, {Name: "slow", Detail: "table", Arg: "s-1"}, {Name: "string", Detail: "table", Arg: "s-1"}},
			"state": {{Name: "config", Arg: "global", Source: "live · kernel 1"}, {Name: "settings", Arg: "session:1", Source: "live · kernel 1"}}},
		Members: func(session string, path []string) (list []catalog.Entry, late bool) {
			mu.Lock()
			defer mu.Unlock()
			key := session + " " + strings.Join(path, ".")
			asked = append(asked, key)
			return map[string][]catalog.Entry{
				"s-1 livevar": {
					{Name: "limits", Detail: "table", Value: "{cpu=2}", Source: "live · kernel 1", Arg: "s-1"},
					{Name: "reload", Detail: "function", Value: "function main.lua:3", Source: "live · kernel 1", Arg: "s-1"},
					{Name: "end", Detail: "number"},
				},
				"s-1 livevar.limits": {{Name: "cpu", Detail: "number", Value: "2", Source: "live · kernel 1", Arg: "s-1"}},
			}[key], strings.HasPrefix(key, "s-1 slow")
		},
		StateFields: func(scope, key string, path []string) (list []catalog.Entry, late bool) {
			return map[string][]catalog.Entry{
				"global config":      {{Name: "db", Detail: "table", Source: "live · kernel 1", Arg: "global"}, {Name: "port", Detail: "number", Value: "80", Source: "live · kernel 1", Arg: "global"}, {Name: "a b", Detail: "boolean"}},
				"global config.db":   {{Name: "host", Detail: "string", Value: `"h"`, Source: "live · kernel 1", Arg: "global"}},
				"session:1 settings": {{Name: "theme", Detail: "string", Source: "live · kernel 1", Arg: "session:1"}},
			}[scope+" "+strings.Join(append([]string{key}, path...), ".")], key == "settings"
		},
	})
	c := lsptest.Serve(t, lsp.New(lsp.Options{Catalog: func() *catalog.Catalog { return live }}).ServeConn)
	c.Initialize(nil)
	for text, want := range map[string]string{
		"print(livevar.|)":                                        "limits reload",
		"print(livevar.li|)":                                      "limits reload",
		"livevar.|\nprint(1)":                                     "limits reload",
		"livevar:|":                                               "reload",
		"print(livevar.limits.|)":                                 "cpu",
		"print(livevar.limits.missing.|)":                         "",
		"print(livevar[1].|)":                                     "",
		"local l = livevar print(l.|)":                            "limits reload",
		"local l = livevar.limits print(l.|)":                     "cpu",
		"local l = (livevar) local m = l print(m:|)":              "reload",
		"local l = livevar l = f() print(l.|)":                    "",
		`print(livevar["limits"].|)`:                              "cpu",
		`print(livevar["|"])`:                                     "end limits reload",
		`print(livevar["li|)`:                                     "end limits reload",
		`local l = livevar.limits print(l['|'])`:                  "cpu",
		`local name = "limits" print(livevar[name].|)`:            "",
		`known = {mine = 1} print(known["|"])`:                    "mine",
		`print(State.get("config").|)`:                            "db port",
		`print(State.get("config").db.|)`:                         "host",
		`print(State.get("config")["|"])`:                         "a b db port",
		`local c = State.get("config") or {} print(c.|)`:          "db port",
		`local c = State.get("config") local d = c.db print(d.|)`: "host",
		`local get, key = State.get, "config" print(get(key).|)`:  "db port",
		`State.set("config", {own = 1}) local c = State.get("config") if c then c.| end`: "db own port",
		`State.set("config", {port = 1}) local c = State.get("config") print(c.|)`:       "db port",
		`print(State.get("settings").|)`:                                                 "",
		`print(State.get("settings", {scope = "session:1"}).|)`:                          "theme",
		`print(State.load("session:1", "settings").|)`:                                   "theme",
		`print(State.get("missing").|)`:                                                  "",
		`print(State.get("config" .. x).|)`:                                              "",
		`local o = {} print(State.get("config", o).|)`:                                   "",
		`local State = {get = f} print(State.get("config").|)`:                           "",
		`State.transaction(function(tx) local c = tx.get("config") print(c.|) end)`:      "db port",
		"print(livevar().|)":                                                             "",
		"local livevar = f()\nprint(livevar.|)":                                          "",
		"known = {mine = 1}\nprint(known.|)":                                             "mine",
		"livevar.own = 1\nprint(livevar.|)":                                              "limits own reload",
		"print(deadvar.|)":                                                               "",
		"function f(livevar) print(livevar.|) end":                                       "",
	} {
		var got []string
		for _, x := range completeAt(t, c, text).Items {
			if x.Kind == protocol.ItemField || x.Kind == protocol.ItemFunction || x.Kind == protocol.ItemMethod || x.Kind == protocol.ItemConstant {
				got = append(got, x.Label)
			}
		}
		slices.Sort(got)
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v, want %s", text, got, want)
		}
	}
	// What the kernel has not said in time is asked for again with the next key.
	for text, late := range map[string]bool{
		"print(slow.|)": true, `print(slow["|"])`: true, `print(State.get("settings", {scope = "session:1"}).|)`: true,
		"print(livevar.|)": false, "print(deadvar.|)": false, `print(State.get("config").|)`: false,
	} {
		if got := completeAt(t, c, text).IsIncomplete; got != late {
			t.Errorf("%q: incomplete: %t", text, got)
		}
	}
	x := item(t, completeAt(t, c, "print(livevar.|)"), "limits")
	if x.LabelDetails.Detail != ": table" || x.LabelDetails.Description != "live · kernel 1" {
		t.Errorf("%+v", x.LabelDetails)
	}
	c.Call("completionItem/resolve", x, &x)
	if doc := fmt.Sprint(x.Documentation); !strings.Contains(doc, "{cpu=2}") || !strings.Contains(doc, "session s-1") {
		t.Errorf("%s", doc)
	}
	const other protocol.URI = "untitled:members"
	c.Open(other, "print(livevar.limits.cpu, livevar.nothing)\n")
	for character, want := range map[uint32]string{16: "(field) livevar.limits: table", 22: "(field) livevar.limits.cpu: number", 38: ""} {
		var h *protocol.Hover
		c.Call("textDocument/hover", protocol.HoverParams{PositionParams: lsptest.At(other, 0, character)}, &h)
		if (h != nil) != (want != "") || h != nil && !strings.Contains(h.Contents.Value, want) {
			t.Errorf("at %d: %+v", character, h)
		}
	}
	c.Open("untitled:more", "local l = livevar\nprint(l.limits, livevar[\"limits\"], State.get(\"config\").db.host)\n")
	for character, want := range map[uint32]string{10: "(field) l.limits: table", 26: "(field) livevar.limits: table", 56: "(field) db: table", 60: "(field) host: string"} {
		var h *protocol.Hover
		c.Call("textDocument/hover", protocol.HoverParams{PositionParams: lsptest.At("untitled:more", 1, character)}, &h)
		if h == nil || !strings.Contains(h.Contents.Value, want) || strings.Contains(h.Contents.Value, "session global") {
			t.Errorf("at %d: %+v", character, h)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if slices.ContainsFunc(asked, func(s string) bool { return strings.Contains(s, "string") || strings.Contains(s, "deadvar") }) {
		t.Errorf("the kernel was asked for %v", asked)
	}
}

// Who follows a kernel that cannot be reached is told so, once, and can ask.
func TestKernelThatCannotBeReached(t *testing.T) {
	var mu sync.Mutex
	state := lsp.KernelState{Asked: "dve"}
	set := func(s lsp.KernelState) {
		mu.Lock()
		defer mu.Unlock()
		state = s
	}
	server := lsp.New(lsp.Options{Kernel: func() lsp.KernelState {
		mu.Lock()
		defer mu.Unlock()
		return state
	}})
	status := func(c *lsptest.Client) lsp.KernelState {
		t.Helper()
		var s struct{ Kernel lsp.KernelState }
		c.Call("workspace/executeCommand", protocol.ExecuteCommandParams{Command: "llmspell.status"}, &s)
		return s.Kernel
	}
	early := lsptest.Serve(t, server.ServeConn)
	early.Initialize(nil)
	if got := status(early); got != (lsp.KernelState{Asked: "dve"}) {
		t.Errorf("%+v", got)
	}
	gone := lsp.KernelState{Asked: "dve", Error: "no kernel of that name runs"}
	set(gone)
	for range 3 {
		server.KernelChanged()
	}
	late := lsptest.Serve(t, server.ServeConn)
	late.Initialize(nil)
	for _, c := range []*lsptest.Client{early, late} {
		if got := status(c); got != gone {
			t.Errorf("%+v", got)
		}
		told := c.Arrived("window/showMessage")
		if len(told) != 1 || !strings.Contains(string(told[0]), `"type":2`) || !strings.Contains(string(told[0]), `the kernel \"dve\" cannot be reached: no kernel of that name runs`) {
			t.Errorf("%s", told)
		}
	}
	set(lsp.KernelState{Asked: "dve", Connected: "dve"})
	server.KernelChanged()
	if got := status(late); got.Connected != "dve" || got.Error != "" || len(late.Arrived("window/showMessage")) != 1 {
		t.Errorf("%+v, %s", got, late.Arrived("window/showMessage"))
	}
}

// What the operation of a tool needs is reported where it is missing, and completed
// first.
func TestNeededParameters(t *testing.T) {
	c := withTools(t)
	c.Initialize(nil)
	for i, test := range []struct{ text, want string }{
		{`Tool.get("file-operations"):execute{operation="read"}`, `parameter "path" is missing (the operation "read" needs it)`},
		{`Tool.get("calculator"):execute()`, `parameter "input" is missing (the operation "evaluate" needs it)`},
		{`Tool.get("calculator"):execute({})`, `parameter "input" is missing (the operation "evaluate" needs it)`},
		{`Tool.execute("base64-encoder", {operation="encode"})`, `parameter "input" is missing (the operation "encode" needs one of input, input_file)`},
		{`Tool.parallel({{"calculator", {inptu="1"}}})`, `parameter "inptu" is not known; did you mean "input"? (known are operation, input, variables)`},
		{`Tool.parallel({{"calculator", {}}})`, `parameter "input" is missing (the operation "evaluate" needs it)`},
		{`Tool.get("calculator"):execute({operation="functions"})`, ""},
		{`Tool.get("calculator"):execute({input=ARGS[1]})`, ""},
		{`Tool.get("calculator"):execute({expression="1"})`, ""},
		{`Tool.get("calculator"):execute({operation=ARGS[1]})`, ""},
		{`Tool.get("calculator"):execute({[ARGS[1]]="1"})`, ""},
		{`local p = {} p.input = "1" Tool.execute("calculator", p)`, ""},
		{`local calls = {{"calculator", {}}} calls[1][2].input = "1" Tool.parallel(calls)`, ""},
	} {
		uri := protocol.URI("untitled:needs" + strings.Repeat("-", i))
		c.Open(uri, test.text)
		var got []string
		for _, d := range c.Diagnostics(uri) {
			got = append(got, d.Message)
		}
		if strings.Join(got, "; ") != test.want {
			t.Errorf("%s: %q", test.text, got)
		}
	}
	for text, want := range map[string]string{
		`Tool.get("file-operations"):execute{operation="copy", |}`: "source_path",
		`Tool.get("file-operations"):execute{operation="read", |}`: "path",
		`Tool.get("calculator"):execute{|}`:                        "input",
	} {
		list := completeAt(t, c, text)
		first := slices.MinFunc(list.Items, func(a, b protocol.CompletionItem) int { return strings.Compare(a.SortText, b.SortText) })
		if first.Label != want {
			t.Errorf("%s: %s comes first", text, first.Label)
		}
	}
}
