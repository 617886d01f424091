package lsp

import (
	"sync"
	"sync/atomic"
	"time"
)

// How long nothing happens before the server pauses, and before it rests. A person who types
// makes pauses between two keys; a check begins earlier (Settings.Diagnostics), so it is waited for.
const (
	pauseAfter = 60 * time.Millisecond
	restAfter  = 3 * time.Second
)

// idle calls pause when nothing has happened for a moment, and rest when nothing has
// happened for a while, each once until something happens again.
type idle struct {
	pause, rest func()
	base        time.Time
	last        atomic.Int64 // when something happened, in nanoseconds since base
	running     atomic.Int32 // what goes on: nothing pauses before its end

	mu    sync.Mutex
	timer *time.Timer // nil: nothing has happened since the last rest
	long  bool        // the timer is that of rest
	// calling: a function is called. There are never two at the same time.
	calling bool
}

func newIdle(pause, rest func()) *idle { return &idle{pause: pause, rest: rest, base: time.Now()} }

// used notes that something happens.
func (i *idle) used() {
	i.last.Store(int64(time.Since(i.base)))
	i.mu.Lock()
	defer i.mu.Unlock()
	if (i.timer == nil || i.long) && !i.calling {
		i.arm(pauseAfter, false)
	}
}

// begin notes that something goes on until the function that it returns is called.
func (i *idle) begin() (end func()) {
	i.running.Add(1)
	return func() {
		i.running.Add(-1)
		i.used()
	}
}

// look calls what is due, or waits on.
func (i *idle) look() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.timer == nil || i.calling {
		return // stopped, or overtaken
	}
	after, do := pauseAfter, i.pause
	if i.long {
		after, do = restAfter, i.rest
	}
	last := i.last.Load()
	quiet := time.Since(i.base) - time.Duration(last)
	if i.running.Load() > 0 {
		quiet = 0
	}
	if quiet < after {
		i.arm(after-quiet, i.long)
		return
	}
	i.calling = true
	i.mu.Unlock()
	do()
	i.mu.Lock()
	i.calling = false
	switch rested := i.long; {
	case i.timer == nil: // stopped
	case i.last.Load() != last:
		i.arm(pauseAfter, false)
	case rested:
		i.timer, i.long = nil, false
	default:
		i.arm(restAfter-quiet, true)
	}
}

// arm has it looked after a while; with mu.
func (i *idle) arm(after time.Duration, long bool) {
	i.disarm()
	i.timer, i.long = time.AfterFunc(after, i.look), long
}

// disarm ends the waiting; with mu.
func (i *idle) disarm() {
	if i.timer != nil {
		i.timer.Stop()
	}
	i.timer, i.long = nil, false
}

// stop ends the waiting, until something happens again.
func (i *idle) stop() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.disarm()
}
