package lsp_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// published waits until the client has findings of a file that the test accepts.
func published(c *lsptest.Client, path string, accept func([]protocol.Diagnostic) bool) {
	c.Await("textDocument/publishDiagnostics", func(params json.RawMessage) bool {
		var p protocol.PublishDiagnosticsParams
		return json.Unmarshal(params, &p) == nil && p.URI == protocol.FileURI(path) && accept(p.Diagnostics)
	})
}

// TestSettingFaults: what is not understood in settings is shown in the file that it is in,
// and what is in no file as a message.
func TestSettingFaults(t *testing.T) {
	dir := folder(t, map[string]string{
		".luacheckrc": "std = 'max'\nglobls = {'x'}\nstd = 'nope'\n", ".luarc.json": `{"diagnostics.disable": ["unused-locl", "need-check-nil"]}`, "a.lua": "return 1",
	})
	rc := filepath.Join(dir, ".luacheckrc")
	c := start(t)
	params := folders(dir)
	params["initializationOptions"] = map[string]any{"diagnostics": map[string]any{"severity": map[string]any{"unused-lable": "off", "secret": "fatal", "unused-local": "hint"}, "disable": []string{"nonsense"}}}
	c.Initialize(params)
	published(c, rc, func(list []protocol.Diagnostic) bool {
		return len(list) == 2 && list[0].Range.Start.Line == 1 && list[0].Range.End.Character == 6 && strings.Contains(list[0].Message, `did you mean "globals"?`) &&
			list[1].Range.Start.Line == 2 && strings.Contains(list[1].Message, `no standard "nope"`) && list[0].Code == "settings"
	})
	published(c, filepath.Join(dir, ".luarc.json"), func(list []protocol.Diagnostic) bool {
		return len(list) == 1 && list[0].Range.Start.Character == 25 && strings.Contains(list[0].Message, `did you mean "unused-local"?`)
	})
	for _, want := range []string{`llmspell.diagnostics.severity: there is no rule named "unused-lable"; did you mean "unused-label"?`, `secret: there is no severity "fatal"`, `llmspell.diagnostics.disable: there is no rule named "nonsense"`} {
		c.Await("window/showMessage", func(params json.RawMessage) bool {
			var p protocol.ShowMessageParams
			return json.Unmarshal(params, &p) == nil && strings.Contains(p.Message, want)
		})
	}
	// Of an open file it is said as of any other, while it is typed.
	c.Open(protocol.FileURI(rc), "globals = {'x'}\nonyl = {'1'}\n")
	published(c, rc, func(list []protocol.Diagnostic) bool {
		return len(list) == 1 && list[0].Range.Start.Line == 1 && list[0].Code == "settings"
	})
	c.Close(protocol.FileURI(rc))
	published(c, rc, func(list []protocol.Diagnostic) bool { return len(list) == 2 })
	write(t, rc, "globals = {'x'}\n")
	c.Notify("workspace/didChangeWatchedFiles", protocol.DidChangeWatchedFilesParams{Changes: []protocol.FileEvent{{URI: protocol.FileURI(rc), Type: protocol.FileChanged}}})
	published(c, rc, func(list []protocol.Diagnostic) bool { return len(list) == 0 })
}

// TestSettingsOfFolders: the files with settings of one folder of a workspace say nothing of its
// neighbours, and the editor's settings win in all.
func TestSettingsOfFolders(t *testing.T) {
	one := folder(t, map[string]string{".luarc.json": `{"diagnostics.globals": ["mine"], "diagnostics.disable": ["unused-local"]}`})
	two := folder(t, nil)
	c := start(t)
	params := folders(one, two)
	params["initializationOptions"] = map[string]any{"diagnostics": map[string]any{"disable": []string{"unused-label"}}}
	c.Initialize(params)
	for dir, want := range map[string]string{one: "", two: "undefined-global unused-local"} {
		uri := protocol.FileURI(filepath.Join(dir, "a.lua"))
		c.Open(uri, "print(mine)\nlocal x = 1\n::label::\n")
		var got []string
		for _, d := range c.Diagnostics(uri) {
			got = append(got, d.Code)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, not %q", dir, got, want)
		}
	}
}

