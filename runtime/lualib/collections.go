package lualib

import (
	"runtime"
	"sync"
)

// processCollections are those that scripts ask for. Go has one collector for the process, so
// that all states share them.
var processCollections = &collections{collect: runtime.GC}

// collections does one collection at a time. However many ask while one runs, they share the
// next: what was garbage when they asked is collected by that.
type collections struct {
	collect func()

	mu            sync.Mutex
	running, next chan struct{} // closed at their ends; nil: there is none
}

// begin asks for a collection that begins from now on, and returns what is closed at its end.
func (c *collections) begin() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running == nil {
		c.running = make(chan struct{})
		go c.run()
		return c.running
	}
	if c.next == nil {
		c.next = make(chan struct{})
	}
	return c.next
}

// run collects until nobody wants more.
func (c *collections) run() {
	for more := true; more; {
		c.collect()
		c.mu.Lock()
		close(c.running)
		c.running, c.next = c.next, nil
		more = c.running != nil
		c.mu.Unlock()
	}
}
