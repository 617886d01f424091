package rpc

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A call ends with its context while the kernel does not read, and the connection is
// whole when it reads again.
func TestSendEndsWithContext(t *testing.T) {
	var mu sync.Mutex
	var got []string
	reads := make(chan struct{})
	c := fake(t, func(m envelope, conn net.Conn) error {
		<-reads
		mu.Lock()
		got = append(got, m.method)
		mu.Unlock()
		if m.id == nil {
			return nil
		}
		_, err := io.WriteString(conn, answerTo(m, "{}"))
		return err
	})
	resume := sync.OnceFunc(func() { close(reads) })
	t.Cleanup(resume)
	begin := time.Now()
	// The second is larger than what the system holds for a socket. It goes on its way
	// alone, and what follows is not sent.
	for _, one := range []struct{ method, params string }{{"first", "x"}, {"large", strings.Repeat("x", 900_000)}, {"behind", "x"}} {
		ctx, cancel := context.WithTimeout(background, time.Second)
		if err := c.Call(ctx, one.method, map[string]string{"p": one.params}, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", one.method, err)
		}
		cancel()
	}
	ended, cancel := context.WithCancel(background)
	cancel()
	if err := c.endTransfer(ended, "1"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the end of a transfer: %v", err)
	}
	if took := time.Since(begin); took >= sendTimeout { // what a Write may take
		t.Errorf("it took %v", took)
	}
	resume()
	ctx, cancel := context.WithTimeout(background, patience)
	defer cancel()
	if err := c.Ping(ctx); err != nil {
		t.Fatal(err)
	}
	within(t, patience, "both that were sent are cancelled", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return strings.Count(strings.Join(got, " "), "$/cancelRequest") == 2
	})
	mu.Lock()
	defer mu.Unlock()
	if !slices.Contains(got, "first") || !slices.Contains(got, "large") || slices.Contains(got, "behind") {
		t.Errorf("%v", got)
	}
}

// The end of a connection ends what waits to be sent.
func TestSendEndsWithConnection(t *testing.T) {
	reads := make(chan struct{})
	c := fake(t, func(envelope, net.Conn) error {
		<-reads
		return io.EOF
	})
	t.Cleanup(func() { close(reads) })
	_ = c.Notify("first", Empty{}) // it is taken, and holds the kernel up
	var calls sync.WaitGroup
	for range 4 {
		calls.Go(func() {
			ctx, cancel := context.WithTimeout(background, patience)
			defer cancel()
			if err := c.Call(ctx, "large", strings.Repeat("x", 900_000), nil); !errors.Is(err, ErrUnreachable) {
				t.Error(err)
			}
		})
	}
	within(t, patience, "a message is on its way", func() bool { return len(c.sending) > 0 })
	c.Close()
	calls.Wait()
}
