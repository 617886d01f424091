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

// profileRate is how many samples a second the profile takes.
const profileRate = 100

// measures are compared with a run without; the budgets are for the geometric
// mean over the scripts.
var measures = []struct {
	name   string
	budget float64
	start  gauge
}{
	{"coverage", 1.10, coverageGauge},
	{"profile at 100 Hz", 1.05, profileGauge},
	{"exception filters, nothing raised", 1.05, filterGauge},
}

// measured is the least CPU time of a program without and with each
// measurement, and how much was measured.
type measured struct {
	plain time.Duration
	with  [3]time.Duration
	much  [3]int64
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

// filterGauge debugs the state with every exception filter on.
func filterGauge(tb testing.TB, st *runtime.State) func() int64 {
	e, err := debug.Attach(st, debug.NopHandler{}, debug.Options{})
	if err != nil {
		tb.Fatalf("attach the debugger: %v", err)
	}
	set := int64(0)
	for _, b := range e.SetExceptionFilters(
		debug.ExceptionFilter{Uncaught: true, Condition: "err ~= nil"},
		debug.ExceptionFilter{Caught: true, Condition: "err ~= nil"},
		debug.ExceptionFilter{Kind: debug.ErrorLimit},
	) {
		if b.Verified {
			set++
		}
	}
	return func() int64 {
		e.Detach()
		return set
	}
}

func budgetMeasures(t *testing.T, r *report) {
	onOneCore(t)
	list := programs(t)
	least := make([]measured, len(list))
	best, n := converge(
		func() []measured {
			for i, p := range list {
				p.measure(t, &least[i])
			}
			return slices.Clone(least)
		},
		func(ms []measured) float64 {
			worst := 0.0
			for i, m := range measures {
				worst = max(worst, overhead(ms, i)/m.budget)
			}
			return worst
		})
	for i, m := range measures {
		much := int64(0)
		for _, b := range best {
			much += b.much[i]
		}
		if much == 0 {
			t.Errorf("%s: nothing was measured", m.name)
		}
		r.ratio(t, m.name+", over none, geometric mean", overhead(best, i), m.budget)
		r.took(n)
	}
}

// measure adds rounds to the least times.
func (p program) measure(tb testing.TB, m *measured) {
	tb.Helper()
	for range rounds {
		plain, want, _ := p.gauged(tb, noGauge)
		lessen(&m.plain, plain)
		for i, x := range measures {
			took, got, much := p.gauged(tb, x.start)
			if got != want {
				tb.Fatalf("%s: the result is %v, and with %s %v", p.name, want, x.name, got)
			}
			lessen(&m.with[i], took)
			m.much[i] += much
		}
	}
}

// overhead is the geometric mean over the scripts for measurement i.
func overhead(ms []measured, i int) float64 {
	var ratios []float64
	for _, m := range ms {
		ratios = append(ratios, float64(m.with[i])/float64(m.plain))
	}
	return geometricMean(ratios)
}
