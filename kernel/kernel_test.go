package kernel

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestKernelExecutes(t *testing.T) {
	k := New(Options{})
	defer k.Close()
	h, err := k.Open(SessionOptions{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	x, err := h.Submit(t.Context(), Request{Code: "x = 6; print('six')", Output: func(_ Stream, p []byte) { out.Write(p) }})
	if err != nil {
		t.Fatal(err)
	}
	if o := x.Outcome(); o.Err != nil || out.String() != "six\n" {
		t.Fatalf("%v, printed %q", o.Err, out.String())
	}
	x, err = h.Submit(t.Context(), Request{Code: "x * 7", Values: true})
	if err != nil {
		t.Fatal(err)
	}
	if o := x.Outcome(); len(o.Values) != 1 || o.Values[0] != int64(42) || o.Sequence != 2 {
		t.Fatalf("%+v", o)
	}
}

func TestInterruptKeepsTheSession(t *testing.T) {
	k := New(Options{})
	defer k.Close()
	h, err := k.Open(SessionOptions{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	started := make(chan struct{})
	x, err := h.Submit(t.Context(), Request{Code: "y = 1 while true do end", Started: func() { close(started) }})
	if err != nil {
		t.Fatal(err)
	}
	<-started
	h.Interrupt(false)
	select {
	case <-x.Done():
	case <-time.After(10 * time.Second):
		t.Fatal("the loop goes on")
	}
	if o := x.Outcome(); !errors.Is(o.Err, ErrInterrupted) {
		t.Fatalf("%v", o.Err)
	}
	x, err = h.Submit(context.Background(), Request{Code: "y"})
	if err != nil {
		t.Fatal(err)
	}
	if o := x.Outcome(); o.Err != nil || o.Texts[0] != "1" {
		t.Fatalf("%+v", o)
	}
}
