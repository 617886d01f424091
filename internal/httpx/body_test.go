package httpx

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/nettest"
	"github.com/llmspell/llmspell/tools/tool"
)

func zipped(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(data)
	z.Close()
	return b.Bytes()
}

func TestBodies(t *testing.T) {
	bomb := zipped(make([]byte, 64<<20)) // 64 KB that become 64 MB
	mux := http.NewServeMux()
	send := func(path, kind, coding string, data []byte) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", kind)
			if coding != "" {
				w.Header().Set("Content-Encoding", coding)
			}
			w.Write(data)
		})
	}
	send("/gzip", "text/plain", "gzip", zipped([]byte("hello")))
	send("/GZIP", "text/plain", "GZip", zipped([]byte("hello")))
	send("/nogzip", "text/plain", "gzip", []byte("hello"))
	send("/emptygzip", "text/plain", "gzip", nil)
	send("/cutgzip", "text/plain", "gzip", zipped([]byte(strings.Repeat("hello", 1000)))[:20])
	broken := zipped(bytes.Repeat([]byte("hello"), 1000))
	broken[len(broken)/2] ^= 0xff
	send("/brokengzip", "text/plain", "gzip", broken)
	send("/bomb", "text/plain", "gzip", bomb)
	send("/br", "text/plain", "br", []byte("\x0b\x02\x80hello\x03"))
	send("/big", "application/octet-stream", "", make([]byte, 2<<20))
	send("/latin", "text/plain; charset=ISO-8859-1", "", []byte("caf\xe9"))
	send("/utf16", "text/plain", "", []byte("\xff\xfeh\x00i\x00"))
	send("/bom", "text/plain", "", []byte("\xef\xbb\xbfhi"))
	send("/meta", "text/html", "", []byte(`<meta charset="shift_jis"><p>`+"\x93\xfa\x96\x7b"))
	send("/wrong", "text/plain; charset=utf-8", "", []byte("a\xffb"))
	send("/unknown", "text/plain; charset=klingon", "", []byte("héllo"))
	send("/json", "application/problem+json; charset=utf-8", "", []byte(`{"a":1}`))
	base := nettest.HTTP(t, mux.ServeHTTP)
	c := local(t, Options{})

	for path, want := range map[string]string{"/gzip": "hello", "/GZIP": "hello", "/emptygzip": "", "/latin": "café", "/utf16": "hi", "/bom": "hi",
		"/meta": `<meta charset="shift_jis"><p>日本`, "/wrong": "a\uFFFDb", "/unknown": "héllo"} {
		resp, err := get(t, c, base+path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if text, err := resp.Text(); err != nil || text != want || !resp.IsText() {
			t.Errorf("%s: %q, %v; want %q", path, text, err, want)
		}
	}
	resp, err := get(t, c, base+"/json")
	if v, _ := resp.JSON(); err != nil || !resp.IsJSON() || v.(map[string]any)["a"] != 1.0 {
		t.Errorf("/json: %v, %v", resp, err)
	}
	_, err = get(t, c, base+"/nogzip")
	wantError(t, err, tool.RemoteFailed, "says that it is gzip, and is not")
	_, err = get(t, c, base+"/brokengzip")
	wantError(t, err, tool.RemoteFailed, "says that it is gzip, and is not")
	_, err = get(t, c, base+"/cutgzip")
	wantError(t, err, tool.RemoteFailed, "before the answer was complete")
	_, err = get(t, c, base+"/bomb")
	wantError(t, err, tool.LimitExceeded, "larger than the 10 MB")
	resp, _ = get(t, c, base+"/br")
	_, err = resp.Text()
	wantError(t, err, tool.Unsupported, `compressed with "br"`)
	_, err = c.Do(t.Context(), &Request{URL: at(t, base+"/big"), MaxBytes: 1 << 20})
	wantError(t, err, tool.LimitExceeded, "larger than the 1 MB")
	resp, err = c.Do(t.Context(), &Request{URL: at(t, base+"/big"), MaxBytes: 1000, Truncate: true})
	if err != nil || len(resp.Body) != 1000 || !resp.Truncated {
		t.Errorf("cut: %d bytes, %v", len(resp.Body), err)
	}
	resp, err = c.Do(t.Context(), &Request{URL: at(t, base+"/big"), MaxBytes: 2 << 20})
	if err != nil || len(resp.Body) != 2<<20 || resp.Truncated {
		t.Errorf("exactly the limit: %v", err)
	}
	resp, err = c.Do(t.Context(), &Request{URL: at(t, base+"/gzip"), Header: http.Header{"Accept-Encoding": {"gzip"}}})
	if err != nil || resp.Header.Get("Content-Encoding") != "gzip" || resp.Decoded != "" {
		t.Errorf("an encoding that was asked for must stay: %v, %v", resp, err)
	}
	resp, err = c.Do(t.Context(), &Request{Method: "HEAD", URL: at(t, base+"/gzip")})
	if err != nil || resp.Status != 200 || len(resp.Body) != 0 {
		t.Errorf("HEAD: %v, %v", resp, err)
	}
}

