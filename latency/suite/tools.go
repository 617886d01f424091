package suite

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/latency/bench"
	"github.com/llmspell/llmspell/tools"
)

// toolBenchmarks measure the registry, the invoker and what scripts call.
func toolBenchmarks() []bench.Benchmark {
	claim := bench.Claim{Figure: "11.9 ms (with its round trip)", Source: guideSource}
	direct := func(name, what string, budget float64, times int, claim bench.Claim, open func(context.Context) (*bench.Probe, error)) bench.Benchmark {
		return bench.Benchmark{Name: name, Group: bench.Tools, What: what, Reach: bench.Direct, Unit: bench.Nanoseconds, Budget: budget, Times: times, Claim: claim,
			Open: func(ctx context.Context, _ *bench.Env) (*bench.Probe, error) { return open(ctx) }}
	}
	return []bench.Benchmark{
		direct("registry/list", "all tools are listed", us(5), 50, claim, func(context.Context) (*bench.Probe, error) {
			reg := tools.Builtin()
			const each = 200
			return &bench.Probe{Each: each, Once: func() error {
				for range each {
					if len(reg.List(tools.Filter{})) == 0 {
						return fmt.Errorf("the registry is empty")
					}
				}
				return nil
			}}, nil
		}),
		direct("registry/search", "tools are searched with several words", us(50), 50, claim, func(context.Context) (*bench.Probe, error) {
			reg := tools.Builtin()
			const each = 20
			return &bench.Probe{Each: each, Once: func() error {
				for range each {
					if len(reg.Search("convert json file", tools.Filter{}, 5)) == 0 {
						return fmt.Errorf("nothing was found")
					}
				}
				return nil
			}}, nil
		}),
		direct("invoker/calculator", "the calculator is invoked", us(10), 50, claim, func(ctx context.Context) (*bench.Probe, error) {
			return InvokerProbe(ctx, nil), nil
		}),
		direct("invoker/json", "json-processor reads 1 MB of JSON and takes one value", ms(12), 5, bench.Claim{}, func(ctx context.Context) (*bench.Probe, error) {
			inv := tools.NewInvoker(tools.Builtin(), tools.Options{})
			text := megabyte()
			params := map[string]any{"input": text, "query": ".[1000].name"}
			return &bench.Probe{Yardstick: decoding([]byte(text)), Once: func() error {
				res, err := inv.Invoke(ctx, "json-processor", params, tools.CallOptions{})
				if err == nil && !res.Success {
					err = fmt.Errorf("json-processor: %v", res.Error)
				}
				return err
			}}, nil
		}),
		direct("lua/calculator", "a call of the calculator in a Lua loop", us(20), 5, bench.Claim{Figure: "2 ms (10,000 calls in 20 s)", Source: guideSource}, calling),
	}
}

// InvokerProbe invokes the calculator. Beside, if there is something, is done at each call.
func InvokerProbe(ctx context.Context, beside func()) *bench.Probe {
	inv := tools.NewInvoker(tools.Builtin(), tools.Options{})
	params := map[string]any{"operation": "evaluate", "input": "2 + 3 * 4"}
	const each = 100
	return &bench.Probe{Each: each, Once: func() error {
		for range each {
			res, err := inv.Invoke(ctx, "calculator", params, tools.CallOptions{})
			if err != nil {
				return err
			}
			if !res.Success {
				return fmt.Errorf("calculator: %v", res.Error)
			}
			if beside != nil {
				beside()
			}
		}
		return nil
	}}
}

// decoding is a yardstick that reads a JSON text into Go's values.
func decoding(text []byte) *bench.Yardstick {
	return &bench.Yardstick{What: "encoding/json reads the same text", Usual: ms(15), Work: func() error {
		var into any
		return json.Unmarshal(text, &into)
	}}
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

// calling calls the calculator in a script.
func calling(ctx context.Context) (*bench.Probe, error) {
	s, err := kernel.NewSession(kernel.Config{})
	if err != nil {
		return nil, err
	}
	const each = 1000
	code := fmt.Sprintf(`local sum = 0
for i = 1, %d do
  sum = sum + Tool.execute("calculator", { input = "2 + 3 * 4" }).result.result
end
return sum`, each)
	return &bench.Probe{Each: each, Close: s.Close, Once: func() error {
		res, err := s.RunString(ctx, code, "=calculator", nil)
		if err == nil && (len(res.Texts) != 1 || res.Texts[0] != fmt.Sprint(14*each)) {
			err = fmt.Errorf("the script returned %v", res.Texts)
		}
		return err
	}}, nil
}
