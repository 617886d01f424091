package lsp_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/llmspell/llmspell/lsp"
	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/lint"
	"github.com/llmspell/llmspell/lsp/lsptest"
)

// TestCheckOvertaken changes a file while it is checked: the check is given up, and what it
// has found is not sent; that of the new text is.
func TestCheckOvertaken(t *testing.T) {
	var calls atomic.Int32
	begun := make(chan struct{})
	check := func(ctx context.Context, _ *analysis.Snapshot, f *analysis.File) []lint.Finding {
		if calls.Add(1) == 1 {
			close(begun)
			<-ctx.Done()
		}
		return []lint.Finding{{Code: "test", Message: "the text is " + f.Text(), End: 1}}
	}
	c := lsptest.Serve(t, lsp.New(lsp.Options{Check: check}).ServeConn)
	c.Initialize(nil)
	c.Open(uri, "a = 1\n")
	<-begun
	c.Change(uri, lsptest.Replace(0, 0, 0, 1, "b"))
	if list := c.Diagnostics(uri); len(list) != 1 || list[0].Message != "the text is b = 1\n" {
		t.Errorf("the findings are %+v", list)
	}
}
