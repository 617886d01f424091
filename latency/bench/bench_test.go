package bench

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

// made is a benchmark that a test makes up.
func made(name string, probe Probe) Benchmark {
	return Benchmark{
		Name: name, Group: Tools, What: "is made up", Reach: Direct, Unit: Nanoseconds, Times: 3,
		Open: func(context.Context, *Env) (*Probe, error) { return &probe, nil },
	}
}

func TestCheck(t *testing.T) {
	good := made("a", Probe{})
	for name, tt := range map[string]struct {
		change func(*Benchmark)
		want   string
	}{
		"good":          {func(*Benchmark) {}, ""},
		"no name":       {func(b *Benchmark) { b.Name = "" }, "must be one word"},
		"two words":     {func(b *Benchmark) { b.Name = "a b" }, "must be one word"},
		"no group":      {func(b *Benchmark) { b.Group = "" }, "not all"},
		"no samples":    {func(b *Benchmark) { b.Times = 0 }, "no samples"},
		"a claim alone": {func(b *Benchmark) { b.Claim.Figure = "1 ms" }, "without its source"},
	} {
		b := good
		tt.change(&b)
		if err := Check([]Benchmark{b}); (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	if err := Check([]Benchmark{good, good}); err == nil {
		t.Error("two of one name are not refused")
	}
}

// Rounds of a group are taken in turn, each sample is of one operation, and what fails is told
// without keeping others from being measured.
func TestMeasure(t *testing.T) {
	var order []string
	note := func(name string) func() error {
		return func() error { order = append(order, name); return nil }
	}
	closed, failing := 0, errors.New("out of order")
	list := []Benchmark{
		made("one", Probe{Once: note("one"), Close: func() error { closed++; return nil }}),
		made("bad", Probe{Once: func() error { return failing }, Close: func() error { closed++; return nil }}),
		made("ten", Probe{Each: 10, Once: func() error { order = append(order, "ten"); time.Sleep(10 * time.Millisecond); return nil }}),
		made("told", Probe{Once: note("told"), Took: func() time.Duration { return 42 }}),
		made("size", Probe{Value: func() (float64, error) { return 7, nil }}),
	}
	var last Progress
	run, err := Measure(t.Context(), list, nil, Options{Rounds: 2, Progress: func(p Progress) { last = p }})
	if err != nil {
		t.Fatal(err)
	}
	turn := []string{"one", "one", "one", "ten", "ten", "ten", "told", "told", "told"}
	if want := slices.Concat([]string{"one", "ten", "told"}, turn, turn); !slices.Equal(order, want) {
		t.Errorf("the order is %v, want %v", order, want)
	}
	if closed != 2 || last.Total != 10 || last.Done != 9 {
		t.Errorf("%d closed, the last progress %+v", closed, last)
	}
	if r := run.Find("bad"); !strings.Contains(r.Failed, "out of order") || len(r.Rounds) != 0 {
		t.Errorf("what fails is %+v", r)
	}
	if s := run.Find("ten").Summary(); s.P50 < float64(time.Millisecond) || s.P50 > float64(9*time.Millisecond) || s.Samples != 6 {
		t.Errorf("ten at a time take %+v each", s)
	}
	if r := run.Find("ten"); r.Rounds[0].Machine <= 0 || r.Rounds[0].CPU <= 0 {
		t.Errorf("the round is %+v", r.Rounds[0])
	}
	if s := run.Find("told").Summary(); s.P50 != 42 {
		t.Errorf("what tells its time took %+v", s)
	}
	if s := run.Find("size").Summary(); s.P50 != 7 || s.Maximum != 7 {
		t.Errorf("the size is %+v", s)
	}
}

func TestMeasureInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	closed := false
	run, err := Measure(ctx, []Benchmark{made("x", Probe{Before: func() error { cancel(); return nil }, Once: func() error { return nil }, Close: func() error { closed = true; return nil }})}, nil, Options{})
	if !errors.Is(err, context.Canceled) || !closed || run.Find("x").Failed != "" {
		t.Errorf("%v, closed %v, %+v", err, closed, run.Results)
	}
}

func TestPercentile(t *testing.T) {
	values := []float64{5, 1, 4, 2, 3}
	for p, want := range map[float64]float64{0: 1, 20: 1, 50: 3, 95: 5, 100: 5} {
		if got := Percentile(values, p); got != want {
			t.Errorf("p%v is %v, want %v", p, got, want)
		}
	}
	if Percentile(nil, 50) != 0 {
		t.Error("the median of nothing")
	}
	if got := variation([]float64{1, 3}); math.Abs(got-math.Sqrt2/2) > 1e-12 {
		t.Errorf("the variation is %v", got)
	}
}
