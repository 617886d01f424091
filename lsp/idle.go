package lsp

import (
	"sync"
	"sync/atomic"
	"time"
)

// How long nothing happens before Options.Idle is called: the first time soon, since
// most of what the start has needed is not needed again.
const (
	firstIdle = time.Second
	laterIdle = 15 * time.Second
)

// idle calls a function when nothing has happened for a while, once for each while.
type idle struct {
	do   func()
	base time.Time
	last atomic.Int64 // when something happened, in nanoseconds since base

	mu    sync.Mutex
	after time.Duration // how long a while is
	timer *time.Timer   // nil: nothing has happened since the last call
}

func newIdle(do func()) *idle { return &idle{do: do, base: time.Now(), after: firstIdle} }

// used notes that something happens.
func (i *idle) used() {
	if i.do == nil {
		return
	}
	i.last.Store(int64(time.Since(i.base)))
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.timer == nil {
		i.timer = time.AfterFunc(i.after, i.look)
	}
}

// look calls the function, or waits on.
func (i *idle) look() {
	i.mu.Lock()
	if i.timer == nil {
		i.mu.Unlock()
		return // stopped
	}
	if rest := i.after - (time.Since(i.base) - time.Duration(i.last.Load())); rest > 0 {
		i.timer = time.AfterFunc(rest, i.look)
		i.mu.Unlock()
		return
	}
	i.timer, i.after = nil, laterIdle
	i.mu.Unlock()
	i.do()
}

// stop ends the waiting, until something happens again.
func (i *idle) stop() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.timer != nil {
		i.timer.Stop()
		i.timer = nil
	}
}
