package lsp_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// capable are the capabilities of a client with more at the paths.
func capable(more map[string]any) map[string]any {
	all := lsptest.Modern()
	for path, value := range more {
		m := all
		keys := strings.Split(path, ".")
		for _, key := range keys[:len(keys)-1] {
			next, ok := m[key].(map[string]any)
			if !ok {
				next = map[string]any{}
				m[key] = next
			}
			m = next
		}
		m[keys[len(keys)-1]] = value
	}
	return all
}

func TestWorkspaceSymbols(t *testing.T) {
	n, _ := navigate(t, map[string]string{
		"a.lua": "function getUserName() end\nfunction gun() end\nlocal Account = {}\nfunction Account:deposit() end\nfunction Account.guess() end\n---@class Gun\n",
		"b.lua": "counter = 1\nlocal function get_user_number() end\n",
	})
	search := func(query string) string {
		var list []protocol.WorkspaceSymbol
		n.c.Call("workspace/symbol", protocol.WorkspaceSymbolParams{Query: query}, &list)
		var out []string
		for _, s := range list {
			if s.Location == nil {
				t.Errorf("%s has no location", s.Name)
			}
			out = append(out, s.Name)
		}
		return strings.Join(out, " ")
	}
	for query, want := range map[string]string{
		"gun": "gun Gun getUserName get_user_number", "Account.g": "guess", "account:dep": "deposit",
		"": "Gun gun guess counter deposit getUserName get_user_number", "xyz": "", "COUNT": "counter",
	} {
		if got := search(query); got != want {
			t.Errorf("%q: %q, not %q", query, got, want)
		}
	}
}

func TestWorkspaceSymbolResolve(t *testing.T) {
	dir := folder(t, map[string]string{"a.lua": "\n\nfunction far() end\n"})
	c := start(t)
	params := folders(dir)
	params["capabilities"] = capable(map[string]any{"workspace.symbol.resolveSupport.properties": []string{"location.range"}})
	c.Initialize(params)
	until(t, "the folder is indexed", func() bool { return status(c).Files == 1 })
	var list []protocol.WorkspaceSymbol
	c.Call("workspace/symbol", protocol.WorkspaceSymbolParams{Query: "far"}, &list)
	if len(list) != 1 || list[0].Location.(map[string]any)["range"] != nil {
		t.Fatalf("%+v", list)
	}
	var one struct{ Location protocol.Location }
	c.Call("workspaceSymbol/resolve", list[0], &one)
	if one.Location.Range.Start != (protocol.Position{Line: 2, Character: 9}) {
		t.Errorf("%+v", one)
	}
	if err := os.Remove(filepath.Join(dir, "a.lua")); err != nil {
		t.Fatal(err)
	}
	if e := c.CallError("workspaceSymbol/resolve", list[0]); !strings.Contains(e.Message, "cannot be read") {
		t.Error(e)
	}
}

