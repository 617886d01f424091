package suite

import (
	"context"
	"errors"
	"fmt"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/events"
	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/latency/bench"
)

// kernelBenchmarks measure a kernel in this process.
func kernelBenchmarks() []bench.Benchmark {
	direct := func(name, what string, budget float64, times int, claim bench.Claim, open func(context.Context, *bench.Env) (*bench.Probe, error)) bench.Benchmark {
		return bench.Benchmark{Name: name, Group: bench.Kernel, What: what, Reach: bench.Direct, Unit: bench.Nanoseconds, Budget: budget, Times: times, Claim: claim, Open: open}
	}
	return []bench.Benchmark{
		direct("kernel/message", "return 1 is executed, from submission to outcome", us(20), 1000, bench.Claim{Figure: "11.9 ms", Source: guideSource}, executing),
		direct("kernel/session", "a session is made, after the first", ms(1), 50, bench.Claim{}, opening),
		direct("kernel/interrupt", "from the interrupt to the end of a loop", ms(50), 30, bench.Claim{Figure: "85 ms (signal response)", Source: designSource}, interrupting),
		direct("kernel/hook", "a hook that is a Go function is called", us(2), 50, bench.Claim{Figure: "11 µs", Source: designSource}, hooking),
		direct("kernel/event", "an event is published to three of four subscriptions", us(2), 50, bench.Claim{Figure: "90,000 /s, which is 11 µs each", Source: designSource}, publishing),
	}
}

// hosted opens a session of a kernel without limits that matter here.
func hosted(env *bench.Env) (*kernel.Kernel, *kernel.Hosted, error) {
	k := kernel.New(kernel.Options{Limits: kernel.Limits{MaxSessions: -1}})
	h, err := k.Open(kernel.SessionOptions{Dir: env.Dir})
	if err != nil {
		k.Close()
		return nil, nil, err
	}
	return k, h, nil
}

// closing is Probe.Close of a kernel.
func closing(k *kernel.Kernel) func() error {
	return func() error {
		k.Close()
		return nil
	}
}

func executing(ctx context.Context, env *bench.Env) (*bench.Probe, error) {
	k, h, err := hosted(env)
	if err != nil {
		return nil, err
	}
	return &bench.Probe{Close: closing(k), Once: func() error {
		x, err := h.Submit(ctx, kernel.Request{Code: "return 1"})
		if err != nil {
			return err
		}
		if o := x.Outcome(); o.Err != nil || len(o.Texts) != 1 || o.Texts[0] != "1" {
			return fmt.Errorf("the outcome is %+v", o)
		}
		return nil
	}}, nil
}

func opening(_ context.Context, env *bench.Env) (*bench.Probe, error) {
	k, first, err := hosted(env)
	if err != nil {
		return nil, err
	}
	last := first
	return &bench.Probe{
		Close:  closing(k),
		Before: func() error { last.Close(); return nil },
		Once: func() (err error) {
			last, err = k.Open(kernel.SessionOptions{Dir: env.Dir})
			return err
		},
	}, nil
}

func interrupting(ctx context.Context, env *bench.Env) (*bench.Probe, error) {
	k, h, err := hosted(env)
	if err != nil {
		return nil, err
	}
	var x *kernel.Execution
	return &bench.Probe{
		Close: closing(k),
		Before: func() (err error) {
			running := make(chan struct{}, 1)
			x, err = h.Submit(ctx, kernel.Request{Code: "print('running') while true do end", Output: func(kernel.Stream, []byte) {
				select {
				case running <- struct{}{}:
				default:
				}
			}})
			if err == nil {
				<-running
			}
			return err
		},
		Once: func() error {
			h.Interrupt(false)
			if o := x.Outcome(); !errors.Is(o.Err, kernel.ErrInterrupted) {
				return fmt.Errorf("the loop ended with %w", o.Err)
			}
			return nil
		},
	}, nil
}

func hooking(ctx context.Context, _ *bench.Env) (*bench.Probe, error) {
	r := hooks.New(hooks.Options{})
	called := 0
	count := func(context.Context, *hooks.Call) (hooks.Result, error) { called++; return hooks.Result{}, nil }
	if _, err := r.Register(hooks.AfterStateWrite, hooks.Definition{Func: count}); err != nil {
		return nil, err
	}
	call := hooks.Call{Point: hooks.AfterStateWrite, Data: map[string]any{"key": "k"}}
	const each = 1000
	return &bench.Probe{Each: each, Once: func() error {
		called = 0
		for range each {
			one := call
			r.Run(ctx, &one)
		}
		if called != each {
			return fmt.Errorf("the hook was called %d times, want %d", called, each)
		}
		return nil
	}}, nil
}

func publishing(ctx context.Context, _ *bench.Env) (*bench.Probe, error) {
	bus := events.New(events.Options{})
	for _, pattern := range []string{"user.created", "user.*", "*", "order.*"} {
		s, err := bus.Subscribe(events.SubscribeOptions{}, pattern)
		if err != nil {
			bus.Close()
			return nil, err
		}
		go func() { // ends with the bus
			for {
				if _, err := s.Receive(context.Background()); err != nil {
					return
				}
			}
		}()
	}
	const each = 1000
	data := map[string]any{"n": 1}
	return &bench.Probe{Each: each, Close: func() error { bus.Close(); return nil }, Once: func() error {
		for range each {
			if _, err := bus.Publish(ctx, "user.created", data, events.PublishOptions{}); err != nil {
				return err
			}
		}
		return nil
	}}, nil
}
