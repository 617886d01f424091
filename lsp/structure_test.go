package lsp_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
)

func TestDocumentSymbol(t *testing.T) {
	c := start(t)
	c.Initialize(nil)
	for i, tt := range []struct{ text, want string }{
		{"", ""},
		{"x = 1 y, z = 's', function() end", "x y z"},
		{"local a <const", "a"},
		{"local a, b = {}, function(p) local function inner() end end", "a b(inner)"},
		{"M = { f = function() end, ['g'] = { h = function() end }, 1, k = 2, [3] = function() function deep() end end }", "M(f 'g'(h) k deep)"},
		{"function M.a.b:c(x) if x then function g() end else local t = { q = 1 } end end", "M.a.b:c(g)"},
		{"return { run = function() end }", "return(run)"},
		{"return 1", ""},
		{"Event.subscribe('done', function(e) local function f() end end)", "Event.subscribe('done')(f)"},
		{"pcall(function() function named() end end)", "named"},
		{"function", "?"},
		{"function (x) end function a.() end", "? a."},
		{"local function", "?"},
		{"t[1] = 2 t.x = 3", "t.x"},
		{"function end) = } x.y.z", ""},
	} {
		uri := protocol.URI(fmt.Sprintf("file:///proj/%d.lua", i))
		c.Open(uri, tt.text)
		if got := symbols(c, uri); got != tt.want && tt.want != "" || tt.want == "" && strings.Contains(got, "(") {
			t.Errorf("%q: %q, want %q", tt.text, got, tt.want)
		}
	}
	c.Shutdown()
}

// Symbols lie in their documents, their names in them, and children in parents,
// whatever the text.
func TestSymbolRanges(t *testing.T) {
	const text = "local M = { a = 1, b = function(x) return { c = function() end } end }\nfunction M.x:y(...)\n  local z = function() end\nend\nEvent.on('é😀', function() end)\nreturn M\n"
	c := start(t)
	c.Initialize(nil)
	for cut := range len(text) {
		part := text[:cut] + text[min(cut+1+cut%7, len(text)):]
		c.Open(uri, part)
		var list []protocol.DocumentSymbol
		c.Call("textDocument/documentSymbol", protocol.DocumentSymbolParams{DocumentParams: protocol.DocumentParams{TextDocument: lsptest.Document(uri)}}, &list)
		lines := uint32(strings.Count(part, "\n"))
		check(t, part, protocol.Range{End: protocol.Position{Line: lines, Character: 1 << 20}}, list)
		var folds []protocol.FoldingRange
		c.Call("textDocument/foldingRange", protocol.FoldingRangeParams{DocumentParams: protocol.DocumentParams{TextDocument: lsptest.Document(uri)}}, &folds)
		for _, f := range folds {
			if f.StartLine >= f.EndLine || f.EndLine > lines {
				t.Fatalf("%q: %+v", part, f)
			}
		}
	}
	c.Shutdown()
}

func check(t *testing.T, text string, in protocol.Range, list []protocol.DocumentSymbol) {
	t.Helper()
	inside := func(a, b protocol.Range) bool {
		return !a.Start.Before(b.Start) && !b.End.Before(a.End) && !a.End.Before(a.Start)
	}
	for _, s := range list {
		if s.Name == "" || !inside(s.Range, in) || !inside(s.SelectionRange, s.Range) {
			t.Fatalf("%q: %+v in %+v", text, s, in)
		}
		check(t, text, s.Range, s.Children)
	}
}

// Clients that know no trees get a list.
func TestFlatSymbols(t *testing.T) {
	c := start(t)
	c.Initialize(map[string]any{"capabilities": map[string]any{}})
	c.Open(uri, "function a() function b() end end")
	var list []protocol.SymbolInformation
	c.Call("textDocument/documentSymbol", protocol.DocumentSymbolParams{DocumentParams: protocol.DocumentParams{TextDocument: lsptest.Document(uri)}}, &list)
	if len(list) != 2 || list[1].Name != "b" || list[1].ContainerName != "a" || list[1].Location.URI != uri {
		t.Errorf("%+v", list)
	}
	c.Shutdown()
}

func TestFoldingRange(t *testing.T) {
	c := start(t)
	caps := lsptest.Modern()
	caps["textDocument"].(map[string]any)["foldingRange"] = map[string]any{"rangeLimit": 6}
	c.Initialize(map[string]any{"capabilities": caps})
	for text, want := range map[string]string{
		"x = 1":                    "",
		"function a()\n  b()\nend": "0-1",
		"function a()\n  b() end":  "0-1",
		"if a then\n  b()\nelseif c then\n  d()\nelse\n  e()\nend":             "0-1 2-3 4-5",
		"local t = {\n  1,\n  2,\n}":                                           "0-2",
		"-- a\n-- b\n\n-- c\n-- d\nx = 1":                                      "0-1comment 3-4comment",
		"--[[ a\nb\n]]":                                                        "0-2comment",
		"--#region one\nx = 1\n--region two\ny = 1\n--endregion\n--#endregion": "0-5region 2-4region",
		"--endregion": "",
		"-- region of interest\nx = 1\n-- endregion": "", "-- #region\nx = 1\n-- #endregion": "0-2region",
		"local a = require 'a'\nlocal b = require('b')\nx = 1": "0-1imports", "local a = require 'a'\nx = 1\nlocal b = require 'b'": "",
		"repeat\n  x()\nuntil y":    "0-1",
		"s = [[\na\nb]]":            "0-2",
		"f(function()\n  x()\nend)": "0-1",
		"for i = 1, 2 do\n  while x do\n    do\n      y()\n    end\n  end\nend": "0-5 1-4 2-3",
		"a={\n}\nb={\n1}\nc={\n1}\nd={\n1}\ne={\n1}\nf={\n1}\ng={\n1}\nh={\n1}": "2-3 4-5 6-7 8-9 10-11 12-13",
		"function a()\n":               "",
		"function a()\r\n  b()\r\nend": "0-1",
	} {
		c.Open(uri, text)
		var list []protocol.FoldingRange
		c.Call("textDocument/foldingRange", protocol.FoldingRangeParams{DocumentParams: protocol.DocumentParams{TextDocument: lsptest.Document(uri)}}, &list)
		var got []string
		for _, f := range list {
			got = append(got, fmt.Sprintf("%d-%d%s", f.StartLine, f.EndLine, f.Kind))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %s, want %s", text, strings.Join(got, " "), want)
		}
	}
	c.Shutdown()
}
