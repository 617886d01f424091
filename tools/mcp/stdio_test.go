package mcp

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
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

// TestStdioLeavesOutGarbage checks that what is no message is answered with an error,
// and that the messages around it are worked on.
func TestStdioLeavesOutGarbage(t *testing.T) {
	long := strings.Repeat("x", maxFrame)
	for _, tt := range []struct{ line, want string }{
		{"nonsense", `"code":-32700`},
		{`{"jsonrpc":"2.0","id":7,"method":`, `"code":-32700`},
		{"\xff\xfe\x00", `"code":-32700`},
		{`5`, `"code":-32600`},
		{`"text"`, `"code":-32600`},
		{`null`, `"code":-32600`},
		{`{"jsonrpc":"1.0","id":7,"method":"ping"}`, `"id":7`},
		{`{"jsonrpc":"2.0","id":1.5,"method":"ping"}`, `whole number`},
		{`{"jsonrpc":"2.0","id":{},"method":"ping"}`, `"id":null`},
		{`{"jsonrpc":"2.0","method":5}`, `"code":-32600`},
		{`[]`, `no batches`},
		{`[{"jsonrpc":"2.0","id":7,"method":"ping"}]`, `no batches`},
		{`{"jsonrpc":"2.0","id":"long","method":"ping","params":{"x":"` + long + `"}}`, `"id":"long"`},
		{long, "longer than"},
	} {
		got := converse(t, handshake, "\n \r\n"+tt.line+"\r\n"+`{"jsonrpc":"2.0","id":99,"method":"ping"}`) // the last line has no end
		if strings.Count(got, "\n") != 3 || !strings.Contains(got, tt.want) || !strings.Contains(got, `"id":99,"result":{}`) {
			t.Errorf("%.50q: answers %s; want %s", tt.line, got, tt.want)
		}
	}
}

// TestStdioBatches checks the version that has them.
func TestStdioBatches(t *testing.T) {
	for line, want := range map[string]string{
		`[{"jsonrpc":"2.0","id":7,"method":"ping"},{"jsonrpc":"2.0","id":8,"method":"ping"}]`: `"id":8,"result":{}`,
		`[{"jsonrpc":"2.0","id":7,"method":"ping"},{"jsonrpc":"2.0","id":7,"method":"ping"}]`: `the id 7 is taken`,
		`[{"jsonrpc":"2.0","id":7,"method":"ping"},5]`:                                        `message 2 of the batch`,
		`[]`: `the batch is empty`,
	} {
		got := converse(t, strings.ReplaceAll(handshake, "2025-06-18", "2025-03-26"), line+"\n")
		if strings.Count(got, "\n") != 2 || !strings.Contains(got, want) {
			t.Errorf("%s: answers %s; want %s", line, got, want)
		}
	}
}

// dosed is a client that sends the second part when the first is answered.
type dosed struct {
	first, second io.Reader
	greeted       chan struct{}
	once          sync.Once
	out           bytes.Buffer
}

func converse(t *testing.T, first, second string) string {
	t.Helper()
	s, _ := offered(t, context.Background())
	d := &dosed{first: strings.NewReader(first), second: strings.NewReader(second), greeted: make(chan struct{})}
	if err := ServeStdio(context.Background(), s, d, d); err != nil {
		t.Fatalf("%.80q: %v", second, err)
	}
	return d.out.String()
}

func (d *dosed) Read(p []byte) (int, error) {
	if n, _ := d.first.Read(p); n > 0 {
		return n, nil
	}
	<-d.greeted
	return d.second.Read(p)
}

// Write is called by one at a time.
func (d *dosed) Write(p []byte) (int, error) {
	defer d.once.Do(func() { close(d.greeted) })
	return d.out.Write(p)
}

// quick is a client that answers while Write still hands it what it answers to.
type quick struct {
	in  *io.PipeWriter
	say string
	out bytes.Buffer
}

func (q *quick) Write(p []byte) (int, error) {
	n, err := q.out.Write(p)
	if say := q.say; say != "" {
		q.say = ""
		_, _ = io.WriteString(q.in, say) // it is read before Write returns
		q.in.Close()
	}
	return n, err
}

// TestStdioVersionInTime checks that what a client sends as soon as it knows the version is
// judged by it.
func TestStdioVersionInTime(t *testing.T) {
	s, _ := offered(t, context.Background())
	in, w := io.Pipe()
	q := &quick{in: w, say: `[{"jsonrpc":"2.0","id":7,"method":"ping"}]` + "\n"}
	first := strings.SplitAfter(handshake, "\n")[0]
	if err := ServeStdio(context.Background(), s, io.MultiReader(strings.NewReader(first), in), q); err != nil {
		t.Fatal(err)
	}
	if got := q.out.String(); !strings.Contains(got, "no batches") {
		t.Errorf("answers %s", got)
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
		case <-time.After(time.Minute):
			t.Fatalf("%s: the server did not end", by)
		}
		p.stopped(t)
		cancel()
		w.Close()
	}
}
