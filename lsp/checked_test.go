package lsp_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/llmspell/llmspell/lsp"
	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/lint"
	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// TestActionsCheckOnce: a cursor that moves does not check the file again, a change does.
func TestActionsCheckOnce(t *testing.T) {
	var times atomic.Int32
	check := func(_ context.Context, _ *analysis.Snapshot, f *analysis.File) []lint.Finding {
		times.Add(1)
		at := strings.Index(f.Text(), "bad")
		if at < 0 {
			return nil
		}
		fix := lint.Fix{Title: "Mend", Edits: []lint.Edit{{Start: at, End: at + 3, Text: "good"}}}
		return []lint.Finding{{Start: at, End: at + 3, Severity: lint.Warning, Code: "bad", Message: "bad", Fixes: []lint.Fix{fix}}}
	}
	c := lsptest.Serve(t, lsp.New(lsp.Options{Check: check}).ServeConn)
	c.Initialize(nil)
	c.Open(uri, "local x = bad\nreturn x\n")
	c.Diagnostics(uri)
	mends := func(from, to uint32) (n int) {
		at := protocol.Range{Start: protocol.Position{Character: from}, End: protocol.Position{Character: to}}
		for _, a := range actions(c, uri, []string{"quickfix"}, []protocol.Diagnostic{}, at) {
			if a.Title == "Mend" {
				n++
			}
		}
		return n
	}
	if mends(10, 13) != 1 {
		t.Fatal("not offered")
	}
	before := times.Load()
	for i := range uint32(5) {
		if n := mends(10+i%3, 10+i%3); n != 1 {
			t.Fatal(i, n)
		}
	}
	if now := times.Load(); now != before {
		t.Errorf("checked %d times more", now-before)
	}
	c.Change(uri, lsptest.Replace(0, 10, 0, 13, "good"))
	if n := mends(10, 14); n != 0 || times.Load() == before {
		t.Error("the old text's findings are used")
	}
}
