package graph

import (
	"math/rand/v2"
	"testing"
)

// FuzzRead reads any bytes as a graph. What is taken can be searched and changed.
func FuzzRead(f *testing.F) {
	const rows = 40
	space := points(rand.New(rand.NewPCG(4, 4)), 2*rows, 3)
	g := New(space)
	for row := range uint32(rows) {
		g.Insert(row)
	}
	for row := range uint32(12) {
		g.Delete(row)
		g.Step(nil, 5)
	}
	f.Add(g.AppendHead(nil), g.AppendRows(nil, 0, rows))
	f.Fuzz(func(t *testing.T, head, list []byte) {
		g := New(space)
		if g.ReadHead(head) != nil || g.ReadRows(list, 0, rows) != nil || g.Check() != nil {
			return
		}
		for row := range uint32(rows) {
			g.Search(nil, space[row], 10, nil)
			if there, found := g.Has(row); !there {
				g.Insert(row)
			} else if found {
				g.Delete(row)
			}
			g.Step(nil, 4)
			g.Insert(rows + row)
		}
		for range 100 {
			g.Step(nil, 8)
		}
		if found := g.Search(nil, space[rows], 2*rows, nil); len(found) == 0 {
			t.Fatal("nothing is found")
		}
	})
}
