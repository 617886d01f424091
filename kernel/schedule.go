package kernel

import (
	"context"
	"errors"
	"slices"

	"github.com/llmspell/llmspell/runtime"
)

// How executions come to run. A session that has something queued and runs
// nothing is in Kernel.ready, at its end when it gets there: sessions take turns,
// however much each has queued. A worker is a goroutine that runs one execution
// after the other, of whatever session is next; there are at most MaxParallel,
// and none when there is nothing to run.

// dispatch starts workers for what may run. Under k.mu.
func (k *Kernel) dispatch() {
	for x := k.next(); x != nil; x = k.next() {
		k.workers++
		go k.work(x)
	}
}

// next takes an execution out of the queue of the session whose turn it is, or
// returns nil. Under k.mu.
func (k *Kernel) next() *Execution {
	if len(k.ready) == 0 || k.limits.MaxParallel > 0 && k.counts.Running >= k.limits.MaxParallel {
		return nil
	}
	h := k.ready[0]
	k.ready[0] = nil
	if k.ready = k.ready[1:]; len(k.ready) == 0 {
		k.ready = nil // its memory
	}
	x := h.queue[0]
	h.queue[0] = nil
	if h.queue = h.queue[1:]; len(h.queue) == 0 {
		h.queue = nil
	}
	h.current = x
	h.running.Store(x)
	x.state = executionRuns
	x.runCtx, x.cancel = context.WithCancelCause(context.WithoutCancel(x.ctx))
	k.counts.Queued--
	k.counts.Running++
	return x
}

// work runs executions until none is left.
func (k *Kernel) work(x *Execution) {
	for x != nil {
		broken := x.run()
		k.told(x)
		h := x.hosted
		k.mu.Lock()
		h.current = nil
		h.running.Store(nil)
		k.counts.Running--
		x.finish()
		h.used()
		var dropped []*Execution
		dismantle := broken != "" && !h.closed
		if dismantle {
			h.closed, h.reason = true, broken
			dropped = h.clearQueue(ErrClosed)
		}
		if len(h.queue) > 0 {
			k.ready = append(k.ready, h)
		}
		if x = k.next(); x == nil {
			k.workers--
			k.checkDrained()
		}
		k.mu.Unlock()
		k.announce(dropped)
		if dismantle {
			h.dismantle()
		}
	}
}

// clearQueue takes all executions out of the session's queue and ends them. Under
// Kernel.mu; those that were ended are then to be announced.
func (h *Hosted) clearQueue(cause error) []*Execution {
	ended := h.queue
	h.queue = nil
	h.leave()
	for _, x := range ended {
		x.drop(cause)
	}
	h.kernel.checkDrained()
	return ended
}

// leave takes a session with nothing queued out of the line of those that could
// run. Under Kernel.mu.
func (h *Hosted) leave() {
	k := h.kernel
	if len(h.queue) == 0 && h.current == nil {
		k.ready = slices.DeleteFunc(k.ready, func(o *Hosted) bool { return o == h })
	}
}

// drop ends an execution that was taken out of the queue. Under Kernel.mu.
func (x *Execution) drop(cause error) {
	x.outcome = Outcome{Sequence: x.sequence, Err: cancelled(cause)}
	x.hosted.kernel.counts.Queued--
	x.state = executionEnded
	x.count()
}

// announce tells those who wait for executions that were dropped.
func (k *Kernel) announce(dropped []*Execution) {
	for _, x := range dropped {
		k.told(x)
		x.settle()
	}
}

// told tells Options.Ended of the outcome.
func (k *Kernel) told(x *Execution) {
	if k.opts.Ended != nil {
		k.guarded("the callback Ended", func() { k.opts.Ended(x, x.outcome) })
	}
}

// finish ends an execution that has run. Under Kernel.mu.
func (x *Execution) finish() {
	x.state = executionEnded
	x.count()
	x.settle()
}

// settle tells those who wait.
func (x *Execution) settle() {
	if x.unwatch != nil {
		x.unwatch()
	}
	close(x.done)
}

// count counts how the execution has ended. Under Kernel.mu.
func (x *Execution) count() {
	c := &x.hosted.kernel.counts
	e, _ := errors.AsType[*runtime.Error](x.outcome.Err)
	switch {
	case x.outcome.Err == nil:
		c.Completed++
	case e != nil && e.Kind == runtime.KindCancelled:
		c.Interrupted++
	default:
		c.Failed++
	}
}

// end makes a running execution end. Under Kernel.mu.
func (x *Execution) end(cause error) {
	// Nothing hangs on this context that runs here: the monitor is told by a
	// goroutine of its own.
	x.cancel(cause)
}

func cancelled(cause error) error {
	if cause == nil {
		cause = context.Canceled
	}
	return &runtime.Error{Kind: runtime.KindCancelled, Message: "execution cancelled", Cause: cause}
}
