package tools

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/llmspell/llmspell/tools/tool"
)

// sleeper waits n seconds.
func sleeper(running, most *atomic.Int64) tool.Func {
	return func(ctx context.Context, c *tool.Call) (*tool.Result, error) {
		now := running.Add(1)
		defer running.Add(-1)
		for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
		}
		select {
		case <-time.After(time.Duration(c.Params.Int("n")) * time.Second):
			return tool.Value(c.Params.Int("n")), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func TestInvokeAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running, most atomic.Int64
		inv := invoker(t, Options{}, define("sleep", sleeper(&running, &most)), define("boom", func(context.Context, *tool.Call) (*tool.Result, error) { panic("boom") }))
		requests := []Request{
			{Tool: "sleep", Params: map[string]any{"n": 3}}, {Tool: "slep"}, {Tool: "boom"}, {Tool: "sleep", Params: map[string]any{"n": 99}},
			{Tool: "sleep", Params: map[string]any{"n": 9}, Options: CallOptions{Timeout: time.Second}}, {Tool: "sleep", Params: map[string]any{"n": 1}},
		}
		start := time.Now()
		out := inv.InvokeAll(background, requests, 2)
		if d := time.Since(start); d != 3*time.Second || most.Load() != 2 {
			t.Errorf("it took %v with %d at a time; want 3s and 2", d, most.Load())
		}
		for i, want := range []tool.Code{"", tool.UnknownTool, tool.Internal, tool.InvalidParameters, tool.Timeout, ""} {
			r := out[i]
			if r == nil || r.Success != (want == "") || !r.Success && r.Error.Code != want {
				t.Errorf("response %d: %+v", i, r)
			}
		}
		if out[0].Result != 3 || out[5].Result != 1 {
			t.Errorf("the results are %v and %v", out[0].Result, out[5].Result)
		}
		if got := inv.InvokeAll(background, nil, 0); len(got) != 0 {
			t.Errorf("no calls gave %v", got)
		}
	})
}

func TestInvokeAllIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running, most atomic.Int64
		inv := invoker(t, Options{}, define("sleep", sleeper(&running, &most)))
		requests := make([]Request, 1000)
		for i := range requests {
			requests[i] = Request{Tool: "sleep", Params: map[string]any{"n": 1}}
		}
		ctx, cancel := context.WithTimeout(background, 2500*time.Millisecond)
		defer cancel()
		start := time.Now()
		out := inv.InvokeAll(ctx, requests, 0)
		ok := 0
		for _, r := range out {
			if r.Success {
				ok++
			} else if r.Error.Code != tool.Timeout {
				t.Fatalf("response %+v", r.Error)
			}
		}
		if ok != 2*DefaultParallel || most.Load() != DefaultParallel || time.Since(start) != 2500*time.Millisecond {
			t.Errorf("%d succeeded, %d at a time, in %v", ok, most.Load(), time.Since(start))
		}
	})
}

func TestStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running, most atomic.Int64
		inv := invoker(t, Options{}, define("sleep", sleeper(&running, &most)))
		if _, err := inv.Start(background, "slep", nil, CallOptions{}); asToolError(t, err).Code != tool.UnknownTool {
			t.Errorf("an unknown tool: %v", err)
		}
		if _, err := inv.Start(background, "sleep", map[string]any{"n": "x"}, CallOptions{}); asToolError(t, err).Code != tool.InvalidParameters {
			t.Errorf("bad parameters: %v", err)
		}
		p, err := inv.Start(background, "sleep", map[string]any{"n": 2}, CallOptions{})
		if err != nil || p.Name() != "sleep" {
			t.Fatal(err)
		}
		soon, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		if r, err := p.Wait(soon); r != nil || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Wait before the end: %v, %v", r, err)
		}
		for range 2 {
			if r, err := p.Wait(background); err != nil || r.Result != 2 {
				t.Errorf("Wait: %v, %v", r, err)
			}
		}
		<-p.Done()
		if r, err := p.Wait(soon); err != nil || r == nil { // the call has ended: ctx does not matter
			t.Errorf("Wait after the end: %v, %v", r, err)
		}
		p, err = inv.Start(background, "sleep", map[string]any{"n": 9}, CallOptions{})
		if err != nil {
			t.Fatal(err)
		}
		p.Cancel()
		if r, err := p.Wait(background); asToolError(t, err).Code != tool.Cancelled || r.Success {
			t.Errorf("after Cancel: %v, %v", r, err)
		}
		if m := inv.Snapshot().Tools[0]; m.Calls != 3 || m.InFlight != 0 {
			t.Errorf("figures %+v", m)
		}
	})
}

