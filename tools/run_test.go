package tools

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/llmspell/llmspell/tools/tool"
)

// invoker makes an Invoker of a registry with the given tools.
func invoker(t testing.TB, opt Options, defs ...tool.Definition) *Invoker {
	t.Helper()
	r := NewRegistry()
	if err := r.Register(defs...); err != nil {
		t.Fatal(err)
	}
	return NewInvoker(r, opt)
}

func quick(d *tool.Descriptor) { d.Quick = true }

// asToolError fails the test when err is no *tool.Error.
func asToolError(t testing.TB, err error) *tool.Error {
	t.Helper()
	var te *tool.Error
	if !errors.As(err, &te) {
		t.Fatalf("the error is %v; want a *tool.Error", err)
	}
	return te
}

var background = context.Background()

// A tool that ignores its context is left behind, counted, and not called
// again while too many of its calls are.
func TestAbandonedCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		deaf := define("deaf", func(context.Context, *tool.Call) (*tool.Result, error) { <-release; return nil, nil })
		inv := invoker(t, Options{MaxAbandoned: 3}, deaf, define("fine", func(context.Context, *tool.Call) (*tool.Result, error) { return nil, nil }))
		for i := range 3 {
			ctx, cancel := context.WithCancel(background)
			code, want := tool.Timeout, "did not finish within 1s"
			if i == 1 {
				time.AfterFunc(time.Second/2, cancel)
				code, want = tool.Cancelled, "was cancelled"
			}
			start := time.Now()
			r, err := inv.Invoke(ctx, "deaf", nil, CallOptions{Timeout: time.Second})
			cancel()
			te := asToolError(t, err)
			if te.Code != code || !strings.Contains(te.Message, want) || te.Details["abandoned"] != abandonedNote || r.Error != te {
				t.Errorf("call %d: %+v", i, te)
			}
			if d := time.Since(start); d > time.Second+DefaultGrace {
				t.Errorf("call %d was answered after %v", i, d)
			}
		}
		_, err := inv.Invoke(background, "deaf", nil, CallOptions{})
		if te := asToolError(t, err); te.Code != tool.LimitExceeded || !te.Temporary || !strings.Contains(te.Message, "3 earlier calls did not stop") {
			t.Errorf("a fourth call: %+v", te)
		}
		if _, err := inv.Invoke(background, "fine", nil, CallOptions{}); err != nil {
			t.Errorf("another tool: %v", err)
		}
		if m := inv.Snapshot().Tools[0]; m.Abandoned != 3 || m.Background != 3 || m.InFlight != 0 || m.Calls != 4 {
			t.Errorf("figures %+v", m)
		}
		close(release)
		synctest.Wait()
		if m := inv.Snapshot().Tools[0]; m.Abandoned != 3 || m.Background != 0 {
			t.Errorf("figures after the end %+v", m)
		}
		if _, err := inv.Invoke(background, "deaf", nil, CallOptions{}); err != nil {
			t.Errorf("a call after the end: %v", err)
		}
	})
}

// In the moment of grace a tool can still say what it had to say.
func TestGraceKeepsTheToolsAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := func(err error) tool.Func {
			return func(ctx context.Context, _ *tool.Call) (*tool.Result, error) {
				<-ctx.Done()
				time.Sleep(DefaultGrace / 2)
				return tool.Value("late"), err
			}
		}
		inv := invoker(t, Options{}, define("late", slow(nil)), define("partly", slow(tool.Errorf(tool.ExecutionFailed, "half is done"))))
		if r, err := inv.Invoke(background, "late", nil, CallOptions{Timeout: time.Second}); err != nil || r.Result != "late" {
			t.Errorf("a late result: %+v, %v", r, err)
		}
		_, err := inv.Invoke(background, "partly", nil, CallOptions{Timeout: time.Second})
		if te := asToolError(t, err); te.Message != "half is done" || te.Details["abandoned"] != nil {
			t.Errorf("a late error: %+v", te)
		}
	})
}

