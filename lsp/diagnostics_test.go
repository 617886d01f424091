package lsp_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

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

// TestSlowCheckWaits: while somebody types in a file whose check takes long, none is begun with
// each key.
func TestSlowCheckWaits(t *testing.T) {
	for _, tt := range []struct {
		takes       time.Duration
		keys        int
		least, most int32 // checks
	}{{10 * time.Millisecond, 50, 40, 60}, {200 * time.Millisecond, 50, 1, 3}} {
		synctest.Test(t, func(t *testing.T) {
			var begun atomic.Int32
			check := func(ctx context.Context, _ *analysis.Snapshot, f *analysis.File) []lint.Finding {
				begun.Add(1)
				select {
				case <-ctx.Done():
				case <-time.After(tt.takes):
				}
				return nil
			}
			c := lsptest.Serve(t, lsp.New(lsp.Options{Check: check}).ServeConn)
			c.Initialize(nil)
			c.Open(uri, "a = 1\n")
			c.Diagnostics(uri)
			begun.Store(0)
			for range tt.keys {
				c.Change(uri, lsptest.Replace(0, 0, 0, 0, "b"))
				time.Sleep(100 * time.Millisecond)
			}
			time.Sleep(5 * time.Second)
			synctest.Wait()
			if n := begun.Load(); n < tt.least || n > tt.most {
				t.Errorf("%d keys, of a file whose check takes %v: %d checks, want %d to %d", tt.keys, tt.takes, n, tt.least, tt.most)
			}
			c.Shutdown()
		})
	}
}
