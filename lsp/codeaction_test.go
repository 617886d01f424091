package lsp_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp"
	"github.com/llmspell/llmspell/lsp/batch"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// withTools serves a client that knows the tools that are compiled in.
func withTools(t testing.TB) *lsptest.Client {
	t.Helper()
	return lsptest.Serve(t, lsp.New(lsp.Options{Catalog: catalog.Builtin}).ServeConn)
}

// action is a code action as clients read it.
type action struct {
	Title, Kind string
	IsPreferred bool
	Disabled    *struct{ Reason string }
	Data        json.RawMessage
	Diagnostics []struct{ Code string }
	Edit        struct {
		DocumentChanges []struct {
			TextDocument protocol.OptionalVersion
			Edits        []protocol.TextEdit
		}
	}
}

func actions(c *lsptest.Client, uri protocol.URI, only []string, about []protocol.Diagnostic, at protocol.Range) []action {
	var list []action
	params := map[string]any{"textDocument": lsptest.Document(uri), "range": at, "context": map[string]any{"diagnostics": about, "only": only}}
	c.Call("textDocument/codeAction", params, &list)
	return list
}

func TestQuickFix(t *testing.T) {
	c := withTools(t)
	c.Initialize(nil)
	c.Open(uri, "local e = '😀' return Tool.get('calculatr'), e\n")
	found := c.Diagnostics(uri)
	if len(found) != 1 || found[0].Code != "unknown-tool" || found[0].CodeDescription == nil || found[0].Range.Start.Character != 32 {
		t.Fatalf("%+v", found)
	}
	list := actions(c, uri, nil, found, found[0].Range)
	if len(list) == 0 || list[0].Kind != "quickfix" || list[0].IsPreferred || len(list[0].Diagnostics) != 1 || list[0].Title != `Change to "calculator"` {
		t.Fatalf("%+v", list)
	}
	change := list[0].Edit.DocumentChanges[0]
	if change.TextDocument.URI != uri || *change.TextDocument.Version != 1 || len(change.Edits) != 1 || change.Edits[0].NewText != "calculator" || change.Edits[0].Range != found[0].Range {
		t.Errorf("%+v", change)
	}
	if list := actions(c, uri, []string{"source.fixAll"}, nil, protocol.Range{}); len(list) != 0 {
		t.Errorf("the nearest name is a guess: %+v", list)
	}
	if list := actions(c, uri, []string{"refactor.extract"}, found, found[0].Range); len(list) != 0 {
		t.Errorf("%+v", list)
	}
	if list := actions(c, uri, nil, nil, protocol.Range{}); len(list) != 0 {
		t.Errorf("far from the finding: %+v", list)
	}
	const other = "file:///proj/sure.lua"
	c.Open(other, "local n = ...\nif not(n==5)then print(n) end\n")
	if list := actions(c, other, []string{"source.fixAll"}, nil, protocol.Range{}); len(list) != 1 || list[0].Kind != "source.fixAll" || list[0].Edit.DocumentChanges[0].Edits[0].NewText != "n ~= 5 " {
		t.Errorf("%+v", list)
	}
}

// TestCheckIsTheEditors compares what the server finds in the files of a folder, asked
// and by itself, with what `llmspell check` finds.
func TestCheckIsTheEditors(t *testing.T) {
	dir := folder(t, map[string]string{
		".luarc.json": `{"diagnostics.severity": {"unused-local": "warning"}, "diagnostics.disable": ["empty-block"]}`,
		"a.lua":       "local x = 1\nprint(Tool.get('calculatr'), shared, nope)\nif nope == {} then end\n",
		"b.lua":       "shared = 1\nreturn Tool.calculator:execute({inputt = 1})\n", "lib/c.lua": "x = = 1\n", "vendor/d.lua": "x = = 1\n",
	})
	text := func(line, column int, severity, code, message string) string {
		return strings.Join([]string{string(rune('0' + line)), string(rune('0' + column%64)), severity, code, message}, " ")
	}
	p := &batch.Project{Catalog: catalog.Builtin()}
	report, err := p.Check(context.Background(), []string{dir}, false)
	if err != nil || len(report.Files) != 3 {
		t.Fatalf("%v %v", report.Files, err)
	}
	c := withTools(t)
	c.Initialize(folders(dir))
	until(t, "all files are indexed", func() bool { return status(c).Files == 3 })
	for _, f := range report.Files {
		var want, pulled, pushed []string
		for _, x := range f.Findings {
			line, column := f.File.Lines().Position(x.Start, 0)
			want = append(want, text(line, column, x.Severity.String(), x.Code, x.Message))
		}
		names := []string{"", "error", "warning", "information", "hint"}
		write := func(list []protocol.Diagnostic) (out []string) {
			for _, d := range list {
				out = append(out, text(int(d.Range.Start.Line), int(d.Range.Start.Character), names[d.Severity], d.Code, d.Message))
			}
			return out
		}
		uri := protocol.FileURI(f.Path)
		var pull protocol.DiagnosticReport
		c.Call("textDocument/diagnostic", map[string]any{"textDocument": lsptest.Document(uri)}, &pull)
		pulled = write(pull.Items)
		c.Open(uri, f.File.Text())
		pushed = write(c.Diagnostics(uri))
		if len(want) == 0 || !slices.Equal(want, pulled) || !slices.Equal(want, pushed) {
			t.Errorf("%s:\ncheck  %q\npulled %q\npushed %q", filepath.Base(f.Path), want, pulled, pushed)
		}
	}
}

