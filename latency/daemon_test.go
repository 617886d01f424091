//go:build !race

package latency

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/rpc"
)

// Budgets of a kernel in a process of its own.
const (
	daemonMedian     = 50 * time.Millisecond
	socketMedian     = 150 * time.Microsecond
	socketSlow       = time.Millisecond
	sustainedRate    = 5000 // requests a second
	megabyteMedian   = 5 * time.Millisecond
	idleMemoryBudget = 25 << 20
)

// daemons starts kernels in the background whose files are the test's own.
type daemons struct {
	binary string
	env    []string
}

func newDaemons(tb testing.TB, binary string) *daemons {
	tb.Helper()
	// The path of a socket is short: not every t.TempDir is.
	home, err := os.MkdirTemp("", "lat")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { os.RemoveAll(home) })
	d := &daemons{binary: binary, env: os.Environ()}
	for _, name := range []string{"DATA_HOME", "STATE_HOME", "CONFIG_HOME", "RUNTIME_DIR"} {
		folder := filepath.Join(home, strings.ToLower(name[:1]))
		if err := os.Mkdir(folder, 0o700); err != nil {
			tb.Fatal(err)
		}
		d.env = append(d.env, "XDG_"+name+"="+folder)
	}
	return d
}

// command runs llmspell and returns what it prints.
func (d *daemons) command(tb testing.TB, args ...string) []byte {
	tb.Helper()
	cmd := exec.Command(d.binary, args...)
	cmd.Env = d.env
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		tb.Fatalf("llmspell %s: %v\n%s", strings.Join(args, " "), err, &stderr)
	}
	return out
}

// start starts a kernel, and returns how long that took and what stops it.
func (d *daemons) start(tb testing.TB, id string) (ready time.Duration, stop func()) {
	tb.Helper()
	stop = sync.OnceFunc(func() { d.command(tb, "kernel", "stop", id) })
	ready = timed(func() { d.command(tb, "kernel", "start", "--daemon", "--id", id) })
	tb.Cleanup(stop)
	return ready, stop
}

// kernelStatus is what `kernel status` says of a kernel.
type kernelStatus struct {
	PID    int    `json:"pid"`
	Socket string `json:"socket"`
}

func (d *daemons) status(tb testing.TB, id string) kernelStatus {
	tb.Helper()
	var list []kernelStatus
	out := d.command(tb, "kernel", "status", id, "--format", "json")
	if err := json.Unmarshal(out, &list); err != nil || len(list) != 1 || list[0].PID == 0 {
		tb.Fatalf("the status is %s: %v", out, err)
	}
	return list[0]
}

// dial connects to a kernel.
func (d *daemons) dial(tb testing.TB, id string) *rpc.Client {
	tb.Helper()
	c, err := rpc.Dial(tb.Context(), d.status(tb, id).Socket, rpc.ClientOptions{Env: []string{}})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { c.Close() })
	return c
}

// budgetDaemonReady times the command that starts a kernel in the background,
// which ends when the kernel takes requests.
func budgetDaemonReady(t *testing.T, r *report, binary string) {
	d, n := newDaemons(t, binary), 0
	percentiles{what: "llmspell kernel start --daemon, until it is ready", p50: daemonMedian}.
		judge(t, r, func() samples {
			return repeated(20, func() time.Duration {
				n++
				ready, stop := d.start(t, fmt.Sprint("ready", n))
				stop()
				return ready
			})
		})
}

