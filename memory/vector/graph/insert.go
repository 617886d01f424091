package graph

import "slices"

// work is what changes need; they are made one at a time.
type work struct {
	candidates []Found
	rows       []uint32
	chosen     []uint32
	near       [M0 + 1]float32
}

// Insert adds a row that is not in the graph.
func (g *Graph) Insert(row uint32) {
	g.grow(row)
	layer := g.deal()
	g.nodes[row] = node{state: live, layer: uint8(layer)}
	g.alive++
	if layer > 0 {
		g.upper[row] = make([][]uint32, layer)
	}
	if g.alive == 1 {
		g.entry = row // there may be dead ones, and nothing to link to
		return
	}
	v := g.begin()
	defer g.visits.Put(v)
	g.connect(v, row, layer)
	if layer > g.top() {
		g.entry = row
	}
}

// connect links a row with its neighbours, in its layers up to the given one.
func (g *Graph) connect(v *visit, row uint32, layer int) {
	q := g.space.Vector(row)
	at := g.descend(v, q, g.entry, g.top(), layer)
	for l := min(layer, g.top()); l >= 0; l-- {
		near := g.beam(v, q, at, l, EfConstruction, func(r uint32) bool { return r != row })
		if len(near) == 0 {
			continue // all of this layer are dead
		}
		at = near[0].Row
		to := slices.Clone(g.choose(near, M, nil))
		g.link(row, l, to)
		for _, n := range to {
			g.back(n, row, l)
		}
	}
}

// back links a row to one that has linked to it. If it has no room, it chooses among all.
func (g *Graph) back(row, to uint32, layer int) {
	list := g.neighbours(row, layer)
	if slices.Contains(list, to) {
		return
	}
	g.work.rows = append(append(g.work.rows[:0], list...), to)
	if len(list) < room(layer) {
		g.link(row, layer, g.work.rows)
		return
	}
	g.rechoose(row, layer, g.work.rows)
}

// rechoose sets the links of a row to the best among others.
func (g *Graph) rechoose(row uint32, layer int, among []uint32) {
	list := g.near(g.space.Vector(row), among)
	var keep func(uint32) bool
	if layer == 0 {
		// A row that nobody else links to would not be found any more.
		before := g.neighbours(row, 0)
		keep = func(n uint32) bool {
			links := g.nodes[n].in
			if links == 1 && !slices.Contains(before, n) {
				return false
			}
			return links <= 1 && g.nodes[n].state == live
		}
	}
	g.link(row, layer, g.choose(list, room(layer), keep))
}

// near is how near rows are to q, the nearest first.
func (g *Graph) near(q []float32, rows []uint32) []Found {
	list := g.work.candidates[:0]
	for len(rows) > 0 {
		n := min(len(rows), len(g.work.near))
		near := g.work.near[:n]
		g.space.Near(near, q, rows[:n])
		for i, r := range rows[:n] {
			list = append(list, Found{near[i], r})
		}
		rows = rows[n:]
	}
	g.work.candidates = list
	slices.SortFunc(list, compare)
	return list
}

// choose takes up to most neighbours from candidates that are sorted: one that is nearer to one
// already taken than to the row itself is left out, so that links lead into
// all directions (Algorithm 4). Those to be kept are taken first. The result is valid until the next call.
func (g *Graph) choose(candidates []Found, most int, keep func(uint32) bool) []uint32 {
	chosen := g.work.chosen[:0]
	if keep != nil {
		for _, c := range candidates {
			if len(chosen) < most && keep(c.Row) {
				chosen = append(chosen, c.Row)
			}
		}
	}
	kept := len(chosen)
	for _, c := range candidates {
		if len(chosen) == most {
			break
		}
		if slices.Contains(chosen[:kept], c.Row) {
			continue
		}
		near := g.work.near[:len(chosen)]
		g.space.Near(near, g.space.Vector(c.Row), chosen)
		if !slices.ContainsFunc(near, func(n float32) bool { return n > c.Near }) {
			chosen = append(chosen, c.Row)
		}
	}
	g.work.chosen = chosen
	return chosen
}
