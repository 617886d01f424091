//go:build !race

package latency

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	goruntime "runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/llmspell/llmspell/memory/vector"
)

// vectorDimension is what small models of embeddings give, and vectorHits how many are asked for.
const (
	vectorDimension = 384
	vectorHits      = 10
)

// vectorBudgets are of one search on one core. The scan in Go that it is compared with is
// what it costs to compare with each vector and no assembly.
var vectorBudgets = []struct {
	size    int
	budget  time.Duration
	ratio   float64 // of the scan in Go, at most
	claim   string
	batch   int // searches in a sample
	samples int
}{
	{1000, 50 * time.Microsecond, 0.5, "341µs", 20, 100},
	{10_000, 300 * time.Microsecond, 0.25, "914µs", 5, 100},
	{100_000, 2 * time.Millisecond, 0.25, "", 1, 100},
}

// noise makes vectors of Gaussian noise.
func noise(rng *rand.Rand, n int) [][]float32 {
	list := make([][]float32, n)
	for i := range list {
		list[i] = make([]float32, vectorDimension)
		for j := range list[i] {
			list[i][j] = float32(rng.NormFloat64())
		}
	}
	return list
}

// clustered are vectors about topics, pieces of documents of twenty, and queries near some of them.
func clustered(rng *rand.Rand, n, queries int) (vectors, near [][]float32) {
	about := func(v []float32, much float64) []float32 {
		w := make([]float32, len(v))
		for j, x := range v {
			w[j] = x + float32(much*rng.NormFloat64())
		}
		return w
	}
	topics := noise(rng, 40)
	for len(vectors) < n {
		document := about(topics[rng.IntN(len(topics))], 0.7)
		for range min(20, n-len(vectors)) {
			vectors = append(vectors, about(document, 0.35))
		}
	}
	for range queries {
		near = append(near, about(vectors[rng.IntN(n)], 0.35))
	}
	return vectors, near
}

func indexed(tb testing.TB, o vector.Options, vectors [][]float32) *vector.Index {
	tb.Helper()
	ix, err := vector.New(o)
	for i := 0; err == nil && i < len(vectors); i++ {
		err = ix.Put(int64(i), vectors[i])
	}
	if err != nil {
		tb.Fatal(err)
	}
	return ix
}

func nearest(tb testing.TB, ix *vector.Index, q []float32) []vector.Hit {
	hits, err := ix.Search(q, vectorHits, nil)
	if err != nil || len(hits) != vectorHits {
		tb.Fatalf("%d hits: %v", len(hits), err)
	}
	return hits
}

// plainScan finds the nearest vector as a few lines of Go do.
func plainScan(vectors [][]float32, q []float32) int {
	best, at := float32(-1), 0
	for i, v := range vectors {
		var s0, s1, s2, s3 float32
		for j := 0; j+4 <= len(q); j += 4 {
			s0 += q[j] * v[j]
			s1 += q[j+1] * v[j+1]
			s2 += q[j+2] * v[j+2]
			s3 += q[j+3] * v[j+3]
		}
		if s := s0 + s1 + s2 + s3; s > best {
			best, at = s, i
		}
	}
	return at
}

// copying is a stick that copies memory, more than the caches hold: what reads much memory waits for it as
// that does.
func copying(tb testing.TB, size time.Duration) stick {
	const unit, all = 32 << 10, 64 << 20
	from, to, at := make([]byte, all), make([]byte, all), 0
	copy(to, from) // the pages are there
	return sized(size, 0, 0, func(units int) timings {
		cpu := cpuTime(tb)
		wall := timed(func() {
			for range units {
				copy(to[at:at+unit], from[at:])
				at = (at + unit) % all
			}
		})
		return timings{wall, cpuTime(tb) - cpu}
	})
}

func budgetVectors(t *testing.T, r *report) {
	onOneCore(t)
	rng := rand.New(rand.NewPCG(1, 384))
	vectors := noise(rng, 100_000)
	queries := noise(rng, 50)
	for _, b := range vectorBudgets {
		ix := indexed(t, vector.Options{}, vectors[:b.size])
		stick := alone(t, b.budget/2)
		if b.size == 100_000 {
			stick = copying(t, b.budget/2)
		}
		i := 0
		once := func() timings {
			cpu := cpuTime(t)
			wall := timed(func() {
				for range b.batch {
					nearest(t, ix, queries[i%len(queries)])
					i++
				}
			})
			n := time.Duration(b.batch)
			return timings{wall / n, (cpuTime(t) - cpu) / n}
		}
		best, n := settle(
			func() series { return beside(stick, b.samples, once) },
			func(s series) float64 { return s.share(50, b.budget) })
		r.percentile(t, fmt.Sprintf("nearest 10 of %d vectors, p50", b.size), best, 50, b.budget)
		if b.claim != "" {
			r.claimed(b.claim)
		}
		r.took(n)

		type both struct{ ours, plain time.Duration }
		var least both
		sum := 0
		ratio := func(x both) float64 { return float64(x.ours) / float64(x.plain) }
		got, n := converge(func() both {
			for range 5 {
				lessen(&least.ours, once().least())
				cpu := cpuTime(t)
				wall := timed(func() { sum += plainScan(vectors[:b.size], queries[0]) })
				lessen(&least.plain, timings{wall, cpuTime(t) - cpu}.least())
			}
			return least
		}, func(x both) float64 { return ratio(x) / b.ratio })
		r.ratio(t, fmt.Sprintf("nearest 10 of %d vectors, over a scan in Go", b.size), ratio(got), b.ratio)
		r.note("%v over %v, nearest %d", shown(got.ours), shown(got.plain), sum)
		r.took(n)
	}
	budgetVectorLoad(t, r, vectors)
}

// vectorLoad is how long it may take to load 100,000 vectors that were kept.
const vectorLoad = 500 * time.Millisecond

// budgetVectorLoad measures what a process waits for before its first search.
func budgetVectorLoad(t *testing.T, r *report, vectors [][]float32) {
	path := filepath.Join(t.TempDir(), "vectors")
	saveTo(t, indexed(t, vector.Options{}, vectors), path)
	best, n := settle(func() series {
		return beside(alone(t, vectorLoad/8), 3, func() timings {
			ix := indexed(t, vector.Options{}, nil)
			return onCPU(t, func() { loadFrom(t, ix, path) })
		})
	}, func(s series) float64 { return s.share(50, vectorLoad) })
	r.percentile(t, "100,000 vectors that were kept are loaded", best, 50, vectorLoad)
	r.took(n)
}

// BenchmarkVectors measures searches, and what it takes to have a million vectors.
func BenchmarkVectors(b *testing.B) {
	for _, size := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("Search/%d", size), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(2, 384))
			ix, queries := indexed(b, vector.Options{}, noise(rng, size)), noise(rng, 50)
			for i := 0; b.Loop(); i++ {
				nearest(b, ix, queries[i%len(queries)])
			}
		})
	}
	b.Run("Million", func(b *testing.B) { benchmarkMillion(b) })
}

// memoryOf is how many bytes the system has given this process for its heap, and has not got back.
func memoryOf() int64 {
	debug.FreeOSMemory()
	var m goruntime.MemStats
	goruntime.ReadMemStats(&m)
	return int64(m.Sys - m.HeapReleased)
}
