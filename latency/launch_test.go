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
	execMedian  = 15 * time.Millisecond
	toolMedian  = 30 * time.Millisecond
)

func budgetLaunch(t *testing.T, r *report, tcp, stdio connector) {
	for _, tt := range []struct {
		name    string
		connect connector
		stick   stick
	}{
		{"initialize → entry stop, tcp, server running", tcp, crossing(t, entryMedian/4)},
		{"process start → entry stop, stdio", stdio, started(t, entryMedian/4)},
	} {
		best, n := settle(
			func() series { return beside(tt.stick, 20, func() timings { return launchOnce(t, tt.connect) }) },
			func(s series) float64 { return s.share(50, entryMedian) })
		r.percentile(t, tt.name+", p50", best, 50, entryMedian)
		r.took(n)
		r.duration(tt.name+", slowest", best.percentile(100))
	}
}

// launchOnce times everything from the connection (or process) to the stop.
func launchOnce(tb testing.TB, connect connector) timings {
	tb.Helper()
	var c *client
	var leave func()
	took := byClock(func() {
		c, leave = connect(tb)
		c.launch(session(tb, "steps.lua"), true)
		c.stopped("entry")
	})
	leave()
	return took
}

func budgetPause(t *testing.T, r *report, connect connector) {
	stick := crossing(t, pauseMedian/10)
	best, n := settle(
		func() series { return measurePause(t, connect, stick) },
		func(s series) float64 { return s.share(50, pauseMedian) })
	r.percentile(t, "pause of a busy loop, p50", best, 50, pauseMedian)
	r.took(n)
	r.duration("pause of a busy loop, slowest", best.percentile(100))
}

func measurePause(tb testing.TB, connect connector, stick stick) series {
	tb.Helper()
	s := series{stick: stick}
	c, leave := connect(tb)
	defer leave()
	c.launch(session(tb, "busy.lua"), true)
	c.stopped("entry")
	for range 100 {
		c.call("continue", mainThread())
		// The answer comes from the script's goroutine, so that the script is
		// known to be in its loop again.
		c.call("threads", nil)
		s.add(byClock(func() {
			c.call("pause", mainThread())
			c.stopped("pause")
		}))
	}
	return s
}

// budgetExec times the whole life of a process that has a kernel of its own.
func budgetExec(t *testing.T, r *report, binary string) {
	stick := started(t, execMedian/2)
	best, n := settle(
		func() series {
			return beside(stick, 40, func() timings { return commandOnce(t, "1", binary, "exec", "return 1") })
		},
		func(s series) float64 { return s.share(50, execMedian) })
	r.percentile(t, "llmspell exec 'return 1', the whole process, p50", best, 50, execMedian)
	r.claimed("36.5 ms")
	r.took(n)
	r.duration("llmspell exec 'return 1', wall time, p50", best.wall.percentile(50))
	r.duration("llmspell exec 'return 1', wall time, p99", best.wall.percentile(99))
}

func budgetToolCommand(t *testing.T, r *report, binary string) {
	stick := started(t, toolMedian/2)
	best, n := settle(
		func() series {
			return beside(stick, 20, func() timings {
				return commandOnce(t, "4", binary, "tool", "invoke", "calculator", "--params", `{"input":"2+2"}`)
			})
		},
		func(s series) float64 { return s.share(50, toolMedian) })
	r.percentile(t, "llmspell tool invoke calculator, p50", best, 50, toolMedian)
	r.took(n)
	r.duration("llmspell tool invoke calculator, wall time, p50", best.wall.percentile(50))
}

// commandOnce times a command from its start to its end, and the CPU time of its process.
// What it prints must hold want.
func commandOnce(tb testing.TB, want, binary string, args ...string) timings {
	tb.Helper()
	cmd := exec.Command(binary, args...)
	wall := timed(func() {
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			tb.Fatalf("llmspell %s printed %q, without %s: %v", strings.Join(args, " "), out, want, err)
		}
	})
	return timings{wall, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
}
