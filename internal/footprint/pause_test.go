package footprint

import (
	"runtime"
	"testing"
)

// TestPauses: much garbage goes in a pause, and little stays.
func TestPauses(t *testing.T) {
	var p Pauses
	p.Trim()
	before := heap()
	garbage := make([]byte, 64<<20)
	runtime.KeepAlive(garbage)
	if now := heap(); now < before+64<<20 {
		t.Fatalf("the heap has %d bytes, and had %d before 64 MB more", now, before)
	}
	garbage = nil
	p.Trim()
	if now := heap(); now > before+32<<20 {
		t.Errorf("the heap has %d bytes after the pause, and had %d before the garbage", now, before)
	}

	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	forced := m.NumForcedGC
	for range 3 {
		p.Trim()
	}
	if runtime.ReadMemStats(&m); m.NumForcedGC != forced {
		t.Errorf("%d collections, though nothing was allocated", m.NumForcedGC-forced)
	}
}
