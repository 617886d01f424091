package tools

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// stressCall is one call of the run, and what must come of it.
type stressCall struct {
	tool   string
	params map[string]any
	opt    CallOptions
	code   tool.Code // "": it works, and
	want   func(r *Response) bool
}

func member(name string, want any) func(*Response) bool {
	return func(r *Response) bool { m, _ := r.Result.(map[string]any); return m[name] == want }
}

// stressTools waits until its time is up, and cached computes.
func stressTools() []tool.Definition {
	wait := &tool.Descriptor{Name: "wait", Category: "test", Description: "waits until its time is up", Parameters: schema.Map("")}
	square := &tool.Descriptor{Name: "square", Category: "test", Description: "squares", CacheFor: time.Second,
		Parameters: schema.Map("", schema.Required("n", schema.Int("", 0, 1e6)))}
	return []tool.Definition{
		tool.Static(wait, func(ctx context.Context, _ *tool.Call) (*tool.Result, error) { <-ctx.Done(); return nil, ctx.Err() }),
		tool.Static(square, func(_ context.Context, c *tool.Call) (*tool.Result, error) {
			return tool.Value(map[string]any{"n": c.Params.Int("n") * c.Params.Int("n")}), nil
		}),
	}
}

// stressNumber returns call i: of each hundred, ten have bad input and five
// run out of time.
func stressNumber(i int) stressCall {
	n := i % 1009
	switch k := i % 100; {
	case k < 2:
		return stressCall{tool: "calculator", params: map[string]any{"input": n}, code: tool.InvalidParameters}
	case k < 4:
		return stressCall{tool: "text-manipulator", params: map[string]any{"operation": "no-such", "input": "x"}, code: tool.InvalidParameters}
	case k < 6:
		return stressCall{tool: "hash-calculator", params: map[string]any{"operation": "hash", "inptu": "x"}, code: tool.InvalidParameters}
	case k < 8:
		return stressCall{tool: "square", params: map[string]any{"n": -1}, code: tool.InvalidParameters}
	case k < 9:
		return stressCall{tool: "json-processor", params: map[string]any{"input": `{"a":`}, code: tool.InvalidParameters}
	case k < 10:
		return stressCall{tool: "calculatr", code: tool.UnknownTool}
	case k < 15:
		return stressCall{tool: "wait", opt: CallOptions{Timeout: time.Duration(1+i%3) * time.Millisecond}, code: tool.Timeout}
	case k < 40:
		return stressCall{tool: "calculator", params: map[string]any{"input": "x * 2 + 1", "variables": map[string]any{"x": n}}, want: member("result", int64(2*n+1))}
	case k < 50:
		return stressCall{tool: "text_manipulator", params: map[string]any{"operation": "uppercase", "input": fmt.Sprint("text ", n)}, want: member("result", fmt.Sprint("TEXT ", n))}
	case k < 60:
		return stressCall{tool: "base64-encoder", params: map[string]any{"operation": "encode", "input": "hello"}, want: member("output", "aGVsbG8=")}
	case k < 70:
		return stressCall{tool: "hash-calculator", params: map[string]any{"operation": "hash", "algorithm": "md5", "input": "hello"}, want: member("hash", "5d41402abc4b2a76b9719d911017c592")}
	case k < 80:
		return stressCall{tool: "json-processor", params: map[string]any{"input": fmt.Sprintf(`{"a":[%d,2]}`, n), "query": ".a[0]"}, want: func(r *Response) bool { return r.Result == float64(n) }}
	case k < 90:
		return stressCall{tool: "square", params: map[string]any{"n": n}, want: member("n", n*n)}
	case k < 95:
		return stressCall{tool: "uuid-generator", want: func(r *Response) bool { return r.Success }}
	default:
		return stressCall{tool: "calculator", params: map[string]any{"input": "1 / 0"}, code: tool.ExecutionFailed}
	}
}

// TestMillionCalls makes 1,000,000 calls, 100 at a time: each gets the right
// kind of answer, memory stays flat, and nothing goes on afterwards.
func TestMillionCalls(t *testing.T) {
	calls := 1_000_000
	if raceDetector || testing.Short() {
		calls = 40_000
	}
	const parallel, parts = 100, 4
	before := runtime.NumGoroutine()
	reg := Builtin().Layer()
	if err := reg.Register(stressTools()...); err != nil {
		t.Fatal(err)
	}
	box, err := sandbox.New(t.TempDir(), sandbox.Safe())
	if err != nil {
		t.Fatal(err)
	}
	inv := NewInvoker(reg, Options{Sandbox: box, CacheBytes: 1 << 20})
	start := time.Now()
	var next, wrong atomic.Int64
	var heaps [parts]uint64
	for part := range parts {
		var wg sync.WaitGroup
		for range parallel {
			wg.Go(func() {
				for i := next.Add(1) - 1; i < int64(calls*(part+1)/parts); i = next.Add(1) - 1 {
					if problem := stressNumber(int(i)).make(inv); problem != "" && wrong.Add(1) < 20 {
						t.Errorf("call %d: %s", i, problem)
					}
				}
			})
		}
		wg.Wait()
		next.Store(int64(calls * (part + 1) / parts)) // each worker took a number too many
		heaps[part] = heapInUse()
	}
	for part, heap := range heaps[1:] {
		if heap > heaps[0]+heaps[0]/4+2<<20 {
			t.Errorf("the heap grew from %d KB in the first quarter to %d KB in quarter %d", heaps[0]>>10, heap>>10, part+2)
		}
	}
	for end := time.Now().Add(time.Minute); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines are left; there were %d", runtime.NumGoroutine(), before)
		}
	}
	var total int64
	for _, m := range inv.Snapshot().Tools {
		total += m.Calls
		if m.InFlight != 0 || m.Background != 0 {
			t.Errorf("figures at the end: %+v", m)
		}
	}
	if want := int64(calls - calls/100); total != want { // one in a hundred has no tool
		t.Errorf("%d calls are counted; want %d", total, want)
	}
	t.Logf("%d calls in %v, heaps after collection in KB: %v", calls, time.Since(start).Round(time.Millisecond), inKB(heaps[:]))
}

// make makes the call and tells what is wrong with the answer, if anything is.
func (c stressCall) make(inv *Invoker) string {
	r, err := inv.Invoke(context.Background(), c.tool, c.params, c.opt)
	var te *tool.Error
	switch {
	case r == nil:
		return "no response"
	case c.code == "" && (err != nil || !r.Success || !c.want(r)):
		return fmt.Sprintf("%s %v gave %v, %v", c.tool, c.params, r.Result, err)
	case c.code != "" && (!errors.As(err, &te) || te.Code != c.code || r.Success || r.Error != te):
		return fmt.Sprintf("%s %v gave %v, %v; want %s", c.tool, c.params, r.Result, err, c.code)
	}
	return ""
}

func heapInUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what pools hold goes in the second
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func inKB(sizes []uint64) []uint64 {
	out := make([]uint64, len(sizes))
	for i, s := range sizes {
		out[i] = s >> 10
	}
	return out
}
