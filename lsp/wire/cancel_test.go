package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// blocks is a method that works until it is cancelled, and tells when it begins.
func blocks(began chan<- struct{}) Method {
	return quick(func(ctx context.Context) (any, error) {
		select {
		case began <- struct{}{}:
		default:
		}
		<-ctx.Done()
		return nil, ctx.Err()
	})
}

// A thousand requests, cancelled, get a thousand answers, and leave no goroutine.
func TestCancelStorm(t *testing.T) {
	before := runtime.NumGoroutine()
	m := basic()
	m["block"] = blocks(nil)
	p := connect(t, Options{}, m)
	p.hello()
	var b strings.Builder
	const n = 1000
	for i := range n {
		b.WriteString(msg(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"block"}`, i)))
		if i%3 == 0 { // others are cancelled later, in another order
			b.WriteString(msg(fmt.Sprintf(`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":%d}}`, i)))
		}
	}
	for i := n - 1; i >= 0; i-- {
		b.WriteString(msg(fmt.Sprintf(`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":%d}}`, i)))
	}
	b.WriteString(msg(`{"jsonrpc":"2.0","id":"last","method":"one"}`))
	go func() { _, _ = io.WriteString(p.conn, b.String()) }()
	seen := map[string]int{}
	for range n + 1 {
		a := p.receive()
		seen[string(a.ID)]++
		if string(a.ID) != `"last"` && (a.Error == nil || a.Error.Code != CodeCancelled) {
			t.Fatalf("%v", a)
		}
	}
	for id, times := range seen {
		if times != 1 {
			t.Errorf("%s has %d answers", id, times)
		}
	}
	if len(seen) != n+1 {
		t.Errorf("%d requests were answered", len(seen))
	}
	goroutines(t, before+20) // those of the connection
	p.request(1, "shutdown")
	p.want("1 null")
	p.body(`{"jsonrpc":"2.0","method":"exit"}`)
	if err := p.ended(); err != nil {
		t.Error(err)
	}
	p.conn.Close()
	goroutines(t, before)
}

// A request that does not heed its context is answered at once when it is cancelled,
// and its result, when it comes, is not given.
func TestCancelDeaf(t *testing.T) {
	m := basic()
	began, end := make(chan struct{}), make(chan struct{})
	m["deaf"] = quick(func(context.Context) (any, error) {
		close(began)
		<-end
		return "late", nil
	})
	p := connect(t, Options{}, m)
	p.hello()
	p.request("x", "deaf")
	<-began
	p.body(`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":"x"}}`)
	p.want(`"x" -32800`)
	close(end)
	p.request("x", "one") // the id is free again
	p.want(`"x" 1`)
}

// An id can be used once at a time.
func TestDuplicateID(t *testing.T) {
	m := basic()
	began := make(chan struct{}, 1)
	m["block"] = blocks(began)
	p := connect(t, Options{}, m)
	p.hello()
	p.request(1, "block")
	<-began
	p.request(1, "one")
	p.want("1 -32600")
	p.body(`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}}`)
	p.want("1 -32800")
}

