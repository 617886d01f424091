package lsp

import (
	"cmp"
	"context"
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// references answers textDocument/references, over the whole workspace.
func references() feature {
	return on("textDocument/references", func(ctx context.Context, r *request, p *protocol.ReferenceParams) ([]protocol.Location, error) {
		out := []protocol.Location{}
		offset := r.offset(p.Position)
		sym, at, ok := r.snap.SymbolAt(r.file, offset)
		if !ok {
			if sym, at, ok = r.keyAt(offset); !ok {
				return out, nil
			}
		}
		refs, err := r.referencesOf(ctx, sym, at)
		if err != nil {
			return nil, err
		}
		for _, ref := range refs {
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

// referencesOf are all places that name the symbol at a place; of a field also those that a
// renaming changes with it.
func (r *request) referencesOf(ctx context.Context, sym analysis.Symbol, at types.Location) ([]analysis.Reference, error) {
	var refs []analysis.Reference
	if sym.Kind != analysis.FieldSymbol || sym.URI != "" { // else no more is known of it than its name
		refs = r.snap.References(ctx, sym)
	}
	if sym.Kind != analysis.FieldSymbol {
		return refs, nil
	}
	more, err := r.snap.FieldPlaces(ctx, r.file, at.Start)
	if err != nil {
		return nil, err
	}
	known := map[types.Location]bool{}
	for _, ref := range refs {
		known[ref.Location] = true
	}
	for _, l := range more {
		if !known[l] {
			refs = append(refs, analysis.Reference{Location: l})
		}
	}
	slices.SortStableFunc(refs, func(a, b analysis.Reference) int {
		return cmp.Or(cmp.Compare(a.URI, b.URI), cmp.Compare(a.Start, b.Start))
	})
	return refs, nil
}
