package hooks

import (
	"sync"
	"sync/atomic"
	"time"
)

// BreakerOptions say when a hook is left out for a while. The zero value takes
// the defaults.
type BreakerOptions struct {
	// Failures within Window open the breaker: the hook is not called for Open.
	// Then it is tried, and Successes in a row close the breaker; a failure opens
	// it again. 0: 3 failures in 30 s, 15 s, 2 successes.
	Failures  int
	Successes int
	Window    time.Duration
	Open      time.Duration
	// SlowAfter is how long a call may take that is no failure. 0: 50 ms;
	// negative: slowness is none.
	SlowAfter time.Duration
}

func (o BreakerOptions) orDefault() BreakerOptions {
	number := func(v *int, def int) {
		if *v <= 0 {
			*v = def
		}
	}
	duration := func(v *time.Duration, def time.Duration) {
		if *v <= 0 {
			*v = def
		}
	}
	number(&o.Failures, 3)
	number(&o.Successes, 2)
	duration(&o.Window, 30*time.Second)
	duration(&o.Open, 15*time.Second)
	if o.SlowAfter == 0 {
		o.SlowAfter = 50 * time.Millisecond
	}
	return o
}

// BreakerState is what a hook's circuit breaker does.
type BreakerState string

// The states of a breaker.
const (
	Closed   BreakerState = "closed"    // the hook is called
	Open     BreakerState = "open"      // it is left out
	HalfOpen BreakerState = "half_open" // it is tried
)

// breaker leaves out a hook that fails again and again.
type breaker struct {
	opt BreakerOptions
	// clear is true while the breaker is closed and remembers no failure: then a
	// call that works has nothing to do.
	clear atomic.Bool

	mu        sync.Mutex
	failures  []time.Time // within the window, the oldest first
	openUntil time.Time   // zero: closed
	good      int         // successes since it was half open
	opened    int64       // how often
}

func newBreaker(o BreakerOptions) *breaker {
	b := &breaker{opt: o.orDefault()}
	b.clear.Store(true)
	return b
}

// allows tells whether the hook is to be called now.
func (b *breaker) allows(now time.Time) bool {
	if b.clear.Load() {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state(now) != Open
}

func (b *breaker) state(now time.Time) BreakerState {
	switch {
	case b.openUntil.IsZero():
		return Closed
	case now.Before(b.openUntil) && b.openUntil.Sub(now) <= b.opt.Open: // a clock that was set back opens no gap
		return Open
	}
	return HalfOpen
}

// ended tells how a call went, and whether that has opened the breaker.
func (b *breaker) ended(now time.Time, failed bool) (opened bool) {
	if !failed && b.clear.Load() {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	half := b.state(now) == HalfOpen
	if !failed {
		if half {
			if b.good++; b.good >= b.opt.Successes {
				b.reset()
			}
		} else if len(b.recent(now)) == 0 && b.openUntil.IsZero() {
			b.clear.Store(true)
		}
		return false
	}
	b.clear.Store(false)
	b.failures = append(b.recent(now), now)
	if half || b.openUntil.IsZero() && len(b.failures) >= b.opt.Failures {
		b.failures, b.good, b.openUntil = nil, 0, now.Add(b.opt.Open)
		b.opened++
		return true
	}
	return false
}

// recent forgets the failures that lie behind the window, or before it if the
// clock was set back.
func (b *breaker) recent(now time.Time) []time.Time {
	kept := b.failures[:0]
	for _, t := range b.failures {
		if age := now.Sub(t); age >= 0 && age < b.opt.Window {
			kept = append(kept, t)
		}
	}
	b.failures = kept
	return kept
}

func (b *breaker) reset() {
	b.failures, b.good, b.openUntil = nil, 0, time.Time{}
	b.clear.Store(true)
}

// look returns the state and how often the breaker has opened.
func (b *breaker) look(now time.Time) (BreakerState, int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state(now), b.opened
}
