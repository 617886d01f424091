package lint

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/internal/luagen"
	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/catalog"
)

// BenchmarkCheckEdited checks a script of 5,000 lines after each edit of a function in its middle.
func BenchmarkCheckEdited(b *testing.B) {
	text := luagen.KernelScript(5000)
	at := len(text) / 2
	at += strings.Index(text[at:], "local total = 0\n")
	f := analysis.NewFile("file:///a.lua", "", 1, text)
	base := analysis.NewSnapshot(nil, catalog.Builtin())
	Check(b.Context(), base.WithFile(f), f)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		f = f.Edited(int32(i)+2, text[:at]+[]string{"local extra = M.new(1)\n\t", "print(total0)\n\t"}[i%2]+text[at:])
		Check(b.Context(), base.WithFile(f), f)
	}
}
