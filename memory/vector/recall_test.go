package vector

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// What searches must find of the ten nearest, of 384 numbers each, as exact ones find them.
const (
	recallDimension = 384
	recallOf        = 10
	clusteredRecall = 0.99
	gaussianRecall  = 0.95
	// HNSW collapses on noise: hnswlib with the same candidates finds no more. With 4,000
	// vectors and 200 candidates both find nine in ten.
	graphGaussianRecall = 0.80
)

// recall is the share of the nearest that are found, by score: of equals any will do.
func recall(t *testing.T, ix, exact *Index, queries [][]float32) float64 {
	t.Helper()
	found := 0
	for _, q := range queries {
		want := search(t, exact, q, recallOf, nil)
		last := want[len(want)-1].Score
		for _, h := range search(t, ix, q, recallOf, nil) {
			if h.Score >= last {
				found++
			}
		}
	}
	return float64(found) / float64(recallOf*len(queries))
}

func TestRecall(t *testing.T) {
	size := 6000
	if raceDetector {
		size = 2500
	}
	rng := rand.New(rand.NewPCG(6, 6))
	c := newClusters(rng, 40, recallDimension)
	clustered := c.vectors(size + size/2)
	noise := gaussian(rng, size+size/2, recallDimension)
	for _, tt := range []struct {
		name    string
		options Options
		vectors [][]float32
		queries [][]float32
		least   float64
	}{
		{"auto, clustered", Options{}, clustered, c.queries(clustered, 50), clusteredRecall},
		{"auto, Gaussian", Options{}, noise, gaussian(rng, 50, recallDimension), gaussianRecall},
		{"scan by distance, clustered", Options{Kind: Scan, Metric: L2}, clustered, c.queries(clustered, 50), clusteredRecall},
		{"scan by product, Gaussian", Options{Kind: Scan, Metric: Dot}, noise, gaussian(rng, 50, recallDimension), gaussianRecall},
		{"HNSW, clustered", Options{Kind: HNSW}, clustered, c.queries(clustered, 50), clusteredRecall},
		{"HNSW, Gaussian", Options{Kind: HNSW, Ef: 200}, noise, gaussian(rng, 50, recallDimension), graphGaussianRecall},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if raceDetector && tt.options.Kind == HNSW {
				t.Skip("takes long under the race detector, and uses one goroutine: the step full of scripts/test.sh runs it without")
			}
			size := size
			if tt.options.Kind == HNSW {
				size = ScanFrom + size/3
			}
			ix, exact := fresh(t, tt.options), fresh(t, Options{Kind: Exact, Metric: tt.options.Metric})
			both := func(id int64, v []float32) {
				put(t, ix, id, v)
				put(t, exact, id, v)
			}
			for i, v := range tt.vectors[:size] {
				both(int64(i), v)
			}
			judge := func(when string) {
				t.Helper()
				got := recall(t, ix, exact, tt.queries)
				t.Logf("%s: recall %.4f of %d vectors by %v", when, got, ix.Len(), ix.Stats().Searches)
				if got < tt.least {
					t.Errorf("%s: recall %.4f, want at least %.2f", when, got, tt.least)
				}
			}
			judge("filled")
			// Half are deleted, and as many others come; three in ten of all are replaced.
			at := map[int64][]float32{}
			for i, v := range tt.vectors[:size] {
				at[int64(i)] = v
			}
			for _, i := range rng.Perm(size)[:size/2] {
				if !ix.Delete(int64(i)) || !exact.Delete(int64(i)) {
					t.Fatalf("%d was not there", i)
				}
				delete(at, int64(i))
			}
			judge("half deleted")
			for i, v := range tt.vectors[size : size+size/2] {
				at[int64(size+i)] = v
				both(int64(size+i), v)
			}
			rest := rng.Perm(len(tt.vectors))
			for _, id := range slices.Sorted(maps.Keys(at)) {
				if len(rest) < len(tt.vectors)-3*size/10 {
					break
				}
				at[id] = c.near(tt.vectors[rest[0]], 0.1)
				both(id, at[id])
				rest = rest[1:]
			}
			judge("three in ten replaced")
			for id, v := range at {
				if hits := search(t, ix, v, 1, nil); hits[0].ID != id && hits[0].Score < 0.99999 && tt.options.Metric == Cosine {
					t.Errorf("%d is not found by its own vector, but %v", id, hits)
				}
			}
		})
	}
}
