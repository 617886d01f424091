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
	daemonMedian      = 50 * time.Millisecond
	socketMedian      = 150 * time.Microsecond
	socketSlow        = time.Millisecond
	sustainedRate     = 5000 // requests a second
	megabyteMedian    = 5 * time.Millisecond
	idleMemoryBudget  = 25 << 20
	largeMemoryBudget = 20 << 20
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

// start starts a kernel. It returns how long that took, the CPU time of the command
// that did it, and what stops the kernel, which happens at the end of the test too.
func (d *daemons) start(tb testing.TB, id string) (ready, cpu time.Duration, stop func()) {
	tb.Helper()
	stop = sync.OnceFunc(func() { d.command(tb, "kernel", "stop", id) })
	cmd := exec.Command(d.binary, "kernel", "start", "--daemon", "--id", id)
	cmd.Env = d.env
	ready = timed(func() {
		if out, err := cmd.CombinedOutput(); err != nil {
			tb.Fatalf("start a kernel: %v\n%s", err, out)
		}
	})
	tb.Cleanup(stop)
	return ready, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), stop
}

// kernelStatus is what `kernel status` says of a kernel.
type kernelStatus struct {
	PID        int     `json:"pid"`
	Socket     string  `json:"socket"`
	CPUSeconds float64 `json:"cpu_seconds"` // 0: the system does not tell

	MemoryBytes    int64 `json:"memory_bytes"`
	MemoryOwnBytes int64 `json:"memory_own_bytes"`
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
	d, stick, count := newDaemons(t, binary), started(t, daemonMedian/2), 0
	once := func() timings {
		count++
		id := fmt.Sprint("ready", count)
		ready, cpu, stop := d.start(t, id)
		defer stop()
		// The command waits for the kernel: both together need this much.
		used := d.status(t, id).CPUSeconds
		if used == 0 {
			return timings{wall: ready}
		}
		return timings{ready, cpu + time.Duration(used*float64(time.Second))}
	}
	best, n := settle(func() series { return beside(stick, 20, once) },
		func(s series) float64 { return s.share(50, daemonMedian) })
	r.percentile(t, "llmspell kernel start --daemon, until it is ready, p50", best, 50, daemonMedian)
	r.took(n)
	r.duration("llmspell kernel start --daemon, wall time, p50", best.wall.percentile(50))
	r.duration("llmspell kernel start --daemon, wall time, p99", best.wall.percentile(99))
}

// budgetSocket times requests to a kernel in another process, over its socket.
func budgetSocket(t *testing.T, r *report, binary string) {
	d := newDaemons(t, binary)
	d.start(t, "socket")
	c := d.dial(t, "socket")
	stick := crossing(t, socketMedian/2)
	one, tries := settle(
		func() series {
			return beside(stick, 5000, func() timings { return byClock(func() { calculate(t, c) }) })
		},
		func(s series) float64 { return max(s.share(50, socketMedian), s.share(99, socketSlow)) })
	r.percentile(t, "tool invocation over the socket, p50", one, 50, socketMedian)
	r.claimed("11.9 ms")
	r.took(tries)
	r.percentile(t, "tool invocation over the socket, p99", one, 99, socketSlow)
	r.took(tries)
	r.duration("the yardstick beside it, another process, p50", one.yard.percentile(50))
	r.duration("the yardstick beside it, another process, p99", one.yard.percentile(99))

	clients := make([]*rpc.Client, 8)
	for i := range clients {
		clients[i] = d.dial(t, "socket")
	}
	const times, all = 20_000, 20_000 * time.Second / sustainedRate
	stick = alone(t, all/100)
	best, n := settle(
		func() series {
			return quickest(stick, 1, func() timings {
				used, known := kernelTime(t, c)
				used += cpuTime(t)
				took := timings{wall: sustained(t, clients, times)}
				if after, _ := kernelTime(t, c); known {
					// On a machine that others use too, what two cores would do with the time.
					took.cpu = (after + cpuTime(t) - used) / 2
				}
				return took
			})
		},
		func(s series) float64 { return s.share(0, all) })
	r.rate(t, "tool invocations of eight clients, sustained", best, times, sustainedRate)
	r.claimed("88 /s")
	r.took(n)

	// Too long to be parsed as Lua: it is the message that counts.
	const prose = "the quick brown fox jumps over the lazy dog and comes back; "
	const lines = `print("the quick brown fox jumps over the lazy dog") -- again` + "\n"
	budgetMegabyte(t, r, c, "message of 1 MB, and its answer", strings.Repeat(prose, 1<<20/len(prose)+1), megabyteMedian)
	r.claimed("12 ms")
	budgetMegabyte(t, r, c, "of 1 MB of Lua, with quotes and lines to escape", strings.Repeat(lines, 1<<20/len(lines)+1), 0)
}

