package lsp

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var count atomic.Int32
		i := newIdle(func() { count.Add(1) })
		for range 20 { // busy
			i.used()
			time.Sleep(firstIdle / 2)
		}
		if calls := count.Load(); calls != 1 {
			t.Errorf("%d calls while busy, want the one after the start", calls)
		}
		time.Sleep(2 * firstIdle)
		synctest.Wait()
		if calls := count.Load(); calls != 2 {
			t.Errorf("%d calls", calls)
		}
		time.Sleep(time.Hour)
		if calls := count.Load(); calls != 2 {
			t.Errorf("%d calls, though nothing happens", calls)
		}
		i.used()
		time.Sleep(laterIdle - time.Second)
		if calls := count.Load(); calls != 2 {
			t.Errorf("%d calls, too early", calls)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if calls := count.Load(); calls != 3 {
			t.Errorf("%d calls", calls)
		}
		i.used()
		i.stop()
		time.Sleep(time.Hour)
		if calls := count.Load(); calls != 3 {
			t.Errorf("%d calls after the end", calls)
		}
	})
}
