package analysis_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/catalog"
)

// BenchmarkRegistered is what a new text of a file costs that registers twenty tools.
func BenchmarkRegistered(b *testing.B) {
	var text strings.Builder
	for i := range 20 {
		fmt.Fprintf(&text, `Tool.register({name = "tool-%d", description = "Does something.", parameters = {
	{name = "who", type = "string", required = true, description = "Whom."},
	{name = "tone", type = "string", enum = {"kind", "gruff"}}, {name = "n", type = "integer", minimum = 1}},
	execute = function(p) return p.who end})
`, i)
	}
	snap := analysis.NewSnapshot(nil, catalog.Builtin())
	b.ReportAllocs()
	for b.Loop() {
		f := analysis.NewFile("file:///a.lua", "", 1, text.String())
		f.Vars()
		if c := snap.WithFile(f).CatalogOf(f); c.Tool("tool-7") == nil {
			b.Fatal("the tool is not known")
		}
	}
}
