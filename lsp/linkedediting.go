package lsp

import (
	"context"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// linkedEditingRange answers textDocument/linkedEditingRange: where a local variable is
// declared, its uses are edited with it. Where it is used they are not: there a person
// may well want another variable.
func linkedEditingRange() feature {
	return on("textDocument/linkedEditingRange", func(_ context.Context, r *request, p *protocol.LinkedEditingRangeParams) (*protocol.LinkedEditingRanges, error) {
		sym, at, ok := r.snap.SymbolAt(r.file, r.offset(p.Position))
		if !ok || sym.Kind != analysis.LocalSymbol || sym.Decl != at.Start {
			return nil, nil
		}
		out := &protocol.LinkedEditingRanges{WordPattern: "[A-Za-z_][A-Za-z0-9_]*"}
		for _, ref := range r.snap.ReferencesIn(r.file, sym) {
			out.Ranges = append(out.Ranges, r.span(ref.Start, ref.End))
		}
		return out, nil
	}, func(_ *session, c *protocol.ServerCapabilities) { c.LinkedEditingRangeProvider = true })
}
