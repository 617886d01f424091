package kernel

import (
	"fmt"
	"sync"
	"time"
)

// Hold keeps the session from being closed because it is idle, until release is
// called: for a client or a debugger that is connected to it.
func (h *Hosted) Hold() (release func()) {
	k := h.kernel
	k.mu.Lock()
	defer k.mu.Unlock()
	h.held++
	return sync.OnceFunc(func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		h.held--
		h.used()
	})
}

// used notes a use of the session. Under Kernel.mu.
func (h *Hosted) used() {
	h.last = time.Now()
	h.kernel.lastUse = h.last
}

// touch is used for those who have no lock.
func (h *Hosted) touch() {
	h.kernel.mu.Lock()
	defer h.kernel.mu.Unlock()
	h.used()
}

// watch starts the timer that closes the session when it is idle, if there is an
// idle timeout. The timer is not started again at each use: when it fires it
// looks how long ago the last one was. Under Kernel.mu.
func (h *Hosted) watch() {
	limit := h.kernel.limits.IdleTimeout
	switch {
	case h.closed:
	case limit <= 0:
		if h.timer != nil {
			h.timer.Stop()
		}
	case h.timer == nil:
		h.timer = time.AfterFunc(h.idleFor(), h.expire)
	default:
		h.timer.Reset(h.idleFor())
	}
}

// idleFor is how long the session may still be idle, at least a millisecond.
// Under Kernel.mu.
func (h *Hosted) idleFor() time.Duration {
	return max(h.kernel.limits.IdleTimeout-time.Since(h.last), time.Millisecond)
}

// expired tells whether the session was idle for too long. Under Kernel.mu.
func (h *Hosted) expired() bool {
	limit := h.kernel.limits.IdleTimeout
	return limit > 0 && h.current == nil && len(h.queue) == 0 && h.held == 0 && time.Since(h.last) >= limit
}

// expire closes the session if it is idle, or waits for the rest of the time.
func (h *Hosted) expire() {
	k := h.kernel
	k.mu.Lock()
	limit := k.limits.IdleTimeout
	if !h.expired() {
		if h.current != nil || h.held > 0 {
			h.last = time.Now() // in use
		}
		h.watch()
		k.mu.Unlock()
		return
	}
	k.mu.Unlock()
	h.close(fmt.Sprintf("it was idle for %v (idle_timeout)", limit), true)
}
