package lsp_test

import (
	"testing"

	"github.com/llmspell/llmspell/lsp/protocol"
)

// TestBinaryFiles: what looks like names in compiled Lua, or in UTF-16, is offered nowhere.
func TestBinaryFiles(t *testing.T) {
	dir := folder(t, map[string]string{"compiled.lua": "\x1bLua\x00\nnoise = 1", "text.lua": "signal = 1"})
	c := start(t)
	c.Initialize(folders(dir))
	until(t, "the index", func() bool { return status(c).Files == 2 })
	var found []protocol.SymbolInformation
	c.Call("workspace/symbol", map[string]any{"query": "noise"}, &found)
	if len(found) != 0 {
		t.Errorf("%+v", found)
	}
	c.Call("workspace/symbol", map[string]any{"query": "signal"}, &found)
	if len(found) != 1 {
		t.Errorf("%+v", found)
	}
	c.Shutdown()
}
