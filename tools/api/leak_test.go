package api

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/llmspell/llmspell/internal/nettest"
)

// A call that is cancelled while the server takes its time leaves no goroutine
// and no connection behind.
func TestNothingIsLeft(t *testing.T) {
	check := nettest.Goroutines(t)
	t.Run("all", func(t *testing.T) {
		silent := nettest.Raw(t, func(c net.Conn) { io.Copy(io.Discard, c) })
		half := nettest.HTTP(t, func(w http.ResponseWriter, r *http.Request) {
			w.Write([]byte("half"))
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		})
		mail := &nettest.SMTP{Answer: func(command string) string {
			if command == "." {
				<-t.Context().Done()
			}
			return ""
		}}
		socket := nettest.HTTP(t, func(w http.ResponseWriter, r *http.Request) {
			conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"graphql-transport-ws"}})
			if err != nil {
				return
			}
			defer conn.CloseNow()
			_ = conn.Write(r.Context(), websocket.MessageText, []byte(`{"type":"connection_ack"}`))
			for {
				if _, _, err := conn.Read(t.Context()); err != nil {
					return
				}
			}
		})
		r := mailRunner(t, mail, nil)
		for _, c := range []struct {
			tool   string
			params map[string]any
		}{
			{"http-requester", map[string]any{"input": silent}},
			{"http-requester", map[string]any{"input": half}},
			{"http-requester", map[string]any{"input": half, "output_file": "x"}},
			{"graphql-query", map[string]any{"endpoint": silent, "input": "{ a }"}},
			{"graphql-query", map[string]any{"endpoint": socket, "input": "subscription { a }"}},
			{"graphql-query", map[string]any{"endpoint": silent, "input": "subscription { a }"}},
			{"api-tester", map[string]any{"input": half}},
			{"webhook-caller", map[string]any{"input": half, "payload": "x"}},
			{"email-sender", simpleMail()},
		} {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
			start := time.Now()
			if v, err := callContext(t, ctx, r, c.tool, c.params); err == nil {
				t.Errorf("%s %v: %v; want an error", c.tool, c.params, v)
			}
			cancel()
			if d := time.Since(start); d > time.Minute {
				t.Errorf("%s %v: it took %v to stop", c.tool, c.params, d)
			}
		}
	})
	check()
}

func BenchmarkDefinitions(b *testing.B) {
	for b.Loop() {
		Definitions()
	}
}
