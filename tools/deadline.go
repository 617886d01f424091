package tools

import (
	"context"
	"sync"
	"time"
)

// callContext is context.WithDeadline that starts its timer only when somebody
// asks for Done. Most tools compute for microseconds and look at Err at most,
// and a timer would cost them as much as their work.
type callContext struct {
	context.Context // the caller's
	deadline        time.Time
	inherited       bool // the deadline is the caller's own
	mu              sync.Mutex
	inner           context.Context // nil until Done was asked for
	cancel          context.CancelFunc
	ended           bool

	waking  func() <-chan struct{} // CallOptions.Wake
	serving func()                 // CallOptions.Serve
}

// wake is readable when the caller's goroutine should call serving while it waits;
// nil: never.
func (c *callContext) wake() <-chan struct{} {
	if c.waking == nil {
		return nil
	}
	return c.waking()
}

func withDeadline(parent context.Context, deadline time.Time) *callContext {
	c := &callContext{Context: parent, deadline: deadline}
	if d, ok := parent.Deadline(); ok && d.Before(deadline) {
		c.deadline, c.inherited = d, true
	}
	return c
}

// why tells whether the call's time is up or its caller has cancelled it,
// whatever end has done.
func (c *callContext) why() error {
	if err := c.Context.Err(); err != nil {
		return err
	}
	if !time.Now().Before(c.deadline) {
		return context.DeadlineExceeded
	}
	return nil
}

// Deadline returns when the call must have ended.
func (c *callContext) Deadline() (time.Time, bool) { return c.deadline, true }

// over is why, for those who know that the call must end.
func (c *callContext) over() error {
	if err := c.why(); err != nil {
		return err
	}
	return context.DeadlineExceeded
}

// Done starts the timer if need be.
func (c *callContext) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inner == nil {
		c.inner, c.cancel = context.WithDeadline(c.Context, c.deadline)
		if c.ended {
			c.cancel()
		}
	}
	return c.inner.Done()
}

// Value lets context.WithCancel find the timer's context, which it can hang
// itself on without a goroutine.
func (c *callContext) Value(key any) any {
	c.mu.Lock()
	inner := c.inner
	c.mu.Unlock()
	if inner != nil {
		return inner.Value(key)
	}
	return c.Context.Value(key)
}

// Err tells why the call must end, if it must.
func (c *callContext) Err() error {
	c.mu.Lock()
	inner, ended := c.inner, c.ended
	c.mu.Unlock()
	if inner != nil {
		return inner.Err()
	}
	if err := c.Context.Err(); err != nil {
		return err
	}
	if !time.Now().Before(c.deadline) {
		return context.DeadlineExceeded
	}
	if ended {
		return context.Canceled
	}
	return nil
}

// end releases the timer; a tool that kept the context sees it cancelled.
func (c *callContext) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	if c.cancel != nil {
		c.cancel()
	}
}
