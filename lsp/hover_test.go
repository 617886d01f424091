package lsp_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp"
	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
)

func hoverAt(t testing.TB, c *lsptest.Client, text string) protocol.Hover {
	t.Helper()
	text, at := cut(t, text)
	c.Open(uri, text)
	var h protocol.Hover
	c.Call("textDocument/hover", protocol.HoverParams{PositionParams: lsptest.At(uri, at.Line, at.Character)}, &h)
	return h
}

func TestHover(t *testing.T) {
	c := startTools(t)
	for _, test := range []struct{ text, want string }{
		{"local x| = 1", "local x: number = 1"},
		{"local s| = 'a'", `local s: string = "a"`},
		{"local b| = true", "local b: boolean = true"},
		{"local function f(a|) end", "(parameter) a"},
		{"for i| = 1, 2 do end", "(loop variable) i"},
		{"local M = {}\nfunction M:f() return sel|f end", "(self) self"},
		{"--- Adds.\n---@param a number the first\n---@return number sum of both\nlocal function add|(a) return a end", "- `a`: the first"},
		{"---@deprecated use new\nlocal function o() end\no|()", "**Deprecated:** use new"},
		{"---@overload fun(a: string)\nlocal function o(a, b) end\no|()", "Also:"},
		{"string.fo|rmat('x')", "%d"},
		{"Tool.execute('calculator', {inp|ut = '1'})", "parameter of `calculator`"},
		{"Tool.execute('calculator', {expr|ession = '1'})", "parameter of `calculator`"},
		{"Tool.execute('calculator', {operation = 'eval|uate'})", `"evaluate"|"validate"|"functions"`},
		{"Tool.execute('calcul|ator')", "Parameters:"},
		{"Tool.calcul|ator:execute()", "tool calculator"},
		{"Tool['calcul|ator']:execute()", "Parameters:"},
		{"Hook.register('ToolErr|or', f)", "has failed"},
		{"---@class P\n---@field x number how far\n---@type P\nlocal p = {x| = 1}", "how far"},
		{"---@class P words of it\n---@field x number\n---@type P|\nlocal p", "@field x number"},
		{"---@class P\n---@field x number how far\n---@type P\nlocal p\nprint(p.x|)", "how far"},
		{"local t = {a = 1, b = 's'}\nprint(t|)", "b: "},
		{"pri|nt(1)", "function print"},
		{"missing|()", "unknown"},
	} {
		h := hoverAt(t, c, test.text)
		if !strings.Contains(h.Contents.Value, test.want) || h.Range == nil {
			t.Errorf("%q: %q %v, wanted %q", test.text, h.Contents.Value, h.Range, test.want)
		}
	}
	for _, text := range []string{"loc|al x = 1", "-- wo|rds", "local x = 12|3", "local s = 'wor|ds'", "|", "goto con|tinue ::continue::", "x =| 1"} {
		if h := hoverAt(t, c, text); h.Contents.Value != "" && !strings.Contains(text, "=|") {
			t.Errorf("%q: %q", text, h.Contents.Value)
		}
	}
	plain := lsptest.Serve(t, lsp.New(lsp.Options{}).ServeConn)
	plain.Initialize(map[string]any{"capabilities": map[string]any{}})
	if h := hoverAt(t, plain, "pri|nt(1)"); h.Contents.Kind != protocol.PlainText || strings.Contains(h.Contents.Value, "```") || h.Contents.Value == "" {
		t.Errorf("%+v", h)
	}
}

