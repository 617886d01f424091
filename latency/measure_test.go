//go:build !race

package latency

import (
	"context"
	goruntime "runtime"
	"slices"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/debug"
	"github.com/llmspell/llmspell/runtime/profile"
)

// Budgets for the geometric mean over the scripts, over a run without.
const (
	coverageRatio = 1.10
	profileRatio  = 1.05 // at profileRate samples a second
	profileRate   = 100
)

// measured is the least CPU time of a program without and with a measurement,
// and how much was measured.
type measured struct {
	plain, covered, profiled time.Duration
	lines, samples           int64
}

// gauge starts a measurement of a state and returns what ends it and tells how
// much it has measured.
type gauge func(testing.TB, *runtime.State) (end func() int64)

func noGauge(testing.TB, *runtime.State) func() int64 { return func() int64 { return 0 } }

func coverageGauge(tb testing.TB, st *runtime.State) func() int64 {
	c := &debug.Coverage{}
	e, err := debug.Attach(st, debug.NopHandler{}, debug.Options{Coverage: c})
	if err != nil {
		tb.Fatalf("attach the debugger: %v", err)
	}
	return func() int64 {
		e.Detach()
		_, hit := c.Lines()
		return int64(hit)
	}
}

func profileGauge(_ testing.TB, st *runtime.State) func() int64 {
	p := profile.Start(st, profileRate)
	return func() int64 {
		p.Stop()
		return p.Samples()
	}
}

// gauged returns the CPU time of loading and running the program.
func (p program) gauged(tb testing.TB, start gauge) (took time.Duration, result lua.LValue, much int64) {
	tb.Helper()
	st, err := runtime.New(runtime.Options{})
	if err != nil {
		tb.Fatalf("create a state: %v", err)
	}
	defer st.Close()
	goruntime.GC()
	began := cpuTime(tb)
	end := start(tb, st)
	fn, err := st.LoadString(p.source, "@"+p.name+".lua", p.path)
	if err != nil {
		tb.Fatalf("%s: %v", p.name, err)
	}
	values, err := st.Call(context.Background(), fn)
	took = cpuTime(tb) - began
	if err != nil || len(values) != 1 {
		tb.Fatalf("%s returned %d values: %v", p.name, len(values), err)
	}
	return took, values[0], end()
}

func budgetMeasures(t *testing.T, r *report) {
	onOneCore(t)
	list := programs(t)
	least := make([]measured, len(list))
	best, n := settle(
		func() []measured {
			for i, p := range list {
				p.measure(t, &least[i])
			}
			return slices.Clone(least)
		},
		func(ms []measured) float64 {
			covered, profiled := overheads(ms)
			return max(covered/coverageRatio, profiled/profileRatio)
		})
	var samples int64
	for i, m := range best {
		if m.lines == 0 {
			t.Errorf("%s: coverage saw no line run", list[i].name)
		}
		samples += m.samples
	}
	if samples == 0 {
		t.Error("the profiles have no samples")
	}
	covered, profiled := overheads(best)
	r.ratio(t, "coverage over none, geometric mean", covered, coverageRatio)
	r.took(n)
	r.ratio(t, "profile at 100 Hz over none, geometric mean", profiled, profileRatio)
	r.took(n)
}

// measure adds rounds to the least times.
func (p program) measure(tb testing.TB, m *measured) {
	tb.Helper()
	for range rounds {
		plain, want, _ := p.gauged(tb, noGauge)
		covered, got, lines := p.gauged(tb, coverageGauge)
		profiled, again, samples := p.gauged(tb, profileGauge)
		if got != want || again != want {
			tb.Fatalf("%s: the result is %v, with coverage %v, with a profile %v", p.name, want, got, again)
		}
		lessen(&m.plain, plain)
		lessen(&m.covered, covered)
		lessen(&m.profiled, profiled)
		m.lines += lines
		m.samples += samples
	}
}

// overheads are the geometric means over the scripts.
func overheads(ms []measured) (covered, profiled float64) {
	var c, p []float64
	for _, m := range ms {
		c = append(c, float64(m.covered)/float64(m.plain))
		p = append(p, float64(m.profiled)/float64(m.plain))
	}
	return geometricMean(c), geometricMean(p)
}
