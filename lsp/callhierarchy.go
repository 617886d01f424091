package lsp

import (
	"cmp"
	"context"
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// prepareCallHierarchy answers textDocument/prepareCallHierarchy: the functions that are
// named at a position, or the one around it.
func prepareCallHierarchy() feature {
	return on("textDocument/prepareCallHierarchy", func(_ context.Context, r *request, p *protocol.CallHierarchyPrepareParams) ([]protocol.HierarchyItem, error) {
		offset := r.offset(p.Position)
		var out []protocol.HierarchyItem
		if sym, _, ok := r.snap.SymbolAt(r.file, offset); ok {
			for _, c := range r.callables(sym) {
				out = append(out, r.callable(c))
			}
			return out, nil
		}
		if at := r.file.Tree().TokenAt(offset); at >= 0 && r.file.Tree().TokenKind(at) == syntax.FunctionToken {
			out = append(out, r.callable(callableAround(r.file, r.file.Tree().NodeAt(offset))))
		}
		return out, nil
	}, func(_ *session, c *protocol.ServerCapabilities) { c.CallHierarchyProvider = true })
}

// incomingCalls answers callHierarchy/incomingCalls, over the whole workspace.
func incomingCalls() feature {
	return on("callHierarchy/incomingCalls", func(ctx context.Context, r *request, p *protocol.HierarchyParams) ([]protocol.IncomingCall, error) {
		out := []protocol.IncomingCall{}
		sym, _, ok := r.snap.SymbolAt(r.file, r.offset(p.Item.SelectionRange.Start))
		if !ok {
			return out, nil // a file, or a function without a name: nobody calls it by one
		}
		of := declOf(r.snap.TypeOf(r.file, r.file.Tree().NodeAt(r.offset(p.Item.SelectionRange.Start))))
		at := map[types.Location]int{}
		for i, name := range append([]analysis.Symbol{sym}, r.snap.Aliases(ctx, sym)...) {
			for _, ref := range r.snap.References(ctx, name) {
				f := r.snap.File(ref.URI)
				if f == nil {
					continue
				}
				n := f.Tree().NodeAt(ref.Start)
				if !calls(f.Tree(), n) || i > 0 && !r.holds(f, n, name, of) {
					continue
				}
				from := callableAround(f, n)
				key := types.Location{URI: f.URI, Start: from.start, End: from.end}
				i, known := at[key]
				if !known {
					i = len(out)
					at[key] = i
					out = append(out, protocol.IncomingCall{From: r.callable(from)})
				}
				out[i].FromRanges = append(out[i].FromRanges, r.rangeIn(f, ref.Start, ref.End))
			}
		}
		for i := range out {
			slices.SortFunc(out[i].FromRanges, func(a, b protocol.Range) int {
				return cmp.Or(cmp.Compare(a.Start.Line, b.Start.Line), cmp.Compare(a.Start.Character, b.Start.Character))
			})
		}
		return out, ctx.Err()
	}, nil)
}

// outgoingCalls answers callHierarchy/outgoingCalls. What functions without names do, is
// done by the one around them.
func outgoingCalls() feature {
	return on("callHierarchy/outgoingCalls", func(ctx context.Context, r *request, p *protocol.HierarchyParams) ([]protocol.OutgoingCall, error) {
		t := r.file.Tree()
		out := []protocol.OutgoingCall{}
		from := callableAt(r.file, r.offset(p.Item.SelectionRange.Start))
		if from.node == syntax.None {
			from = callableAround(r.file, t.NodeAt(r.offset(p.Item.SelectionRange.Start)))
		}
		at := map[types.Location]int{}
		for n := from.node; int(n) < t.Len() && ctx.Err() == nil; n++ {
			if t.Start(n) >= t.End(from.node) {
				break
			}
			if t.Kind(n) != syntax.Name && t.Kind(n) != syntax.String || !calls(t, n) || callableAround(r.file, n).node != from.node {
				continue
			}
			for _, to := range r.callables(r.snap.SymbolOf(r.file, n)) {
				key := types.Location{URI: to.file.URI, Start: to.start, End: to.end}
				i, known := at[key]
				if !known {
					i = len(out)
					at[key] = i
					out = append(out, protocol.OutgoingCall{To: r.callable(to)})
				}
				out[i].FromRanges = append(out[i].FromRanges, r.nodeRange(n))
			}
		}
		return out, ctx.Err()
	}, nil)
}

// callables are the functions that a symbol stands for, itself or as a plain other name.
func (r *request) callables(sym analysis.Symbol) []callable {
	var list []callable
	for _, name := range [...]analysis.Symbol{sym, r.snap.Aliased(sym)} {
		for _, l := range r.snap.Definition(name) {
			if f := r.snap.File(l.URI); f != nil {
				if c := callableAt(f, l.Start); c.node != syntax.None {
					list = append(list, c)
				}
			}
		}
		if len(list) > 0 {
			break
		}
	}
	return list
}

// holds tells whether another name of a function means that function where it is called:
// a field may hold several.
func (r *request) holds(f *analysis.File, n syntax.Node, name analysis.Symbol, of types.Location) bool {
	if name.Kind == analysis.LocalSymbol {
		return true
	}
	if up := f.Tree().Parent(n); f.Tree().Kind(n) == syntax.String {
		n = up
	}
	decl := declOf(r.snap.TypeOf(f, n))
	return decl == of && decl != types.Location{}
}

// declOf is where a function is declared that is all that a type has.
func declOf(t types.Type) types.Location {
	if f, ok := t.(*types.Func); ok {
		return f.Decl
	}
	return types.Location{}
}
