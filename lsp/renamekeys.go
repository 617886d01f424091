package lsp

import (
	"context"
	"fmt"
	"path"
	"path/filepath"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/flow"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// keyAt is the field that is named at an offset, of which no more is known.
func (r *request) keyAt(offset int) (analysis.Symbol, types.Location, bool) {
	t := r.file.Tree()
	n := t.NodeAt(offset)
	parent := t.Parent(n)
	at := types.Location{URI: r.file.URI, Start: t.Start(n), End: t.End(n)}
	name := ""
	switch t.Kind(n) {
	case syntax.Name:
		switch k := t.Kind(parent); {
		case (k == syntax.Index || k == syntax.Method) && t.First(parent) != n, k == syntax.NameField && t.First(parent) == n:
			name = t.Source(n)
		}
	case syntax.String:
		q, _ := t.Quote(n)
		switch k := t.Kind(parent); {
		case k == syntax.IndexKey && t.First(parent) != n, k == syntax.KeyField && t.First(parent) == n:
			name, _ = t.String(n)
		}
		at.Start, at.End = q.Start, q.End
	}
	return analysis.Symbol{Kind: analysis.FieldSymbol, Name: name}, at, name != ""
}

// places are all that name the symbol, sorted; to is the new name, "" if there is none yet.
func (n *renaming) places(ctx context.Context, to string) ([]types.Location, error) {
	if k := n.sym.Kind; k == analysis.FieldSymbol || k == analysis.GlobalSymbol {
		list, err := n.keyPlaces(ctx, to)
		if err != nil {
			return n.likelyPlaces(ctx, err, to)
		}
		return list, nil
	}
	if n.sym.Kind == analysis.StringSymbol {
		return n.stringPlaces(ctx, to)
	}
	var list []types.Location
	for _, ref := range n.r.snap.References(ctx, n.sym) {
		list = append(list, ref.Location)
	}
	return list, ctx.Err()
}

// keyPlaces are the places that name a field or a global: all that may, or an error if
// not all can be known.
func (n *renaming) keyPlaces(ctx context.Context, to string) ([]types.Location, error) {
	keys, err := n.r.snap.Keys(ctx, n.r.file)
	if err != nil {
		return nil, err
	}
	key, ok := keys.At(n.r.file.URI, n.at.Start)
	what := "field"
	if n.sym.Kind == analysis.GlobalSymbol {
		what = "global"
	}
	switch {
	case !ok:
		return nil, unsure{refuse("it is not known what %q belongs to: without that, other places that name it cannot be found", n.sym.Name)}
	case key.Unknown != nil:
		return nil, unsure{n.unknown(what, key.Unknown)}
	case !key.Made && key.Global:
		return nil, refuse("no file of the workspace sets the global %s: what does may have no other name for it", n.sym.Name)
	case !key.Made:
		return nil, unsure{refuse("it is not known where the table comes from that has %s: other places may name the field", n.sym.Name)}
	}
	if to != "" && to != n.sym.Name {
		if others := keys.Others(key, to); len(others) > 0 {
			place := n.r.lineOf(others[0].URI, others[0].Start)
			if key.Global {
				return nil, refuse("there is a global %s, in %s: the two would be one", to, place)
			}
			return nil, refuse("its table has a field %s already, in %s: the two would be one", to, place)
		}
	}
	found := map[types.Location]bool{}
	var list []types.Location
	for _, p := range key.Places {
		if f := n.r.snap.File(p.URI); f == nil || f.Library() || !n.r.belongs(p.URI) {
			return nil, refuse("%s is named in %s, which is not in the workspace", n.sym.Name, p.URI)
		}
		l := types.Location{URI: p.URI, Start: p.Start, End: p.End}
		found[l] = true
		list = append(list, l)
	}
	if err := n.agree(ctx, key, found); err != nil {
		return nil, err
	}
	return list, nil
}

// agree refuses what would leave out places that are taken for the same elsewhere: in
// references, and for the reader.
func (n *renaming) agree(ctx context.Context, key flow.Key, found map[types.Location]bool) error {
	if n.sym.URI == "" && !key.Global {
		return nil
	}
	for _, ref := range n.r.snap.References(ctx, n.sym) {
		if !found[ref.Location] {
			return unsure{refuse("it is not sure that %s is the same in %s", n.sym.Name, n.r.lineOf(ref.URI, ref.Start))}
		}
	}
	return ctx.Err()
}

// unknown is the answer where there may be other places than those that are known.
func (n *renaming) unknown(what string, why *flow.Reason) error {
	if why.URI == "" {
		return refuse("the %s %s cannot be renamed safely: %s", what, n.sym.Name, why.Text)
	}
	return refuse("the %s %s cannot be renamed safely: %s (%s)", what, n.sym.Name, why.Text, n.r.lineOf(why.URI, why.Offset))
}

// lineOf is a place in the words of a message.
func (r *request) lineOf(uri string, offset int) string {
	f := r.snap.File(uri)
	if f == nil {
		return uri
	}
	return fmt.Sprintf("line %d of %s", r.positionIn(f, offset).Line+1, r.nameOf(f))
}

// nameOf is a file as a message names it: relative to its folder of the workspace.
func (r *request) nameOf(f *analysis.File) string {
	for _, root := range r.snap.Config().Roots {
		if rel, err := filepath.Rel(root, f.Path); f.Path != "" && err == nil && filepath.IsLocal(rel) {
			return filepath.ToSlash(rel)
		}
	}
	return path.Base(f.URI)
}
