package mcp

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"
)

const handshake = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
`

// TestStdioAnswersBeforeTheEnd feeds the server from a pipe that ends at once.
func TestStdioAnswersBeforeTheEnd(t *testing.T) {
	for range 20 {
		s, _ := offered(t, context.Background())
		var out bytes.Buffer
		in := handshake + `{"jsonrpc":"2.0","id":"two","method":"tools/call","params":{"name":"echo","arguments":{"word":"ja"}}}` + "\n"
		if err := ServeStdio(context.Background(), s, strings.NewReader(in), &out); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, `"structuredContent":{"words":["ja"]}`) {
			t.Fatalf("answers %s", got)
		}
	}
}

// TestStdioEnds checks that a call that goes on does not keep the server when its
// client has left or ctx is done.
func TestStdioEnds(t *testing.T) {
	for _, by := range []string{"client", "context"} {
		ctx, cancel := context.WithCancel(context.Background())
		s, p := offered(t, ctx)
		r, w := io.Pipe()
		done := make(chan error)
		go func() { done <- ServeStdio(ctx, s, r, io.Discard) }()
		if _, err := io.WriteString(w, handshake+`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"waiter"}}`+"\n"); err != nil {
			t.Fatal(err)
		}
		p.wait(t)
		if by == "client" {
			w.Close()
		} else {
			cancel()
		}
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("%s: %v", by, err)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%s: the server did not end", by)
		}
		p.stopped(t)
		cancel()
		w.Close()
	}
}
