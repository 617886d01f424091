//go:build !race

package latency

import (
	"math"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"
)

// samples are durations of one thing done many times.
type samples []time.Duration

// percentile returns the smallest sample that at least p percent of all do not
// exceed (nearest rank).
func (s samples) percentile(p float64) time.Duration {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// geometricMean is the mean for ratios: twice as fast and twice as slow cancel.
func geometricMean(ratios []float64) float64 {
	sum := 0.0
	for _, r := range ratios {
		sum += math.Log(r)
	}
	return math.Exp(sum / float64(len(ratios)))
}

// attempts is how often a measurement that misses its budget is made at most, and
// spell how long a busy neighbour of a shared machine is given in between to end.
const (
	attempts = 10
	spell    = 2 * time.Second
)

// settle measures until the cost of a result is within its budget (at most 1),
// or attempts are used up. It returns the cheapest result and how many
// measurements it took.
func settle[T any](measure func() T, cost func(T) float64) (best T, took int) {
	return settleAfter(spell, measure, cost)
}

// settleAfter is settle with another time in between.
func settleAfter[T any](pause time.Duration, measure func() T, cost func(T) float64) (best T, took int) {
	least := math.Inf(1)
	for took = 1; ; took++ {
		result := measure()
		if c := cost(result); c < least || took == 1 {
			best, least = result, c
		}
		if least <= 1 || took == attempts {
			return best, took
		}
		time.Sleep(pause)
	}
}

// clearly is the cost from which a ratio is within its budget beyond doubt.
const clearly = 0.97

// converge is settle for ratios of what lessen keeps, to which each measurement adds: the
// last is the nearest to the truth, and by chance one before it may be too small. So it is
// the last that counts, and one that is close to the budget must be found twice in turn.
func converge[T any](measure func() T, cost func(T) float64) (last T, took int) {
	return convergeAfter(spell, measure, cost)
}

// convergeAfter is converge with another time in between.
func convergeAfter[T any](pause time.Duration, measure func() T, cost func(T) float64) (last T, took int) {
	before := math.Inf(1)
	for took = 1; ; took++ {
		last = measure()
		c := cost(last)
		if c <= clearly || c <= 1 && before <= 1 || took == attempts {
			return last, took
		}
		before = c
		time.Sleep(pause)
	}
}

// lessen keeps the least of several measurements, 0 being none yet. Noise only
// ever adds time, so that the least is the nearest to the truth. What is
// compared is measured in turn, a round at a time: a slow spell of the machine
// then meets all sides alike.
func lessen(least *time.Duration, got time.Duration) {
	if *least == 0 || got < *least {
		*least = got
	}
}

// onOneCore makes CPU time mean the same in every run: the garbage collector
// shares the core with the script instead of using idle ones.
func onOneCore(tb testing.TB) {
	collectLate(tb)
	procs := runtime.GOMAXPROCS(1)
	tb.Cleanup(func() { runtime.GOMAXPROCS(procs) })
}

// collectLate sets the garbage collector as the llmspell command does.
func collectLate(tb testing.TB) {
	percent := debug.SetGCPercent(400)
	tb.Cleanup(func() { debug.SetGCPercent(percent) })
}

func TestPercentile(t *testing.T) {
	var hundred samples
	for i := 100; i >= 1; i-- {
		hundred = append(hundred, time.Duration(i))
	}
	for _, tt := range []struct {
		name string
		in   samples
		p    float64
		want time.Duration
	}{
		{"none", nil, 50, 0},
		{"one", samples{7}, 99, 7},
		{"median of three", samples{9, 1, 5}, 50, 5},
		{"median of four is the second", samples{4, 3, 2, 1}, 50, 2},
		{"least", hundred, 0, 1},
		{"p50", hundred, 50, 50},
		{"p99", hundred, 99, 99},
		{"most", hundred, 100, 100},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.in.percentile(tt.p); got != tt.want {
				t.Errorf("percentile(%v) = %d, want %d", tt.p, got, tt.want)
			}
		})
	}
}

func TestGeometricMean(t *testing.T) {
	for _, tt := range []struct {
		in   []float64
		want float64
	}{
		{[]float64{3}, 3},
		{[]float64{0.5, 2}, 1},
		{[]float64{1, 2, 4}, 2},
	} {
		if got := geometricMean(tt.in); math.Abs(got-tt.want) > 1e-12 {
			t.Errorf("geometricMean(%v) = %v, want %v", tt.in, got, tt.want)
		}
	}
}

func TestSettle(t *testing.T) {
	for _, tt := range []struct {
		name  string
		costs []float64
		best  float64
		took  int
	}{
		{"good at once", []float64{0.9}, 0.9, 1},
		{"good at last", []float64{3, 2, 0.5}, 0.5, 3},
		{"never good", []float64{3, 2, 4, 4, 4, 4, 4, 4, 4, 4}, 2, attempts},
	} {
		t.Run(tt.name, func(t *testing.T) {
			i := -1
			best, took := settleAfter(0, func() float64 { i++; return tt.costs[i] }, func(c float64) float64 { return c })
			if best != tt.best || took != tt.took {
				t.Errorf("settle = %v after %d, want %v after %d", best, took, tt.best, tt.took)
			}
		})
	}
}

func TestConverge(t *testing.T) {
	for _, tt := range []struct {
		name  string
		costs []float64
		last  float64
		took  int
	}{
		{"good at once", []float64{0.9}, 0.9, 1},
		{"close, and again", []float64{0.99, 0.98}, 0.98, 2},
		{"good by chance", []float64{0.99, 1.01, 0.99, 1.02, 0.99, 1.01, 1.03, 1.02, 0.99, 1.01}, 1.01, attempts},
		{"good at last", []float64{1.3, 1.1, 0.5}, 0.5, 3},
		{"never good", []float64{3, 2, 2, 2, 2, 2, 2, 2, 2, 2.5}, 2.5, attempts},
	} {
		t.Run(tt.name, func(t *testing.T) {
			i := -1
			last, took := convergeAfter(0, func() float64 { i++; return tt.costs[i] }, func(c float64) float64 { return c })
			if last != tt.last || took != tt.took {
				t.Errorf("converge = %v after %d, want %v after %d", last, took, tt.last, tt.took)
			}
		})
	}
}

func TestLessen(t *testing.T) {
	var least time.Duration
	for _, tt := range []struct{ got, want time.Duration }{{5, 5}, {7, 5}, {3, 3}, {4, 3}} {
		if lessen(&least, tt.got); least != tt.want {
			t.Errorf("after %d the least is %d, want %d", tt.got, least, tt.want)
		}
	}
}
