package lsp_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
)

func codes(list []protocol.Diagnostic) []string {
	out := []string{}
	for _, d := range list {
		out = append(out, d.Code)
	}
	return out
}

// TestTyping writes a call letter by letter: nothing is said of what is not finished, and
// all of it after a while.
func TestTyping(t *testing.T) {
	c := withTools(t)
	c.Initialize(nil)
	const before = `return Tool.execute("file-operations", {path="x", `
	c.Open(uri, before+"})\n")
	if got := codes(c.Diagnostics(uri)); !slices.Equal(got, []string{"missing-parameter"}) {
		t.Fatalf("%q", got)
	}
	at := uint32(len(before))
	c.Change(uri, lsptest.Replace(0, at, 0, at, "o"))
	if got := codes(c.Diagnostics(uri)); len(got) != 0 {
		t.Errorf("while a key is written: %q", got)
	}
	last := time.Now()
	c.Change(uri, lsptest.Replace(0, at+1, 0, at+1, "p"))
	// Then nothing happens, and what was held back comes. On a busy machine so does, before
	// that, what the first letter alone would mean.
	c.Await("textDocument/publishDiagnostics", func(params json.RawMessage) bool {
		var p protocol.PublishDiagnosticsParams
		return json.Unmarshal(params, &p) == nil && slices.Equal(codes(p.Diagnostics), []string{"missing-parameter", "unknown-parameter", "undefined-global"})
	})
	if took := time.Since(last); took < 900*time.Millisecond {
		t.Errorf("it came %v after the last letter", took)
	}
	c.Shutdown()
}

// TestTypingElsewhere: a finding counts at once where nobody types, after a paste, and
// when the file is saved.
func TestTypingElsewhere(t *testing.T) {
	c := withTools(t)
	c.Initialize(nil)
	uri := uri // one for each part: closing publishes too
	open := func() {
		uri += "x.lua"
		c.Open(uri, "local tool = Tool.get('calculator')\nreturn tool, \n")
		if got := codes(c.Diagnostics(uri)); !slices.Equal(got, []string{"syntax"}) {
			t.Fatalf("%q", got)
		}
	}
	open()
	c.Change(uri, lsptest.Replace(1, 13, 1, 13, "nope"))
	if got := codes(c.Diagnostics(uri)); len(got) != 0 {
		t.Errorf("the name is being written: %q", got)
	}
	c.Change(uri, lsptest.Replace(1, 7, 1, 7, " "))
	if got := codes(c.Diagnostics(uri)); !slices.Equal(got, []string{"undefined-global"}) {
		t.Errorf("the change is elsewhere: %q", got)
	}
	open()
	c.Change(uri, lsptest.Replace(1, 13, 1, 13, "nope"))
	c.Diagnostics(uri)
	c.Notify("textDocument/didSave", map[string]any{"textDocument": lsptest.Document(uri)})
	c.Await("textDocument/publishDiagnostics", func(params json.RawMessage) bool { return strings.Contains(string(params), "undefined-global") })
	open()
	c.Change(uri, lsptest.Replace(1, 13, 1, 13, "nope\n"))
	if got := codes(c.Diagnostics(uri)); !slices.Equal(got, []string{"undefined-global"}) {
		t.Errorf("a paste: %q", got)
	}
	c.Shutdown()
}

// TestTypingPull: a client that asks is told to ask again.
func TestTypingPull(t *testing.T) {
	for _, refresh := range []bool{true, false} {
		c := withTools(t)
		caps := lsptest.Modern()
		caps["textDocument"].(map[string]any)["diagnostic"] = map[string]any{}
		caps["workspace"].(map[string]any)["diagnostics"] = map[string]any{"refreshSupport": refresh}
		refreshed := make(chan struct{}, 100)
		c.OnRequest("workspace/diagnostic/refresh", func(json.RawMessage) (any, error) {
			refreshed <- struct{}{}
			return nil, nil
		})
		c.Initialize(map[string]any{"capabilities": caps})
		c.Open(uri, "return \n")
		c.Change(uri, lsptest.Replace(0, 7, 0, 7, "nope"))
		ask := func() []string {
			var r protocol.DiagnosticReport
			c.Call("textDocument/diagnostic", protocol.DiagnosticParams{DocumentParams: protocol.DocumentParams{TextDocument: lsptest.Document(uri)}}, &r)
			return codes(r.Items)
		}
		got := ask()
		if !refresh {
			if !slices.Equal(got, []string{"undefined-global"}) {
				t.Errorf("who cannot be told to ask again is told at once: %q", got)
			}
			c.Shutdown()
			continue
		}
		if len(got) != 0 {
			t.Errorf("%q", got)
		}
		for len(got) == 0 { // the scan of the workspace may refresh first
			select {
			case <-refreshed:
				got = ask()
			case <-time.After(lsptest.Timeout):
				t.Fatal("no refresh")
			}
		}
		if !slices.Equal(got, []string{"undefined-global"}) {
			t.Errorf("%q", got)
		}
		c.Shutdown()
	}
}