func TestSink(t *testing.T) {
	base := nettest.HTTP(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/missing" {
			w.WriteHeader(404)
		}
		w.Write(make([]byte, 100<<10))
	})
	c := local(t, Options{})
	var got bytes.Buffer
	var last, total int64
	ask := func(path string) (*Response, error) {
		return c.Do(t.Context(), &Request{URL: at(t, base+path), Progress: func(d, n int64) { last, total = d, n },
			Sink: func(r *Response) (io.Writer, error) {
				if r.Status != 200 {
					return nil, nil
				}
				return &got, nil
			}})
	}
	if resp, err := ask("/"); err != nil || got.Len() != 100<<10 || resp.Body != nil || resp.Size != 100<<10 || last != resp.Size || total != -1 && total != resp.Size {
		t.Errorf("sink got %d, progress %d of %d, %v", got.Len(), last, total, err)
	}
	got.Reset()
	if resp, err := ask("/missing"); err != nil || got.Len() != 0 || len(resp.Body) != 100<<10 {
		t.Errorf("sink of a 404 got %d, %v", got.Len(), err)
	}
}

// Servers that break the protocol: each gives an error in plain words, soon.
func TestHostileServers(t *testing.T) {
	write := func(text string) func(net.Conn) { return func(c net.Conn) { io.WriteString(c, text) } }
	forever := func(first, piece string) func(net.Conn) {
		return func(c net.Conn) {
			_, err := io.WriteString(c, first)
			for err == nil {
				_, err = io.WriteString(c, piece)
			}
		}
	}
	for _, test := range []struct {
		name   string
		answer func(net.Conn)
		code   tool.Code
		says   string
	}{
		{"nothing", write(""), tool.RemoteFailed, "closed the connection before"},
		{"not HTTP", write("SSH-2.0-OpenSSH_9.9\r\n\r\n"), tool.RemoteFailed, "not HTTP as it should be"},
		{"half a status line", write("HTTP/1.1 20"), tool.RemoteFailed, "malformed HTTP status code"},
		{"half of the headers", write("HTTP/1.1 200 OK\r\nContent-Le"), tool.RemoteFailed, "malformed MIME header"},
		{"headers without end", forever("HTTP/1.1 200 OK\r\n", "X-A: "+strings.Repeat("a", 1000)+"\r\n"), tool.RemoteFailed, "larger than 512 KB"},
		{"one header without end", forever("HTTP/1.1 200 OK\r\nX: ", strings.Repeat("a", 1000)), tool.RemoteFailed, "larger than 512 KB"},
		{"informational answers without end", forever("", "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n"), tool.RemoteFailed, ""},
		{"a truncated body", write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"), tool.RemoteFailed, "before the answer was complete"},
		{"a chunk that is garbage", write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\nfoo"), tool.RemoteFailed, "not HTTP as it should be"},
		{"a truncated chunk", write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nfoo"), tool.RemoteFailed, "before the answer was complete"},
		{"a chunk of absurd length", write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffffff\r\nfoo"), tool.RemoteFailed, "not HTTP"},
		{"a negative length", write("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"), tool.RemoteFailed, "not HTTP"},
		{"two lengths", write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"), tool.RemoteFailed, ""},
		{"a length that is too large", write("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"), tool.LimitExceeded, "larger than the 10 MB"},
		{"a body without end", forever("HTTP/1.1 200 OK\r\n\r\n", strings.Repeat("x", 64<<10)), tool.LimitExceeded, "larger than the 10 MB"},
		{"a header with a zero byte", write("HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 0\r\n\r\n"), tool.RemoteFailed, "not HTTP"},
		{"an unknown transfer encoding", write("HTTP/1.1 200 OK\r\nTransfer-Encoding: rot13\r\n\r\n"), tool.RemoteFailed, "not HTTP"},
	} {
		base := nettest.Raw(t, test.answer)
		start := time.Now()
		_, err := get(t, local(t, Options{}), base)
		if err == nil {
			t.Errorf("%s: no error", test.name)
			continue
		}
		t.Run(test.name, func(t *testing.T) { wantError(t, err, test.code, test.says) })
		if len(err.Error()) > 600 {
			t.Errorf("%s: the error has %d bytes", test.name, len(err.Error()))
		}
		soon(t, start)
	}
}

// Servers that take their time are left when the time is up, and the error says
// what they were doing.
func TestSlowServers(t *testing.T) {
	hang := func(first string) func(net.Conn) {
		return func(c net.Conn) {
			io.WriteString(c, first)
			io.Copy(io.Discard, c) // until the client goes
		}
	}
	drip := func(c net.Conn) {
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
		for {
			if _, err := c.Write([]byte("x")); err != nil {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	for name, test := range map[string]struct {
		answer func(net.Conn)
		phase  string
	}{
		"no answer":       {hang(""), phaseWait},
		"half an answer":  {hang("HTTP/1.1 200 OK\r\nX-"), phaseWait},
		"no body":         {hang("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), phaseBody},
		"a dripping body": {drip, phaseBody},
		"gzip stops":      {hang("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b"), phaseBody},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := nettest.Raw(t, test.answer)
			start := time.Now()
			limit, err := within(test.phase, func(limit time.Duration) error {
				_, err := local(t, Options{}).Do(t.Context(), &Request{URL: at(t, base), Timeout: limit})
				return err
			})
			te := wantError(t, err, tool.Timeout, fmt.Sprintf("no complete answer within %v; it was still %s", limit, test.phase))
			if errors.Is(err, context.DeadlineExceeded) || !te.Temporary {
				t.Error("the tool's own timeout passes for the caller's")
			}
			_, err = within(test.phase, func(limit time.Duration) error {
				_, err := local(t, Options{}).Do(withTimeout(t, limit), &Request{URL: at(t, base), Timeout: 5 * time.Minute})
				return err
			})
			if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), test.phase) {
				t.Errorf("%v; want the caller's deadline while %s", err, test.phase)
			}
			soon(t, start)
		})
	}
	base := nettest.Raw(t, hang(""))
	_, err := within("waiting for the answer", func(limit time.Duration) error {
		_, err := get(t, local(t, Options{HeaderTimeout: limit / 10}), base)
		return err
	})
	wantError(t, err, tool.Timeout, "timed out while waiting for the answer")
	base = "https://" + nettest.TCP(t, hang(""))
	_, err = within("setting up TLS", func(limit time.Duration) error {
		_, err := local(t, Options{}).Do(t.Context(), &Request{URL: at(t, base), Timeout: limit})
		return err
	})
	wantError(t, err, tool.Timeout, "still setting up TLS")
}

// within makes a request that is to run out of time in a phase. A busy machine may not
// have come to it by then: the request is made again, with more time.
func within(phase string, do func(limit time.Duration) error) (time.Duration, error) {
	limit := 500 * time.Millisecond
	err := do(limit)
	for limit < 20*time.Second && err != nil && !strings.Contains(err.Error(), phase) {
		limit *= 4
		err = do(limit)
	}
	return limit, err
}

// After Close nothing is left, however the request ended.
func TestNothingIsLeft(t *testing.T) {
	ca := nettest.NewAuthority(t)
	busy := func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := fmt.Fprint(w, strings.Repeat("x", 4<<10)); err != nil {
				return
			}
		}
	}
	check := nettest.Goroutines(t)
	t.Run("all", func(t *testing.T) {
		secure := nettest.HTTPS(t, ca.Issue(t, "127.0.0.1", time.Now().Add(time.Hour)), busy)
		plain := nettest.HTTP(t, busy)
		silent := nettest.Raw(t, func(c net.Conn) { io.Copy(io.Discard, c) })
		for range 20 {
			for _, base := range []string{secure, plain, silent} {
				c, err := New(box(t, "127.0.0.1"), Options{CAFile: ca.File})
				if err != nil {
					t.Fatal(err)
				}
				c.Do(withTimeout(t, 20*time.Millisecond), &Request{URL: at(t, base), MaxBytes: 1 << 40, Sink: func(*Response) (io.Writer, error) { return io.Discard, nil }})
				c.Do(t.Context(), &Request{URL: at(t, base), MaxBytes: 100, Truncate: true, Timeout: 20 * time.Millisecond})
				c.Close()
				c.mu.Lock()
				if len(c.conns) != 0 {
					t.Errorf("%s: %d connections are left", base, len(c.conns))
				}
				c.mu.Unlock()
			}
		}
	})
	check()
}

// A cancelled request returns at once.
func TestCancelIsPrompt(t *testing.T) {
	started := make(chan struct{}, 1)
	base := nettest.HTTP(t, func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		started <- struct{}{}
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	var at0 time.Time
	go func() { <-started; at0 = time.Now(); cancel() }()
	_, err := local(t, Options{}).Do(ctx, &Request{URL: at(t, base)})
	if d := time.Since(at0); !errors.Is(err, context.Canceled) || d > time.Minute {
		t.Errorf("%v after %v", err, d)
	}
}
