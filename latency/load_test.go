//go:build !race

package latency

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/llmspell/llmspell/latency/bench"
)

// Budgets of steps in a program that is hard to step through, while all cores are busy. The
// line that a step must not cross is the same on every machine: no yardstick moves it.
const (
	loadLimit  = 20 * time.Millisecond
	loadMedian = time.Millisecond
	loadLook   = 10 * time.Millisecond // a step, and all that is shown then
	loadList   = 20 * time.Millisecond // the list of all threads
)

// budgetLoad steps in all ways through one script with everything in it that makes that hard.
func budgetLoad(t *testing.T, r *report, transport string, connect connector) {
	path := filepath.Join(t.TempDir(), "hard.lua")
	if err := os.WriteFile(path, []byte(hardScript()), 0o600); err != nil {
		t.Fatal(err)
	}
	c, leave := connect(t)
	defer leave()
	c.launch(path, false, lineOf(t, path, "body"))
	c.stopped("breakpoint")
	c.breakpoints(path)
	defer burn(t)()
	one, look := crossing(t, loadMedian/10), crossing(t, loadLook/4)
	for _, kind := range stepKinds() {
		set(c, t, path, kind.breakpoints)
		measure := func() series { return beside(one, 200, func() timings { return kind.once(c) }) }
		best, n := settle(measure, func(s series) float64 {
			return max(s.share(50, loadMedian), float64(s.percentile(99))/float64(loadLimit))
		})
		r.percentile(t, kind.name+" under load, "+transport+", p50", best, 50, loadMedian)
		r.took(n)
		r.percentile(t, kind.name+" under load, "+transport+", p99", series{own: best.own}, 99, loadLimit)
		r.took(n)
	}
	set(c, t, path, nil)
	for _, x := range []struct {
		name   string
		budget time.Duration
		times  int
		once   func()
	}{
		{"next, the stack of 200 frames, locals, 100 entries of each large table", loadLook, 100, func() { step(c, "next"); lookHard(c) }},
		{"list of 10,000 coroutines", loadList, 20, func() { listHard(c) }},
	} {
		best, n := settle(
			func() series { return beside(look, x.times, func() timings { return byClock(x.once) }) },
			func(s series) float64 { return s.share(50, x.budget) })
		r.percentile(t, x.name+" under load, "+transport+", p50", best, 50, x.budget)
		r.took(n)
		r.duration(x.name+" under load, "+transport+", p99", best.percentile(99))
	}
}

// stepKind is a way to step, with breakpoints by the marks of their lines.
type stepKind struct {
	name        string
	breakpoints map[string]object
	once        func(*client) timings
}

func stepKinds() []stepKind {
	free := func(command string) func(*client) timings {
		return func(c *client) timings { return step(c, command) }
	}
	// reached steps from a breakpoint, to which the script runs before.
	reached := func(command string) func(*client) timings {
		return func(c *client) timings {
			c.call("continue", mainThread())
			c.stopped("breakpoint")
			return step(c, command)
		}
	}
	return []stepKind{
		{"next", nil, free("next")},
		{"stepIn", nil, free("stepIn")},
		{"stepOut", map[string]object{"inside": {}}, reached("stepOut")},
		{"next over coroutine.resume", map[string]object{"resume": {}}, reached("next")},
		{"next by conditions", map[string]object{"near": {"condition": "total < 0"}, "inside": {"condition": "width < 0"}}, free("next")},
		{"next by logpoints", map[string]object{"near": {"logMessage": "{total}"}, "inside": {"logMessage": "{width} x {height}"}}, free("next")},
	}
}

// set replaces the breakpoints of the script.
func set(c *client, tb testing.TB, path string, byMark map[string]object) {
	tb.Helper()
	var specs []object
	for mark, spec := range byMark {
		spec["line"] = lineOf(tb, path, mark)
		specs = append(specs, spec)
	}
	c.specs(path, specs...)
}

// lookHard asks for all that an editor may show: the whole stack, the locals, and the
// beginning of the tables among them.
func lookHard(c *client) {
	c.tb.Helper()
	frames := c.stack()
	if len(frames) <= hardDepth {
		c.tb.Fatalf("%d frames, want more than %d", len(frames), hardDepth)
	}
	tables := 0
	for _, v := range c.localsOf(frames[0]) {
		if !slices.Contains([]string{"array", "hash"}, v.Name) {
			continue
		}
		tables++
		if page := c.variables(c.call("variables", object{"variablesReference": v.VariablesReference, "start": 0, "count": 100})); len(page) != 100 {
			c.tb.Fatalf("%d entries of %s, want 100", len(page), v.Name)
		}
	}
	if tables != 2 {
		c.tb.Fatalf("%d of the large tables are locals, want 2", tables)
	}
}

// listHard lists the threads.
func listHard(c *client) {
	c.tb.Helper()
	var body struct{ Threads []struct{ ID int } }
	c.decode(c.call("threads", nil), &body)
	if len(body.Threads) <= hardCoroutines {
		c.tb.Fatalf("%d threads, want more than %d", len(body.Threads), hardCoroutines)
	}
}

// burning is the value of helperVariable for a process that keeps a core busy.
const burning = "burn"

// burn keeps all cores busy until its end.
func burn(tb testing.TB) (end func()) {
	tb.Helper()
	var ends []func()
	for range runtime.NumCPU() {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), helperVariable+"="+burning)
		in, err := cmd.StdinPipe()
		if err != nil {
			tb.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			tb.Fatalf("start what keeps a core busy: %v", err)
		}
		ends = append(ends, func() {
			_ = in.Close() // it ends then
			if err := cmd.Wait(); err != nil {
				tb.Errorf("what keeps a core busy: %v", err)
			}
		})
	}
	return func() {
		for _, one := range ends {
			one()
		}
	}
}

// keepBusy works until its input ends.
func keepBusy(r io.Reader) {
	go func() {
		_, _ = io.Copy(io.Discard, r)
		os.Exit(0)
	}()
	for b := bench.NewWorkbench(); ; {
		b.Work(1000)
	}
}
