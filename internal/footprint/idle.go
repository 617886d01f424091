package footprint

import (
	"sync"
	"sync/atomic"
	"time"
)

// Idle trims a process when it has had nothing to do for a while: once, until it
// is used again. Its methods may be called by any goroutine.
type Idle struct {
	quiet time.Duration
	busy  func() bool
	trim  func()

	used  atomic.Bool // since the timer was last set
	armed atomic.Bool // the timer runs

	mu     sync.Mutex
	timer  *time.Timer
	closed bool
}

// NewIdle makes an Idle that calls Trim when Touch was not called for quiet, and
// busy says no; nil: never busy. Its first pause begins now.
func NewIdle(quiet time.Duration, busy func() bool) *Idle { return newIdle(quiet, busy, Trim) }

func newIdle(quiet time.Duration, busy func() bool, trim func()) *Idle {
	i := &Idle{quiet: quiet, busy: busy, trim: trim}
	i.Touch()
	return i
}

// Touch tells that the process is used. It costs some nanoseconds.
func (i *Idle) Touch() {
	if !i.used.Load() {
		i.used.Store(true)
	}
	if !i.armed.Load() && i.armed.CompareAndSwap(false, true) {
		i.wait()
	}
}

// wait looks again after the pause.
func (i *Idle) wait() {
	i.used.Store(false)
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.closed {
		i.timer = time.AfterFunc(i.quiet, i.look)
	}
}

func (i *Idle) look() {
	if i.used.Load() || i.busy != nil && i.busy() {
		i.wait()
		return
	}
	i.trim()
	i.armed.Store(false)
	if i.used.Load() { // meanwhile
		i.Touch()
	}
}

// Close ends it. A trim that runs is not waited for.
func (i *Idle) Close() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.closed = true
	if i.timer != nil {
		i.timer.Stop()
	}
}