func TestInlayHints(t *testing.T) {
	c := startTools(t)
	for _, test := range []struct{ text, want string }{
		{"local function f(width, on) end\nf(1, true)", "width: | on:"},
		{"local function f(width, on) end\nf(-1, nil)", "width: | on:"},
		{"local function f(width) end\nlocal w = 1\nf(w)", ""},
		{"local function f(width) end\nf(--[[width]] 1)", ""},
		{"local function f(width) end\nf('width')", ""},
		{"local function f(x) end\nf(1)", ""},
		{"local function f(...) end\nf(1)", ""},
		{"local M = {}\nfunction M:f(width) end\nM:f(1)", "width:"},
		{"local C = setmetatable({}, {__call = function(self, width, on) end})\nC(1, true)", "width: | on:"},
		{"local C = setmetatable({}, {__call = function(cls, width, on) end})\nC(1, true)", "width: | on:"},
		{"local M = {} M.__index = M function M:__call(width, on) end local c = setmetatable({}, M)\nc(1, true)", "width: | on:"},
		{"local calc = Tool.get('calculator')", "calc: tool calculator"},
		{"local calc = Tool.get('calculator')\nlocal r = calc:execute({input = '1'})", "r: tool calculator result"},
		{"local s = string.rep(x, y)", "s: string"},
		{"---@type string\nlocal s = string.rep(x, y)", ""},
		{"local _ = string.rep(x, y)", ""},
		{"local s = string.rep(x,\ny)", ""}, // it begins before the range
		{"local s = 'x'", ""},
		{"for _, w in ipairs({'a'}) do end", "w: string"},
		{"unknown(1, 2)", ""},
	} {
		c.Open(uri, test.text)
		line := uint32(strings.Count(test.text, "\n"))
		var list []protocol.InlayHint
		c.Call("textDocument/inlayHint", protocol.InlayHintParams{
			DocumentParams: protocol.DocumentParams{TextDocument: lsptest.Document(uri)},
			Range:          protocol.Range{Start: protocol.Position{Line: line}, End: protocol.Position{Line: line + 1}},
		}, &list)
		if got := hintsText(test.text, line, list); got != test.want {
			t.Errorf("%q: %q, wanted %q", test.text, got, test.want)
		}
		for _, h := range list {
			var x protocol.InlayHint
			c.Call("inlayHint/resolve", h, &x)
			if x.Tooltip == nil || x.Tooltip.Value == "" {
				t.Errorf("%q: %v has no tooltip", test.text, h.Label)
			}
			c.Change(uri, protocol.ContentChange{Text: ""})
			x.Tooltip = nil
			c.Call("inlayHint/resolve", h, &x)
			if x.Tooltip != nil {
				t.Errorf("%q: the tooltip of another text", test.text)
			}
			c.Change(uri, protocol.ContentChange{Text: test.text})
			break
		}
	}
	// The type can be written down.
	c.Open(uri, "do\n  local s = string.rep(x, y)\nend")
	var list []protocol.InlayHint
	c.Call("textDocument/inlayHint", protocol.InlayHintParams{DocumentParams: protocol.DocumentParams{TextDocument: lsptest.Document(uri)}, Range: protocol.Range{End: protocol.Position{Line: 9}}}, &list)
	if len(list) != 1 || len(list[0].TextEdits) != 1 || list[0].TextEdits[0].NewText != "  ---@type string\n" {
		t.Errorf("%+v", list)
	}
}

func TestCompleteAnnotations(t *testing.T) {
	c := startTools(t)
	for _, test := range []struct{ text, has, lacks string }{
		{"---@par|", "param return type", "string"},
		{"---@param |\nlocal function f(one, two, ...) end", "one two ...", "string"},
		{"---@param one number\n---@param |\nlocal function f(one, two) end", "two", "one"},
		{"---@param one |\nlocal function f(one, two) end", "string llmspell.ToolName", "two"},
		{"---@return |\nlocal function f() end", "string fun", "param"},
		{"---@class Mine\n---@type |", "Mine boolean", "local"},
		{"---@type table<string, |>", "string", "param"},
		{"---@class Base\n---@class Mine : |", "Base", "param"},
		{"---@class |", "", "string"},
		{"---@field |", "public private", "string"},
		{"---@field x |", "string", "public"},
		{"local here\n---@cast |", "here", "string"},
		{"---@cast here |", "string", "here"},
		{"---@diagnostic |", "disable disable-next-line", "string"},
		{"---| |", "string", "param"},
		{"--- words |", "", "string param"},
		{"-- @|", "", "param"},
		{"--[[ @|", "", "param"},
	} {
		got := []string{}
		parts := strings.Split(test.text, "|")
		if len(parts) == 3 { // ---| is no cursor
			text := parts[0] + "|" + parts[1] + parts[2]
			c.Open(uri, text)
			got = labels(completeHere(c, uri, protocol.Position{Character: uint32(len(parts[0]) + 1 + len(parts[1]))}))
		} else {
			got = labels(completeAt(t, c, test.text))
		}
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
	text := "---@class my.Type\n---@type my.T|\nlocal x"
	list := completeAt(t, c, text)
	plain, _ := cut(t, text)
	if got := apply(t, plain, list, item(t, list, "my.Type")); got != "---@class my.Type\n---@type my.Type\nlocal x" {
		t.Errorf("%q", got)
	}
}
