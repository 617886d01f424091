//go:build !race

package latency

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/events"
	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/tools"
)

// Budgets of hooks and events.
const (
	hasBudget   = 10 * time.Nanosecond // a point where nobody listens
	hookBudget  = 2 * time.Microsecond // a hook that is a Go function
	hookShare   = 0.01                 // of a call of a tool, when all hooks are at other points
	eventRate   = 500_000              // a second
	eventsCount = 400_000
	eventsTime  = eventsCount * time.Second / eventRate
)

func noHook(context.Context, *hooks.Call) (hooks.Result, error) { return hooks.Result{}, nil }

func budgetHooks(t *testing.T, r *report) {
	onOneCore(t)
	kernelHooks := hooks.New(hooks.Options{})
	reg := kernelHooks.Layer()
	for _, p := range []hooks.Point{hooks.AfterStateWrite, hooks.SessionStart, hooks.BeforeEventEmit} {
		for _, to := range []*hooks.Registry{kernelHooks, reg} {
			if _, err := to.Register(p, hooks.Definition{Func: noHook}); err != nil {
				t.Fatal(err)
			}
		}
	}
	const times = 1000
	many, n := perCall(t, hasBudget*times, 100, func() {
		for range times {
			if reg.Has(hooks.BeforeToolExecution) {
				t.Fatal("a hook that was not registered")
			}
		}
	})
	many.own[0] /= times
	r.percentile(t, "hook point without hooks", many, 0, hasBudget)
	r.took(n)
	call := hooks.Call{Point: hooks.AfterStateWrite, Data: map[string]any{"key": "k"}}
	best, n := perCall(t, hookBudget, 10_000, func() { one := call; kernelHooks.Run(context.Background(), &one) })
	r.percentile(t, "hook call", best, 0, hookBudget)
	r.took(n)

	// What a call of a tool asks hooks before it knows that there are none for it.
	active := kernel.ToolHook(reg, "lua").Active
	asked, _ := perCall(t, 0, 1000, func() {
		for range times {
			if active() {
				t.Fatal("a hook that was not registered")
			}
		}
	})
	inv := tools.NewInvoker(tools.Builtin(), tools.Options{})
	params := map[string]any{"operation": "evaluate", "input": "2 + 3 * 4"}
	whole, _ := perCall(t, 0, 10_000, func() { invoke(t, inv, "calculator", params) })
	got := float64(asked.percentile(0)) / times / float64(whole.percentile(0))
	r.judge(t, "hooks at other points, of a calculator call", fmt.Sprintf("%.2f %%", 100*got), fmt.Sprintf("%.0f %%", 100*hookShare), got <= hookShare)
}

// budgetEvents publishes from two goroutines to subscriptions with and without
// wildcards, which others empty.
func budgetEvents(t *testing.T, r *report) {
	stick := alone(t, eventsTime/10)
	once := func() timings {
		bus := events.New(events.Options{})
		var readers, writers sync.WaitGroup
		for _, pattern := range []string{"user.created", "user.*", "*", "order.*"} {
			s, err := bus.Subscribe(events.SubscribeOptions{}, pattern)
			if err != nil {
				t.Fatal(err)
			}
			readers.Go(func() {
				for {
					if _, err := s.Receive(context.Background()); err != nil {
						return
					}
				}
			})
		}
		start, cpu := time.Now(), cpuTime(t)
		for range 2 {
			writers.Go(func() {
				for i := range eventsCount / 2 {
					if _, err := bus.Publish(context.Background(), "user.created", map[string]any{"n": i}, events.PublishOptions{}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		writers.Wait()
		// On a machine that others use too, what two cores would do with the time.
		took := timings{time.Since(start), (cpuTime(t) - cpu) / 2}
		bus.Close()
		readers.Wait()
		return took
	}
	best, n := settle(func() series { return quickest(stick, 1, once) },
		func(s series) float64 { return s.share(0, eventsTime) })
	r.rate(t, "events on two cores, to three of four subscriptions", best, eventsCount, eventRate)
	r.claimed("90,000 /s")
	r.took(n)
}
