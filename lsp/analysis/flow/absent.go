package flow

import (
	"maps"
	"slices"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// Absence says of tables that they never have a field.
type Absence struct {
	// Names are the fields that they have, sorted.
	Names []string
	// Shared: a file returns them, or a global leads to them. Code that is written later
	// may add fields.
	Shared bool
}

// Absent tells whether nothing stores a field of a name in any table that an expression of
// a file may be. It is not ok where that is in doubt: code outside of the program has such
// a table, fields are stored in it under names that are computed, or a function finds them.
func (g *Graph) Absent(file int, object syntax.Node, name string) (a Absence, ok bool) {
	s := g.s
	of, ok := s.lacks(file, object, name)
	if !ok {
		return a, false
	}
	return Absence{Names: slices.Sorted(maps.Keys(s.shapeOf(of).given)), Shared: g.shared()[of]}, true
}

// lacks tells whether no table that an expression may be has a field, as far as is known.
func (s *solver) lacks(file int, object syntax.Node, name string) (of id, ok bool) {
	if s.lost || int(object) >= len(s.exprs[file]) || s.exprs[file][object] <= 1 {
		return 0, false
	}
	of = s.find(s.exprs[file][object] - 1)
	n := &s.nodes[of]
	if n.unknown != nil || n.stores || n.flags&made == 0 || n.flags&(library|global|function|text) != 0 || of == s.find(s.globals) || n.shape == nil || n.shape.builtins.any() {
		return 0, false
	}
	_, has := n.shape.given[name]
	return of, !has
}

// callsNothing tells whether a call is one of a field that is never stored: it fails, and
// nothing gets its arguments.
func (s *solver) callsNothing(c *call) bool {
	t := s.program.Files[c.file].Tree
	if c.depth > 0 || t.Kind(c.node) != syntax.Call {
		return false
	}
	callee := t.First(c.node)
	if k := t.Kind(callee); k != syntax.Index && k != syntax.Method {
		return false
	}
	_, ok := s.lacks(int(c.file), t.First(callee), t.NameOf(t.Child(callee, 1)))
	return ok
}

// shared are the values that can be reached through globals and what files return.
func (g *Graph) shared() map[id]bool {
	s := g.s
	if g.reached != nil {
		return g.reached
	}
	g.reached = map[id]bool{}
	var list []id
	add := func(n id) {
		if n == 0 {
			return
		}
		if n = s.find(n); !g.reached[n] {
			g.reached[n] = true
			list = append(list, n)
		}
	}
	row := func(t tuple) {
		for _, n := range t.list {
			add(n)
		}
		add(t.rest)
	}
	add(s.globals)
	for i := range s.chunks {
		row(s.shapeOf(s.chunks[i]).results)
	}
	for len(list) > 0 {
		x := s.nodes[list[len(list)-1]].shape
		list = list[:len(list)-1]
		if x == nil {
			continue
		}
		for _, f := range x.fields {
			add(f)
		}
		add(x.elem)
		add(x.meta)
		add(x.keys)
		add(x.asked)
		row(x.params)
		row(x.results)
	}
	return g.reached
}