func TestRewrites(t *testing.T) {
	c := withTools(t)
	c.Initialize(nil)
	for i, tt := range []struct {
		text   string
		column uint32
		title  string
		want   string // "" if it is not offered
	}{
		{`return "it"`, 8, "Use single quotes", `return 'it'`},
		{`return 'a\'b\n'`, 8, "Use double quotes", `return "a\'b\n"`},
		{`return "it's"`, 8, "Use single quotes", ""},
		{`return [[it]]`, 9, "Use single quotes", ""},
		{`return math.pi`, 13, `Write ["pi"]`, `return math["pi"]`},
		{`return {["a"] = 1}`, 10, "Write a", `return {a = 1}`},
		{`return {a = 1}`, 8, `Write ["a"]`, `return {["a"] = 1}`},
		{`return math["pi"]`, 14, "Write .pi", `return math.pi`},
		{`return math["end"]`, 14, "Write .end", ""},
		{`function math.x() end`, 14, `Write ["x"]`, ""},
		{`return math --[[ ? ]] .pi`, 24, `Write ["pi"]`, ""},
	} {
		uri := protocol.URI("file:///proj/" + string(rune('a'+i)) + ".lua")
		c.Open(uri, tt.text)
		at := protocol.Range{Start: protocol.Position{Character: tt.column}, End: protocol.Position{Character: tt.column}}
		got := ""
		for _, a := range actions(c, uri, []string{"refactor"}, nil, at) {
			if e := a.Edit.DocumentChanges[0].Edits[0]; a.Title == tt.title {
				got = tt.text[:e.Range.Start.Character] + e.NewText + tt.text[e.Range.End.Character:]
			}
		}
		if got != tt.want {
			t.Errorf("%s: %q, wanted %q", tt.text, got, tt.want)
		}
	}
}

// later is a client that asks for the edits of the action that is taken.
func later() map[string]any {
	return map[string]any{"capabilities": map[string]any{
		"workspace": map[string]any{"workspaceEdit": map[string]any{"documentChanges": true}},
		"textDocument": map[string]any{"codeAction": map[string]any{
			"dataSupport": true, "disabledSupport": true, "resolveSupport": map[string]any{"properties": []string{"edit"}},
		}},
	}}
}

func span(line, from, to uint32) protocol.Range {
	return protocol.Range{Start: protocol.Position{Line: line, Character: from}, End: protocol.Position{Line: line, Character: to}}
}

func titled(list []action, title string) *action {
	for i := range list {
		if list[i].Title == title {
			return &list[i]
		}
	}
	return nil
}

func TestRefactoringsAreResolved(t *testing.T) {
	c := withTools(t)
	c.Initialize(later())
	c.Open(uri, "local e = '😀'\nprint(e, t.name)\nlocal v = f() or g()\n")
	at := span(1, 9, 15)
	var whole action
	extract := titled(actions(c, uri, []string{"refactor.extract"}, nil, at), "Extract to local variable")
	if extract == nil || extract.Kind != "refactor.extract.variable" || extract.Data == nil || len(extract.Edit.DocumentChanges) != 0 {
		t.Fatalf("%+v", extract)
	}
	c.Call("codeAction/resolve", map[string]any{"title": extract.Title, "kind": extract.Kind, "data": extract.Data}, &whole)
	if len(whole.Edit.DocumentChanges) != 1 || len(whole.Edit.DocumentChanges[0].Edits) != 2 || *whole.Edit.DocumentChanges[0].TextDocument.Version != 1 {
		t.Fatalf("%+v", whole)
	}
	for only, want := range map[string]bool{"": true, "refactor": true, "refactor.extract.variable": true, "refactor.inline": false, "source": false, "quickfix": false} {
		if got := titled(actions(c, uri, []string{only}, nil, at), "Extract to local variable"); (got != nil) != want {
			t.Errorf("only %q: %+v", only, got)
		}
	}
	refused := titled(actions(c, uri, nil, nil, span(2, 17, 20)), "Extract to local variable")
	if refused == nil || refused.Disabled == nil || refused.Disabled.Reason != "it is not always evaluated" {
		t.Errorf("%+v", refused)
	}
	params := map[string]any{"textDocument": lsptest.Document(uri), "range": span(2, 17, 20), "context": map[string]any{"diagnostics": []any{}, "triggerKind": 2}}
	var quiet []action
	if c.Call("textDocument/codeAction", params, &quiet); titled(quiet, "Extract to local variable") != nil {
		t.Errorf("an editor that looks by itself is told of what cannot be: %+v", quiet)
	}
	c.Notify("textDocument/didChange", map[string]any{
		"textDocument": map[string]any{"uri": uri, "version": 2}, "contentChanges": []any{map[string]any{"text": "return 1\n"}},
	})
	if e := c.CallError("codeAction/resolve", map[string]any{"title": extract.Title, "data": extract.Data}); e.Code != -32801 || !strings.Contains(e.Message, "has changed meanwhile") {
		t.Errorf("%v", e)
	}
	if e := c.CallError("codeAction/resolve", map[string]any{"title": "x", "data": "?"}); e.Code != -32602 {
		t.Errorf("%v", e)
	}
}