// TestWrongSettings: settings that cannot be taken are told by their names, each once, and all
// others count.
func TestWrongSettings(t *testing.T) {
	c := start(t)
	said := func(want string) {
		t.Helper()
		c.Await("window/showMessage", func(params json.RawMessage) bool {
			var p protocol.ShowMessageParams
			return json.Unmarshal(params, &p) == nil && p.Message == "llmspell: "+want
		})
	}
	c.Initialize(map[string]any{"capabilities": lsptest.Modern(), "initializationOptions": map[string]any{
		"token": "of the server", "hints": map[string]any{"enable": nil, "tpyes": true},
		"diagnostics": map[string]any{"disable": "unused-local", "delay": 1.5, "severity": map[string]any{"undefined-global": "information"}},
	}})
	said(`the setting llmspell.diagnostics.delay must be a whole number, not 1.5`)
	said(`the setting llmspell.diagnostics.disable must be a list of strings, not "unused-local"`)
	said(`there is no setting llmspell.hints.tpyes; did you mean llmspell.hints.types?`)
	c.Open("untitled:a", "local x = y\n")
	found := c.Diagnostics("untitled:a")
	if len(found) != 2 {
		t.Errorf("%+v", found)
	}
	for _, d := range found {
		if want := map[string]protocol.Severity{"undefined-global": protocol.SeverityInformation, "unused-local": protocol.SeverityHint}[d.Code]; d.Severity != want {
			t.Errorf("%+v", d)
		}
	}
	settings := func(own any) {
		c.Notify("workspace/didChangeConfiguration", map[string]any{"settings": map[string]any{"llmspell": own}})
	}
	settings(map[string]any{"path": "an editor's own", "completion": []int{1}, "codeLens": map[string]any{"run": "no"}, "workspace": map[string]any{"globals": []string{"y"}}})
	said(`the setting llmspell.codeLens.run must be true or false, not "no"`)
	said(`the setting llmspell.completion must be an object, not [1]`)
	c.Await("textDocument/publishDiagnostics", func(params json.RawMessage) bool {
		var p protocol.PublishDiagnosticsParams
		return json.Unmarshal(params, &p) == nil && len(p.Diagnostics) == 1 && p.Diagnostics[0].Code == "unused-local"
	})
	settings(7)
	said(`the setting llmspell must be an object, not 7`)
	for _, m := range c.Arrived("window/showMessage") {
		if strings.Contains(string(m), "token") || strings.Contains(string(m), "path") {
			t.Errorf("%s", m)
		}
	}
	if n := strings.Count(fmt.Sprintf("%s", c.Arrived("window/showMessage")), "must be a whole number"); n != 0 {
		t.Errorf("it is told %d times more", n)
	}
}

// TestSeveritySetting: the editor's settings switch findings on and off.
func TestSeveritySetting(t *testing.T) {
	dir := folder(t, map[string]string{".luarc.json": `{"diagnostics.severity": {"unused-local": "error"}}`})
	uri := protocol.FileURI(filepath.Join(dir, "a.lua"))
	codes := func(list []protocol.Diagnostic) string {
		var out []string
		for _, d := range list {
			out = append(out, d.Code+" "+string('0'+rune(d.Severity)))
		}
		slices.Sort(out)
		return strings.Join(out, ", ")
	}
	c := start(t)
	c.Initialize(folders(dir))
	c.Open(uri, "local x = 1\nfor i, v in pairs({}) do local x = v end\n")
	if got, want := codes(c.Diagnostics(uri)), "shadowed-local 4, unused-local 1, unused-local 1"; got != want {
		t.Errorf("findings %s, not %s", got, want)
	}
	c.Notify("workspace/didChangeConfiguration", map[string]any{"settings": map[string]any{"llmspell": map[string]any{"diagnostics": map[string]any{
		"severity": map[string]any{"unused-loop-variable": "warning", "211": "off", "shadowed-local": "information"}}}}})
	published(c, filepath.Join(dir, "a.lua"), func(list []protocol.Diagnostic) bool {
		return codes(list) == "shadowed-local 3, unused-local 1, unused-local 1, unused-loop-variable 2"
	})
	c.Notify("workspace/didChangeConfiguration", map[string]any{"settings": map[string]any{"llmspell": map[string]any{"diagnostics": map[string]any{
		"severity": map[string]any{"unused-local": "off"}, "disable": []string{"shadowed-local"}}}}})
	published(c, filepath.Join(dir, "a.lua"), func(list []protocol.Diagnostic) bool { return len(list) == 0 })
}

// many are enough files for an index that the client sees the progress of; one defines
// SharedOne.
func many(t *testing.T) string {
	files := map[string]string{"zz.lua": "SharedOne = 1\n"}
	for i := range 300 {
		files[fmt.Sprintf("m%03d.lua", i)] = "local M = {}\nreturn M\n"
	}
	return folder(t, files)
}

// TestFindingsAfterIndex: when the files of the workspace are known, findings that were sent
// before are sent again.
func TestFindingsAfterIndex(t *testing.T) {
	dir := many(t)
	c := start(t)
	c.Initialize(folders(dir))
	path := filepath.Join(dir, "a.lua")
	c.Open(protocol.FileURI(path), "print(SharedOne, SharedTwo)\n")
	published(c, path, func(list []protocol.Diagnostic) bool {
		return len(list) == 1 && strings.Contains(list[0].Message, "SharedTwo")
	})
}

// TestPullBeforeIndex: a client that asks for findings, and cannot be told to ask again, is
// not shown globals of files that are not known yet as undefined.
func TestPullBeforeIndex(t *testing.T) {
	dir := many(t)
	c := start(t)
	caps := lsptest.Modern()
	caps["textDocument"].(map[string]any)["diagnostic"] = map[string]any{}
	params := folders(dir)
	params["capabilities"] = caps
	c.Initialize(params)
	uri := protocol.FileURI(filepath.Join(dir, "a.lua"))
	c.Open(uri, "print(SharedOne, SharedTwo)\n")
	var report protocol.DiagnosticReport
	c.Call("textDocument/diagnostic", protocol.DiagnosticParams{DocumentParams: protocol.DocumentParams{TextDocument: lsptest.Document(uri)}}, &report)
	if len(report.Items) != 1 || !strings.Contains(report.Items[0].Message, "SharedTwo") {
		t.Errorf("%+v", report.Items)
	}
}
