package footprint

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		trims, busy := 0, false
		i := newIdle(time.Second, func() bool { return busy }, func() { trims++ })
		defer i.Close()
		check := func(after time.Duration, want int, why string) {
			t.Helper()
			time.Sleep(after)
			synctest.Wait()
			if trims != want {
				t.Errorf("%s: %d trims, want %d", why, trims, want)
			}
		}
		check(900*time.Millisecond, 0, "just started")
		check(200*time.Millisecond, 1, "nothing to do since the start")
		check(time.Hour, 1, "nothing has happened since")
		i.Touch()
		check(500*time.Millisecond, 1, "used")
		i.Touch()
		check(900*time.Millisecond, 1, "used again")
		check(1200*time.Millisecond, 2, "idle again")
		busy = true
		i.Touch()
		check(time.Minute, 2, "busy")
		busy = false
		check(1100*time.Millisecond, 3, "no longer busy")
		i.Touch()
		i.Close()
		check(time.Minute, 3, "closed")
		i.Touch()
		check(time.Minute, 3, "used after its end")
	})
}

// TestIdleTouchedMeanwhile is used while it trims.
func TestIdleTouchedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var i *Idle
		trims := 0
		i = newIdle(time.Second, nil, func() {
			if trims++; trims == 1 {
				i.Touch()
			}
		})
		defer i.Close()
		time.Sleep(time.Minute)
		synctest.Wait()
		if trims != 2 {
			t.Errorf("%d trims, want 2", trims)
		}
	})
}

func TestIdleConcurrently(t *testing.T) {
	var trims atomic.Int64
	i := newIdle(time.Millisecond, nil, func() { trims.Add(1) })
	defer i.Close()
	done := make(chan struct{})
	for range 4 {
		go func() {
			defer func() { done <- struct{}{} }()
			for range 10_000 {
				i.Touch()
			}
		}()
	}
	for range 4 {
		<-done
	}
	deadline := time.Now().Add(10 * time.Second)
	for i.armed.Load() {
		if time.Now().After(deadline) {
			t.Fatal("it was never idle")
		}
		time.Sleep(time.Millisecond)
	}
	if trims.Load() == 0 {
		t.Error("it was never trimmed")
	}
}

func BenchmarkTouch(b *testing.B) {
	i := newIdle(time.Hour, nil, func() {})
	defer i.Close()
	for b.Loop() {
		i.Touch()
	}
}
