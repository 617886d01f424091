//go:build !race

package latency

import (
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Budgets from the start to the first thing that a user sees.
const (
	entryMedian = 50 * time.Millisecond
	pauseMedian = 5 * time.Millisecond
	execMedian  = 25 * time.Millisecond
	toolMedian  = 30 * time.Millisecond
)

func budgetLaunch(t *testing.T, r *report, tcp, stdio connector) {
	for _, tt := range []struct {
		name    string
		connect connector
	}{
		{"initialize → entry stop, tcp, server running", tcp},
		{"process start → entry stop, stdio", stdio},
	} {
		best, n := settle(
			func() samples { return repeated(20, func() time.Duration { return launchOnce(t, tt.connect) }) },
			func(s samples) float64 { return share(s.percentile(50), entryMedian) })
		r.duration(t, tt.name+", p50", best.percentile(50), entryMedian)
		r.took(n)
		r.duration(t, tt.name+", slowest", best.percentile(100), 0)
	}
}

// launchOnce times everything from the connection (or process) to the stop.
func launchOnce(tb testing.TB, connect connector) time.Duration {
	tb.Helper()
	var c *client
	var leave func()
	took := timed(func() {
		c, leave = connect(tb)
		c.launch(session(tb, "steps.lua"), true)
		c.stopped("entry")
	})
	leave()
	return took
}

func budgetPause(t *testing.T, r *report, connect connector) {
	best, n := settle(
		func() samples { return measurePause(t, connect) },
		func(s samples) float64 { return share(s.percentile(50), pauseMedian) })
	r.duration(t, "pause of a busy loop, p50", best.percentile(50), pauseMedian)
	r.took(n)
	r.duration(t, "pause of a busy loop, slowest", best.percentile(100), 0)
}

func measurePause(tb testing.TB, connect connector) (s samples) {
	tb.Helper()
	c, leave := connect(tb)
	defer leave()
	c.launch(session(tb, "busy.lua"), true)
	c.stopped("entry")
	for range 100 {
		c.call("continue", mainThread())
		// The answer comes from the script's goroutine, so that the script is
		// known to be in its loop again.
		c.call("threads", nil)
		s = append(s, timed(func() {
			c.call("pause", mainThread())
			c.stopped("pause")
		}))
	}
	return s
}

func budgetExec(t *testing.T, r *report, binary string) {
	best, n := settle(
		func() samples {
			return repeated(20, func() time.Duration { return execOnce(t, binary) })
		},
		func(s samples) float64 { return share(s.percentile(50), execMedian) })
	r.duration(t, "llmspell exec 'return 1', p50", best.percentile(50), execMedian)
	r.took(n)
	r.duration(t, "llmspell exec 'return 1', least", best.percentile(0), 0)
}

func execOnce(tb testing.TB, binary string) time.Duration {
	tb.Helper()
	return commandOnce(tb, "1", binary, "exec", "return 1")
}

func budgetToolCommand(t *testing.T, r *report, binary string) {
	best, n := settle(
		func() samples {
			return repeated(20, func() time.Duration {
				return commandOnce(t, "4", binary, "tool", "invoke", "calculator", "--params", `{"input":"2+2"}`)
			})
		},
		func(s samples) float64 { return share(s.percentile(50), toolMedian) })
	r.duration(t, "llmspell tool invoke calculator, p50", best.percentile(50), toolMedian)
	r.took(n)
	r.duration(t, "llmspell tool invoke calculator, least", best.percentile(0), 0)
}

// commandOnce times a command from its start to its end. What it prints must
// hold want.
func commandOnce(tb testing.TB, want, binary string, args ...string) time.Duration {
	tb.Helper()
	return timed(func() {
		out, err := exec.Command(binary, args...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			tb.Fatalf("llmspell %s printed %q, without %s: %v", strings.Join(args, " "), out, want, err)
		}
	})
}

func repeated(n int, measure func() time.Duration) (s samples) {
	for range n {
		s = append(s, measure())
	}
	return s
}
