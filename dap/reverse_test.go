package dap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
)

// reverseSession is a session with a writer and a reader, but no dispatcher.
func reverseSession(t *testing.T) (*session, net.Conn) {
	t.Helper()
	client, server := net.Pipe()
	s := newSession(t.Context(), NewServer(Options{}), zap.NewNop())
	written, read := make(chan error, 1), make(chan error, 1)
	go func() { written <- s.out.run(server) }()
	go func() { read <- s.read(newReader(server, 0)) }()
	t.Cleanup(func() {
		s.out.close(nil)
		client.Close()
		<-written
		<-read
	})
	return s, client
}

type reversed struct {
	body json.RawMessage
	err  error
}

func ask(ctx context.Context, s *session) <-chan reversed {
	done := make(chan reversed, 1)
	go func() {
		body, err := s.reverse(ctx, "runInTerminal", map[string]any{"cwd": "/", "args": []string{"x"}})
		done <- reversed{body, err}
	}()
	return done
}

func TestReverse(t *testing.T) {
	tests := []struct{ name, answer, body, err string }{
		{"success", `"success":true,"body":{"processId":7}`, `{"processId":7}`, ""},
		{"refused", `"success":false,"message":"no terminal"`, "", "refused: no terminal"},
		{"refused with a body", `"success":false,"message":"e","body":{"error":{"id":1,"format":"no shell"}}`, "", "refused: no shell"},
		{"refused without a reason", `"success":false`, "", "gave no reason"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, conn := reverseSession(t)
			s.out.hold() // a request is being answered meanwhile
			done := ask(t.Context(), s)
			body, err := newReader(conn, 0).next()
			if err != nil {
				t.Fatal(err)
			}
			if want := `{"seq":1,"type":"request","command":"runInTerminal","arguments":{"args":["x"],"cwd":"/"}}`; string(body) != want {
				t.Errorf("sent %s, want %s", body, want)
			}
			send := func(text string) {
				if _, err := fmt.Fprintf(conn, "Content-Length: %d\r\n\r\n%s", len(text), text); err != nil {
					t.Fatal(err)
				}
			}
			send(`{"seq":1,"type":"event","event":"x","request_seq":1}`)
			send(`{"seq":2,"type":"response","request_seq":99,"success":true,"command":"x"}`)
			send(`{"seq":3,"type":"response","request_seq":1,"command":"runInTerminal",` + tt.answer + `}`)
			got := <-done
			if string(got.body) != tt.body || (got.err == nil) != (tt.err == "") || got.err != nil && !strings.Contains(got.err.Error(), tt.err) {
				t.Errorf("body %s, error %v, want %q, %q", got.body, got.err, tt.body, tt.err)
			}
			send(`{"seq":4,"type":"response","request_seq":1,"success":true,"command":"runInTerminal"}`) // once more: ignored
			s.callbacks.mu.Lock()
			defer s.callbacks.mu.Unlock()
			if len(s.callbacks.calls) != 0 {
				t.Error("an answered request still waits")
			}
		})
	}
}

func TestReverseIsNotAnswered(t *testing.T) {
	t.Run("cancelled", func(t *testing.T) {
		s, conn := reverseSession(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		done := ask(ctx, s)
		if _, err := newReader(conn, 0).next(); err != nil {
			t.Fatal(err)
		}
		if got := <-done; !errors.Is(got.err, context.DeadlineExceeded) {
			t.Errorf("error %v", got.err)
		}
	})
	t.Run("the client vanishes", func(t *testing.T) {
		s, conn := reverseSession(t)
		done := ask(t.Context(), s)
		if _, err := newReader(conn, 0).next(); err != nil {
			t.Fatal(err)
		}
		conn.Close()
		if got := <-done; got.err == nil || !strings.Contains(got.err.Error(), "has gone") {
			t.Errorf("error %v", got.err)
		}
	})
}
