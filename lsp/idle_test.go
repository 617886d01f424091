package lsp

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// breaks counts what an idle calls.
type breaks struct{ pauses, rests atomic.Int32 }

func (c *breaks) idle() *idle {
	return newIdle(func() { c.pauses.Add(1) }, func() { c.rests.Add(1) })
}

// want checks the counts, once all that is due is done.
func (c *breaks) want(t *testing.T, when string, pauses, rests int32) {
	t.Helper()
	synctest.Wait()
	if p, r := c.pauses.Load(), c.rests.Load(); p != pauses || r != rests {
		t.Errorf("%s: %d pauses and %d rests, want %d and %d", when, p, r, pauses, rests)
	}
}

func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c breaks
		i := c.idle()
		for range 20 {
			i.used()
			time.Sleep(pauseAfter / 2)
		}
		c.want(t, "busy", 0, 0)
		time.Sleep(pauseAfter)
		c.want(t, "a moment later", 1, 0)
		for range 20 { // as somebody types
			i.used()
			time.Sleep(2 * pauseAfter)
		}
		c.want(t, "between keys", 21, 0)
		time.Sleep(restAfter)
		c.want(t, "after a while", 21, 1)
		time.Sleep(time.Hour)
		c.want(t, "though nothing happens", 21, 1)
		i.used()
		time.Sleep(restAfter - time.Millisecond)
		c.want(t, "too early", 22, 1)
		time.Sleep(2 * time.Millisecond)
		c.want(t, "after another while", 22, 2)
		i.used()
		i.stop()
		time.Sleep(time.Hour)
		c.want(t, "after the end", 22, 2)
	})
}

// TestIdleWaits: nothing pauses while something goes on, however long that takes.
func TestIdleWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c breaks
		i := c.idle()
		i.used()
		long, short := i.begin(), i.begin()
		short()
		time.Sleep(time.Hour)
		c.want(t, "while something goes on", 0, 0)
		long()
		time.Sleep(pauseAfter / 2)
		c.want(t, "just after it", 0, 0)
		time.Sleep(pauseAfter)
		c.want(t, "a moment after it", 1, 0)
		time.Sleep(restAfter / 2)
		end := i.begin()
		time.Sleep(time.Hour)
		c.want(t, "while something goes on before the rest", 1, 0)
		end()
		time.Sleep(restAfter + time.Millisecond)
		c.want(t, "in the end", 2, 1)
	})
}

// TestIdleOneAtATime: what takes long is not called twice at the same time.
func TestIdleOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most, count atomic.Int32
		slow := func() {
			most.Store(max(most.Load(), now.Add(1)))
			time.Sleep(2 * restAfter)
			now.Add(-1)
			count.Add(1)
		}
		i := newIdle(slow, slow)
		i.used()
		time.Sleep(time.Hour)
		if most.Load() != 1 || count.Load() != 2 {
			t.Errorf("%d calls, %d at the same time, want 2 one after the other", count.Load(), most.Load())
		}
		i.used()
		time.Sleep(2 * pauseAfter)
		i.used() // while it is called: that is not overlooked
		time.Sleep(time.Hour)
		if most.Load() != 1 || count.Load() != 5 {
			t.Errorf("%d calls, %d at the same time, want 5", count.Load(), most.Load())
		}
	})
}
