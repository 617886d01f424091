package graph

import (
	"cmp"
	"slices"
)

// Found is a row and how near it is.
type Found struct {
	Near float32
	Row  uint32
}

// nearer orders by nearness; of equals the lower row is first, so that equal graphs answer alike.
func (f Found) nearer(g Found) bool {
	return f.Near > g.Near || f.Near == g.Near && f.Row < g.Row
}

// compare sorts the nearest first.
func compare(f, g Found) int {
	return cmp.Or(cmp.Compare(g.Near, f.Near), cmp.Compare(f.Row, g.Row))
}

// heap has the nearest element at its root, or if farthest the farthest.
type heap struct {
	farthest bool
	list     []Found
}

// before says whether a is nearer to the root than b.
func (h *heap) before(a, b Found) bool {
	if h.farthest {
		a, b = b, a
	}
	return a.nearer(b)
}

func (h *heap) push(f Found) {
	h.list = append(h.list, f)
	i := len(h.list) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !h.before(f, h.list[parent]) {
			break
		}
		h.list[i] = h.list[parent]
		i = parent
	}
	h.list[i] = f
}

func (h *heap) pop() Found {
	root, last := h.list[0], len(h.list)-1
	f := h.list[last]
	if h.list = h.list[:last]; last > 0 {
		h.replace(f)
	}
	return root
}

// replace puts another in place of the root.
func (h *heap) replace(f Found) {
	i, n := 0, len(h.list)
	for {
		child := 2*i + 1
		if child >= n {
			break
		}
		if child+1 < n && h.before(h.list[child+1], h.list[child]) {
			child++
		}
		if !h.before(h.list[child], f) {
			break
		}
		h.list[i] = h.list[child]
		i = child
	}
	h.list[i] = f
}

// visit is what one search needs.
type visit struct {
	seen  []uint32 // by row: the round in which it was met
	round uint32
	next  heap // what is to be looked at, the nearest first
	best  heap // what was found, the farthest first
	rows  []uint32
	near  []float32
}

// begin takes a visit that has met no row.
func (g *Graph) begin() *visit {
	v, ok := g.visits.Get().(*visit)
	if !ok {
		v = &visit{
			best: heap{farthest: true},
			rows: make([]uint32, 0, M0), near: make([]float32, M0),
		}
	}
	if len(v.seen) < len(g.nodes) {
		v.seen = append(v.seen, make([]uint32, cap(g.nodes)-len(v.seen))...)
	}
	return v
}

// clean makes the visit forget what it has met.
func (v *visit) clean() {
	if v.round++; v.round == 0 {
		clear(v.seen)
		v.round = 1
	}
	v.next.list, v.best.list = v.next.list[:0], v.best.list[:0]
}

// meet sets rows to those of a list that were not met before. There is no branch in it: whether a row was met
// is as good as chance, and a wrong guess of the processor takes longer than all else here.
func (v *visit) meet(list []uint32) {
	seen, round, rows, n := v.seen, v.round, v.rows[:len(list)], 0
	for _, row := range list {
		rows[n] = row
		unmet := 0
		if seen[row] != round {
			unmet = 1
		}
		seen[row] = round
		n += unmet
	}
	v.rows = rows[:n]
}

// Search finds up to ef live rows near q, the nearest first. With accept it finds only rows that
// accept takes. They are written to dst.
func (g *Graph) Search(dst []Found, q []float32, ef int, accept func(row uint32) bool) []Found {
	if g.alive == 0 {
		return dst[:0]
	}
	v := g.begin()
	defer g.visits.Put(v)
	at := g.descend(v, q, g.entry, g.top(), 0)
	return append(dst[:0], g.beam(v, q, at, 0, ef, accept)...)
}

// top is the highest layer.
func (g *Graph) top() int { return int(g.nodes[g.entry].layer) }

// descend walks from a row of layer from towards q, down to the layer above to.
func (g *Graph) descend(v *visit, q []float32, at uint32, from, to int) uint32 {
	near := v.near[:1]
	v.rows = append(v.rows[:0], at)
	g.space.Near(near, q, v.rows)
	here := Found{near[0], at}
	for layer := from; layer > to; layer-- {
		for moved := true; moved; {
			moved = false
			list := g.neighbours(here.Row, layer)
			near := v.near[:len(list)]
			g.space.Near(near, q, list)
			for i, row := range list {
				if f := (Found{near[i], row}); f.nearer(here) {
					here, moved = f, true
				}
			}
		}
	}
	return here.Row
}

// beam finds up to ef live rows near q in a layer, the nearest first. The result is the visit's.
func (g *Graph) beam(v *visit, q []float32, at uint32, layer, ef int, accept func(row uint32) bool) []Found {
	v.clean()
	v.meet([]uint32{at})
	for {
		near := v.near[:len(v.rows)]
		g.space.Near(near, q, v.rows)
		for i, row := range v.rows {
			f := Found{near[i], row}
			full := len(v.best.list) >= ef
			if full && !f.nearer(v.best.list[0]) {
				continue
			}
			v.next.push(f)
			if g.nodes[row].state != live || accept != nil && !accept(row) {
				continue
			}
			if full {
				v.best.replace(f)
			} else {
				v.best.push(f)
			}
		}
		if len(v.next.list) == 0 {
			break
		}
		here := v.next.pop()
		if len(v.best.list) >= ef && !here.nearer(v.best.list[0]) && here != v.best.list[0] {
			break
		}
		v.meet(g.neighbours(here.Row, layer))
	}
	slices.SortFunc(v.best.list, compare)
	return v.best.list
}
