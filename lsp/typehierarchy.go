package lsp

import (
	"context"
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// prepareTypeHierarchy answers textDocument/prepareTypeHierarchy: the class that is named
// at a position, or that the value there has.
func prepareTypeHierarchy() feature {
	return on("textDocument/prepareTypeHierarchy", func(_ context.Context, r *request, p *protocol.TypeHierarchyPrepareParams) ([]protocol.HierarchyItem, error) {
		return r.classes(r.typeAt(r.file, r.offset(p.Position))), nil
	}, func(_ *session, c *protocol.ServerCapabilities) { c.TypeHierarchyProvider = true })
}

// supertypes answers typeHierarchy/supertypes.
func supertypes() feature {
	return on("typeHierarchy/supertypes", func(_ context.Context, r *request, p *protocol.HierarchyParams) ([]protocol.HierarchyItem, error) {
		of := r.typeAt(r.file, r.offset(p.Item.SelectionRange.Start))
		return r.classes(r.snap.Parents(of)...), nil
	}, nil)
}

// subtypes answers typeHierarchy/subtypes: classes of annotations anywhere in the
// workspace, and tables of open files that have the type in their metatable.
func subtypes() feature {
	return on("typeHierarchy/subtypes", func(ctx context.Context, r *request, p *protocol.HierarchyParams) ([]protocol.HierarchyItem, error) {
		of, ok := r.typeAt(r.file, r.offset(p.Item.SelectionRange.Start)).(*types.Object)
		if !ok {
			return []protocol.HierarchyItem{}, nil
		}
		var found []types.Type
		inherits := func(t types.Type) {
			if o, ok := t.(*types.Object); ok && slices.ContainsFunc(r.snap.Parents(o), func(p types.Type) bool {
				parent, ok := p.(*types.Object)
				return ok && parent.Decl == of.Decl
			}) {
				found = append(found, o)
			}
		}
		for _, e := range r.snap.Files() {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			for _, o := range e.Symbols {
				if o.Kind == analysis.ClassOutline {
					inherits(r.snap.TypeNamed(o.Name))
				}
			}
		}
		for _, f := range r.snap.Open() {
			vars := f.Vars()
			for v := range vars.Vars {
				if x := &vars.Vars[v]; x.Kind == scope.Local && x.Function == f.Tree().Root() {
					inherits(r.snap.VarType(f, scope.Var(v)))
				}
			}
		}
		return r.classes(found...), nil
	}, nil)
}

// tableName is the name of the variable that the table at an offset is made for.
func tableName(t *syntax.Tree, offset int) string {
	n := t.NodeAt(offset)
	for t.Kind(t.Parent(n)) == syntax.Args || t.Kind(t.Parent(n)) == syntax.Call { // setmetatable({}, …)
		n = t.Parent(n)
	}
	if stat := t.Parent(t.Parent(n)); isDeclaring(t.Kind(stat)) {
		for name := range t.Children(t.First(stat)) {
			if valueOf(t, name) == n {
				return t.Source(name)
			}
		}
	}
	return "table"
}

// typeAt is the type that is named at an offset, or that what stands there has.
func (r *request) typeAt(f *analysis.File, offset int) types.Type {
	if sym, _, ok := r.snap.SymbolAt(f, offset); ok && sym.Kind == analysis.TypeSymbol {
		return r.snap.TypeNamed(sym.Name)
	}
	t := f.Tree()
	n := t.NodeAt(offset)
	if t.Kind(n) != syntax.Name && t.Kind(n) != syntax.Table {
		return types.Unknown
	}
	if up := t.Parent(n); (t.Kind(up) == syntax.Index || t.Kind(up) == syntax.Method) && t.First(up) != n {
		n = up
	}
	return r.snap.TypeOf(f, n)
}

// classes are the items of those types that have a place in a file, each once.
func (r *request) classes(list ...types.Type) []protocol.HierarchyItem {
	out := []protocol.HierarchyItem{}
	seen := map[types.Location]bool{}
	for _, t := range list {
		o, ok := t.(*types.Object)
		if !ok || o.Decl == (types.Location{}) || seen[o.Decl] {
			continue
		}
		f := r.snap.File(o.Decl.URI)
		if f == nil || o.Decl.End > len(f.Text()) {
			continue
		}
		seen[o.Decl] = true
		item := protocol.HierarchyItem{Name: o.Name, Kind: protocol.SymbolClass, URI: r.clientURI(f.URI)}
		if item.Name == "" {
			item.Name = tableName(f.Tree(), o.Decl.Start)
		}
		item.SelectionRange = r.rangeIn(f, o.Decl.Start, o.Decl.End)
		item.Range = item.SelectionRange
		for _, b := range f.Notes().Blocks {
			if b.Start <= o.Decl.Start && o.Decl.End <= b.End && luacats.First[*luacats.ClassTag](b) != nil {
				item.Range = r.rangeIn(f, b.Start, b.End)
			}
		}
		out = append(out, item)
	}
	return out
}