// Errors that look like the end of time are told apart from it.
func TestDeadlinesOfTheToolsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("the session was closed")
		inv := invoker(t, Options{},
			define("own", func(context.Context, *tool.Call) (*tool.Result, error) {
				return nil, tool.Errorf(tool.Timeout, "the server did not answer within 5s: %w", context.DeadlineExceeded)
			}),
			define("io", func(ctx context.Context, _ *tool.Call) (*tool.Result, error) {
				<-ctx.Done()
				return nil, fmt.Errorf("read: %w", os.ErrDeadlineExceeded)
			}),
			define("cause", func(ctx context.Context, _ *tool.Call) (*tool.Result, error) {
				<-ctx.Done()
				return nil, context.Cause(ctx)
			}))
		_, err := inv.Invoke(background, "own", nil, CallOptions{})
		if te := asToolError(t, err); te.Code != tool.Timeout || !strings.Contains(te.Message, "the server did not answer") {
			t.Errorf("a deadline of the tool's own: %+v", te)
		}
		_, err = inv.Invoke(background, "io", nil, CallOptions{Timeout: time.Second})
		if te := asToolError(t, err); te.Code != tool.Timeout || !strings.Contains(te.Message, "did not finish within 1s") {
			t.Errorf("a connection's deadline: %+v", te)
		}
		ctx, cancel := context.WithCancelCause(background)
		time.AfterFunc(time.Second, func() { cancel(cause) })
		_, err = inv.Invoke(ctx, "cause", nil, CallOptions{})
		if te := asToolError(t, err); te.Code != tool.Cancelled || !errors.Is(err, cause) {
			t.Errorf("a cancellation with a cause: %+v", te)
		}
	})
}

func TestPanicsOnBothKindsOfGoroutine(t *testing.T) {
	boom := func(context.Context, *tool.Call) (*tool.Result, error) { panic("out of range") }
	var told atomic.Int32
	inv := invoker(t, Options{Panicked: func(string, any, []byte) { told.Add(1) }},
		define("quick", boom, quick), define("apart", boom),
		define("goexit", func(context.Context, *tool.Call) (*tool.Result, error) { runtime.Goexit(); return nil, nil }),
		tool.Definition{Descriptor: define("unmade", nil).Descriptor, New: func() (tool.Tool, error) { panic("no parts") }})
	for name, want := range map[string]string{"quick": "out of range", "apart": "out of range", "unmade": "no parts", "goexit": "ended its goroutine"} {
		for range 2 {
			_, err := inv.Invoke(background, name, nil, CallOptions{})
			if te := asToolError(t, err); te.Code != tool.Internal || te.Tool != name || !strings.Contains(te.Message, want) {
				t.Errorf("%s: %+v", name, te)
			}
		}
	}
	if told.Load() != 6 {
		t.Errorf("Panicked was called %d times; want 6", told.Load())
	}
}

// sometimes is quick where its parameter n is 1.
type sometimes struct{ tool.Func }

func (sometimes) Quick(call *tool.Call) bool { return call.Params.Int("n") == 1 }

// A quick tool runs where its caller is, any other does not.
func TestWhereToolsRun(t *testing.T) {
	where := func(context.Context, *tool.Call) (*tool.Result, error) {
		buf := make([]byte, 16<<10)
		return tool.Value(strings.Contains(string(buf[:runtime.Stack(buf, false)]), "TestWhereToolsRun(")), nil
	}
	inv := invoker(t, Options{}, define("quick", where, quick), define("apart", where))
	for name, want := range map[string]bool{"quick": true, "apart": false} {
		// The stack of a goroutine also names what created it.
		r, err := inv.Invoke(background, name, nil, CallOptions{})
		if err != nil || r.Result != want {
			t.Errorf("%s runs on the caller's goroutine: %v, %v; want %v", name, r.Result, err, want)
		}
	}
	def := define("sometimes", nil)
	def.New = func() (tool.Tool, error) { return sometimes{where}, nil }
	inv = invoker(t, Options{}, def)
	for n, want := range map[int]bool{1: true, 2: false} {
		r, err := inv.Invoke(background, "sometimes", map[string]any{"n": n}, CallOptions{})
		if err != nil || r.Result != want {
			t.Errorf("a call with n = %d runs on the caller's goroutine: %v, %v; want %v", n, r.Result, err, want)
		}
	}
}

func TestCancelledBeforeItBegins(t *testing.T) {
	ran := false
	run := func(context.Context, *tool.Call) (*tool.Result, error) { ran = true; return nil, nil }
	inv := invoker(t, Options{}, define("quick", run, quick), define("apart", run))
	ctx, cancel := context.WithCancel(background)
	cancel()
	for _, name := range []string{"quick", "apart"} {
		if _, err := inv.Invoke(ctx, name, nil, CallOptions{}); asToolError(t, err).Code != tool.Cancelled || ran {
			t.Errorf("%s: %v; ran: %v", name, err, ran)
		}
	}
}

