package state

import (
	"sync"
	"time"
)

// Clock tells the time. Wall is the calendar's, which may jump; Steady is how
// long the process runs, and never jumps.
type Clock struct {
	Wall   func() time.Time
	Steady func() time.Duration
}

func systemClock() Clock {
	start := time.Now()
	return Clock{Wall: time.Now, Steady: func() time.Duration { return time.Since(start) }}
}

// How a clock that jumps is dealt with:
//
// A value has expired when the wall clock says so. It is hidden then, but stays
// in the file until the wall clock has gone along with the steady one for
// settled: a clock that was set wrong by mistake, and is put right, has lost
// nothing. No backup is removed for its age so soon after a jump, either, and those of
// the future do not count as the latest. A value that is written later than now (the clock has gone back since)
// gets now as its time at the next sweep, so it does not live for ever.
const (
	settled    = 10 * time.Minute // how long the clocks must agree before anything is removed
	tolerated  = 2 * time.Second  // by how much they may differ meanwhile
	future     = 5 * time.Second  // how far ahead of now a time is taken for another process's clock
	sweepEvery = time.Minute      // by the steady clock
)

// timekeeper watches both clocks.
type timekeeper struct {
	clock Clock

	mu     sync.Mutex
	base   time.Time     // the wall clock when the agreement began,
	since  time.Duration // and the steady one
	swept  time.Duration // the steady clock at the last sweep
	begun  bool
	jumped bool // the wall clock has, at since
}

// now returns the wall clock in milliseconds.
func (t *timekeeper) now() int64 { return t.clock.Wall().UnixMilli() }

// due tells whether it is time for a sweep. Values that had expired before cutoff
// (0: none) may be removed by it.
func (t *timekeeper) due() (due bool, now, cutoff int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	wall, steady := t.look()
	if steady-t.swept < sweepEvery {
		return false, 0, 0
	}
	t.swept = steady
	if steady-t.since >= settled {
		cutoff = wall.Add(-settled).UnixMilli()
	}
	return true, wall.UnixMilli(), cutoff
}

// look compares the clocks. t.mu is held.
func (t *timekeeper) look() (wall time.Time, steady time.Duration) {
	wall, steady = t.clock.Wall().Round(0), t.clock.Steady()
	if !t.begun {
		t.begun, t.base, t.since = true, wall, steady
		t.swept = steady - sweepEvery // the first write sweeps
	}
	if drift := wall.Sub(t.base) - (steady - t.since); drift > tolerated || drift < -tolerated {
		t.base, t.since, t.jumped = wall, steady, true
	}
	return wall, steady
}

// trusted tells that the wall clock has not jumped of late, as far as this process knows.
func (t *timekeeper) trusted() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, steady := t.look()
	return !t.jumped || steady-t.since >= settled
}
