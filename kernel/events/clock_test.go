package events

import (
	"testing"
	"time"
)

// TestClockJumps publishes while the clock goes ahead and back: the order is that of
// publishing, nothing is kept back, and what has a time to live goes by the clock.
func TestClockJumps(t *testing.T) {
	now := time.UnixMilli(1_800_000_000_000)
	b := New(Options{Now: func() time.Time { return now }, MaxPerSecond: 5})
	defer b.Close()
	sub, err := b.Subscribe(SubscribeOptions{}, "*")
	if err != nil {
		t.Fatal(err)
	}
	const day = 24 * time.Hour
	for i, jump := range []time.Duration{0, 400 * day, -800 * day, day, -day} {
		now = now.Add(jump)
		for range 3 { // less than a second's events, and a second passes
			now = now.Add(400 * time.Millisecond)
			if _, err := b.Publish(t.Context(), "tick", i, PublishOptions{}); err != nil {
				t.Fatalf("after jump %d: %v", i, err)
			}
		}
	}
	last := uint64(0)
	for n, e := range b.History(Query{}) {
		if e.Sequence <= last || e.Data != n/3 {
			t.Errorf("event %d of the history is %d, of jump %v", n, e.Sequence, e.Data)
		}
		last = e.Sequence
	}
	for n := range 15 {
		e, err := sub.ReceiveTimeout(t.Context(), time.Minute)
		if err != nil || e == nil || e.Data != n/3 {
			t.Fatalf("event %d: %+v, %v", n, e, err)
		}
	}
}
