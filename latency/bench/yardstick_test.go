package bench

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// A benchmark that names a yardstick is measured beside that: before and behind each round.
func TestYardstick(t *testing.T) {
	var order strings.Builder
	kind := &Yardstick{What: "waits", Usual: 1000, Work: func() error { order.WriteByte('y'); time.Sleep(time.Millisecond); return nil }}
	broken := &Yardstick{What: "breaks", Usual: 1, Work: func() error { return errors.New("out of order") }}
	once := func() error { order.WriteByte('x'); return nil }
	run, err := Measure(t.Context(), []Benchmark{
		made("beside", Probe{Once: once, Yardstick: kind}),
		made("broken", Probe{Once: func() error { return nil }, Yardstick: broken}),
		made("plain", Probe{Once: func() error { return nil }}),
	}, nil, Options{Rounds: 1})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := order.String(), "xyyyxxxyyy"; got != want {
		t.Errorf("the order is %q, want %q", got, want)
	}
	if r := run.Find("beside"); !r.Yardstick.same(kind) || r.Rounds[0].Machine < float64(time.Millisecond) || r.Summary().Machine < 1000 {
		t.Errorf("beside a yardstick of its own: %+v, %+v", r, r.Summary())
	}
	if r := run.Find("broken"); !strings.Contains(r.Failed, "the yardstick of broken: out of order") {
		t.Errorf("a yardstick that fails: %+v", r)
	}
	if r := run.Find("plain"); r.Yardstick != nil || r.Summary().Machine <= 0 {
		t.Errorf("without: %+v, %+v", r, r.Summary())
	}
}

// A median over the budget is within it if it is so only because the machine is slow; a fast machine makes no budget smaller.
func TestWithinBudget(t *testing.T) {
	for name, tt := range map[string]struct {
		median, took float64 // where 12 is the budget, and the yardstick takes 10 usually
		unit         Unit
		want         bool
	}{
		"within":                   {11, 10, Nanoseconds, true},
		"over":                     {13, 10, Nanoseconds, false},
		"over, a slow machine":     {15, 13, Nanoseconds, true},
		"over, there too":          {15, 12, Nanoseconds, false},
		"within, a fast machine":   {11, 5, Nanoseconds, true},
		"over, a machine unknown":  {13, 0, Nanoseconds, false},
		"over, no matter how fast": {13, 100, Bytes, false},
	} {
		r := Result{Unit: tt.unit, Budget: 12, Yardstick: &Yardstick{What: "x", Usual: 10}}
		for range 3 {
			r.Rounds = append(r.Rounds, Round{Samples: []float64{tt.median}, Machine: tt.took})
		}
		if got := r.WithinBudget(r.Summary()); got != tt.want {
			t.Errorf("%s: %v, %+v", name, got, r.Summary())
		}
	}
	if none := (&Result{Unit: Nanoseconds}); !none.WithinBudget(Summary{P50: 1}) {
		t.Error("what has no budget is over it")
	}
}

// Figures beside two yardsticks say nothing together.
func TestCompareYardsticks(t *testing.T) {
	of := func(kind *Yardstick) *Run {
		return &Run{Results: []Result{{Name: "a", Unit: Nanoseconds, Yardstick: kind, Rounds: []Round{{Samples: []float64{1}, Machine: 1}}}}}
	}
	all := func(*Result) bool { return true }
	kind, other := &Yardstick{What: "x", Usual: 1}, &Yardstick{What: "y", Usual: 1}
	for _, tt := range []struct {
		old, now *Yardstick
		want     Verdict
	}{{nil, nil, Noise}, {kind, kind, Noise}, {nil, kind, Missing}, {kind, nil, Missing}, {kind, other, Missing}} {
		if got := Compare(of(tt.old), of(tt.now), all)[0]; got.Verdict != tt.want || tt.want == Missing && !strings.Contains(got.Note, "yardstick") {
			t.Errorf("%+v and %+v: %+v", tt.old, tt.now, got)
		}
	}
}
