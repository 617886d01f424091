package kernel

import (
	"context"
	"errors"
	"math/rand/v2"
	goruntime "runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestStress lets many goroutines do everything at once, and then looks at what
// is left: counts that agree, and no goroutine.
func TestStress(t *testing.T) {
	before := goruntime.NumGoroutine()
	var all Counts
	for _, parallel := range []int{1, 3, -1} {
		c := stress(t, parallel)
		all.Completed, all.Failed, all.Interrupted = all.Completed+c.Completed, all.Failed+c.Failed, all.Interrupted+c.Interrupted
		until(t, "no goroutine is left", func() bool { return goruntime.NumGoroutine() <= before })
	}
	if t.Logf("%+v", all); all.Completed == 0 || all.Failed == 0 || all.Interrupted == 0 {
		t.Error("not all ends have occurred")
	}
}

// stress is one run of TestStress.
func stress(t *testing.T, parallel int) Counts {
	const clients, actions = 50, 60
	k := New(Options{Limits: Limits{MaxSessions: 10, MaxParallel: parallel, MaxQueue: 5, IdleTimeout: 20 * time.Millisecond}})
	dir := t.TempDir()
	codes := []string{
		"return 1", "return 1", "return 1", "x = (x or 0) + 1", "x = (x or 0) + 1", "error('e')", "while true do end", "for i = 1, 1e4 do end", "pcall(function() while true do end end)",
		"return setmetatable({}, {__tostring = function() while true do end end})", "os.exit(2)", "= syntax", "io.read()",
		"local co = coroutine.wrap(function() while true do coroutine.yield() end end) while true do co() end",
	}
	var submitted, ended atomic.Int64
	var wg sync.WaitGroup
	for n := range clients {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(n), uint64(parallel)))
			for range actions {
				hs := k.Sessions()
				if len(hs) == 0 || r.IntN(10) == 0 {
					if h, err := k.Open(SessionOptions{Dir: dir}); err == nil {
						hs = append(hs, h)
					} else if !errors.Is(err, ErrBusy) && !errors.Is(err, ErrShutdown) {
						t.Error(err)
					}
				}
				if len(hs) > 0 {
					act(t, r, hs[r.IntN(len(hs))], codes, &submitted, &ended, &wg)
				}
				if r.IntN(50) == 0 {
					k.SetLimits(Limits{MaxSessions: 10, MaxParallel: 1 + r.IntN(4), MaxQueue: 5, IdleTimeout: 20 * time.Millisecond})
				}
			}
			if n == 0 { // somebody shuts down while the others go on
				ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
				defer cancel()
				k.Drain(ctx)
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	for waiting := true; waiting; { // what nobody interrupts would run for ever
		select {
		case <-done:
			waiting = false
		case <-time.After(25 * time.Millisecond):
			for _, h := range k.Sessions() {
				h.Interrupt(false)
			}
		}
	}
	k.Close()
	c := k.Counts()
	if c.Submitted != submitted.Load() || ended.Load() != submitted.Load() || c.Completed+c.Failed+c.Interrupted != c.Submitted || c.Running+c.Queued != 0 {
		t.Errorf("%+v; %d were submitted, %d have ended", c, submitted.Load(), ended.Load())
	}
	if n := len(k.Sessions()); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
	return c
}

// act does something to a session that others do something to as well.
func act(t *testing.T, r *rand.Rand, h *Hosted, codes []string, submitted, ended *atomic.Int64, wg *sync.WaitGroup) {
	switch r.IntN(12) {
	case 0:
		h.Close()
	case 1:
		h.Interrupt(r.IntN(2) == 0)
	case 2:
		if _, err := h.Complete(context.Background(), "x", 1); err != nil && !errors.Is(err, ErrClosed) && h.Info().Executions < 0 {
			t.Error(err)
		}
	case 3:
		_, _ = h.Variables(context.Background(), 0, 10) // the session may be closing
	case 4:
		defer h.Hold()()
	default:
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(r.IntN(30))*time.Millisecond)
		if r.IntN(2) == 0 {
			ctx = context.Background()
		}
		x, err := h.Submit(ctx, Request{Code: codes[r.IntN(len(codes))], Values: true, Output: func(Stream, []byte) {}})
		if err != nil {
			cancel()
			if !errors.Is(err, ErrBusy) && !errors.Is(err, ErrClosed) && !errors.Is(err, ErrShutdown) {
				t.Error(err)
			}
			return
		}
		submitted.Add(1)
		if r.IntN(4) == 0 {
			x.Cancel(errors.New("not wanted"))
		}
		wg.Go(func() {
			defer cancel()
			if o := x.Outcome(); o.Sequence == 0 {
				t.Errorf("%+v", o)
			}
			ended.Add(1)
		})
	}
}