// budgetMegabyte sends a text that has no answer but that it is too long.
func budgetMegabyte(t *testing.T, r *report, c *rpc.Client, what, text string, budget time.Duration) {
	var by stick
	if budget > 0 {
		by = crossing(t, budget/2)
	}
	best, n := settle(func() series {
		const times = 100
		used, known := kernelTime(t, c)
		var mine time.Duration
		s := beside(by, times, func() timings {
			cpu := cpuTime(t)
			wall := timed(func() {
				if res, err := c.IsComplete(t.Context(), text); err != nil || res.Status != kernel.CodeUnknown {
					t.Fatalf("%+v, %v", res, err)
				}
			})
			mine += cpuTime(t) - cpu
			return timings{wall, wall}
		})
		if after, _ := kernelTime(t, c); known {
			// The client and the kernel take turns: on a machine that others use too, what
			// they need, on average. The kernel does not tell it of each message.
			s.own = samples{min(s.percentile(50), (after-used+mine)/times)}
		}
		return s
	}, func(s series) float64 { return s.share(50, budget) })
	r.duration(what+", wall time, p50", best.wall.percentile(50))
	r.duration(what+", wall time, p99", best.wall.percentile(99))
	r.percentile(t, what+", p50", best, 50, budget)
	r.took(n)
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

// sustained returns how long so many requests take of clients that ask at the same time
// and never pause.
func sustained(t *testing.T, clients []*rpc.Client, times int) time.Duration {
	var all sync.WaitGroup
	return timed(func() {
		for _, c := range clients {
			all.Go(func() {
				for range times / len(clients) {
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
}

// budgetIdleMemory reads what `kernel status` says of a kernel's memory: its own from
// the start on, all that it has resident once it has given memory back.
func budgetIdleMemory(t *testing.T, r *report, binary string) {
	d := newDaemons(t, settled(t, binary))
	d.start(t, "idle")
	pid := d.status(t, "idle").PID
	r.memory(t, "own memory of a kernel that has just started", d.status(t, "idle").MemoryOwnBytes, idleMemoryBudget)
	d.idleMemory(t, r, "after its start", pid)
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
	r.memory(t, "own memory of a kernel, as 20 sessions of work end", d.status(t, "idle").MemoryOwnBytes, 0)
	d.idleMemory(t, r, "after 20 sessions of work", pid)
	large := d.dial(t, "idle") // stays, as an editor does
	defer large.Close()
	res, err := large.Run(t.Context(), rpc.RunParams{Code: `
		for i = 1, 20 do State.set("large" .. i, ("x" .. i):rep(2e6)) end
		local n = 0
		for i = 1, 20 do n = n + #State.get("large" .. i) end
		for i = 1, 20 do State.delete("large" .. i) end
		return n`}, rpc.RunHandlers{})
	if err != nil || res.Error != nil || string(res.Texts[0]) != "102000000" {
		t.Fatalf("%+v, %v", res, err)
	}
	// What C has allocated is no part of Go's heap, and is kept by it much longer.
	r.memory(t, "own memory of an idle kernel, after 100 MB of State, with a client", ownSettledAt(t, pid, largeMemoryBudget), largeMemoryBudget)
}

// ownSettledAt is settledAt for the memory that is a process's own.
func ownSettledAt(t *testing.T, pid int, budget int64) int64 {
	return settling(budget, func() int64 { return anonymousMemory(t, pid) })
}

// idleMemory waits for a kernel to give memory back, then asks `kernel status`, which
// itself brings pages of the program back.
func (d *daemons) idleMemory(t *testing.T, r *report, when string, pid int) {
	settledAt(t, pid, idleMemoryBudget)
	s := d.status(t, "idle")
	r.memory(t, "memory of an idle kernel, "+when, s.MemoryBytes, idleMemoryBudget)
	r.claimed("30 to 40 MB")
	r.memory(t, "its own part of that", s.MemoryOwnBytes, 0)
}

// settledAt waits until a process has no more memory resident than a budget, or is
// not going to.
func settledAt(t *testing.T, pid int, budget int64) int64 {
	return settling(budget, func() int64 { return residentMemory(t, pid) })
}

func settling(budget int64, measure func() int64) int64 {
	deadline := time.Now().Add(20 * time.Second) // it gives back after 2 s, and looks each 5 s
	for {
		now := measure()
		if now <= budget || time.Now().After(deadline) {
			return now
		}
		time.Sleep(50 * time.Millisecond)
	}
}