// TestRenameFiles moves a module, a folder and a script: what they require follows.
func TestRenameFiles(t *testing.T) {
	n, uri := navigate(t, map[string]string{
		"main.lua":  "local a = require(\"lib.a\")\nlocal b = require 'lib.sub.b'\nprint(require(\"none\"), dofile(\"lib/a.lua\"))\n",
		"lib/a.lua": "return require(\"lib.sub.b\")\n", "lib/sub/b.lua": "return {}\n", "lib/sub/c.lua": "return require(\"b\")\n",
	})
	rename := func(from, to string) string {
		var e protocol.WorkspaceEdit
		n.c.Call("workspace/willRenameFiles", protocol.RenameFilesParams{Files: []protocol.FileRename{{OldURI: uri(from), NewURI: uri(to)}}}, &e)
		return edited(&e)
	}
	for _, c := range []struct{ from, to, want string }{
		{"lib/a.lua", "lib/z.lua", "main.lua:1:20=lib.z main.lua:3:32=lib/z.lua"},
		{"lib/a.lua", "top.lua", "main.lua:1:20=top main.lua:3:32=top.lua"},
		{"lib", "core", "a.lua:1:17=core.sub.b main.lua:1:20=core.a main.lua:2:20=core.sub.b main.lua:3:32=core/a.lua"},
		{"lib/sub/b.lua", "lib/sub/q.lua", "a.lua:1:17=lib.sub.q c.lua:1:17=q main.lua:2:20=lib.sub.q"},
		{"lib/sub", "lib/other", "a.lua:1:17=lib.other.b main.lua:2:20=lib.other.b"},
		{"main.lua", "bin/main.lua", ""},
		{"nothing.lua", "something.lua", ""},
	} {
		if got := rename(c.from, c.to); got != c.want {
			t.Errorf("%s to %s: %q, not %q", c.from, c.to, got, c.want)
		}
	}
	dir := filepath.Dir(uri("main.lua").Path())
	if err := os.Rename(filepath.Join(dir, "lib", "sub"), filepath.Join(dir, "lib", "other")); err != nil {
		t.Fatal(err)
	}
	n.c.Close(uri("lib/sub/b.lua"))
	n.c.Close(uri("lib/sub/c.lua"))
	n.c.Notify("workspace/didRenameFiles", protocol.RenameFilesParams{Files: []protocol.FileRename{{OldURI: uri("lib/sub"), NewURI: uri("lib/other")}}})
	until(t, "the index has followed", func() bool {
		return strings.Contains(rename("lib/other/b.lua", "lib/other/x.lua"), "c.lua:1:17=x")
	})
}

// TestRenameFilesElsewhere renames a module below a folder in which nobody knows that scripts are
// started.
func TestRenameFilesElsewhere(t *testing.T) {
	n, uri := navigate(t, map[string]string{"main.lua": "require('ui.box')\n", "app/ui/box.lua": "return {}\n"})
	for _, c := range []struct{ from, to, want string }{
		{"app/ui/box.lua", "app/ui/tin.lua", "main.lua:1:10=ui.tin"},
		{"app/ui", "app/view", "main.lua:1:10=view.box"},
		{"app", "core", ""},
		{"app/ui/box.lua", "tin.lua", "main.lua:1:10=tin"},
		{"main.lua", "bin/main.lua", ""},
	} {
		var e protocol.WorkspaceEdit
		n.c.Call("workspace/willRenameFiles", protocol.RenameFilesParams{Files: []protocol.FileRename{{OldURI: uri(c.from), NewURI: uri(c.to)}}}, &e)
		if got := edited(&e); got != c.want {
			t.Errorf("%s to %s: %q, not %q", c.from, c.to, got, c.want)
		}
	}
}