// TestRefactoringsAtOnce: a client that cannot ask later has the edits, and is not told of what cannot be.
func TestRefactoringsAtOnce(t *testing.T) {
	c := withTools(t)
	c.Initialize(nil)
	c.Open(uri, "print(t.name)\nlocal v = f() or g()\n")
	if a := titled(actions(c, uri, nil, nil, span(0, 6, 12)), "Extract to local variable"); a == nil || len(a.Edit.DocumentChanges[0].Edits) != 2 {
		t.Errorf("%+v", a)
	}
	if a := titled(actions(c, uri, nil, nil, span(1, 17, 20)), "Extract to local variable"); a != nil {
		t.Errorf("%+v", a)
	}
}

func TestMoreQuickFixes(t *testing.T) {
	dir := folder(t, map[string]string{"lib/util.lua": "return {}\n"})
	c := withTools(t)
	c.Initialize(folders(dir))
	until(t, "all files are indexed", func() bool { return status(c).Files == 1 })
	for i, tt := range []struct{ text, title, want string }{
		{"-- head\n\nlocal x = require 'x'\nprint(util.f(x))\n", `Require the module "lib.util"`, "-- head\n\nlocal x = require 'x'\nlocal util = require 'lib.util'\nprint(util.f(x))\n"},
		{"print(util.f())\n", `Require the module "lib.util"`, "local util = require(\"lib.util\")\nprint(util.f())\n"},
		{"-- doc\nlocal function g(a, ...)\n  nope(a, a.b, 3, ...)\nend\n", "Create the local function nope", "local function nope(a, b, arg3, ...)\n\nend\n\n-- doc\nlocal function g(a, ...)\n  nope(a, a.b, 3, ...)\nend\n"},
		{"do\n  print(nope)\nend\n", "Disable undefined-global for this line", "do\n  ---@diagnostic disable-next-line: undefined-global\n  print(nope)\nend\n"},
		{"---@diagnostic disable-next-line: unused-local\nprint(nope)\n", "Disable undefined-global for this line", "---@diagnostic disable-next-line: unused-local, undefined-global\nprint(nope)\n"},
		{"#!/bin/x\r\nprint(nope)\r\n", "Disable undefined-global in this file", "#!/bin/x\r\n---@diagnostic disable: undefined-global\r\nprint(nope)\r\n"},
		{"local M = {}\nfunction M.a() end -- a\nfunction M.b() return nope, M.c(1, M) end\nreturn M\n", "Create the function M.c", ""},
		{"local M = {}\nfunction M.a() end -- a\nlocal function b() return M.c(1) end\nM.a()\nreturn b\n", "Create the function M.c", "local M = {}\nfunction M.a() end -- a\n\nfunction M.c(arg1)\n\nend\nlocal function b() return M.c(1) end\nM.a()\nreturn b\n"},
	} {
		uri := protocol.FileURI(filepath.Join(dir, string(rune('a'+i))+".lua"))
		c.Open(uri, tt.text)
		at := strings.Index(tt.text, "nope")
		if i := strings.Index(tt.text, "util."); i >= 0 {
			at = i
		} else if i := strings.Index(tt.text, "M.c"); i >= 0 {
			at = i + 2
		}
		line := strings.Count(tt.text[:at], "\n")
		column := uint32(at - strings.LastIndexByte(tt.text[:at], '\n') - 1)
		got := ""
		list := actions(c, uri, []string{"quickfix"}, nil, span(uint32(line), column, column))
		if a := titled(list, tt.title); a != nil {
			got = editOnce(tt.text, a.Edit.DocumentChanges[0].Edits)
		}
		if got != tt.want {
			t.Errorf("%q: %s: got %q of %+v", tt.text, tt.title, got, list)
		}
	}
}

// editOnce makes one edit in a text of ASCII letters.
func editOnce(text string, list []protocol.TextEdit) string {
	at := func(p protocol.Position) (at int) {
		for range p.Line {
			at += strings.IndexByte(text[at:], '\n') + 1
		}
		return at + int(p.Character)
	}
	e := list[0]
	return text[:at(e.Range.Start)] + e.NewText + text[at(e.Range.End):]
}
