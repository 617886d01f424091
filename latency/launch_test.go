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

// budgetExec times the whole life of a process that has a kernel of its own.
func budgetExec(t *testing.T, r *report, binary string) {
	best, n := settle(
		func() processes {
			var p processes
			for range 40 {
				p.add(processOnce(t, "1", binary, "exec", "return 1"))
			}
			return p
		},
		func(p processes) float64 { return share(p.undisturbed.percentile(50), execMedian) })
	r.duration(t, "llmspell exec 'return 1', the whole process, p50", best.undisturbed.percentile(50), execMedian)
	r.claimed("36.5 ms")
	r.took(n)
	r.duration(t, "llmspell exec 'return 1', wall time, p50", best.wall.percentile(50), 0)
	r.duration(t, "llmspell exec 'return 1', wall time, p99", best.wall.percentile(99), 0)
}

// processes are the times of one command run many times.
type processes struct {
	wall samples
	// undisturbed are the wall times, or the CPU times where these are less: what a
	// process that never waits would take on a machine that nobody else uses.
	undisturbed samples
}

func (p *processes) add(wall, cpu time.Duration) {
	p.wall = append(p.wall, wall)
	p.undisturbed = append(p.undisturbed, min(wall, cpu))
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
	wall, _ := processOnce(tb, want, binary, args...)
	return wall
}

// processOnce is commandOnce with the CPU time of the process too.
func processOnce(tb testing.TB, want, binary string, args ...string) (wall, cpu time.Duration) {
	tb.Helper()
	cmd := exec.Command(binary, args...)
	wall = timed(func() {
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			tb.Fatalf("llmspell %s printed %q, without %s: %v", strings.Join(args, " "), out, want, err)
		}
	})
	return wall, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

func repeated(n int, measure func() time.Duration) (s samples) {
	for range n {
		s = append(s, measure())
	}
	return s
}
