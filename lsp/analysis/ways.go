package analysis

import (
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// WantedWays are the types that a table may be wanted as, the likeliest first: Wanted, and what
// other ways to call the same function want, as long as the arguments before and the entries of the
// table allow them. The entry at is just being written.
func (s *Snapshot) WantedWays(f *File, table, at syntax.Node) []types.Type {
	return in(s, f, func(u *unit) (list []types.Type) {
		likely := public(u.wantedOrRead(table, maxPlaceDepth))
		for _, want := range u.wantedWays(table, maxPlaceDepth) {
			same := func(t types.Type) bool { return types.Same(t, want) }
			switch {
			case !u.mayBecome(table, at, want) || slices.ContainsFunc(list, same):
			case same(likely):
				list = slices.Insert(list, 0, want)
			default:
				list = append(list, want)
			}
		}
		if len(list) == 0 {
			return []types.Type{likely}
		}
		return list
	})
}

// wantedWays are the types that the place of a table wants by all ways to make the call that it is
// in; none if it is in no call of a function that has several.
func (u *unit) wantedWays(n syntax.Node, depth int) (list []types.Type) {
	t := u.tree
	parent := t.Parent(n)
	if depth == 0 {
		return nil
	}
	switch t.Kind(parent) {
	case syntax.Paren:
		return u.wantedWays(parent, depth-1)
	case syntax.Args:
		s, at := u.argumentSite(n)
		f, s, at := u.takerAt(s, at)
		if f == nil || len(f.Overloads) == 0 || u.addsTo(s.node) {
			return nil
		}
		for _, way := range u.possible(s, append(slices.Clip(f.Overloads), f), at) {
			if want := u.wantedBy(s, way, at); want != nil {
				list = append(list, want)
			}
		}
	case syntax.NameField, syntax.PosField, syntax.KeyField:
		if t.Kind(parent) != syntax.PosField && t.First(parent) == n {
			return nil // the name
		}
		for _, of := range u.wantedWays(t.Parent(parent), depth-1) {
			if u.mayBecome(t.Parent(parent), parent, of) {
				if want := u.wantedEntry(of, parent); want != nil {
					list = append(list, want)
				}
			}
		}
	}
	return list
}

// mayBecome tells whether a table can be one of a type when it is finished: each of its entries
// but the one at which it is being written fits, and is named by the type if that names any.
func (u *unit) mayBecome(table, at syntax.Node, want types.Type) bool {
	t := u.tree
	o := paramsOf(want)
	if o == nil {
		return false
	}
	_, key, _ := u.c.entriesOf(want)
	for field := range t.Children(table) {
		name, named := u.fieldName(field)
		if field == at || !named {
			continue
		}
		f := u.c.field(want, name)
		if f == nil && key == nil || f != nil && u.matchValue(t.Child(field, 1), f.Type, 0) == matchNone {
			return false
		}
	}
	return true
}
