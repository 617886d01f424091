package tools

import (
	"maps"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/tools/tool"
)

// Layer returns an empty registry on top of r: it has all of r's tools, also
// those that r gets later, and what is registered in it is not seen in r. So a
// session can have tools of its own. It costs next to nothing.
func (r *Registry) Layer() *Registry {
	top := NewRegistry()
	top.parent = r
	return top
}

// layered is a registry's view of all its tools, and what it was made of.
type layered struct{ base, own, all *snapshot }

// view returns all tools, the parent's included.
func (r *Registry) view() *snapshot {
	own := r.current()
	if r.parent == nil {
		return own
	}
	base := r.parent.view()
	if len(own.sorted) == 0 {
		return base
	}
	if m := r.merged.Load(); m != nil && m.base == base && m.own == own {
		return m.all
	}
	m := &layered{base: base, own: own, all: merge(base, own)}
	r.merged.Store(m)
	return m.all
}

// merge lays own over base: a name that the parent got later stays hidden.
func merge(base, own *snapshot) *snapshot {
	entries := maps.Clone(base.entries)
	maps.Copy(entries, own.entries)
	sorted := slices.Clone(own.sorted)
	for _, d := range base.sorted {
		if entries[canonical(d.Name)].def.Descriptor == d {
			sorted = append(sorted, d)
		}
	}
	sortByName(sorted)
	return newSnapshot(sorted, entries)
}

func sortByName(list []*tool.Descriptor) {
	slices.SortFunc(list, func(a, b *tool.Descriptor) int { return strings.Compare(a.Name, b.Name) })
}
