package graph

import (
	"cmp"
	"slices"
)

// A sweep begins when one row in sweepShare is dead.
const sweepShare = 5

// sweep leads links around dead rows: first it looks at each row, then it takes the links of the condemned,
// and then they are free.
type sweep struct {
	running   bool
	at        uint32   // the next row to look at
	condemned []uint32 // those that were dead when it began
	cut       int      // how many of them have no links any more
}

// Delete has a row of the graph not found any more. Its vector must stay until Step gives the row free.
func (g *Graph) Delete(row uint32) {
	g.nodes[row].state = dead
	g.alive--
	g.dead++
}

// Step goes on with what deletions have left to do, by about n rows. It appends to free the rows that are not
// in the graph any more.
func (g *Graph) Step(free []uint32, n int) []uint32 {
	if !g.sweep.running {
		if g.dead == 0 || g.dead*sweepShare < g.alive+g.dead {
			return free
		}
		g.condemn()
	}
	for ; n > 0 && int(g.sweep.at) < len(g.nodes); n-- {
		g.repair(g.sweep.at)
		if g.sweep.at++; int(g.sweep.at) == len(g.nodes) {
			g.enter()
		}
	}
	if int(g.sweep.at) < len(g.nodes) {
		return free
	}
	for ; n > 0 && g.sweep.cut < len(g.sweep.condemned); n-- {
		g.cut(g.sweep.condemned[g.sweep.cut])
		g.sweep.cut++
	}
	if g.sweep.cut < len(g.sweep.condemned) {
		return free
	}
	// Only now none of them links to another.
	for _, row := range g.sweep.condemned {
		g.nodes[row] = node{}
		delete(g.upper, row)
	}
	g.dead -= len(g.sweep.condemned)
	free = append(free, g.sweep.condemned...)
	g.sweep = sweep{}
	return free
}

func (g *Graph) condemn() {
	g.sweep = sweep{running: true}
	for i := range g.nodes {
		if g.nodes[i].state == dead {
			g.nodes[i].state = condemned
			g.sweep.condemned = append(g.sweep.condemned, uint32(i))
		}
	}
}

// repair leads the links of a row around condemned ones: to what those link to.
func (g *Graph) repair(row uint32) {
	if s := g.nodes[row].state; s != live && s != dead {
		return
	}
	for layer := 0; layer <= int(g.nodes[row].layer); layer++ {
		list := g.neighbours(row, layer)
		if !slices.ContainsFunc(list, g.isCondemned) {
			continue
		}
		among := g.work.rows[:0]
		for _, n := range list {
			if !g.isCondemned(n) {
				among = append(among, n)
				continue
			}
			for _, far := range g.neighbours(n, layer) {
				if far != row && g.nodes[far].state == live {
					among = append(among, far)
				}
			}
		}
		g.work.rows = among
		slices.Sort(among)
		g.rechoose(row, layer, slices.Compact(among))
	}
}

func (g *Graph) isCondemned(row uint32) bool { return g.nodes[row].state == condemned }

// enter finds another entry if that is condemned: a row of the highest layer that still has one.
func (g *Graph) enter() {
	if !g.isCondemned(g.entry) {
		return
	}
	g.entry = nobody
	for i := range g.nodes {
		if s := g.nodes[i].state; s != live && s != dead {
			continue
		}
		if g.entry == nobody || cmp.Compare(g.nodes[i].layer, g.nodes[g.entry].layer) > 0 {
			g.entry = uint32(i)
		}
	}
}

// cut takes the links of a condemned row, to which no live one links. Rows that only it links to are connected anew.
func (g *Graph) cut(row uint32) {
	alone := slices.DeleteFunc(slices.Clone(g.neighbours(row, 0)), func(n uint32) bool {
		return g.nodes[n].in > 1 || g.nodes[n].state != live
	})
	g.link(row, 0, nil)
	clear(g.upper[row])
	v := g.begin()
	defer g.visits.Put(v)
	for _, n := range alone {
		if n != g.entry && g.nodes[n].in == 0 {
			g.connect(v, n, 0)
		}
	}
}