func TestDocumentLinks(t *testing.T) {
	dir := folder(t, map[string]string{"m.lua": "return {}"})
	c := lsptest.Serve(t, lsp.New(lsp.Options{Catalog: catalog.Builtin}).ServeConn)
	params := folders(dir)
	params["capabilities"] = capable(map[string]any{"workspace.textDocumentContent": map[string]any{}})
	c.Initialize(params)
	u := protocol.FileURI(filepath.Join(dir, "main.lua"))
	c.Open(u, "local m = require(\"m\") -- see (https://example.org/a?b=c). And http://x.y, ftp://no\nlocal n = require(\"gone\")\nlocal t = Tool.get(\"calculator\")\nlocal w = Tool.get(\"wrong\")\n"+
		"Tool.register({name = \"own\", description = \"d\", execute = print})\nTool.execute(\"own\", {})\nTool.execute(\"csv-analyzer\", {input_file = \"m.lua\"})\n")
	var list []protocol.DocumentLink
	c.Call("textDocument/documentLink", protocol.DocumentLinkParams{DocumentParams: protocol.DocumentParams{TextDocument: lsptest.Document(u)}}, &list)
	var got []string
	for _, l := range list {
		if l.Target == "" {
			c.Call("documentLink/resolve", l, &l)
			if !strings.Contains(l.Tooltip, "calculator: ") && !strings.Contains(l.Tooltip, "csv-analyzer: ") {
				t.Errorf("%+v", l)
			}
		}
		got = append(got, point(l.Range.Start)+"-"+point(l.Range.End)+" "+strings.ReplaceAll(string(l.Target), string(protocol.FileURI(dir)), ""))
	}
	slices.Sort(got)
	want := []string{"1:20-1:21 /m.lua", "1:32-1:57 https://example.org/a?b=c", "1:64-1:74 http://x.y", "3:21-3:31 llmspell-schema:calculator", "6:15-6:18 /main.lua#L5", "7:15-7:27 llmspell-schema:csv-analyzer",
		"7:45-7:50 /m.lua"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	var text protocol.TextDocumentContentResult
	c.Call("workspace/textDocumentContent", map[string]any{"uri": "llmspell-schema:calculator"}, &text)
	if !json.Valid([]byte(text.Text)) || !strings.Contains(text.Text, `"input"`) {
		t.Errorf("%.200s", text.Text)
	}
}

// runner is a server that runs scripts by handing them to the test.
func runner(t *testing.T, run func(ctx context.Context, s lsp.Script) (int, error), commands ...string) (*lsptest.Client, *protocol.InitializeResult) {
	c := lsptest.Serve(t, lsp.New(lsp.Options{Catalog: catalog.Builtin, Run: run}).ServeConn)
	return c, c.Initialize(map[string]any{"capabilities": capable(map[string]any{"experimental.commands.commands": commands})})
}

func lenses(c *lsptest.Client) []protocol.CodeLens {
	var list []protocol.CodeLens
	c.Call("textDocument/codeLens", protocol.CodeLensParams{DocumentParams: protocol.DocumentParams{TextDocument: lsptest.Document(uri)}}, &list)
	return list
}

func TestCodeLens(t *testing.T) {
	c, r := runner(t, func(context.Context, lsp.Script) (int, error) { return 0, nil }, "llmspell.debug", "llmspell.showReferences")
	if slices.Contains(r.Capabilities.ExecuteCommandProvider.Commands, "llmspell.debug") || !slices.Contains(r.Capabilities.ExecuteCommandProvider.Commands, "llmspell.run") {
		t.Errorf("%v", r.Capabilities.ExecuteCommandProvider.Commands)
	}
	c.Open(uri, "-- a script\nlocal M = {}\nlocal function helper() end\nfunction M.test_one() helper() helper() end\nfunction testing() end\nM.test_two = function() end\nreturn { test_three = function() end }\n")
	var got []string
	for _, l := range lenses(c) {
		if l.Command == nil {
			c.Call("codeLens/resolve", l, &l)
		}
		s := point(l.Range.Start) + " " + l.Command.Title
		if len(l.Command.Arguments) > 0 {
			arg, _ := json.Marshal(l.Command.Arguments[0])
			s += " " + string(arg)
		}
		got = append(got, s)
	}
	want := []string{
		`2:1 ▶ Run {"line":1,"uri":"file:///proj/a.lua"}`, `2:1 Debug {"line":1,"uri":"file:///proj/a.lua"}`,
		`3:16 2 references "file:///proj/a.lua"`,
		`4:1 ▶ Run {"function":"M.test_one","line":3,"uri":"file:///proj/a.lua"}`, `4:1 Debug {"function":"M.test_one","line":3,"uri":"file:///proj/a.lua"}`,
		`4:12 0 references "file:///proj/a.lua"`, `5:10 0 references "file:///proj/a.lua"`,
		`6:1 ▶ Run {"function":"M.test_two","line":5,"uri":"file:///proj/a.lua"}`, `6:1 Debug {"function":"M.test_two","line":5,"uri":"file:///proj/a.lua"}`,
		`7:10 ▶ Run {"function":"return.test_three","line":6,"uri":"file:///proj/a.lua"}`, `7:10 Debug {"function":"return.test_three","line":6,"uri":"file:///proj/a.lua"}`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	c.Notify("workspace/didChangeConfiguration", map[string]any{"settings": map[string]any{"llmspell": map[string]any{"codeLens": map[string]any{"run": false, "references": false}}}})
	if list := lenses(c); len(list) != 0 {
		t.Errorf("%+v", list)
	}
}

func TestRunCommand(t *testing.T) {
	var seen lsp.Script
	c, _ := runner(t, func(ctx context.Context, s lsp.Script) (int, error) {
		if s.Output("one\ntw"); strings.Contains(s.Text, "forever") {
			<-ctx.Done()
			return 0, ctx.Err()
		}
		if strings.Contains(s.Text, "broken") {
			return 0, errors.New("no such thing")
		}
		s.Output("o\nthree")
		seen = s
		return 3, nil
	})
	c.Open(uri, "local function test_a() end\nreturn 1\n")
	var result struct {
		ExitCode int
		Output   string
	}
	run := func(arg any) *lsptest.Pending {
		return c.Begin("workspace/executeCommand", map[string]any{"command": "llmspell.run", "arguments": []any{arg}})
	}
	if err := run(lsp.Runnable{URI: uri, Args: []string{"x"}}).Wait(&result); err != nil || result.ExitCode != 3 || result.Output != "one\ntwo\nthree" {
		t.Errorf("%v %+v", err, result)
	}
	if seen.Path != "/proj/a.lua" || !slices.Equal(seen.Args, []string{"x"}) || seen.Text != "local function test_a() end\nreturn 1\n" {
		t.Errorf("%+v", seen)
	}
	for _, line := range []string{"one", "two", "three"} {
		c.Await("window/logMessage", func(p json.RawMessage) bool { return strings.Contains(string(p), `"`+line+`"`) })
	}
	if err := run(lsp.Runnable{URI: uri, Function: "test_a"}).Wait(nil); err != nil || seen.Text != "local function test_a() end\nlocal returned = 1\n\ntest_a() return returned\n" {
		t.Errorf("%v %q", err, seen.Text)
	}
	if err := run(uri).Wait(nil); err == nil || err.Code != -32602 || err.Message != "the parameters cannot be string: give an object" {
		t.Error(err)
	}
	if err := c.Begin("workspace/executeCommand", map[string]any{"command": "llmspell.run"}).Wait(nil); err == nil || err.Code != -32602 || !strings.Contains(err.Message, `an object with "uri"`) {
		t.Error(err)
	}
	if err := run(lsp.Runnable{URI: uri, Function: "test_b"}).Wait(nil); err == nil || !strings.Contains(err.Message, "no function test_b") {
		t.Error(err)
	}
	if err := run(lsp.Runnable{URI: "file:///proj/none.lua"}).Wait(nil); err == nil || !strings.Contains(err.Message, "open or save it") {
		t.Error(err)
	}
	c.Change(uri, protocol.ContentChange{Text: "-- broken"})
	if err := run(lsp.Runnable{URI: uri}).Wait(nil); err == nil || !strings.Contains(err.Message, "no such thing") {
		t.Error(err)
	}
	// A script that does not end is stopped: by the command, by the client's cancel, and by the button of its progress.
	c.Change(uri, protocol.ContentChange{Text: "-- forever"})
	started := func() {
		c.Await("window/logMessage", func(p json.RawMessage) bool { return strings.Contains(string(p), `"one"`) })
	}
	for len(c.Arrived("window/logMessage")) > 0 {
		c.Await("window/logMessage", nil)
	}
	p := run(lsp.Runnable{URI: uri})
	started()
	var stopped struct{ Stopped int }
	c.Call("workspace/executeCommand", map[string]any{"command": "llmspell.stop", "arguments": []any{map[string]any{"uri": uri}}}, &stopped)
	if err := p.Wait(nil); stopped.Stopped != 1 || err == nil || !strings.Contains(err.Message, "was stopped") {
		t.Errorf("%v %v", stopped, err)
	}
	p = run(lsp.Runnable{URI: uri})
	started()
	c.Notify("$/cancelRequest", map[string]any{"id": p.ID})
	if err := p.Wait(nil); err == nil || err.Code != -32800 {
		t.Error(err)
	}
	for len(c.Arrived("$/progress")) > 0 {
		c.Await("$/progress", nil)
	}
	p = run(lsp.Runnable{URI: uri})
	var begun struct{ Token any }
	_ = json.Unmarshal(c.Await("$/progress", func(p json.RawMessage) bool { return strings.Contains(string(p), "running a.lua") }), &begun)
	started()
	c.Notify("window/workDoneProgress/cancel", map[string]any{"token": begun.Token})
	if err := p.Wait(nil); err == nil || !strings.Contains(err.Message, "was stopped") {
		t.Error(err)
	}
}

func TestExportAndReload(t *testing.T) {
	reloaded := 0
	c := lsptest.Serve(t, lsp.New(lsp.Options{Catalog: catalog.Builtin, Reload: func(context.Context) error {
		if reloaded++; reloaded > 1 {
			return errors.New("the file is gone")
		}
		return nil
	}}).ServeConn)
	c.Initialize(nil)
	dir := filepath.Join(t.TempDir(), "stubs")
	c.Call("workspace/executeCommand", map[string]any{"command": "llmspell.exportMeta", "arguments": []any{map[string]any{"folder": protocol.FileURI(dir)}}}, nil)
	if text, err := os.ReadFile(filepath.Join(dir, "tools.lua")); err != nil || !strings.Contains(string(text), "calculator") {
		t.Errorf("%v %.100s", err, text)
	}
	if e := c.CallError("workspace/executeCommand", map[string]any{"command": "llmspell.exportMeta", "arguments": []any{map[string]any{"folder": "http://x"}}}); !strings.Contains(e.Message, "no folder") {
		t.Error(e)
	}
	if e := c.CallError("workspace/executeCommand", map[string]any{"command": "llmspell.exportMeta"}); e.Code != -32602 {
		t.Error(e)
	}
	var tools struct{ Tools int }
	if c.Call("workspace/executeCommand", map[string]any{"command": "llmspell.reload"}, &tools); tools.Tools == 0 || reloaded != 1 {
		t.Errorf("%v, reloaded %d times", tools, reloaded)
	}
	if e := c.CallError("workspace/executeCommand", map[string]any{"command": "llmspell.reload"}); !strings.Contains(e.Message, "the file is gone") {
		t.Error(e)
	}
}

// A definition comes as a link to clients that take links, with the range that leads there.
func TestDefinitionLinks(t *testing.T) {
	c := start(t)
	c.Initialize(map[string]any{"capabilities": capable(map[string]any{"textDocument.definition.linkSupport": true})})
	c.Open(uri, "local abc = 1\nprint(abc)\n")
	var list []protocol.LocationLink
	c.Call("textDocument/definition", lsptest.At(uri, 1, 7), &list)
	if len(list) != 1 || list[0].OriginSelectionRange == nil || *list[0].OriginSelectionRange != (protocol.Range{Start: protocol.Position{Line: 1, Character: 6}, End: protocol.Position{Line: 1, Character: 9}}) ||
		list[0].TargetSelectionRange.Start != (protocol.Position{Line: 0, Character: 6}) {
		t.Errorf("%+v", list)
	}
}

// Clients without documentChanges get changes by their files.
func TestRenameWithoutVersions(t *testing.T) {
	c := start(t)
	c.Initialize(map[string]any{"capabilities": map[string]any{}})
	c.Open(uri, "local abc = 1\nprint(abc)\n")
	var e protocol.WorkspaceEdit
	c.Call("textDocument/rename", protocol.RenameParams{PositionParams: lsptest.At(uri, 1, 7), NewName: "x"}, &e)
	if len(e.Changes[uri]) != 2 || e.DocumentChanges != nil {
		t.Errorf("%+v", e)
	}
}
