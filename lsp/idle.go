package lsp

import (
	"sync"
	"sync/atomic"
	"time"
)

// How long nothing happens before the server rests: the first time soon, later
// less so. Before that it is called once in any case, a while after the start: most of
// what that has needed is not needed again.
const (
	started   = 500 * time.Millisecond
	firstIdle = time.Second
	laterIdle = 5 * time.Second
)

// idle calls a function some time after the first use, and then when nothing has
// happened for a while, once for each while.
type idle struct {
	do   func()
	base time.Time
	last atomic.Int64 // when something happened, in nanoseconds since base

	mu    sync.Mutex
	after time.Duration // how long a while is
	begun bool          // the first call was made
	timer *time.Timer   // nil: nothing has happened since the last call
}

func newIdle(do func()) *idle { return &idle{do: do, base: time.Now(), after: firstIdle} }

// used notes that something happens.
func (i *idle) used() {
	i.last.Store(int64(time.Since(i.base)))
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.timer == nil {
		after := i.after
		if !i.begun {
			after = started
		}
		i.timer = time.AfterFunc(after, i.look)
	}
}

// look calls the function, or waits on.
func (i *idle) look() {
	i.mu.Lock()
	if i.timer == nil {
		i.mu.Unlock()
		return // stopped
	}
	if !i.begun {
		i.begun = true
		i.timer = time.AfterFunc(i.after, i.look)
		i.mu.Unlock()
		i.do()
		return
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
