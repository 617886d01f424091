package lsp_test

import (
	"context"
	"slices"
	"testing"

	"github.com/llmspell/llmspell/lsp"
	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// What a debug session of the same process knows comes with its value; the client asks its
// debugger for the rest.
func TestInlineValuesOfThisProcess(t *testing.T) {
	text := "local a = {b = 1}\nlocal c = a.b\nprint(a, c, c)\n"
	var asked []string
	c := lsptest.Serve(t, lsp.New(lsp.Options{Values: func(_ context.Context, path string, line, frame int, expressions []string) map[string]string {
		if path != "/proj/a.lua" || line != 3 || frame != 7 {
			t.Errorf("asked for %s:%d, frame %d", path, line, frame)
		}
		asked = append(asked, expressions...)
		return map[string]string{"c": "1", "a.b": "1"}
	}}).ServeConn)
	c.Initialize(nil)
	c.Open(uri, text)
	stop := protocol.Range{Start: protocol.Position{Line: 2}, End: protocol.Position{Line: 2}}
	var list []struct {
		Text, VariableName, Expression string
		Range                          protocol.Range
	}
	c.Call("textDocument/inlineValue", protocol.InlineValueParams{
		DocumentParams: protocol.DocumentParams{TextDocument: lsptest.Document(uri)},
		Range:          protocol.Range{End: protocol.Position{Line: 99}}, Context: protocol.InlineValueContext{FrameID: 7, StoppedLocation: stop},
	}, &list)
	var got []string
	for _, v := range list {
		got = append(got, v.Text+v.VariableName+v.Expression)
	}
	if want := []string{"a", "c = 1", "a", "a.b = 1", "a", "c = 1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if want := []string{"a", "c", "a.b"}; !slices.Equal(asked, want) {
		t.Errorf("asked for %q, want each once: %q", asked, want)
	}
}
