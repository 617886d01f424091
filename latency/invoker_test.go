//go:build !race

package latency

import (
	"context"
	"fmt"
	"os"
	goruntime "runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// Budgets of the registry and the invoker.
const (
	listBudget       = 5 * time.Microsecond
	searchBudget     = 50 * time.Microsecond
	calculatorBudget = 10 * time.Microsecond
	megabyteBudget   = 12 * time.Millisecond
	parallelBudget   = 100 * time.Millisecond
)

// parallelWait is how long each of parallelCalls calls at a time waits.
const (
	parallelWait  = 50 * time.Millisecond
	parallelCalls = 100
)

// leastTools is how many tools the registry must know for the figures to count.
const leastTools = 45

// manyTools is a registry with the built-in tools, and copies of them under
// other names as long as they are fewer than leastTools.
func manyTools(tb testing.TB) *tools.Registry {
	tb.Helper()
	reg := tools.Builtin().Layer()
	for i := 0; len(reg.List(tools.Filter{})) < leastTools; i++ {
		for _, d := range tools.Builtin().List(tools.Filter{}) {
			c := *d
			c.Name, c.Aliases = fmt.Sprintf("%s-%d", d.Name, i), nil
			if err := reg.Register(tool.Static(&c, nil)); err != nil {
				tb.Fatal(err)
			}
		}
	}
	return reg
}

func budgetRegistry(t *testing.T, r *report) {
	onOneCore(t)
	reg := manyTools(t)
	size := len(reg.List(tools.Filter{}))
	best, n := perCall(t, listBudget, 10_000, func() { reg.List(tools.Filter{}) })
	r.percentile(t, fmt.Sprintf("registry, list of %d tools", size), best, 0, listBudget)
	r.took(n)
	for _, query := range []string{"hash", "convert json file", "send an email", "calcluator", "what time is it in another time zone"} {
		best, n := perCall(t, searchBudget, 2_000, func() { reg.Search(query, tools.Filter{}, 5) })
		r.percentile(t, "registry, search "+query, best, 0, searchBudget)
		r.took(n)
	}
	inv := tools.NewInvoker(reg, tools.Options{})
	params := map[string]any{"operation": "evaluate", "input": "2 + 3 * 4"}
	best, n = perCall(t, calculatorBudget, 10_000, func() { invoke(t, inv, "calculator", params) })
	r.percentile(t, "calculator through the invoker", best, 0, calculatorBudget)
	r.took(n)
}

func invoke(tb testing.TB, inv *tools.Invoker, name string, params map[string]any) *tools.Response {
	res, err := inv.Invoke(context.Background(), name, params, tools.CallOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	return res
}

// perCall is the CPU time of one call of f, which is its wall time on an idle
// machine: the least of several rounds of n calls, as the only sample. A budget of 0 is none.
func perCall(tb testing.TB, budget time.Duration, n int, f func()) (best series, took int) {
	f() // what is made at the first call
	var by stick
	if budget > 0 {
		by = alone(tb, min(time.Duration(n)*budget/2, 20*time.Millisecond))
	}
	return settle(
		func() series {
			return quickest(by, rounds, func() timings {
				goruntime.GC() // what earlier rounds left is not this one's
				start := cpuTime(tb)
				for range n {
					f()
				}
				each := (cpuTime(tb) - start) / time.Duration(n)
				return timings{each, each}
			})
		},
		func(s series) float64 { return s.share(0, budget) })
}

// megabyte is a JSON text of 1 MB: a list of records.
func megabyte() string {
	var text strings.Builder
	text.WriteString(`[`)
	for i := 0; text.Len() < 1<<20; i++ {
		fmt.Fprintf(&text, `{"id":%d,"name":"user %d","tags":["a","b"],"score":%d.5},`, i, i, i)
	}
	text.WriteString(`{}]`)
	return text.String()
}

func budgetJSON(t *testing.T, r *report) {
	onOneCore(t)
	inv := tools.NewInvoker(tools.Builtin(), tools.Options{})
	text := megabyte()
	for _, tt := range []struct {
		query  string
		budget time.Duration
	}{{".", megabyteBudget}, {".[1000].name", megabyteBudget}, {"map(.score // 0) | add", 0}} {
		params := map[string]any{"input": text, "query": tt.query}
		best, n := perCall(t, tt.budget, 4, func() { invoke(t, inv, "json-processor", params) })
		r.percentile(t, "json-processor, 1 MB of text, "+tt.query, best, 0, tt.budget)
		r.took(n)
	}
}

// waiting is a registry with a tool that waits.
func waiting(tb testing.TB) *tools.Registry {
	tb.Helper()
	reg := tools.NewRegistry()
	d := &tool.Descriptor{Name: "wait", Description: "waits", Category: "test", Parameters: schema.Map("")}
	if err := reg.Register(tool.Static(d, func(ctx context.Context, _ *tool.Call) (*tool.Result, error) {
		select {
		case <-time.After(parallelWait):
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	})); err != nil {
		tb.Fatal(err)
	}
	return reg
}

// sleepers is a yardstick that waits as often at a time.
func sleepers() stick {
	return stick{base: parallelWait + time.Millisecond, once: func(int) timings {
		return byClock(func() {
			var all sync.WaitGroup
			for range parallelCalls {
				all.Go(func() { time.Sleep(parallelWait) })
			}
			all.Wait()
		})
	}}
}

// budgetParallel makes calls that wait, all at a time, from Go and from Lua.
func budgetParallel(t *testing.T, r *report) {
	inv := tools.NewInvoker(waiting(t), tools.Options{})
	requests := make([]tools.Request, parallelCalls)
	for i := range requests {
		requests[i].Tool = "wait"
	}
	fromGo := func() timings {
		return byClock(func() {
			for _, res := range inv.InvokeAll(context.Background(), requests, parallelCalls) {
				if !res.Success {
					t.Fatal(res.Error)
				}
			}
		})
	}
	script := fmt.Sprintf(`local calls = {}
for i = 1, %d do calls[i] = {"wait"} end
local good = 0
for _, r in ipairs(Tool.parallel(calls)) do if r.success then good = good + 1 end end
return good`, parallelCalls)
	fromLua := func() timings {
		s, err := kernel.NewSession(kernel.Config{Tools: waiting(t)})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		return byClock(func() {
			if res, err := s.RunString(context.Background(), script, "=parallel", nil); err != nil || res.Texts[0] != fmt.Sprint(parallelCalls) {
				t.Fatalf("the script returned %v: %v", res, err)
			}
		})
	}
	for _, tt := range []struct {
		name    string
		measure func() timings
	}{{"InvokeAll", fromGo}, {"Tool.parallel", fromLua}} {
		best, n := settle(func() series { return beside(sleepers(), 1, tt.measure) },
			func(s series) float64 { return s.share(50, parallelBudget) })
		r.percentile(t, fmt.Sprintf("%d calls that wait %v, %s", parallelCalls, parallelWait, tt.name), best, 50, parallelBudget)
		r.took(n)
	}
}

// Budgets of a process that has listed and searched all tools. What it allocates is its
// own doing. How many pages of its file are in memory is the system's too, which maps what is
// near, and they are shared and can be dropped: that has room, and the file, which is what
// would make them more, has a budget that no machine changes.
const (
	ownMemoryBudget = 10 << 20
	pagesBudget     = 48 << 20
	fileBudget      = 112 << 20 // 10 MB of it are the vocabularies that tokens are counted with
)

func budgetMemory(t *testing.T, r *report, binary string) {
	type used struct{ own, pages int64 }
	best, n := settle(
		func() (u used) {
			u.own, u.pages = ownMemory(t, binary, `assert(#Tool.list() > 0 and #Tool.search("file") > 0)`)
			return u
		},
		func(u used) float64 {
			return max(float64(u.own)/ownMemoryBudget, float64(u.pages)/pagesBudget)
		})
	r.memory(t, "memory of a process that lists all tools", best.own, ownMemoryBudget)
	r.took(n)
	r.memory(t, "and pages of the program's file, most", best.pages, pagesBudget)
	file, err := os.Stat(binary)
	if err != nil {
		t.Fatal(err)
	}
	r.memory(t, "size of the program's file", file.Size(), fileBudget)
}
