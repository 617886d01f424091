package vector

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
)

// oracle is what an index should be: all vectors, compared in float64.
type oracle struct {
	metric  Metric
	vectors map[int64][]float32
}

func (o oracle) score(q, v []float32) float64 {
	var dot, a, b, dist float64
	for i := range q {
		x, y := float64(q[i]), float64(v[i])
		dot += x * y
		a += x * x
		b += y * y
		dist += (x - y) * (x - y)
	}
	switch o.metric {
	case Cosine:
		return dot / math.Sqrt(a*b)
	case L2:
		return -math.Sqrt(dist)
	}
	return dot
}

func (o oracle) search(q []float32, k int, keep func(int64) bool) (ids []int64, scores []float64) {
	for id := range o.vectors {
		if keep == nil || keep(id) {
			ids = append(ids, id)
		}
	}
	all := map[int64]float64{}
	for _, id := range ids {
		all[id] = o.score(q, o.vectors[id])
	}
	sort.Slice(ids, func(i, j int) bool {
		a, b := all[ids[i]], all[ids[j]]
		return a > b || a == b && ids[i] < ids[j]
	})
	ids = ids[:min(k, len(ids))]
	for _, id := range ids {
		scores = append(scores, all[id])
	}
	return ids, scores
}

// check compares a search with the oracle's: the scores at each place, so that vectors that
// float32 cannot tell apart may change places.
func (o oracle) check(t *testing.T, ix *Index, q []float32, k int, f *Filter, keep func(int64) bool) {
	t.Helper()
	hits := search(t, ix, q, k, f)
	ids, scores := o.search(q, k, keep)
	if len(hits) != len(ids) {
		t.Fatalf("%d hits, want %d", len(hits), len(ids))
	}
	met := map[int64]bool{}
	for i, h := range hits {
		v, there := o.vectors[h.ID]
		if !there || met[h.ID] || keep != nil && !keep(h.ID) {
			t.Fatalf("hit %d is %d, which is not there, or was found before, or filtered out", i, h.ID)
		}
		met[h.ID] = true
		slack := 1e-5 * (1 + math.Abs(scores[i]))
		if math.Abs(o.score(q, v)-scores[i]) > slack || math.Abs(float64(h.Score)-scores[i]) > slack {
			t.Fatalf("hit %d is %d with %v, want %d with %v", i, h.ID, h.Score, ids[i], scores[i])
		}
	}
}

// TestAgainstOracle makes random changes of indexes of each metric and kind that is exact, and compares their
// answers, with all kinds of filters.
func TestAgainstOracle(t *testing.T) {
	rounds := 8
	if raceDetector {
		rounds = 2
	}
	for _, metric := range []Metric{Cosine, Dot, L2} {
		for _, kind := range []Kind{Auto, Exact, Scan} {
			for _, d := range []int{1, 3, 24, 100} {
				t.Run(strings.Join([]string{metric.String(), kind.String(), string(rune('0' + d%10))}, "/"), func(t *testing.T) {
					rng := rand.New(rand.NewPCG(uint64(d), uint64(kind)))
					ix := fresh(t, Options{Metric: metric, Kind: kind})
					o := oracle{metric, map[int64][]float32{}}
					c := newClusters(rng, 5, d)
					odd := func(id int64) bool { return id%2 != 0 }
					for range rounds {
						for range 400 {
							id := int64(rng.IntN(3000)) - 100
							if rng.IntN(4) == 0 {
								_, there := o.vectors[id]
								if ix.Delete(id) != there {
									t.Fatalf("delete %d: there was %v", id, there)
								}
								delete(o.vectors, id)
								continue
							}
							v := c.vectors(1)[0]
							put(t, ix, id, v)
							o.vectors[id] = v
						}
						if ix.Len() != len(o.vectors) {
							t.Fatalf("%d vectors, want %d", ix.Len(), len(o.vectors))
						}
						q := c.vectors(1)[0]
						few, many := []int64{-7, 1 << 40}, []int64{}
						for id := range o.vectors {
							if len(few) < 40 {
								few = append(few, id, id)
							}
							if len(many) < 1500 {
								many = append(many, id)
							}
						}
						for _, k := range []int{1, 10, 200, 5000} {
							o.check(t, ix, q, k, nil, nil)
							o.check(t, ix, q, k, &Filter{Keep: odd}, odd)
							for _, list := range [][]int64{few, many, {}} {
								in := func(id int64) bool { return slices.Contains(list, id) }
								o.check(t, ix, q, k, &Filter{IDs: list}, in)
								o.check(t, ix, q, k, &Filter{IDs: list, Keep: odd}, func(id int64) bool { return odd(id) && in(id) })
							}
						}
					}
				})
			}
		}
	}
}

