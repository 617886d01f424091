package dap_test

import (
	"context"
	"net"
	"testing"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
	"github.com/llmspell/llmspell/internal/frame"
)

// A client that is one too many hears why, in output and in an answer; one that asks
// nothing is dropped in time; when one leaves there is room again.
func TestOneClientTooMany(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- dap.NewServer(dap.Options{MaxClients: 1}).Serve(ctx, ln) }()
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	first := daptest.New(t, dial())
	first.Initialize()
	second := daptest.New(t, dial())
	seq := second.Send("initialize", map[string]any{"adapterID": "llmspell"})
	second.ExpectOutput("important", "no more than 1 client at a time")
	contains(t, second.Fails(seq), "no more than 1 client at a time")
	second.ExpectTerminated()
	second.ExpectClosed()

	for _, text := range []string{"", "no message\r\n\r\n", string(frame.Append(nil, 2)) + "{}"} {
		silent := dial()
		if _, err := silent.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		c := daptest.New(t, silent)
		c.ExpectOutput("important", "is served")
		c.ExpectTerminated()
		c.ExpectClosed()
	}

	first.Close()
	for { // it takes a moment to notice
		conn := dial()
		third := daptest.New(t, conn)
		seq := third.Send("initialize", map[string]any{"adapterID": "llmspell"})
		if third.Response(seq).Success {
			third.Close()
			break
		}
		third.ExpectClosed()
	}
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
