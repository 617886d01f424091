package suite

import (
	"context"
	"fmt"

	"github.com/llmspell/llmspell/latency/bench"
	"github.com/llmspell/llmspell/latency/client"
)

// startBenchmarks measure processes from their start.
func startBenchmarks() []bench.Benchmark {
	process := func(name, what string, budget float64, claim string, open func(context.Context, *bench.Env) (*bench.Probe, error)) bench.Benchmark {
		b := bench.Benchmark{Name: name, Group: bench.Start, What: what, Reach: bench.Process, Unit: bench.Nanoseconds, Budget: budget, Times: 5, Open: open}
		if claim != "" {
			b.Claim = bench.Claim{Figure: claim, Source: guideSource}
		}
		return b
	}
	whole := func(want string, args ...string) func(context.Context, *bench.Env) (*bench.Probe, error) {
		return func(_ context.Context, env *bench.Env) (*bench.Probe, error) {
			c := &command{env: env}
			return c.probe(want, args...), nil
		}
	}
	return []bench.Benchmark{
		process("start/version", "llmspell version, the whole process", 0, "", whole("llmspell", "version")),
		process("start/exec", "llmspell exec 'return 1', the whole process", ms(15), "36.5 ms (start of a kernel)", whole("1", "exec", "return 1")),
		process("start/tool", "llmspell tool invoke calculator, the whole process", ms(30), "12 to 80 ms", whole("4", "tool", "invoke", "calculator", "--params", `{"input":"2+2"}`)),
		process("start/daemon", "llmspell kernel start --daemon, until the kernel is ready", ms(50), "1.8 s (in its design notes)", daemonReady),
		process("start/lsp", "llmspell lsp, until initialize is answered", ms(20), "", languageReady),
	}
}

func daemonReady(_ context.Context, env *bench.Env) (*bench.Probe, error) {
	var last *Daemon
	leave := func() error {
		if last == nil {
			return nil
		}
		d := last
		last = nil
		return d.Stop()
	}
	c := &command{env: env}
	n := 0
	return &bench.Probe{Before: leave, Close: leave, Once: func() error {
		n++
		d := &Daemon{ID: fmt.Sprint("ready", n), env: env}
		if err := c.run("", "kernel", "start", "--daemon", "--id", d.ID, "--idle-timeout", "10m"); err != nil {
			return err
		}
		last = d
		return nil
	}}, nil
}

func languageReady(ctx context.Context, env *bench.Env) (*bench.Probe, error) {
	var last *client.Editor
	leave := func() error {
		if last == nil {
			return nil
		}
		e := last
		last = nil
		return e.Leave()
	}
	return &bench.Probe{Before: leave, Close: leave, Once: func() error {
		p, err := client.Start(ctx, env.Vars, env.Binary, "lsp")
		if err != nil {
			return err
		}
		e, err := client.NewEditor(p, "")
		if err != nil {
			p.Kill()
			return err
		}
		last = e
		return nil
	}}, nil
}