func TestBeginAndEnd(t *testing.T) {
	var seen []string
	inv := invoker(t, Options{Hooks: []Hook{{After: func(_ context.Context, c *HookCall, r *Response) {
		seen = append(seen, fmt.Sprint(c.Tool.Name, r.Success))
	}}}},
		define("own", nil))
	h, err := inv.Handle("own")
	if err != nil {
		t.Fatal(err)
	}
	if _, r := h.Begin(background, map[string]any{"n": 10}, CallOptions{}); r == nil || r.Error.Code != tool.InvalidParameters {
		t.Errorf("bad parameters: %v", r)
	}
	own, r := h.Begin(background, map[string]any{"n": 1, "operation": "go"}, CallOptions{})
	if r != nil || own.Params().Int("n") != 1 {
		t.Fatal(r)
	}
	if r, err := own.End(tool.Value("v"), nil); err != nil || r.Result != "v" || r.Operation != "go" {
		t.Errorf("End: %+v, %v", r, err)
	}
	if own, r = h.Begin(background, nil, CallOptions{}); r != nil {
		t.Fatal(r)
	}
	if r, err := own.End(nil, errors.New("broken")); asToolError(t, err).Tool != "own" || r.Success {
		t.Errorf("End: %+v, %v", r, err)
	}
	if got := strings.Join(seen, " "); got != "ownfalse owntrue ownfalse" {
		t.Errorf("the hook saw %s", got)
	}
}

func TestHooks(t *testing.T) {
	var log []string
	named := func(name string, before error, change map[string]any) Hook {
		return Hook{
			Before: func(_ context.Context, c *HookCall) error {
				log = append(log, name+"<")
				if change != nil {
					c.Params = change
				}
				return before
			},
			After: func(_ context.Context, _ *HookCall, r *Response) { log = append(log, fmt.Sprint(name, ">", r.Success)) },
		}
	}
	panics := Hook{Before: func(context.Context, *HookCall) error { panic("bad hook") }}
	panicsAfter := Hook{After: func(context.Context, *HookCall, *Response) { panic("bad hook") }}
	refused := tool.Errorf(tool.PermissionDenied, "not today")
	run := func(_ context.Context, c *tool.Call) (*tool.Result, error) {
		log = append(log, "run")
		return tool.Value(c.Params.Int("n")), nil
	}
	for name, tc := range map[string]struct {
		hooks  []Hook
		log    string
		result any
		code   tool.Code
	}{
		"none":              {nil, "run", 1, ""},
		"order":             {[]Hook{named("a", nil, nil), {}, named("b", nil, nil)}, "a< b< run b>true a>true", 1, ""},
		"other parameters":  {[]Hook{named("a", nil, map[string]any{"n": 7}), named("b", nil, nil)}, "a< b< run b>true a>true", 7, ""},
		"wrong ones":        {[]Hook{named("a", nil, map[string]any{"n": 70})}, "a< a>false", nil, tool.InvalidParameters},
		"refused":           {[]Hook{named("a", nil, nil), named("b", refused, nil), named("c", nil, nil)}, "a< b< a>false", nil, tool.PermissionDenied},
		"a panic":           {[]Hook{named("a", nil, nil), panics, named("c", nil, nil)}, "a< a>false", nil, tool.Internal},
		"a panic afterward": {[]Hook{named("a", nil, nil), panicsAfter, named("c", nil, nil)}, "a< c< run c>true a>false", nil, tool.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			log = nil
			inv := invoker(t, Options{Hooks: tc.hooks}, define("it", run, quick))
			params := map[string]any{"n": 1}
			r, err := inv.Invoke(background, "it", params, CallOptions{})
			if got := strings.Join(log, " "); got != tc.log || r.Result != tc.result || params["n"] != 1 {
				t.Errorf("%s, %+v; want %s", got, r, tc.log)
			}
			if (err != nil) != (tc.code != "") || err != nil && (asToolError(t, err).Code != tc.code || asToolError(t, err).Tool != "it") {
				t.Errorf("the error is %v; want %s", err, tc.code)
			}
		})
	}
}

func TestSnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running, most atomic.Int64
		inv := invoker(t, Options{}, define("sleep", sleeper(&running, &most)), define("other", nil),
			define("strange", func(context.Context, *tool.Call) (*tool.Result, error) { return nil, tool.Errorf("my_code", "x") }))
		for _, n := range []any{0, 1, 5, 50} {
			_, _ = inv.Invoke(background, "sleep", map[string]any{"n": n}, CallOptions{})
		}
		_, _ = inv.Invoke(background, "sleep", map[string]any{"n": 9}, CallOptions{Timeout: time.Second})
		_, _ = inv.Invoke(background, "strange", nil, CallOptions{})
		p, err := inv.Start(background, "sleep", map[string]any{"n": 9}, CallOptions{})
		if err != nil {
			t.Fatal(err)
		}
		s := inv.Snapshot()
		if len(s.Tools) != 2 || s.Tools[0].Tool != "sleep" || s.Tools[1].Tool != "strange" || s.Tools[1].Errors["other"] != 1 {
			t.Fatalf("figures %+v", s)
		}
		m := s.Tools[0]
		if m.Calls != 5 || m.InFlight != 1 || m.Errors[tool.InvalidParameters] != 1 || m.Errors[tool.Timeout] != 1 || len(m.Errors) != 2 ||
			m.Total < 7*time.Second || m.Min <= 0 || m.Min > time.Millisecond || m.Max != 5*time.Second ||
			m.Histogram != [8]int64{2, 0, 0, 0, 0, 2, 1, 0} {
			t.Errorf("figures %+v", m)
		}
		p.Cancel()
		<-p.Done()
		if m := inv.Snapshot().Tools[0]; m.InFlight != 0 || m.Errors[tool.Cancelled] != 1 {
			t.Errorf("figures at the end %+v", m)
		}
	})
}
