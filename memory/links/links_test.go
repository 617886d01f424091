package links

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestNaive changes a graph at random, and compares it with a list.
func TestNaive(t *testing.T) {
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 5))
		var g Graph
		var list []Link
		random := func() Link {
			l := Link{From: rnd.Int64N(30) * 7, To: rnd.Int64N(30) * 7, Name: []string{"a", "b", "c"}[rnd.IntN(3)], Begin: rnd.Int64N(10), End: math.MaxInt64}
			if rnd.IntN(2) == 0 {
				l.End = l.Begin + 1 + rnd.Int64N(10)
			}
			return l
		}
		change := func() {
			if rnd.IntN(3) > 0 || len(list) == 0 {
				l := random()
				if !g.Add(l) {
					t.Fatal("no room")
				}
				list = append(list, l)
				return
			}
			l := list[rnd.IntN(len(list))]
			if rnd.IntN(10) == 0 {
				l = random()
			}
			at := slices.Index(list, l)
			if g.Remove(l) != (at >= 0) {
				t.Fatalf("remove %+v: there is one: %v", l, at >= 0)
			}
			if at >= 0 {
				list = slices.Delete(list, at, at+1)
			}
		}
		compare := func() {
			if g.Len() != len(list) {
				t.Fatalf("%d links, want %d", g.Len(), len(list))
			}
			id, at, back := rnd.Int64N(35)*7, rnd.Int64N(22), rnd.IntN(2) == 0
			var want, got []Link
			for _, l := range list {
				if (!back && l.From == id || back && l.To == id) && l.Begin <= at && at < l.End {
					want = append(want, Link{From: l.From, To: l.To, Name: l.Name})
				}
			}
			g.Each(id, at, back, func(from, to int64, name string) bool {
				got = append(got, Link{From: from, To: to, Name: name})
				return true
			})
			for _, list := range [][]Link{got, want} {
				slices.SortFunc(list, func(a, b Link) int {
					return slices.Compare([]int64{a.From, a.To, int64(a.Name[0])}, []int64{b.From, b.To, int64(b.Name[0])})
				})
			}
			if !slices.Equal(got, want) {
				t.Fatalf("of %d at %d, back %v: %v, want %v", id, at, back, got, want)
			}
		}
		for range seed * 100 {
			l := random()
			g.Add(l)
			list = append(list, l)
		}
		g.Ready()
		for range 4000 { // enough to be packed again
			change()
			compare()
		}
	}
}

// TestEmpty fills a graph that was ready when it was empty.
func TestEmpty(t *testing.T) {
	var g Graph
	g.Ready()
	g.Add(Link{From: 1, To: 2, Name: "x", End: 5})
	for _, back := range []bool{false, true} {
		n := 0
		g.Each(map[bool]int64{false: 1, true: 2}[back], 4, back, func(int64, int64, string) bool { n++; return true })
		if n != 1 {
			t.Errorf("back %v: %d links", back, n)
		}
	}
}

// TestEnough ends a walk when its function says so.
func TestEnough(t *testing.T) {
	var g Graph
	for i := range int64(10) {
		g.Add(Link{From: 1, To: i, Name: "x", End: math.MaxInt64})
	}
	g.Ready()
	n := 0
	if g.Each(1, 0, false, func(int64, int64, string) bool { n++; return n < 3 }) || n != 3 {
		t.Errorf("%d links", n)
	}
}
