package footprint

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// percent returns the pace of the collector.
func percent() int {
	p := debug.SetGCPercent(100)
	debug.SetGCPercent(p)
	return p
}

func TestDelayCollection(t *testing.T) {
	t.Setenv("GOGC", "")
	defer debug.SetGCPercent(debug.SetGCPercent(90))
	DelayCollection()
	deadline := time.Now().Add(10 * time.Second)
	for percent() != 90 {
		if time.Now().After(deadline) {
			t.Fatalf("after a collection the pace is %d, not what it was", percent())
		}
		runtime.GC()
	}
}

func TestDelayCollectionLeavesUsersChoice(t *testing.T) {
	t.Setenv("GOGC", "50")
	defer debug.SetGCPercent(debug.SetGCPercent(50))
	DelayCollection()
	if p := percent(); p != 50 {
		t.Errorf("the user's 50 has become %d", p)
	}
}

func TestDelayCollectionLeavesLaterChoice(t *testing.T) {
	t.Setenv("GOGC", "")
	defer debug.SetGCPercent(debug.SetGCPercent(90))
	DelayCollection()
	debug.SetGCPercent(400)
	for range 10 { // cleanups run some time after a collection
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	if p := percent(); p != 400 {
		t.Errorf("400 was set, and it has become %d", p)
	}
}

func TestTighten(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	t.Setenv("GOGC", "100")
	Tighten()
	if p := percent(); p != 100 {
		t.Errorf("the user's 100 has become %d", p)
	}
	t.Setenv("GOGC", "")
	Tighten()
	if p := percent(); p != tight {
		t.Errorf("the pace is %d, want %d", p, tight)
	}
	if DelayCollection(); percent() != delayed {
		t.Errorf("the pace at the start is %d, want %d", percent(), delayed)
	}
	Tighten()
	runtime.GC()
	if p := percent(); p != tight {
		t.Errorf("after a collection the pace is %d, want %d", p, tight)
	}
}
