package graph

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/llmspell/llmspell/memory/vector/kernel"
)

// plane is a space of vectors in a list.
type plane [][]float32

func (p plane) Near(dst, q []float32, list []uint32) {
	for i, row := range list {
		dst[i] = -kernel.SquaredL2(q, p[row])
	}
}

func (p plane) Vector(row uint32) []float32 { return p[row] }

func points(rng *rand.Rand, n, d int) plane {
	p := make(plane, n)
	for i := range p {
		p[i] = make([]float32, d)
		for j := range p[i] {
			p[i][j] = rng.Float32()
		}
	}
	return p
}

// check fails unless the graph is sound: links within layers, counted right, none to rows that are
// not there, and every live row is reached from the entry in the lowest layer.
func check(t *testing.T, g *Graph) {
	t.Helper()
	in := make([]uint32, len(g.nodes))
	alive, dead := 0, 0
	for i := range g.nodes {
		row, n := uint32(i), g.nodes[i]
		switch n.state {
		case absent:
			if n.count != 0 || n.layer != 0 {
				t.Fatalf("%d is absent and has %d links", i, n.count)
			}
			continue
		case live:
			alive++
		default:
			dead++
		}
		for layer := 0; layer <= int(n.layer); layer++ {
			list := slices.Sorted(slices.Values(g.neighbours(row, layer)))
			if len(list) > room(layer) || len(slices.Compact(slices.Clone(list))) != len(list) {
				t.Fatalf("%d has the links %v in layer %d", row, list, layer)
			}
			for _, to := range list {
				if to == row || g.nodes[to].state == absent || int(g.nodes[to].layer) < layer {
					t.Fatalf("%d links to %d in layer %d, which is %+v", row, to, layer, g.nodes[to])
				}
				if layer == 0 {
					in[to]++
				}
			}
		}
	}
	for i, n := range g.nodes {
		if n.in != in[i] {
			t.Fatalf("%d rows link to %d, which counts %d", in[i], i, n.in)
		}
	}
	if alive != g.Len() || dead != g.Dead() {
		t.Fatalf("%d live and %d dead rows are counted as %d and %d", alive, dead, g.Len(), g.Dead())
	}
	if alive == 0 {
		return
	}
	met, list := make([]bool, len(g.nodes)), []uint32{g.entry}
	met[g.entry] = true
	for i := 0; i < len(list); i++ {
		for _, to := range g.neighbours(list[i], 0) {
			if !met[to] {
				met[to], list = true, append(list, to)
			}
		}
	}
	lost := 0
	for i, n := range g.nodes {
		if n.state == live && !met[i] {
			lost++
		}
	}
	if lost > 0 {
		t.Errorf("%d of %d live rows are not reached", lost, alive)
	}
}

// TestChanges inserts and deletes at random, more of the one or the other by turns, and looks at the graph.
func TestChanges(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	const rows = 1500
	space := points(rng, rows, 8)
	g := New(space)
	absentRows := make([]uint32, rows)
	for i := range absentRows {
		absentRows[i] = uint32(i)
	}
	var there []uint32
	for round := range 12 {
		inserts := []int{9, 1, 5, 0}[round%4] // in ten
		for range 500 {
			if rng.IntN(10) < inserts && len(absentRows) > 0 {
				last := len(absentRows) - 1
				row := absentRows[last]
				absentRows, there = absentRows[:last], append(there, row)
				g.Insert(row)
			} else if len(there) > 0 {
				at := rng.IntN(len(there))
				g.Delete(there[at])
				there = slices.Delete(there, at, at+1)
			}
			absentRows = g.Step(absentRows, 8)
		}
		check(t, g)
		for _, row := range there {
			if found := g.Search(nil, space[row], 50, nil); len(found) == 0 || found[0].Row != row {
				t.Fatalf("round %d: %d of %d is not found", round, row, len(there))
			}
		}
		for _, f := range g.Search(nil, space[0], 100, nil) {
			if !slices.Contains(there, f.Row) {
				t.Fatalf("%d is found, and was deleted", f.Row)
			}
		}
	}
	for _, row := range there {
		g.Delete(row)
	}
	if found := g.Search(nil, space[0], 10, nil); len(found) != 0 {
		t.Fatalf("%v are found in an empty graph", found)
	}
	for range rows {
		absentRows = g.Step(absentRows, 8)
	}
	check(t, g)
	if len(absentRows) != rows || g.Dead() != 0 {
		t.Errorf("%d rows are free and %d dead, want all %d free", len(absentRows), g.Dead(), rows)
	}
	g.Insert(7)
	if found := g.Search(nil, space[0], 10, nil); len(found) != 1 || found[0].Row != 7 {
		t.Errorf("%v is found, want row 7", found)
	}
}

// TestInsertAmongDead has a graph of which all rows are dead, while a sweep goes on.
func TestInsertAmongDead(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	space := points(rng, 400, 4)
	g := New(space)
	for row := range uint32(200) {
		g.Insert(row)
	}
	for row := range uint32(200) {
		g.Delete(row)
	}
	free := g.Step(nil, 3)
	for row := uint32(200); row < 400; row++ {
		g.Insert(row)
		free = g.Step(free, 1)
		for r := uint32(200); r <= row; r++ {
			if found := g.Search(nil, space[r], 30, nil); len(found) == 0 || found[0].Row != r {
				t.Fatalf("with %d of the new rows, %d is not found", row-199, r)
			}
		}
	}
	check(t, g)
}

// TestSameVectors has rows that are all at one place.
func TestSameVectors(t *testing.T) {
	space := make(plane, 500)
	for i := range space {
		space[i] = []float32{1, 2, 3}
	}
	g := New(space)
	for row := range uint32(500) {
		g.Insert(row)
	}
	check(t, g)
	if found := g.Search(nil, space[0], 500, nil); len(found) != 500 {
		t.Errorf("%d of 500 equal rows are found", len(found))
	}
}

// TestRepeatable makes a graph twice.
func TestRepeatable(t *testing.T) {
	var twice [2][]Found
	for i := range twice {
		space := points(rand.New(rand.NewPCG(3, 3)), 600, 8)
		g := New(space)
		for row := range uint32(600) {
			g.Insert(row)
			if row%3 == 0 {
				g.Delete(row / 3)
			}
			g.Step(nil, 4)
		}
		twice[i] = g.Search(nil, space[5], 60, func(row uint32) bool { return row%2 == 0 })
	}
	if !slices.Equal(twice[0], twice[1]) || len(twice[0]) != 60 {
		t.Errorf("the same changes found %v and %v", twice[0], twice[1])
	}
}