// No progress is reported after the call has returned.
func TestProgressEndsWithTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inv := invoker(t, Options{}, define("chatty", func(_ context.Context, c *tool.Call) (*tool.Result, error) {
			for i := range 10 {
				c.Report(float64(i), 10, "working")
				time.Sleep(time.Second)
			}
			return nil, nil
		}))
		heard, over := 0, false
		_, err := inv.Invoke(background, "chatty", nil, CallOptions{Timeout: 2500 * time.Millisecond, Progress: func(p tool.Progress) {
			if over {
				t.Error("progress after the call")
			}
			if p.Total != 10 || p.Message != "working" {
				t.Errorf("progress %+v", p)
			}
			heard++
		}})
		over = true
		if asToolError(t, err).Code != tool.Timeout || heard != 3 {
			t.Errorf("%v after %d reports; want 3", err, heard)
		}
		time.Sleep(20 * time.Second)
	})
}

func TestRetries(t *testing.T) {
	busy := func() error {
		e := tool.Errorf(tool.RemoteFailed, "busy")
		e.Temporary = true
		return e
	}
	synctest.Test(t, func(t *testing.T) {
		var runs int
		flaky := func(fails int, failure error) tool.Func {
			return func(context.Context, *tool.Call) (*tool.Result, error) {
				if runs++; runs <= fails {
					return nil, failure
				}
				return tool.Value("ok"), nil
			}
		}
		inv := invoker(t, Options{},
			define("twice", flaky(2, busy())), define("always", flaky(1000, busy())), define("lasting", flaky(1000, errors.New("broken"))),
			define("effects", flaky(1000, busy()), func(d *tool.Descriptor) { d.SideEffects = true }))
		for _, tc := range []struct {
			tool     string
			opt      CallOptions
			runs     int
			ok       bool
			code     tool.Code
			min, max time.Duration
		}{
			{"twice", CallOptions{Retries: 2}, 3, true, "", 150 * time.Millisecond, 300 * time.Millisecond},
			{"twice", CallOptions{Retries: 1}, 2, false, tool.RemoteFailed, 50 * time.Millisecond, 100 * time.Millisecond},
			{"twice", CallOptions{}, 1, false, tool.RemoteFailed, 0, 0},
			{"lasting", CallOptions{Retries: 5}, 1, false, tool.ExecutionFailed, 0, 0},
			{"effects", CallOptions{Retries: 5}, 1, false, tool.RemoteFailed, 0, 0},
			// No pause begins that cannot end in time; the error stays the tool's.
			{"always", CallOptions{Retries: 100, Timeout: 10 * time.Second}, 0, false, tool.RemoteFailed, 4 * time.Second, 10 * time.Second},
		} {
			runs = 0
			start := time.Now()
			r, err := inv.Invoke(background, tc.tool, nil, tc.opt)
			d := time.Since(start)
			if (err == nil) != tc.ok || err != nil && asToolError(t, err).Code != tc.code || tc.runs > 0 && runs != tc.runs || d < tc.min || d > tc.max {
				t.Errorf("%s %+v: %v after %d runs and %v", tc.tool, tc.opt, err, runs, d)
			}
			if attempts, _ := r.Metadata["attempts"].(int); runs > 1 && attempts != runs || runs == 1 && attempts != 0 {
				t.Errorf("%s: metadata %v after %d runs", tc.tool, r.Metadata, runs)
			}
		}
		// Cancelled during a pause.
		ctx, cancel := context.WithCancel(background)
		time.AfterFunc(10*time.Millisecond, cancel)
		start := time.Now()
		if _, err := inv.Invoke(ctx, "always", nil, CallOptions{Retries: 5}); asToolError(t, err).Code != tool.Cancelled || time.Since(start) != 10*time.Millisecond {
			t.Errorf("cancelled in a pause: %v after %v", err, time.Since(start))
		}
		for _, m := range inv.Snapshot().Tools {
			if m.Tool == "twice" && m.Retries != 3 {
				t.Errorf("figures %+v; want 3 retries", m)
			}
		}
	})
}

func BenchmarkInvoke(b *testing.B) {
	nothing := func(context.Context, *tool.Call) (*tool.Result, error) { return &tool.Result{}, nil }
	inv := invoker(b, Options{}, define("quick", nothing, quick), define("apart", nothing),
		define("cached", nothing, func(d *tool.Descriptor) { d.CacheFor = time.Hour }))
	params := map[string]any{"operation": "go"}
	for _, name := range []string{"quick", "apart", "cached"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := inv.Invoke(background, name, params, CallOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