// TestNearDuplicates has thousands of vectors that codes cannot tell apart, and some that are the same: the scan
// finds the right ones all the same.
func TestNearDuplicates(t *testing.T) {
	for _, metric := range []Metric{Cosine, Dot, L2} {
		rng := rand.New(rand.NewPCG(9, 9))
		c := newClusters(rng, 2, 64)
		ix := fresh(t, Options{Metric: metric, Kind: Scan})
		o := oracle{metric, map[int64][]float32{}}
		for id := range int64(4000) {
			v := c.near(c.topics[0], 0.03)
			put(t, ix, id, v)
			o.vectors[id] = v
		}
		for range 20 {
			q := c.near(c.topics[0], 0.03)
			hits := search(t, ix, q, 10, nil)
			ids, _ := o.search(q, 10, nil)
			met := 0
			for _, h := range hits {
				if slices.Contains(ids, h.ID) {
					met++
				}
			}
			if met < 9 { // one may differ by less than float32 tells
				t.Errorf("%v: %d of 10 are the nearest", metric, met)
			}
		}
	}
}

// TestTies has equal vectors: the lower ids come first, however they got there.
func TestTies(t *testing.T) {
	for _, kind := range []Kind{Exact, Scan, HNSW} {
		rng := rand.New(rand.NewPCG(3, 3))
		ix := fresh(t, Options{Kind: kind})
		v := gaussian(rng, 1, 37)[0]
		for _, id := range rng.Perm(1000) {
			put(t, ix, int64(id), v)
		}
		for id := range int64(1000) {
			if id%3 == 0 {
				ix.Delete(id)
			}
		}
		var got []int64
		for _, h := range search(t, ix, v, 6, nil) {
			got = append(got, h.ID)
		}
		if want := []int64{1, 2, 4, 5, 7, 8}; !slices.Equal(got, want) {
			t.Errorf("%v: %v, want %v", kind, got, want)
		}
	}
}

func TestRefused(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	for _, tt := range []struct {
		name   string
		metric Metric
		vector []float32
		is     error
		says   string
	}{
		{"short", Cosine, []float32{1}, ErrDimension, "a vector of 1 numbers in an index of vectors of test-model with 2"},
		{"long", L2, []float32{1, 2, 3}, ErrDimension, "another model?"},
		{"none", Dot, nil, ErrDimension, "needs 1 to 65536"},
		{"huge", Dot, make([]float32, MaxDimension+1), ErrDimension, "needs 1 to 65536"},
		{"NaN", Dot, []float32{1, nan}, ErrVector, "number 2 of 2 is NaN"},
		{"infinite", Cosine, []float32{inf, 1}, ErrVector, "number 1 of 2 is -Inf"},
		{"zero", Cosine, []float32{0, 0}, ErrVector, "no direction"},
		{"too long", L2, []float32{1e19, 0}, ErrVector, "scale the vectors down"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ix := fresh(t, Options{Metric: tt.metric, Model: "test-model"})
			if tt.is != ErrDimension || tt.vector == nil || len(tt.vector) > 3 {
				if err := ix.Put(1, tt.vector); !errors.Is(err, tt.is) {
					t.Errorf("first: %v, want %v", err, tt.is)
				}
			}
			put(t, ix, 1, []float32{1, 2})
			_, err := ix.Search(tt.vector, 1, nil)
			for _, err := range []error{err, ix.Put(1, tt.vector)} {
				if !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("%v, want %v with %q", err, tt.is, tt.says)
				}
			}
			if hits := search(t, ix, []float32{1, 2}, 9, nil); len(hits) != 1 {
				t.Errorf("%d vectors are left, want 1", len(hits))
			}
		})
	}
	ix := fresh(t, Options{})
	if _, err := ix.Search([]float32{1}, 0, nil); err == nil {
		t.Error("a search for 0 vectors")
	}
	if hits, err := ix.Search([]float32{1}, 1, nil); err != nil || len(hits) != 0 || ix.Delete(1) || ix.Has(1) || ix.Len() != 0 {
		t.Errorf("an empty index: %v, %v", hits, err)
	}
	for _, o := range []Options{{Dimension: -1}, {Dimension: MaxDimension + 1}, {Metric: metrics}, {Kind: kinds}, {Ef: -1}, {Model: strings.Repeat("m", maxModel+1)}} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}

