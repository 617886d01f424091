package tools

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/llmspell/llmspell/tools/tool"
)

// run lets the tool work once, until ctx is done at the latest.
func (h *Handle) run(ctx *callContext, call *tool.Call) (*tool.Result, error) {
	if h.Descriptor().Quick || h.quick(call) {
		return h.protected(ctx, call)
	}
	return h.apart(ctx, call)
}

// Quick tells whether a call with these parameters ends within a millisecond and
// cannot block, whoever makes it: the tool says so, and no hook has anything to do. Of
// a tool that tells it of each call (tool.Quicker) it is known from the second call on.
func (h *Handle) Quick(params map[string]any) bool {
	for i := range h.inv.opt.Hooks {
		if active := h.inv.opt.Hooks[i].Active; active == nil || active() {
			return false
		}
	}
	if h.Descriptor().Quick {
		return true
	}
	if !h.asks.Load() {
		return false
	}
	checked, err := h.check(params)
	return err == nil && h.quick(tool.NewCall(checked, nil, h.setting, nil))
}

// quick asks a tool that knows it of each call.
func (h *Handle) quick(call *tool.Call) (quick bool) {
	defer func() {
		if recover() != nil { // the call itself will say so
			quick = false
		}
	}()
	t, err := h.make()
	if err != nil {
		return false
	}
	q, ok := t.(tool.Quicker)
	if ok && !h.asks.Load() {
		h.asks.Store(true)
	}
	return ok && q.Quick(call)
}

// protected runs the tool here, and turns a panic into an error.
func (h *Handle) protected(ctx context.Context, call *tool.Call) (result *tool.Result, err error) {
	defer func() {
		if v := recover(); v != nil {
			result, err = nil, h.panicked(v)
		}
	}()
	t, err := h.make()
	if err != nil {
		return nil, fmt.Errorf("the tool could not be set up: %w", err)
	}
	result, err = t.Run(ctx, call)
	if err == nil && result == nil {
		result = &tool.Result{}
	}
	return result, err
}

func (h *Handle) panicked(v any) error {
	if h.inv.opt.Panicked != nil {
		h.inv.opt.Panicked(h.Descriptor().Name, v, debug.Stack())
	}
	return tool.Errorf(tool.Internal, "the tool failed unexpectedly (%v); this is a bug in the tool", v)
}

// outcome is what a run on a goroutine of its own gives. Whoever of the two
// goroutines comes first settles what becomes of it.
type outcome struct {
	result  *tool.Result
	err     error
	settled atomic.Bool
	done    chan struct{}
}

var errGoexit = tool.Errorf(tool.Internal, "the tool ended its goroutine; this is a bug in the tool")

// abandonedNote is the error's detail "abandoned".
const abandonedNote = "the tool did not stop in time and goes on in the background"

// abandonedError is the end of a call whose tool still runs.
type abandonedError struct{ cause error }

func (e *abandonedError) Error() string { return e.cause.Error() + ": " + abandonedNote }
func (e *abandonedError) Unwrap() error { return e.cause }

// apart runs the tool on a goroutine of its own. When ctx is done and the tool
// has not returned after a moment of grace, it is left to itself: Go cannot
// end a goroutine.
func (h *Handle) apart(ctx *callContext, call *tool.Call) (*tool.Result, error) {
	if most := h.inv.opt.MaxAbandoned; h.stats.background.Load() >= int64(most) {
		e := tool.Errorf(tool.LimitExceeded, "%d earlier calls did not stop when their time was up and still run; "+
			"no more are started until one of them ends", most)
		e.Temporary = true
		return nil, e
	}
	o := &outcome{err: errGoexit, done: make(chan struct{})}
	go func() {
		defer func() {
			if !o.settled.CompareAndSwap(false, true) {
				h.stats.background.Add(-1) // nobody waits any more
			}
			close(o.done)
		}()
		o.result, o.err = h.protected(ctx, call)
	}()
	timer := h.inv.timer(time.Until(ctx.deadline))
	defer h.inv.release(timer)
	for waiting := true; waiting; {
		select {
		case <-o.done:
			return o.result, o.err
		case <-ctx.Context.Done():
			waiting = false
		case <-timer.C:
			waiting = false
		case <-ctx.wake():
			ctx.serving()
		}
	}
	why := ctx.over() // before anything else, so that it is what ended the call
	timer.Reset(h.inv.opt.Grace)
	select {
	case <-o.done:
		return o.result, o.err
	case <-timer.C:
	}
	h.stats.background.Add(1)
	if !o.settled.CompareAndSwap(false, true) { // it has just ended after all
		h.stats.background.Add(-1)
		<-o.done
		return o.result, o.err
	}
	h.stats.abandoned.Add(1)
	return nil, &abandonedError{why}
}

// timer returns a timer from the pool. Since Go 1.23 a stopped timer's channel
// is empty.
func (inv *Invoker) timer(d time.Duration) *time.Timer {
	if t, ok := inv.timers.Get().(*time.Timer); ok {
		t.Reset(d)
		return t
	}
	return time.NewTimer(d)
}

func (inv *Invoker) release(t *time.Timer) {
	t.Stop()
	inv.timers.Put(t)
}
