package kernel

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/debug"
)

// How soon an interrupt is over is judged by the budgets of the package latency: here a
// machine may be busy with other tests, and what is not interrupted goes on for ever.

// TestInterrupt ends scripts that are busy in all ways that there are, soon, and
// the session keeps its variables.
func TestInterrupt(t *testing.T) {
	for name, code := range busy(t) {
		t.Run(name, func(t *testing.T) {
			h := session(t, Options{})
			run(t, h, "kept = 'here'")
			var took []time.Duration
			for range 10 {
				x := start(t, h, code)
				before := time.Now()
				if n := h.Interrupt(false); n != 1 {
					t.Fatalf("%d executions were ended", n)
				}
				o := ended(t, x)
				took = append(took, time.Since(before))
				e, ok := errors.AsType[*runtime.Error](o.Err)
				if !ok || e.Kind != runtime.KindCancelled || !errors.Is(o.Err, ErrInterrupted) {
					t.Fatalf("it ended with %v", o.Err)
				}
			}
			slices.Sort(took)
			t.Logf("median %v, slowest %v", took[len(took)/2], took[len(took)-1])
			if got := run(t, h, "kept"); got[0] != "here" {
				t.Errorf("the session has lost its variables: %v", got)
			}
			if i := h.Info(); i.Busy || i.Queued != 0 || i.Executions != 12 {
				t.Errorf("%+v", i)
			}
		})
	}
}

// TestInterruptOften interrupts one script after the other.
func TestInterruptOften(t *testing.T) {
	h := session(t, Options{})
	code := busy(t)
	names := []string{"a loop that catches", "a tool", "io.read", "coroutines", "string.rep"}
	var took []time.Duration
	for i := range 300 {
		x := start(t, h, code[names[i%len(names)]])
		before := time.Now()
		h.Interrupt(false)
		ended(t, x)
		took = append(took, time.Since(before))
	}
	slices.Sort(took)
	t.Logf("p50 %v, p99 %v", took[len(took)/2], took[len(took)*99/100])
}

// TestInterruptWhileStopped ends a script that a debugger has stopped.
func TestInterruptWhileStopped(t *testing.T) {
	h := session(t, Options{})
	handler := &stops{stopped: make(chan debug.Stop, 1)}
	e, err := debug.Attach(h.Session().State(), handler, debug.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Detach()
	run(t, h, "kept = 1")
	for range 5 {
		x := start(t, h, "while true do end")
		if err := e.Pause(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-handler.stopped:
		case <-time.After(patience):
			t.Fatal("it does not stop")
		}
		h.Interrupt(false)
		if o := ended(t, x); !errors.Is(o.Err, ErrInterrupted) {
			t.Fatal(o.Err)
		}
		if got := run(t, h, "kept"); got[0] != "1" {
			t.Fatal(got)
		}
	}
}

// TestInterruptAll ends what is queued too, or leaves it.
func TestInterruptAll(t *testing.T) {
	h := session(t, Options{})
	for _, all := range []bool{true, false} {
		x := start(t, h, "while true do end")
		var queued []*Execution
		for range 5 {
			q, err := h.Submit(t.Context(), Request{Code: "ran = (ran or 0) + 1"})
			if err != nil {
				t.Fatal(err)
			}
			queued = append(queued, q)
		}
		want := 1
		if all {
			want = 6
		}
		if n := h.Interrupt(all); n != want {
			t.Errorf("%d were ended, want %d", n, want)
		}
		ended(t, x)
		for _, q := range queued {
			o := ended(t, q)
			if all != errors.Is(o.Err, ErrInterrupted) || all != o.Started.IsZero() {
				t.Errorf("all %v: %+v", all, o)
			}
		}
	}
	if got := run(t, h, "ran"); got[0] != "5" {
		t.Errorf("ran %v", got)
	}
	if n := h.Interrupt(true); n != 0 {
		t.Errorf("%d were ended in an idle session", n)
	}
}

// TestLimitsOfTime: the session's, the kernel's and the request's, whichever is
// shortest, and also for what the results' texts take.
func TestLimitsOfTime(t *testing.T) {
	h := session(t, Options{Limits: Limits{ExecutionTimeout: 30 * time.Millisecond}})
	for _, r := range []Request{
		{Code: "while true do end"},
		{Code: "while true do end", Timeout: time.Hour},
		{Code: "Tool.execute('hang')", Timeout: 10 * time.Millisecond},
		{Code: "return setmetatable({}, {__tostring = function() while true do end end})"},
	} {
		o := outcome(t, h, r)
		if e, ok := errors.AsType[*runtime.Error](o.Err); !ok || e.Kind != runtime.KindTimeout {
			t.Errorf("%s: %v", r.Code, o.Err)
		}
	}
	h.Kernel().SetLimits(Limits{})
	if o := outcome(t, h, Request{Code: "local h = Tool.start('hang') local _, why = h:wait(60) return why"}); o.Err != nil || o.Texts[0] != "timeout" {
		t.Errorf("%+v", o)
	}
}
