package dap_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
)

// Idle is called when the last client has left, each time, and not while one is there.
func TestIdle(t *testing.T) {
	called := make(chan int, 10)
	stay := make(chan net.Conn, 1)
	server := dap.NewServer(dap.Options{Idle: func() { called <- len(stay) }})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, ln) }()
	dial := func() net.Conn {
		t.Helper()
		conn, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
	for range 2 {
		stay <- dial()
		dial().Close() // the other is there
		(<-stay).Close()
		select {
		case n := <-called:
			if n != 0 {
				t.Error("a client was there")
			}
		case <-time.After(daptest.DefaultTimeout):
			t.Fatal("nobody is there, and it is not called")
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
