package lsp

import (
	"context"

	"github.com/llmspell/llmspell/lsp/protocol"
)

// references answers textDocument/references, over the whole workspace.
func references() feature {
	return on("textDocument/references", func(ctx context.Context, r *request, p *protocol.ReferenceParams) ([]protocol.Location, error) {
		out := []protocol.Location{}
		sym, _, ok := r.snap.SymbolAt(r.file, r.offset(p.Position))
		if !ok {
			return out, nil
		}
		for _, ref := range r.snap.References(ctx, sym) {
			if ref.Declaration && !p.Context.IncludeDeclaration {
				continue
			}
			if l, ok := r.location(ref.Location); ok {
				out = append(out, l)
			}
		}
		return out, ctx.Err()
	}, func(_ *session, c *protocol.ServerCapabilities) { c.ReferencesProvider = true })
}
