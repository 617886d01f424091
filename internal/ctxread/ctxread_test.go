package ctxread

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestReads(t *testing.T) {
	if err := iotest.TestReader(New(t.Context(), strings.NewReader("some text")), []byte("some text")); err != nil {
		t.Error(err)
	}
	failing := errors.New("no more")
	if _, err := io.ReadAll(New(t.Context(), iotest.ErrReader(failing))); !errors.Is(err, failing) {
		t.Errorf("the error is %v", err)
	}
}

// A read that waits ends with the context, and so does each after it.
func TestEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	in, out := io.Pipe()
	defer out.Close()
	r := New(ctx, in)
	go func() { _, _ = out.Write([]byte("x")) }() // it cannot fail before the pipe is closed
	p := make([]byte, 1)
	if n, err := r.Read(p); n != 1 || err != nil || p[0] != 'x' {
		t.Fatalf("%d %q %v", n, p, err)
	}
	time.AfterFunc(time.Millisecond, cancel) // the first read most likely waits then; it ends so or so
	for range 2 {
		if n, err := r.Read(p); n != 0 || !errors.Is(err, context.Canceled) {
			t.Errorf("%d, %v", n, err)
		}
	}
}
