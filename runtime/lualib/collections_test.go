package lualib

import (
	"context"
	"testing"
)

// An execution that is cancelled does not wait for its collection, nor for that of others; there
// is one at a time, and those who ask meanwhile share the next.
func TestCollectionsEndWithTheExecution(t *testing.T) {
	began, end := make(chan struct{}), make(chan struct{})
	shared := &collections{collect: func() {
		began <- struct{}{}
		<-end
	}}
	ctx, cancel := context.WithCancel(t.Context())
	of := func(ctx context.Context) *collector {
		h := NewHost()
		h.Context = func() context.Context { return ctx }
		return &collector{host: h, process: shared}
	}
	first, second := of(ctx), of(ctx)
	returned := make(chan bool)
	go func() {
		first.collect()
		returned <- first.last.IsZero()
	}()
	<-began
	cancel()
	if !<-returned {
		t.Error("a collection that runs is said to have ended")
	}
	second.collect()
	last := shared.begin()
	if again := shared.begin(); again != last {
		t.Error("those who wait do not share a collection")
	}
	select {
	case <-began:
		t.Fatal("two collections at a time")
	default:
	}
	end <- struct{}{}
	<-began
	end <- struct{}{}
	<-last
	third := of(t.Context())
	go func() {
		<-began
		end <- struct{}{}
	}()
	if third.collect(); third.last.IsZero() {
		t.Error("the collection was not waited for")
	}
}
