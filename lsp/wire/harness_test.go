package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/llmspell/llmspell/internal/frame"
)

const timeout = time.Minute

// peer is the client's end of a connection in a test.
type peer struct {
	t    *testing.T
	conn net.Conn
	in   *frame.Reader
	c    *Conn
	logs *observer.ObservedLogs
	done chan error // what Serve returns
}

// connect serves methods over loopback TCP, which has buffers, as pipes of processes do.
func connect(t *testing.T, o Options, methods map[string]Method) *peer {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	conn, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	other, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	core, logs := observer.New(zap.DebugLevel)
	o.Log = zap.New(core)
	p := &peer{t: t, conn: conn, in: frame.NewReader(struct{ io.Reader }{conn}, DefaultMaxMessage), c: New(other, o), logs: logs, done: make(chan error, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	go func() { p.done <- p.c.Serve(ctx, methods) }()
	t.Cleanup(func() {
		cancel()
		conn.Close()
		p.c.cancel(errLeft)
	})
	_ = conn.SetDeadline(time.Now().Add(timeout))
	return p
}

// raw sends bytes.
func (p *peer) raw(s string) {
	p.t.Helper()
	if _, err := io.WriteString(p.conn, s); err != nil {
		p.t.Fatal(err)
	}
}

// body sends a message.
func (p *peer) body(format string, args ...any) {
	p.t.Helper()
	s := fmt.Sprintf(format, args...)
	p.raw(msg(s))
}

// msg is a message with its header.
func msg(body string) string {
	return "Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}

// request sends a request without parameters.
func (p *peer) request(id any, method string) {
	p.t.Helper()
	text, err := json.Marshal(id)
	if err != nil {
		p.t.Fatal(err)
	}
	p.body(`{"jsonrpc":"2.0","id":%s,"method":%q}`, text, method)
}

// fixed is a connection whose client sends what it sends, and leaves.
type fixed struct {
	in  *strings.Reader
	out bytes.Buffer
}

func (f *fixed) Read(p []byte) (int, error)  { return f.in.Read(p) }
func (f *fixed) Write(p []byte) (int, error) { return f.out.Write(p) }
func (f *fixed) Close() error                { return nil }

func newReader(data []byte) *frame.Reader {
	return frame.NewReader(bytes.NewReader(data), DefaultMaxMessage)
}

// answer is a message of the server.
type answer struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Code    int
		Message string
		Data    json.RawMessage
	} `json:"error"`
}

func (a answer) String() string {
	if a.Error != nil {
		return fmt.Sprintf("%s %d", a.ID, a.Error.Code)
	}
	return fmt.Sprintf("%s %s", a.ID, a.Result)
}

// receive reads a message.
func (p *peer) receive() answer {
	p.t.Helper()
	a, err := read(p.in)
	if err != nil {
		p.t.Fatal(err)
	}
	return a
}

func read(in *frame.Reader) (answer, error) {
	var a answer
	body, err := in.Next()
	if err == nil {
		err = json.Unmarshal(body, &a)
	}
	return a, err
}

// want reads a message and compares it, in the form of answer.String.
func (p *peer) want(want string) answer {
	p.t.Helper()
	a := p.receive()
	if a.String() != want {
		p.t.Errorf("got %v (%+v), want %s", a, a.Error, want)
	}
	return a
}

// hello initializes the connection.
func (p *peer) hello() {
	p.t.Helper()
	p.request("hello", "initialize")
	p.want(`"hello" {}`)
}

// ended waits until Serve has returned.
func (p *peer) ended() error {
	p.t.Helper()
	select {
	case err := <-p.done:
		return err
	case <-time.After(timeout):
		p.t.Fatal("the connection does not end")
		return nil
	}
}

// quick makes a method of a function.
func quick(f func(ctx context.Context) (any, error)) Method {
	return Method{Request: func([]byte) (Work, error) { return f, nil }}
}

// basic are methods for all tests.
func basic() map[string]Method {
	init := quick(func(context.Context) (any, error) { return struct{}{}, nil })
	init.Inline = true
	return map[string]Method{
		"initialize": init,
		"one":        quick(func(context.Context) (any, error) { return 1, nil }),
		"note":       {Notification: func([]byte) error { return nil }},
		"panic":      quick(func(context.Context) (any, error) { panic("ouch") }),
		"echo": {Request: func(params []byte) (Work, error) {
			var v any
			if err := Decode(params, &v); err != nil {
				return nil, err
			}
			return func(context.Context) (any, error) { return v, nil }, nil
		}},
	}
}

// goroutines waits until there are no more than before.
func goroutines(t *testing.T, before int) {
	t.Helper()
	for end := time.Now().Add(timeout); runtime.NumGoroutine() > before; {
		if time.Now().After(end) {
			buf := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
		}
		time.Sleep(time.Millisecond)
	}
}

func long(n int) string { return strings.Repeat("x", n) }
