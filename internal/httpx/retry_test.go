package httpx

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/nettest"
	"github.com/llmspell/llmspell/tools/tool"
)

func TestRetries(t *testing.T) {
	for _, test := range []struct {
		name     string
		method   string
		statuses []int // of the first answers; then 200
		after    string
		any      bool
		max      int
		want     int
		attempts int
	}{
		{name: "good at once", method: "GET", max: 3, want: 200, attempts: 1},
		{name: "503 then 200", method: "GET", statuses: []int{503}, max: 3, want: 200, attempts: 2},
		{name: "429 with Retry-After 0", method: "GET", statuses: []int{429, 429}, after: "0", max: 3, want: 200, attempts: 3},
		{name: "Retry-After in the past", method: "GET", statuses: []int{503}, after: "Wed, 21 Oct 2015 07:28:00 GMT", max: 3, want: 200, attempts: 2},
		{name: "Retry-After beyond the deadline", method: "GET", statuses: []int{503}, after: "3600", max: 3, want: 503, attempts: 1},
		{name: "Retry-After that is nonsense", method: "GET", statuses: []int{503}, after: "soon", max: 3, want: 200, attempts: 2},
		{name: "no more than max", method: "GET", statuses: []int{500 + 3, 503, 503, 503}, max: 2, want: 503, attempts: 3},
		{name: "500 is an answer", method: "GET", statuses: []int{500}, max: 3, want: 500, attempts: 1},
		{name: "POST after 502 may have worked", method: "POST", statuses: []int{502}, max: 3, want: 502, attempts: 1},
		{name: "POST after 502 when asked", method: "POST", statuses: []int{502}, any: true, max: 3, want: 200, attempts: 2},
		{name: "POST after 503 has not worked", method: "POST", statuses: []int{503}, max: 3, want: 200, attempts: 2},
		{name: "PUT after 504", method: "PUT", statuses: []int{504}, max: 3, want: 200, attempts: 2},
	} {
		var n atomic.Int32
		base := nettest.HTTP(t, func(w http.ResponseWriter, r *http.Request) {
			if body, _ := io.ReadAll(r.Body); string(body) != "again" {
				t.Errorf("%s: the body is %q", test.name, body)
			}
			if i := int(n.Add(1)) - 1; i < len(test.statuses) {
				if test.after != "" {
					w.Header().Set("Retry-After", test.after)
				}
				w.WriteHeader(test.statuses[i])
			}
		})
		resp, err := local(t, Options{}).Do(t.Context(), &Request{Method: test.method, URL: at(t, base), Body: Bytes("", []byte("again")),
			Timeout: time.Minute, Retry: Retry{Max: test.max, Any: test.any, Wait: time.Millisecond}})
		if err != nil || resp.Status != test.want || resp.Attempts != test.attempts || int(n.Load()) != test.attempts {
			t.Errorf("%s: %+v, %v, %d requests; want %d after %d", test.name, resp, err, n.Load(), test.want, test.attempts)
		}
	}
}

func TestRetriesOfLostConnections(t *testing.T) {
	for _, test := range []struct {
		method string
		any    bool
		want   int32
	}{{"GET", false, 3}, {"POST", false, 1}, {"POST", true, 3}} {
		var n atomic.Int32
		base := nettest.Raw(t, func(conn net.Conn) {
			if n.Add(1) == 3 {
				io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			}
		})
		resp, err := local(t, Options{}).Do(t.Context(), &Request{Method: test.method, URL: at(t, base), Timeout: time.Minute,
			Retry: Retry{Max: 5, Any: test.any, Wait: time.Millisecond}})
		if n.Load() != test.want || (err == nil) != (test.want == 3) {
			t.Errorf("%+v: %v, %v after %d connections", test, resp, err, n.Load())
		}
		if err != nil && !wantError(t, err, tool.RemoteFailed, "closed the connection before the answer was complete").Temporary {
			t.Error("the error is not temporary")
		}
	}
	// A connection that was refused has carried nothing.
	a := nettest.RefusedPort(t)
	start := time.Now()
	_, err := local(t, Options{}).Do(t.Context(), &Request{Method: "POST", URL: at(t, "http://"+a), Retry: Retry{Max: 3, Wait: time.Millisecond}})
	wantError(t, err, tool.RemoteFailed, "the connection was refused")
	soon(t, start)
}

// A wait ends with the context.
func TestRetryWaitIsCancelled(t *testing.T) {
	base := nettest.HTTP(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "600")
		w.WriteHeader(503)
	})
	ctx, cancel := context.WithCancel(t.Context())
	c := local(t, Options{})
	go func() { time.Sleep(50 * time.Millisecond); cancel() }()
	start := time.Now()
	_, err := c.Do(ctx, &Request{URL: at(t, base), Retry: Retry{Max: 3}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the wait ended with %v", err)
	}
	soon(t, start)
	c.Close()
}

func TestBackoff(t *testing.T) {
	r := Retry{Wait: 100 * time.Millisecond, MaxWait: time.Second}
	for attempt, want := range map[int]time.Duration{1: 100 * time.Millisecond, 2: 200 * time.Millisecond, 3: 400 * time.Millisecond, 9: time.Second, 1000: time.Second} {
		for range 100 {
			if w := r.backoff(attempt); w < want/2 || w > want {
				t.Fatalf("attempt %d waits %v; want between %v and %v", attempt, w, want/2, want)
			}
		}
	}
}
