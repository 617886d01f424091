package tools

import (
	"context"
	"time"

	"github.com/llmspell/llmspell/tools/tool"
)

// flight is one run of a tool whose result several callers wait for. It has a
// goroutine of its own and belongs to none of them: it has the time that the
// first of them had, and is cancelled when the last has gone.
type flight struct {
	work    *invocation // on the flight's own context
	cancel  context.CancelFunc
	waiting int // under the cache's lock

	// Written before done is closed.
	done   chan struct{}
	result *tool.Result // nobody changes it; callers get copies
	err    error
	share  bool // result may be given to all who wait
	timed  bool // err is the end of the flight's time
}

// fork makes the run that the callers of c's key will share.
func (c *invocation) fork() *flight {
	parent, cancel := context.WithCancel(context.WithoutCancel(c.parent))
	work := &invocation{h: c.h, parent: parent, call: c.call, opt: c.opt, ctx: withDeadline(parent, c.ctx.deadline)}
	return &flight{work: work, cancel: cancel, done: make(chan struct{})}
}

func (f *flight) fly(key cacheKey) {
	h := f.work.h
	f.result, f.err = f.work.retrying(f.work.ctx)
	f.work.ctx.end()
	if f.err != nil {
		f.timed = f.work.stopped(f.err) != nil
	} else if !f.result.NoStore {
		f.share = h.inv.cache.put(key, f.result, h.inv.keepFor(h.Descriptor()))
	}
	h.inv.cache.landed(key, f)
	f.cancel()
	close(f.done)
}

// shared answers from the cache, or by the flight for the same thing that is
// under way, or by one that it starts.
func (c *invocation) shared(key cacheKey) (*tool.Result, error) {
	cache := c.h.inv.cache
	for {
		stored, f, lead := cache.get(key, c.fork)
		if stored != nil {
			return c.given(stored), nil
		}
		if lead {
			go f.fly(key)
		}
		for flying := true; flying; {
			select {
			case <-f.done:
				flying = false
				continue
			case <-c.ctx.wake():
				c.ctx.serving()
				continue
			case <-c.ctx.Done():
			}
			if !cache.leave(key, f) {
				return nil, c.ctx.over()
			}
			f.cancel()
			<-f.done // soon: a run outlives its context by a moment of grace at most
			if f.err == nil {
				return nil, c.ctx.over()
			}
			flying = false
		}
		if lead {
			c.attempts = f.work.attempts
		}
		switch {
		case f.err != nil && f.timed && c.ctx.why() == nil:
			continue // its time was shorter than ours
		case f.err != nil:
			return nil, f.err
		case f.share && lead:
			result, _, _ := copyResult(f.result)
			return result, nil
		case f.share:
			return c.given(f.result), nil
		case lead:
			return f.result, nil
		}
		return c.retrying(c.ctx) // the result is the other caller's alone
	}
}

// given is a copy of a result that was not made for this call.
func (c *invocation) given(r *tool.Result) *tool.Result {
	c.cached = true
	c.h.stats.hits.Add(1)
	result, _, _ := copyResult(r)
	return result
}

// get finds a result, or else the flight that will bring one. It makes a
// flight, which the caller is to start, when there is none.
func (c *cache) get(key cacheKey, fork func() *flight) (stored *tool.Result, f *flight, lead bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if el, ok := c.entries[key]; ok {
		if e := el.Value.(*cached); time.Now().Before(e.expires) {
			c.order.MoveToFront(el)
			c.counts.Hits++
			return e.result, nil, false
		}
		c.remove(el)
	}
	f, ok := c.flights[key]
	if !ok {
		c.counts.Misses++
		f = fork()
		c.flights[key] = f
	}
	f.waiting++
	return nil, f, !ok
}

// leave tells that a caller waits no more, and whether it was the last.
func (c *cache) leave(key cacheKey, f *flight) (last bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.waiting--; f.waiting > 0 {
		return false
	}
	c.forget(key, f)
	return true
}

// landed tells that a flight takes no more passengers.
func (c *cache) landed(key cacheKey, f *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget(key, f)
}

func (c *cache) forget(key cacheKey, f *flight) {
	if c.flights[key] == f {
		delete(c.flights, key)
	}
}
