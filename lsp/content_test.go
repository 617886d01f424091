package lsp_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// Documents of the server's own that an editor shows, as after "go to definition" of print, are
// none of the workspace: what they declare is no reason against a rename, no symbol and no finding.
func TestReadOnlyDocuments(t *testing.T) {
	c := startTools(t)
	uri := protocol.FileURI(filepath.Join(folder(t, nil), "a.lua"))
	c.Open(uri, "function mine() end\nprint(mine())\nState.set(\"key\", 1)\nEvent.publish(\"made.here\", {})\n")
	content := func(of protocol.URI) string {
		var r protocol.TextDocumentContentResult
		c.Call("workspace/textDocumentContent", protocol.TextDocumentContentParams{URI: of}, &r)
		return r.Text
	}
	outline := func(of protocol.URI) (names []string) {
		var list []protocol.DocumentSymbol
		c.Call("textDocument/documentSymbol", protocol.DocumentSymbolParams{DocumentParams: protocol.DocumentParams{TextDocument: lsptest.Document(of)}}, &list)
		for _, x := range list {
			names = append(names, x.Name)
		}
		return names
	}
	const basic protocol.URI = "llmspell-library:/lua/basic.lua"
	before := outline(basic)
	if !slices.Contains(before, "print") {
		t.Fatalf("%v", before)
	}
	for _, own := range []protocol.URI{basic, "llmspell-library:/state.lua", "llmspell-library:/event.lua", "llmspell-schema:calculator"} {
		text := content(own)
		if text == "" {
			t.Fatalf("%s is empty", own)
		}
		c.Open(own, text)
		c.Change(own, protocol.ContentChange{Text: text}) // no editor should
	}
	if got := outline(basic); !slices.Equal(got, before) {
		t.Errorf("%v, not %v", got, before)
	}
	if n := status(c).Open; n != 1 {
		t.Errorf("%d files are open", n)
	}
	for _, at := range []protocol.Position{{Line: 0, Character: 10}, {Line: 2, Character: 12}, {Line: 3, Character: 18}} {
		var edit *protocol.WorkspaceEdit
		p := map[string]any{"textDocument": lsptest.Document(uri), "position": at, "newName": "other"}
		if err := c.Begin("textDocument/rename", p).Wait(&edit); err != nil || edit == nil {
			t.Errorf("%v: %v", at, err)
		}
	}
	err := c.CallError("textDocument/rename", map[string]any{"textDocument": lsptest.Document(uri), "position": protocol.Position{Line: 1, Character: 2}, "newName": "other"})
	if err == nil || !strings.Contains(err.Message, "part of llmspell") {
		t.Errorf("print: %v", err)
	}
	var symbols []protocol.WorkspaceSymbol
	c.Call("workspace/symbol", map[string]any{"query": "print"}, &symbols)
	if len(symbols) != 0 {
		t.Errorf("%+v", symbols)
	}
	c.Close(basic)
	if got := outline(basic); !slices.Equal(got, before) {
		t.Errorf("after it was closed: %v", got)
	}
	c.Shutdown()
}