// Requests and notifications are begun in their order; as many requests as there are
// workers are worked on at the same time, and those that wait for others beside them.
func TestOrder(t *testing.T) {
	m := basic()
	version := 0
	var working, most atomic.Int32
	m["change"] = Method{Notification: func([]byte) error { version++; return nil }}
	m["version"] = Method{Request: func([]byte) (Work, error) {
		now := version
		return func(context.Context) (any, error) {
			most.Store(max(most.Load(), working.Add(1)))
			defer working.Add(-1)
			return now, nil
		}, nil
	}}
	waits := blocks(nil)
	waits.Waits = true
	m["wait"] = waits
	p := connect(t, Options{Workers: 3}, m)
	p.hello()
	for i := range 10 {
		p.request(fmt.Sprint("w", i), "wait")
	}
	const n = 300
	go func() {
		for i := range n {
			_, _ = io.WriteString(p.conn, msg(`{"jsonrpc":"2.0","method":"change"}`)+msg(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"version"}`, i+1)))
		}
	}()
	for range n {
		if a := p.receive(); string(a.ID) != string(a.Result) {
			t.Errorf("request %s saw version %s", a.ID, a.Result)
		}
	}
	if most.Load() > 3 {
		t.Errorf("%d requests at the same time", most.Load())
	}
}

// Too many requests that wait are refused, not kept.
func TestTooManyWaits(t *testing.T) {
	m := basic()
	waits := blocks(nil)
	waits.Waits = true
	m["wait"] = waits
	p := connect(t, Options{}, m)
	p.hello()
	for i := range maxWaits + 1 {
		p.request(i, "wait")
	}
	p.want(fmt.Sprintf("%d -32802", maxWaits))
}

// Requests that run when the client leaves get their time, and then an answer.
func TestLeaveWhileWorking(t *testing.T) {
	// A busy machine may take longer than the time is: then there is more.
	for grace := 50 * time.Millisecond; !leaveWhileWorking(t, grace); grace *= 8 {
		if grace > timeout/2 {
			t.Fatalf("within %v there is no answer", grace)
		}
	}
}

// leaveWhileWorking tells whether the request that ends soon was answered in time.
func leaveWhileWorking(t *testing.T, grace time.Duration) bool {
	m := basic()
	began := make(chan struct{}, 1)
	m["block"] = blocks(began)
	release := make(chan struct{})
	m["soon"] = quick(func(context.Context) (any, error) { <-release; return "soon", nil })
	p := connect(t, Options{Grace: grace}, m)
	p.hello()
	p.request(1, "block")
	p.request(2, "soon")
	<-began
	p.request(3, "shutdown")
	p.want("3 null")
	p.body(`{"jsonrpc":"2.0","method":"exit"}`)
	close(release)
	first := p.receive()
	if string(first.ID) != "2" {
		return false
	}
	if string(first.Result) != `"soon"` {
		t.Errorf("%v", first)
	}
	p.want("1 -32800")
	if err := p.ended(); err != nil {
		t.Error(err)
	}
	return true
}

// A client that sends and does not read is dropped, and the server goes on reading
// until then: nothing hangs.
func TestDoesNotRead(t *testing.T) {
	before := runtime.NumGoroutine()
	m := basic()
	big := long(1 << 20)
	m["big"] = quick(func(context.Context) (any, error) { return big, nil })
	p := connect(t, Options{SlowTimeout: 200 * time.Millisecond}, m)
	p.hello()
	for i := range 100 {
		p.request(i, "big")
	}
	if err := p.ended(); !errors.Is(err, errSlow) {
		t.Errorf("%v", err)
	}
	p.conn.Close()
	goroutines(t, before)
}

// Answers on the goroutine that reads have a limit of their own: they never wait.
func TestDropLimit(t *testing.T) {
	m := basic()
	big := long(32 << 20) // more than sockets hold
	m["big"] = quick(func(context.Context) (any, error) { return big, nil })
	p := connect(t, Options{}, m)
	p.hello()
	out := p.c.out
	// await waits until the writer writes, or does not, and nothing else waits for it.
	await := func(writing bool, then func()) {
		for done := false; !done; time.Sleep(time.Millisecond) {
			out.mu.Lock()
			if done = out.writing == writing && len(out.buf) == 0; done {
				then()
			}
			out.mu.Unlock()
		}
	}
	await(false, func() {}) // the greeting that was read may be in its last moment
	p.request(1, "big")     // which the client does not read
	await(true, func() {
		out.buf = make([]byte, dropLimit) // as if all this waited
	})
	p.request(2, "nope")
	if err := p.ended(); !errors.Is(err, errSlow) {
		t.Errorf("%v", err)
	}
}

// The client is asked, and answers in all ways.
func TestCall(t *testing.T) {
	m := basic()
	var c *Conn
	m["ask"] = quick(func(ctx context.Context) (any, error) {
		var result map[string]int
		if err := c.Call(ctx, "client/ask", map[string]int{"a": 1}, &result); err != nil {
			return nil, err
		}
		return result, nil
	})
	m["impatient"] = quick(func(ctx context.Context) (any, error) {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
		defer cancel()
		return nil, c.Call(ctx, "client/ask", nil, nil)
	})
	p := connect(t, Options{}, m)
	c = p.c
	p.hello()
	for _, tt := range []struct{ answer, want string }{
		{`"result":{"b":2}`, `1 {"b":2}`},
		{`"result":null`, `1 null`},
		{`"error":{"code":-32601,"message":"no"}`, "1 -32803"},
		{`"error":"no"`, "1 -32803"},
		{`"result":5`, "1 -32803"},
	} {
		p.request(1, "ask")
		q := p.receive()
		if q.Method != "client/ask" || string(q.Params) != `{"a":1}` {
			t.Fatalf("%+v", q)
		}
		p.body(`{"jsonrpc":"2.0","id":%s,%s}`, q.ID, tt.answer)
		p.want(tt.want)
		p.body(`{"jsonrpc":"2.0","id":%s,%s}`, q.ID, tt.answer) // a second answer is not heard
	}
	p.request(2, "impatient")
	q := p.receive()
	if cancel := p.receive(); cancel.Method != "$/cancelRequest" || !strings.Contains(string(cancel.Params), string(q.ID)) {
		t.Errorf("%+v", cancel)
	}
	p.want("2 -32803")
	// A client that never answers is not asked for ever.
	for i := range maxAsked {
		p.request(i+10, "impatient")
	}
	refused := 0
	for range 3 * maxAsked {
		a := p.receive()
		if a.Error != nil && strings.Contains(a.Error.Message, "has not answered") {
			refused++
			break
		}
	}
	if refused == 0 {
		t.Error("a client that does not answer is asked again and again")
	}
}

// $/setTrace makes the server say how long requests took.
func TestTrace(t *testing.T) {
	p := connect(t, Options{}, basic())
	p.hello()
	p.body(`{"jsonrpc":"2.0","method":"$/setTrace","params":{"value":"messages"}}`)
	p.request(1, "one")
	p.want("1 1")
	if a := p.receive(); a.Method != "$/logTrace" || !strings.Contains(string(a.Params), "one took") {
		t.Errorf("%+v", a)
	}
}

// What cannot be written as JSON is an error of the server, and an answer.
func TestUnwritable(t *testing.T) {
	m := basic()
	m["func"] = quick(func(context.Context) (any, error) { return func() {}, nil })
	p := connect(t, Options{}, m)
	p.hello()
	p.request(1, "func")
	p.want("1 -32603")
}

// Texts are not escaped for HTML pages.
func TestPlainText(t *testing.T) {
	p := connect(t, Options{}, basic())
	p.hello()
	p.body(`{"jsonrpc":"2.0","id":1,"method":"echo","params":["<a> & b \ud800"]}`)
	p.want(`1 ["<a> & b ` + "\uFFFD" + `"]`)
}

func TestDecode(t *testing.T) {
	type Place struct {
		At struct {
			Line uint32 `json:"line"`
		} `json:"at"`
	}
	var v struct {
		Place
		A struct {
			B uint32 `json:"b"`
		} `json:"a"`
	}
	for params, want := range map[string]string{
		`{"a":{"b":-1}}`:     "the parameter a.b cannot be number -1",
		`{"a":"x"}`:          "the parameter a cannot be string",
		`{"at":{"line":-1}}`: "the parameter at.line cannot be number -1",
		`[]`:                 "the parameters cannot be array: give an object",
		``:                   "",
		`null`:               "",
	} {
		err := Decode([]byte(params), &v)
		if want == "" && err != nil || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("%s: %v", params, err)
		}
		if e, ok := errors.AsType[*Error](err); err != nil && (!ok || e.Code != CodeInvalidParams) {
			t.Errorf("%s: %#v", params, err)
		}
	}
}

func FuzzStream(f *testing.F) {
	for _, s := range []string{
		msg(`{"jsonrpc":"2.0","id":1,"method":"one"}`), msg(`[]`), msg(`{"id":null}`), "Content-Length: 5\r\n\r\n{",
		msg(`{"jsonrpc":"2.0","id":"s1","result":{}}`), msg(`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":[1]}}`),
		"content-length:2\r\nA: b\r\n\r\n{}" + msg(`{"jsonrpc":"2.0","id":1e9,"method":"echo","params":{"a":[{}]}}`),
		msg(`{"jsonrpc":"2.0","id":2,"method":"shutdown"}`) + msg(`{"jsonrpc":"2.0","method":"exit"}`),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rw := &fixed{in: strings.NewReader(msg(`{"jsonrpc":"2.0","id":"hello","method":"initialize"}`) + string(data))}
		m := basic()
		delete(m, "panic")
		c := New(rw, Options{MaxMessage: 1 << 16})
		_ = c.Serve(context.Background(), m)
		// Whatever came in, what goes out are messages, and the first answer is there.
		in := newReader(rw.out.Bytes())
		for i := 0; ; i++ {
			a, err := read(in)
			if err == io.EOF {
				if i == 0 {
					t.Fatal("no answer")
				}
				return
			}
			if err != nil {
				t.Fatalf("%v in %q", err, rw.out.Bytes())
			}
			if a.Error != nil && a.Error.Code == CodeInternal {
				t.Fatalf("%+v", a.Error)
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"x","params":[1]}`))
	f.Add([]byte(`{"id":"\ud800","error":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, e := parse(data)
		if e == nil && m.ID != nil && !json.Valid(m.ID) {
			t.Fatalf("the id %q", m.ID)
		}
		if e != nil && e.Code == CodeParse && json.Valid(data) {
			t.Fatalf("%q is valid", data)
		}
		if id := idOf(data); id != nil && !json.Valid(id) {
			t.Fatalf("the id %q", id)
		}
	})
}
