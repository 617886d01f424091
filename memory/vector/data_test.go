package vector

import (
	"math/rand/v2"
	"testing"
)

// gaussian are n vectors of noise.
func gaussian(rng *rand.Rand, n, d int) [][]float32 {
	list := make([][]float32, n)
	for i := range list {
		list[i] = make([]float32, d)
		for j := range list[i] {
			list[i][j] = float32(rng.NormFloat64())
		}
	}
	return list
}

// clusters makes vectors that are like those of texts: topics, documents of each topic, pieces of each document.
type clusters struct {
	rng    *rand.Rand
	topics [][]float32
}

func newClusters(rng *rand.Rand, topics, d int) clusters {
	return clusters{rng, gaussian(rng, topics, d)}
}

// near is a vector near another: noise of so much of its length is added.
func (c clusters) near(v []float32, noise float64) []float32 {
	w := make([]float32, len(v))
	for j, x := range v {
		w[j] = x + float32(noise*c.rng.NormFloat64())
	}
	return w
}

func (c clusters) vectors(n int) [][]float32 {
	list := make([][]float32, 0, n)
	for len(list) < n {
		document := c.near(c.topics[c.rng.IntN(len(c.topics))], 0.7)
		for range min(20, n-len(list)) {
			list = append(list, c.near(document, 0.35))
		}
	}
	c.rng.Shuffle(n, func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// queries are near vectors that there are.
func (c clusters) queries(of [][]float32, n int) [][]float32 {
	list := make([][]float32, n)
	for i := range list {
		list[i] = c.near(of[c.rng.IntN(len(of))], 0.35)
	}
	return list
}

func fresh(tb testing.TB, o Options) *Index {
	tb.Helper()
	ix, err := New(o)
	if err != nil {
		tb.Fatal(err)
	}
	return ix
}

func put(tb testing.TB, ix *Index, id int64, v []float32) {
	tb.Helper()
	if err := ix.Put(id, v); err != nil {
		tb.Fatalf("put %d: %v", id, err)
	}
}

func search(tb testing.TB, ix *Index, q []float32, k int, f *Filter) []Hit {
	tb.Helper()
	hits, err := ix.Search(q, k, f)
	if err != nil {
		tb.Fatalf("search: %v", err)
	}
	return hits
}
