//go:build !race

package latency

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/state"
)

// Budgets of a kernel in the process of its user, and of the store behind State.
const (
	messageMedian = 20 * time.Microsecond
	sessionMedian = time.Millisecond
	interruptSlow = 50 * time.Millisecond // of a script that does not end by itself
	writeMedian   = 500 * time.Microsecond
	readMedian    = 50 * time.Microsecond
	flushMedian   = 20 * time.Millisecond
)

// percentiles is a row for p50 and one for p99 of samples. A budget of 0 is none.
type percentiles struct {
	what     string
	p50, p99 time.Duration
	claim    string        // what the original says
	size     time.Duration // how long it takes usually; half of p50 if nothing is said
}

func (p percentiles) judge(t *testing.T, r *report, measure func(stick) series) {
	t.Helper()
	stick := handed(t, cmp.Or(p.size, p.p50/2))
	best, n := settle(func() series { return measure(stick) }, func(s series) float64 {
		return max(s.share(50, p.p50), s.share(99, p.p99))
	})
	r.percentile(t, p.what+", p50", best, 50, p.p50)
	r.claimed(p.claim)
	r.took(n)
	r.percentile(t, p.what+", p99", best, 99, p.p99)
}

// openKernel makes a kernel without limits that matter here, for the test.
func openKernel(t *testing.T) *kernel.Kernel {
	t.Helper()
	k := kernel.New(kernel.Options{Limits: kernel.Limits{MaxSessions: -1}})
	t.Cleanup(k.Close)
	return k
}

// budgetMessage times executions in a session of a kernel in this process, from
// their submission to their outcome.
func budgetMessage(t *testing.T, r *report) {
	h, err := openKernel(t).Open(kernel.SessionOptions{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	once := func() timings {
		return byClock(func() {
			x, err := h.Submit(t.Context(), kernel.Request{Code: "return 1"})
			if err != nil {
				t.Fatal(err)
			}
			if o := x.Outcome(); o.Err != nil || len(o.Texts) != 1 || o.Texts[0] != "1" {
				t.Fatalf("the outcome is %+v", o)
			}
		})
	}
	once()
	percentiles{what: "message to a session in this process", p50: messageMedian}.
		judge(t, r, func(s stick) series { return beside(s, 20_000, once) })
}

func run(t *testing.T, h *kernel.Hosted, code string) kernel.Outcome {
	t.Helper()
	x, err := h.Submit(t.Context(), kernel.Request{Code: code})
	if err != nil {
		t.Fatal(err)
	}
	return x.Outcome()
}

// budgetInterrupt times the end of scripts that do not end by themselves.
func budgetInterrupt(t *testing.T, r *report) {
	h, err := openKernel(t).Open(kernel.SessionOptions{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	once := func(code string) timings {
		running := make(chan struct{}, 1)
		x, err := h.Submit(t.Context(), kernel.Request{Code: "print('running') " + code, Output: func(kernel.Stream, []byte) {
			select {
			case running <- struct{}{}:
			default:
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		<-running
		return byClock(func() {
			h.Interrupt(false)
			if o := x.Outcome(); !errors.Is(o.Err, kernel.ErrInterrupted) {
				t.Fatalf("%s: it ended with %v", code, o.Err)
			}
		})
	}
	if o := run(t, h, `
		large, text = {}, ("some text, "):rep(3e6)
		for i = 1, 100000 do large["key " .. i] = {i, "value " .. i} end`); o.Err != nil {
		t.Fatal(o.Err)
	}
	for _, tt := range []struct{ what, code string }{
		{"dumps of 100,000 entries", "while true do Debug.dump(large) end"},
		{"JSON of 100,000 entries", "while true do JSON.parse(JSON.stringify(large)) end"},
		{"writes of 100,000 entries to the State", "while true do State.set('large', large) end"},
		{"work on 30 MB of text", "while true do text:upper() text:gsub('some', 'x') end"},
		{"a loop", "while true do end"},
		{"a loop that catches errors", "while true do pcall(function() while true do end end) end"},
		{"a sleep", "Utils.sleep(60000)"},
	} {
		percentiles{what: "interrupt of " + tt.what, p50: interruptSlow, p99: interruptSlow, size: time.Millisecond}.
			judge(t, r, func(s stick) series { return beside(s, 100, func() timings { return once(tt.code) }) })
	}
}

// budgetSession times the making of a session, after the first.
func budgetSession(t *testing.T, r *report) {
	k, dir := openKernel(t), t.TempDir()
	once := func() timings {
		var h *kernel.Hosted
		took := byClock(func() {
			var err error
			if h, err = k.Open(kernel.SessionOptions{Dir: dir}); err != nil {
				t.Fatal(err)
			}
		})
		h.Close()
		return took
	}
	once()
	percentiles{what: "session create, warm", p50: sessionMedian}.
		judge(t, r, func(s stick) series { return beside(s, 500, once) })
}

// budgetState times the store on a file among 1,000 values.
func budgetState(t *testing.T, r *report) {
	ctx := t.Context()
	s, err := state.Open(ctx, filepath.Join(t.TempDir(), "state.db"), state.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	global, value := state.Scope{Kind: state.Global}, map[string]any{"name": "Ann", "tags": []any{"a", "b"}, "n": int64(42)}
	key := func(i int) string { return fmt.Sprint("key:", i%1000) }
	writes := func(by stick, n int) series {
		i := 0
		return beside(by, n, func() timings {
			i++
			return byClock(func() {
				if _, err := s.Set(ctx, global, key(i), value, state.SetOptions{}); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
	writes(stick{}, 1000)
	percentiles{what: "state write", p50: writeMedian, claim: "5 ms"}.
		judge(t, r, func(by stick) series { return writes(by, 2000) })
	percentiles{what: "state read", p50: readMedian, claim: "1 ms"}.
		judge(t, r, func(by stick) series {
			i := 0
			return beside(by, 5000, func() timings {
				i++
				return byClock(func() {
					if _, ok, err := s.Get(ctx, global, key(i)); !ok || err != nil {
						t.Fatalf("%s: %v, %v", key(i), ok, err)
					}
				})
			})
		})
	percentiles{what: "state flush after 100 writes", p50: flushMedian, claim: "100 ms", size: 2 * time.Millisecond}.
		judge(t, r, func(by stick) series {
			return beside(by, 50, func() timings {
				writes(stick{}, 100)
				return byClock(func() {
					if err := s.Flush(ctx); err != nil {
						t.Fatal(err)
					}
				})
			})
		})
}
