package state

import (
	"testing"
	"time"
)

func setFor(t *testing.T, s *Store, key string, ttl time.Duration) {
	t.Helper()
	if _, err := s.Set(t.Context(), global, key, key, SetOptions{TTL: ttl}); err != nil {
		t.Fatal(err)
	}
}

// stored counts the rows, also those that are hidden.
func stored(t *testing.T, s *Store) int {
	t.Helper()
	u, err := s.Usage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return u.Entries + u.Expired
}

func TestExpiry(t *testing.T) {
	c, path := newFakeClock(), file(t)
	s := openAt(t, path, Options{Clock: c.clock()})
	set(t, s, "ever", 1)
	setFor(t, s, "minute", time.Minute)
	c.pass(time.Minute - time.Millisecond)
	if value(t, s, "minute") != "minute" {
		t.Error("it has gone too early")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	c.pass(time.Millisecond) // while no process runs
	s = openAt(t, path, Options{Clock: c.clock()})
	missing(t, s, "minute")
	if got := keys(t, s, global, ListOptions{}); len(got) != 1 {
		t.Errorf("keys %v", got)
	}
	if was, err := s.Delete(t.Context(), global, "minute"); was || err != nil {
		t.Errorf("delete what has expired: %v, %v", was, err)
	}
	setFor(t, s, "again", time.Minute)
	setFor(t, s, "again", time.Hour)
	c.pass(2 * time.Minute)
	if e := set(t, s, "again", "new"); e.Version != 3 {
		t.Errorf("version %d", e.Version)
	}
	c.pass(1000 * time.Hour)
	if value(t, s, "again") != "new" || value(t, s, "ever") != int64(1) {
		t.Error("what has no time to live must not end")
	}
	if e, err := s.Increment(t.Context(), global, "n", 1, SetOptions{TTL: time.Minute}); err != nil || e.TTL != time.Minute {
		t.Errorf("%+v, %v", e, err)
	}
	if e, err := s.Increment(t.Context(), global, "n", 1, SetOptions{}); err != nil || e.TTL != time.Minute {
		t.Errorf("an increment keeps the time to live: %+v, %v", e, err)
	}
}

func TestExpiredValuesAreRemoved(t *testing.T) {
	c := newFakeClock()
	s := newStore(t, Options{Clock: c.clock()})
	setFor(t, s, "short", time.Second)
	for range 15 {
		c.pass(time.Minute)
		set(t, s, "tick", 1)
	}
	if n := stored(t, s); n != 1 {
		t.Errorf("%d rows are there", n)
	}
}

// A clock that is years ahead hides values, but removes none: when it is put
// right, they are there.
func TestClockJumpsForwardAndBack(t *testing.T) {
	c := newFakeClock()
	s := newStore(t, Options{Clock: c.clock()})
	setFor(t, s, "hour", time.Hour)
	set(t, s, "tick", 0)
	c.pass(20 * time.Minute) // the clocks have agreed for long
	c.jump(10 * 365 * 24 * time.Hour)
	for i := range 9 { // sweeps go on meanwhile
		missing(t, s, "hour")
		set(t, s, "tick", i)
		c.pass(time.Minute)
	}
	c.jump(-10 * 365 * 24 * time.Hour)
	if value(t, s, "hour") != "hour" {
		t.Error("it was lost")
	}
	c.pass(31 * time.Minute)
	missing(t, s, "hour") // and its time is not longer than it was
}

// A value that was written while the clock was ahead does not live for ever.
func TestClockGoesBack(t *testing.T) {
	c := newFakeClock()
	s := newStore(t, Options{Clock: c.clock()})
	c.jump(10 * 365 * 24 * time.Hour)
	setFor(t, s, "hour", time.Hour)
	c.jump(-10 * 365 * 24 * time.Hour)
	if value(t, s, "hour") != "hour" {
		t.Error("it was lost")
	}
	c.pass(2 * time.Minute)
	set(t, s, "tick", 1) // the sweep sees a value from the future
	c.pass(59 * time.Minute)
	if value(t, s, "hour") != "hour" {
		t.Error("it went too early")
	}
	c.pass(2 * time.Minute)
	missing(t, s, "hour")
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}
