package bench

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// runOf is a run of one benchmark whose rounds have these medians, beside a yardstick that takes so long.
func runOf(unit Unit, machine float64, medians ...float64) *Run {
	r := Result{Name: "x", Unit: unit}
	for _, m := range medians {
		r.Rounds = append(r.Rounds, Round{Samples: []float64{m, m, 100 * m}[:2], Machine: machine})
	}
	return &Run{Format: FormatVersion, Results: []Result{r}}
}

// about are n values within a share of another.
func about(rng *rand.Rand, v, share float64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = v * (1 + share*(2*rng.Float64()-1))
	}
	return out
}

func TestCompare(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	many := func(v, share float64) []float64 { return about(rng, v, share, 10) }
	for name, tt := range map[string]struct {
		old, now *Run
		want     Verdict
	}{
		"the same":                 {runOf(Nanoseconds, 10, many(100, 0.02)...), runOf(Nanoseconds, 10, many(100, 0.02)...), Noise},
		"3 % slower":               {runOf(Nanoseconds, 10, many(100, 0.01)...), runOf(Nanoseconds, 10, many(103, 0.01)...), Noise},
		"8 % slower":               {runOf(Nanoseconds, 10, many(100, 0.01)...), runOf(Nanoseconds, 10, many(108, 0.01)...), Warning},
		"15 % slower":              {runOf(Nanoseconds, 10, many(100, 0.02)...), runOf(Nanoseconds, 10, many(115, 0.02)...), Failure},
		"15 % faster":              {runOf(Nanoseconds, 10, many(115, 0.02)...), runOf(Nanoseconds, 10, many(100, 0.02)...), Better},
		"15 % slower, two rounds":  {runOf(Nanoseconds, 10, 100, 101), runOf(Nanoseconds, 10, 115, 116), Warning},
		"slower, two beside ten":   {runOf(Nanoseconds, 10, 100, 101), runOf(Nanoseconds, 10, many(115, 0.02)...), Warning},
		"15 % slower, all noise":   {runOf(Nanoseconds, 10, 50, 90, 100, 150, 200), runOf(Nanoseconds, 10, 60, 95, 115, 150, 190), Warning},
		"the machine 30 % slower":  {runOf(Nanoseconds, 10, many(100, 0.01)...), runOf(Nanoseconds, 13, many(130, 0.01)...), Noise},
		"it and the machine":       {runOf(Nanoseconds, 10, many(100, 0.01)...), runOf(Nanoseconds, 13, many(150, 0.01)...), Failure},
		"faster, machine, too":     {runOf(Nanoseconds, 13, many(130, 0.01)...), runOf(Nanoseconds, 10, many(100, 0.01)...), Noise},
		"15 % larger":              {runOf(Bytes, 10, 100, 100, 100, 100), runOf(Bytes, 20, 115, 115, 115, 115), Failure},
		"as large, machine slower": {runOf(Bytes, 10, 100, 100, 100, 100), runOf(Bytes, 20, 100, 100, 100, 100), Noise},
	} {
		got := Compare(tt.old, tt.now, func(*Result) bool { return true })
		if len(got) != 1 || got[0].Verdict != tt.want {
			t.Errorf("%s: %+v, want %s", name, got, tt.want)
		}
	}
}

func TestCompareMissing(t *testing.T) {
	if got := Compare(runOf(Bytes, 1, 1), runOf(Nanoseconds, 1, 1), func(*Result) bool { return true }); got[0].Verdict != Missing || !strings.Contains(got[0].Note, "another unit") {
		t.Errorf("%+v", got)
	}
	old, now := runOf(Nanoseconds, 1, 1), runOf(Nanoseconds, 1, 1)
	old.Results[0].Name = "gone"
	got := Compare(old, now, func(*Result) bool { return true })
	if len(got) != 2 || got[0].Verdict != Missing || got[1].Name != "gone" || got[1].Verdict != Missing {
		t.Errorf("%+v", got)
	}
	if got := Compare(old, now, func(*Result) bool { return false }); len(got) != 1 {
		t.Errorf("what was not selected is compared: %+v", got)
	}
	now = runOf(Nanoseconds, 1, 1)
	now.Results[0].Failed = "broken"
	if got := Compare(now, now, func(*Result) bool { return true }); got[0].Verdict != Missing || !strings.Contains(got[0].Note, "broken") {
		t.Errorf("%+v", got)
	}
}

// The exact probabilities of small samples, as the tables of Mann and Whitney have them.
func TestMannWhitney(t *testing.T) {
	for _, tt := range []struct {
		a, b []float64
		want float64
	}{
		{[]float64{1, 2, 3}, []float64{4, 5, 6}, 0.1},
		{[]float64{1, 2, 3, 4}, []float64{5, 6, 7, 8}, 0.0285714},
		{[]float64{1, 2, 3, 4, 5}, []float64{6, 7, 8, 9, 10}, 0.0079365},
		{[]float64{1, 3, 5}, []float64{2, 4, 6}, 0.7},
		{[]float64{1, 1, 1}, []float64{1, 1, 1}, 1},
		{nil, []float64{1}, 1},
	} {
		if got := mannWhitney(tt.a, tt.b); math.Abs(got-tt.want) > 1e-6 {
			t.Errorf("%v and %v: p = %v, want %v", tt.a, tt.b, got, tt.want)
		}
	}
}