// TestExtremes has vectors at the ends of what numbers can be.
func TestExtremes(t *testing.T) {
	for _, metric := range []Metric{Cosine, Dot, L2} {
		for _, kind := range []Kind{Exact, Scan} {
			ix := fresh(t, Options{Metric: metric, Kind: kind})
			most := float32(5e17)
			if metric == Cosine {
				most = math.MaxFloat32
			}
			tiny := float32(math.SmallestNonzeroFloat32)
			for id, v := range [][]float32{{most, most}, {-most, most}, {tiny, tiny}, {1, 0}, {0, -1}} {
				put(t, ix, int64(id), v)
			}
			for _, h := range search(t, ix, []float32{most, most}, 5, nil) {
				if s := float64(h.Score); math.IsNaN(s) || math.IsInf(s, 0) {
					t.Errorf("%v %v: %d scores %v", metric, kind, h.ID, s)
				}
			}
			if first := search(t, ix, []float32{most, most}, 1, nil)[0].ID; first != 0 {
				t.Errorf("%v %v: the nearest is %d, want 0", metric, kind, first)
			}
		}
	}
}

// TestGrowth goes through the size at which Auto changes its way, in both directions.
func TestGrowth(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	ix := fresh(t, Options{})
	vectors := gaussian(rng, ScanFrom+500, 16)
	for i, v := range vectors {
		put(t, ix, int64(i), v)
		want := Exact
		if i >= ScanFrom {
			want = Scan
		}
		if got := ix.Stats().Searches; got != want {
			t.Fatalf("with %d vectors searches are %v, want %v", i+1, got, want)
		}
		if at := rng.IntN(i + 1); search(t, ix, vectors[at], 1, nil)[0].ID != int64(at) {
			t.Fatalf("with %d vectors %d is not found", i+1, at)
		}
	}
	for i := range vectors {
		if !ix.Delete(int64(i)) || ix.Len() != len(vectors)-i-1 {
			t.Fatalf("%d is not deleted", i)
		}
		if left := len(vectors) - i - 1; left > 0 {
			at := i + 1 + rng.IntN(left)
			if search(t, ix, vectors[at], 1, nil)[0].ID != int64(at) {
				t.Fatalf("without the first %d, %d is not found", i+1, at)
			}
		}
	}
	if s := ix.Stats(); s.Bytes != 0 || s.Searches != Exact || s.Dimension != 16 {
		t.Errorf("an index that is empty again: %+v", s)
	}
}

// TestTogether searches while others write. A vector that is always there is always found.
func TestTogether(t *testing.T) {
	for _, kind := range []Kind{Auto, HNSW} {
		rng := rand.New(rand.NewPCG(5, 5))
		ix := fresh(t, Options{Kind: kind})
		vectors := gaussian(rng, 1400, 24)
		for i, v := range vectors[:1300] {
			put(t, ix, int64(i), v)
		}
		var writers, readers sync.WaitGroup
		done := make(chan struct{})
		for w := range 2 {
			writers.Go(func() {
				for i := 800 + w; i < len(vectors); i += 2 {
					if i%3 == 0 {
						ix.Delete(int64(i))
					} else if err := ix.Put(int64(i), vectors[(i*7)%len(vectors)]); err != nil {
						t.Error(err)
					}
				}
			})
			readers.Go(func() {
				for i := w; ; i = (i + 37) % 800 {
					select {
					case <-done:
						return
					default:
					}
					hits, err := ix.Search(vectors[i], 3, &Filter{Keep: func(id int64) bool { return id < 800 }})
					if err != nil || len(hits) != 3 || hits[0].ID != int64(i) {
						t.Errorf("%v: %d is not found: %v, %v", kind, i, hits, err)
						return
					}
				}
			})
		}
		writers.Wait()
		close(done)
		readers.Wait()
	}
}
