//go:build !race

package latency

import (
	"testing"
	"time"
)

// Budgets of a step, and of a step with all that an editor then asks for.
const (
	stepMedian  = 200 * time.Microsecond
	stepTail    = time.Millisecond
	stepLimit   = 20 * time.Millisecond
	cycleMedian = time.Millisecond
)

// steps are the samples of one session.
type steps struct{ next, stepIn, stepOut, cycle samples }

// cost is the largest share of a budget.
func (s steps) cost() float64 {
	return max(
		share(s.next.percentile(50), stepMedian), share(s.next.percentile(99), stepTail),
		share(s.stepIn.percentile(99), stepLimit), share(s.stepOut.percentile(99), stepLimit),
		share(s.cycle.percentile(50), cycleMedian),
	)
}

func budgetSteps(t *testing.T, r *report, transport string, connect connector) {
	best, n := settle(func() steps { return measureSteps(t, connect) }, steps.cost)
	r.duration(t, "next → stopped, "+transport+", p50", best.next.percentile(50), stepMedian)
	r.took(n)
	r.duration(t, "next → stopped, "+transport+", p99", best.next.percentile(99), stepTail)
	r.took(n)
	r.duration(t, "next → stopped, "+transport+", slowest", best.next.percentile(100), 0)
	r.duration(t, "stepIn → stopped, "+transport+", p50", best.stepIn.percentile(50), 0)
	r.duration(t, "stepIn → stopped, "+transport+", p99", best.stepIn.percentile(99), stepLimit)
	r.duration(t, "stepOut → stopped, "+transport+", p50", best.stepOut.percentile(50), 0)
	r.duration(t, "stepOut → stopped, "+transport+", p99", best.stepOut.percentile(99), stepLimit)
	r.duration(t, "next, stack, scopes, locals, "+transport+", p50", best.cycle.percentile(50), cycleMedian)
	r.took(n)
	r.duration(t, "next, stack, scopes, locals, "+transport+", p99", best.cycle.percentile(99), 0)
}

func measureSteps(tb testing.TB, connect connector) (s steps) {
	tb.Helper()
	const warm = 100
	c, leave := connect(tb)
	defer leave()
	path := session(tb, "steps.lua")
	c.launch(path, false, lineOf(tb, path, "body"))
	c.stopped("breakpoint")
	c.breakpoints(path)

	for range warm {
		step(c, "next")
	}
	for range 2000 {
		s.next = append(s.next, step(c, "next"))
	}
	for range 500 {
		s.cycle = append(s.cycle, timed(func() {
			step(c, "next")
			if vars := c.locals(); len(vars) < 3 {
				tb.Fatalf("%d locals, want at least area, items and total", len(vars))
			}
		}))
	}
	for range 1000 {
		s.stepIn = append(s.stepIn, step(c, "stepIn"))
	}
	c.breakpoints(path, lineOf(tb, path, "inside"))
	for range 1000 {
		c.call("continue", mainThread())
		c.stopped("breakpoint")
		s.stepOut = append(s.stepOut, step(c, "stepOut"))
	}
	return s
}

// step sends a request that steps and returns how long the stop took to come.
func step(c *client, command string) time.Duration {
	c.tb.Helper()
	return timed(func() {
		c.call(command, mainThread())
		c.stopped("step")
	})
}

func timed(fn func()) time.Duration {
	start := time.Now()
	fn()
	return time.Since(start)
}
