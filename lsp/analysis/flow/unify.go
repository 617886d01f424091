package flow

import (
	"maps"
	"slices"
)

// find returns the node that stands for all that n was unified with.
func (s *solver) find(n id) id {
	for s.nodes[n].parent != 0 {
		if up := s.nodes[s.nodes[n].parent].parent; up != 0 {
			s.nodes[n].parent = up
		}
		n = s.nodes[n].parent
	}
	return n
}

func (s *solver) shapeOf(n id) *shape {
	n = s.find(n)
	if s.nodes[n].shape == nil {
		s.nodes[n].shape = &shape{}
	}
	return s.nodes[n].shape
}

// unify makes two nodes one, and all that follows from it.
func (s *solver) unify(a, b id) {
	s.later(a, b)
	s.flush()
}

// later notes a pair for flush.
func (s *solver) later(a, b id) {
	if a != 0 && b != 0 {
		s.todo = append(s.todo, [2]id{a, b})
	}
}

func (s *solver) merge(a, b id) {
	a, b = s.find(a), s.find(b)
	if a == b {
		return
	}
	s.changed = true
	if s.nodes[a].rank < s.nodes[b].rank {
		a, b = b, a
	}
	x, y := &s.nodes[a], &s.nodes[b]
	if x.rank == y.rank {
		x.rank++
	}
	y.parent = a
	x.flags |= y.flags
	x.stores = x.stores || y.stores
	if x.unknown == nil {
		x.unknown = y.unknown
	}
	from := y.shape
	var apart []id // fields of the one of two tables whose fields are not all one yet
	switch {
	case x.dynamic != nil && y.dynamic == nil:
		apart = from.values()
	case x.dynamic == nil && y.dynamic != nil:
		apart = x.shape.values()
		x.dynamic = y.dynamic
	}
	y.shape = nil
	switch {
	case from == nil:
	case x.shape == nil:
		x.shape = from
	default:
		s.mergeShapes(x.shape, from)
	}
	if len(apart) > 0 {
		s.collapse(a, apart)
	}
}

// values are the nodes of the fields.
func (x *shape) values() []id {
	if x == nil {
		return nil
	}
	return slices.Collect(maps.Values(x.fields))
}

func (s *solver) mergeShapes(x, y *shape) {
	if len(x.fields) < len(y.fields) {
		x.fields, y.fields = y.fields, x.fields
	}
	for name, f := range y.fields {
		if have, ok := x.fields[name]; ok {
			s.later(have, f)
		} else {
			x.fields[name] = f
		}
	}
	if len(x.given) < len(y.given) {
		x.given, y.given = y.given, x.given
	}
	for name := range y.given {
		x.given[name] = struct{}{}
	}
	join := func(to *id, from id) {
		if *to == 0 {
			*to = from
		} else {
			s.later(*to, from)
		}
	}
	join(&x.elem, y.elem)
	join(&x.meta, y.meta)
	join(&x.keys, y.keys)
	join(&x.asked, y.asked)
	s.join(&x.params, y.params)
	s.join(&x.results, y.results)
	x.builtins.join(y.builtins)
}

// join makes the row to one with from, later.
func (s *solver) join(to *tuple, from tuple) {
	for i, f := range from.list {
		if i < len(to.list) {
			s.later(to.list[i], f)
			continue
		}
		if f == 0 {
			f = s.fresh() // what others put there may be a table
		}
		to.list = append(to.list[:len(to.list):len(to.list)], f)
		s.later(to.rest, f)
	}
	if from.rest != 0 {
		for i := len(from.list); i < len(to.list); i++ {
			s.later(to.list[i], from.rest)
		}
		if to.rest == 0 {
			to.rest = from.rest
		} else {
			s.later(to.rest, from.rest)
		}
	}
}

// collapse makes fields of a table one with all others: any of them may be read where a key
// is computed.
func (s *solver) collapse(n id, fields []id) {
	elem := s.elem(n)
	for _, f := range fields {
		s.later(elem, f)
	}
}

// flush does what later has noted.
func (s *solver) flush() {
	for len(s.todo) > 0 && s.step() {
		pair := s.todo[len(s.todo)-1]
		s.todo = s.todo[:len(s.todo)-1]
		s.merge(pair[0], pair[1])
	}
}

// rows makes two rows one.
func (s *solver) rows(to *tuple, from tuple) {
	s.join(to, from)
	s.flush()
}
