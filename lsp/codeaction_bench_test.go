package lsp_test

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/internal/luagen"
	"github.com/llmspell/llmspell/lsp"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// BenchmarkCodeActions asks for the actions at a cursor that moves, as editors do to show a lamp.
func BenchmarkCodeActions(b *testing.B) {
	c := lsptest.Serve(b, lsp.New(lsp.Options{Catalog: catalog.Builtin}).ServeConn)
	c.Initialize(nil)
	text := luagen.KernelScript(5000) + "\nreturn M\n"
	c.Open(uri, text)
	c.Diagnostics(uri)
	lines := uint32(strings.Count(text, "\n"))
	line := uint32(0)
	b.ReportAllocs()
	start := cpuTime()
	for b.Loop() {
		line = (line + 37) % lines
		at := protocol.Position{Line: line, Character: 8}
		actions(c, uri, nil, []protocol.Diagnostic{}, protocol.Range{Start: at, End: at})
	}
	b.ReportMetric(float64((cpuTime()-start).Microseconds())/1000/float64(b.N), "cpu-ms/op")
}
