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
type steps struct{ next, stepIn, stepOut, cycle series }

// cost is the largest share of a budget.
func (s *steps) cost() float64 {
	return max(
		s.next.share(50, stepMedian), s.next.share(99, stepTail),
		s.stepIn.share(99, stepLimit), s.stepOut.share(99, stepLimit),
		s.cycle.share(50, cycleMedian),
	)
}

func budgetSteps(t *testing.T, r *report, transport string, connect connector) {
	one, all := crossing(t, stepMedian/2), crossing(t, cycleMedian/2)
	best, n := settle(func() *steps { return measureSteps(t, connect, one, all) }, (*steps).cost)
	r.percentile(t, "next → stopped, "+transport+", p50", best.next, 50, stepMedian)
	r.took(n)
	r.percentile(t, "next → stopped, "+transport+", p99", best.next, 99, stepTail)
	r.took(n)
	r.duration("next → stopped, "+transport+", slowest", best.next.percentile(100))
	r.duration("stepIn → stopped, "+transport+", p50", best.stepIn.percentile(50))
	r.percentile(t, "stepIn → stopped, "+transport+", p99", best.stepIn, 99, stepLimit)
	r.duration("stepOut → stopped, "+transport+", p50", best.stepOut.percentile(50))
	r.percentile(t, "stepOut → stopped, "+transport+", p99", best.stepOut, 99, stepLimit)
	r.percentile(t, "next, stack, scopes, locals, "+transport+", p50", best.cycle, 50, cycleMedian)
	r.took(n)
	r.duration("next, stack, scopes, locals, "+transport+", p99", best.cycle.percentile(99))
}

func measureSteps(tb testing.TB, connect connector, one, all stick) *steps {
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
	s := &steps{stepOut: series{stick: one}}
	s.next = beside(one, 2000, func() timings { return step(c, "next") })
	s.cycle = beside(all, 500, func() timings {
		return byClock(func() {
			step(c, "next")
			if vars := c.locals(); len(vars) < 3 {
				tb.Fatalf("%d locals, want at least area, items and total", len(vars))
			}
		})
	})
	s.stepIn = beside(one, 1000, func() timings { return step(c, "stepIn") })
	c.breakpoints(path, lineOf(tb, path, "inside"))
	for range 1000 {
		c.call("continue", mainThread())
		c.stopped("breakpoint")
		s.stepOut.add(step(c, "stepOut"))
	}
	return s
}

// step sends a request that steps and returns how long the stop took to come.
func step(c *client, command string) timings {
	c.tb.Helper()
	return byClock(func() {
		c.call(command, mainThread())
		c.stopped("step")
	})
}

func timed(fn func()) time.Duration {
	start := time.Now()
	fn()
	return time.Since(start)
}