// budgetSocket times requests to a kernel in another process, over its socket.
func budgetSocket(t *testing.T, r *report, binary string) {
	d := newDaemons(t, binary)
	d.start(t, "socket")
	c := d.dial(t, "socket")
	calculate(t, c)
	percentiles{what: "tool invocation over the socket", p50: socketMedian, p99: socketSlow, claim: "11.9 ms"}.
		judge(t, r, func() samples {
			return repeated(5000, func() time.Duration { return timed(func() { calculate(t, c) }) })
		})

	clients := make([]*rpc.Client, 8)
	for i := range clients {
		clients[i] = d.dial(t, "socket")
	}
	best, n := settle(func() float64 { return sustained(t, clients) },
		func(rate float64) float64 { return sustainedRate / rate })
	r.rate(t, "tool invocations of eight clients, sustained", best, sustainedRate)
	r.claimed("88 /s")
	r.took(n)

	// A program as people write them, with quotes and lines to escape.
	line := `print("the quick brown fox jumps over the lazy dog") -- and again` + "\n"
	code := strings.Repeat(line, 1<<20/len(line)+1) // too long to be parsed: it is the message that counts
	large := func() {
		if res, err := c.IsComplete(t.Context(), code); err != nil || res.Status != kernel.CodeUnknown {
			t.Fatalf("%+v, %v", res, err)
		}
	}
	var slow time.Duration // wall time, p99
	median, n := settle(func() time.Duration {
		const times = 100
		before, known := kernelTime(t, c)
		before += cpuTime(t)
		s := repeated(times, func() time.Duration { return timed(large) })
		after, _ := kernelTime(t, c)
		cpu := (after + cpuTime(t) - before) / times
		t.Logf("1 MB: p50 %v, p99 %v, CPU time of both sides %v", s.percentile(50), s.percentile(99), cpu)
		slow = s.percentile(99)
		if !known {
			return s.percentile(50)
		}
		// The client and the kernel take turns: on a machine that others use too, what they need.
		return min(s.percentile(50), cpu)
	}, func(d time.Duration) float64 { return share(d, megabyteMedian) })
	r.duration(t, "message of 1 MB, and its answer, p50", median, megabyteMedian)
	r.claimed("12 ms")
	r.took(n)
	r.duration(t, "message of 1 MB, and its answer, p99", slow, 0)
}

// kernelTime is the CPU time that a kernel has used, if the system tells it.
func kernelTime(t *testing.T, c *rpc.Client) (used time.Duration, known bool) {
	t.Helper()
	status, err := c.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return time.Duration(status.CPUSeconds * float64(time.Second)), status.CPUSeconds > 0
}

// calculate invokes a tool that takes no time to speak of.
func calculate(t *testing.T, c *rpc.Client) {
	res, err := c.InvokeTool(t.Context(), rpc.InvokeParams{Name: "calculator", Params: map[string]any{"input": "2 + 3 * 4"}})
	if err != nil || !res.Success {
		t.Fatalf("calculator: %+v, %v", res, err)
	}
}

// sustained returns how many requests a second clients make that ask at the same time
// and never pause.
func sustained(t *testing.T, clients []*rpc.Client) float64 {
	const each = 2500
	var all sync.WaitGroup
	took := timed(func() {
		for _, c := range clients {
			all.Go(func() {
				for range each {
					res, err := c.InvokeTool(t.Context(), rpc.InvokeParams{Name: "calculator", Params: map[string]any{"input": "2 + 3 * 4"}})
					if err != nil || !res.Success {
						t.Errorf("calculator: %+v, %v", res, err)
						return
					}
				}
			})
		}
		all.Wait()
	})
	return float64(each*len(clients)) / took.Seconds()
}

// budgetIdleMemory reads what a kernel has resident once it has given memory back:
// after its start, and after work.
func budgetIdleMemory(t *testing.T, r *report, binary string) {
	d := newDaemons(t, settled(t, binary))
	d.start(t, "idle")
	pid := d.status(t, "idle").PID
	r.memory(t, "memory of an idle kernel, after its start", settledMemory(t, pid), idleMemoryBudget)
	r.claimed("30 to 40 MB")
	c := d.dial(t, "idle")
	for range 20 {
		info, err := c.CreateSession(t.Context(), rpc.SessionParams{})
		if err != nil {
			t.Fatal(err)
		}
		res, err := c.Run(t.Context(), rpc.RunParams{Session: info.ID, Code: `
			State.set("key", { "value" })
			for i = 1, 1000 do Tool.execute("calculator", { input = i .. " + 1" }) end
			return #Tool.list() > 0`}, rpc.RunHandlers{})
		if err != nil || res.Error != nil {
			t.Fatalf("%+v, %v", res, err)
		}
		if err := c.CloseSession(t.Context(), info.ID); err != nil {
			t.Fatal(err)
		}
	}
	c.Close()
	r.memory(t, "memory of an idle kernel, after 20 sessions of work", settledMemory(t, pid), idleMemoryBudget)
}

// settledMemory waits until a process has no more memory resident than an idle
// kernel may have, or is not going to.
func settledMemory(t *testing.T, pid int) int64 {
	deadline := time.Now().Add(20 * time.Second) // it gives back after 2 s, and looks each 5 s
	for {
		now := residentMemory(t, pid)
		if now <= idleMemoryBudget || time.Now().After(deadline) {
			return now
		}
		time.Sleep(50 * time.Millisecond)
	}
}
