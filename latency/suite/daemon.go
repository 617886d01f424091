package suite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/latency/bench"
)

// daemonBenchmarks measure a kernel in a process of its own, over its socket.
func daemonBenchmarks() []bench.Benchmark {
	over := func(name, what string, budget float64, times int, claim string, once func(context.Context, *rpc.Client) error) bench.Benchmark {
		b := bench.Benchmark{
			Name: name, Group: bench.Kernel, What: what, Reach: bench.Unix, Unit: bench.Nanoseconds, Budget: budget, Times: times,
			Open: func(ctx context.Context, env *bench.Env) (*bench.Probe, error) {
				d, c, err := Connect(ctx, env)
				if err != nil {
					return nil, err
				}
				return &bench.Probe{
					Once:  func() error { return once(ctx, c) },
					CPU:   func() time.Duration { return bench.ProcessCPU(d.PID) },
					Close: func() error { return errors.Join(c.Close(), d.Stop()) },
				}, nil
			},
		}
		if claim != "" {
			b.Claim = bench.Claim{Figure: claim, Source: guideSource}
		}
		return b
	}
	text := strings.Repeat("the quick brown fox jumps over the lazy dog and comes back; ", 1<<20/60+1)
	return []bench.Benchmark{
		over("socket/tool", "the calculator is invoked", us(150), 500, "11.9 ms", func(ctx context.Context, c *rpc.Client) error { return Calculate(ctx, c, "2 + 3 * 4", "14") }),
		over("socket/run", "return 1 is executed", us(500), 300, "11.9 ms", func(ctx context.Context, c *rpc.Client) error {
			res, err := c.Run(ctx, rpc.RunParams{Code: "return 1"}, rpc.RunHandlers{})
			if err == nil && (res.Error != nil || len(res.Texts) != 1 || res.Texts[0] != "1") {
				err = fmt.Errorf("the answer is %+v", res)
			}
			return err
		}),
		over("socket/megabyte", "a text of 1 MB, and a short answer", ms(5), 20, "12.1 ms", func(ctx context.Context, c *rpc.Client) error {
			res, err := c.IsComplete(ctx, text)
			if err == nil && res.Status != kernel.CodeUnknown {
				err = fmt.Errorf("the answer is %+v", res)
			}
			return err
		}),
	}
}

// Calculate invokes the calculator, whose answer must hold want.
func Calculate(ctx context.Context, c *rpc.Client, input, want string) error {
	res, err := c.InvokeTool(ctx, rpc.InvokeParams{Name: "calculator", Params: map[string]any{"input": input}})
	if err == nil && (!res.Success || !strings.Contains(string(res.Result), want)) {
		err = fmt.Errorf("%s is answered with %+v %s", input, res, res.Result)
	}
	return err
}

// Daemon is a kernel that runs in the background.
type Daemon struct {
	ID     string
	PID    int    `json:"pid"`
	Socket string `json:"socket"`

	MemoryBytes    int64 `json:"memory_bytes"`
	MemoryOwnBytes int64 `json:"memory_own_bytes"`

	env *bench.Env
}

// daemonCount numbers the kernels of this process, so that each has an id.
var daemonCount atomic.Int64

// StartDaemon starts a kernel; it ends by itself some time after this process was killed.
func StartDaemon(env *bench.Env) (*Daemon, error) {
	d := &Daemon{ID: fmt.Sprint("b", daemonCount.Add(1)), env: env}
	if _, err := d.run("kernel", "start", "--daemon", "--id", d.ID, "--idle-timeout", "10m", "--max-clients", "1000"); err != nil {
		return nil, err
	}
	if err := d.Status(); err != nil {
		return nil, errors.Join(err, d.Stop())
	}
	return d, nil
}

// Status asks what the kernel says of itself.
func (d *Daemon) Status() error {
	out, err := d.run("kernel", "status", d.ID, "--format", "json")
	if err != nil {
		return err
	}
	list := []*Daemon{d}
	if err := json.Unmarshal(out, &list); err != nil || len(list) != 1 || d.PID == 0 {
		return fmt.Errorf("the kernel's status is %s: %v", out, err)
	}
	return nil
}

// Dial connects to the kernel.
func (d *Daemon) Dial(ctx context.Context) (*rpc.Client, error) {
	return rpc.Dial(ctx, d.Socket, rpc.ClientOptions{Env: []string{}})
}

// Stop ends the kernel.
func (d *Daemon) Stop() error {
	_, err := d.run("kernel", "stop", d.ID)
	return err
}

func (d *Daemon) run(args ...string) ([]byte, error) {
	cmd := exec.Command(d.env.Binary, args...)
	cmd.Env = d.env.Vars
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("llmspell %s: %w\n%s", strings.Join(args, " "), err, &stderr)
	}
	return out, nil
}

// Connect starts a kernel and connects to it.
func Connect(ctx context.Context, env *bench.Env) (*Daemon, *rpc.Client, error) {
	d, err := StartDaemon(env)
	if err != nil {
		return nil, nil, err
	}
	c, err := d.Dial(ctx)
	if err != nil {
		return nil, nil, errors.Join(err, d.Stop())
	}
	return d, c, nil
}
