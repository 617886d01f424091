// Package lsptest is a client of the language server for tests: typed, with one line
// for each step, so that a test reads like a session in an editor.
package lsptest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/frame"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// Timeout is how long a client waits for anything.
const Timeout = 2 * time.Minute

// Refused is where Await and Arrived find answers to what the server could not read: the
// whole messages, whose id is null.
const Refused = "refused"

// Error is an error that the server has answered with.
type Error struct {
	Code    int             `json:"code"`
	Message string          `json:"message"`
	Data    json.RawMessage `json:"data"`
}

func (e *Error) Error() string { return fmt.Sprintf("%d %s", e.Code, e.Message) }

// Client is a client. Its methods fail the test if something goes wrong; they are
// called by the goroutine of the test.
type Client struct {
	t    testing.TB
	rw   io.ReadWriteCloser
	done chan struct{} // closed when the server has closed the connection

	mu       sync.Mutex
	next     int
	pending  map[int]chan message
	notes    map[string][]json.RawMessage
	requests map[string]func(params json.RawMessage) (any, error)
	versions map[protocol.URI]int32
	arrived  chan struct{} // closed, and replaced, when a notification has arrived
	served   <-chan error
}

type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *Error          `json:"error"`
}

// New makes a client of the server at the other end of rw. The connection is closed
// when the test ends.
func New(t testing.TB, rw io.ReadWriteCloser) *Client {
	c := &Client{
		t: t, rw: rw, done: make(chan struct{}), arrived: make(chan struct{}),
		pending: map[int]chan message{}, notes: map[string][]json.RawMessage{},
		requests: map[string]func(json.RawMessage) (any, error){}, versions: map[protocol.URI]int32{},
	}
	go c.read()
	t.Cleanup(func() {
		rw.Close()
		<-c.done
	})
	return c
}

// Serve makes a client of a server in this process, such as lsp.Server.ServeConn. The
// test waits until the server has ended.
func Serve(t testing.TB, serve func(context.Context, io.ReadWriteCloser) error) *Client {
	ours, theirs := net.Pipe()
	served := make(chan error, 1)
	end := make(chan struct{})
	go func() {
		defer close(end)
		served <- serve(context.Background(), theirs)
	}()
	t.Cleanup(func() {
		select {
		case <-end:
		case <-time.After(Timeout):
			t.Error("the server does not end")
		}
	})
	c := New(t, ours)
	c.served = served
	return c
}

// read reads until the connection ends.
func (c *Client) read() {
	defer close(c.done)
	in := frame.NewReader(struct{ io.Reader }{c.rw}, 256<<20)
	for {
		body, err := in.Next()
		if err != nil {
			return
		}
		var m message
		if err := json.Unmarshal(body, &m); err != nil {
			c.t.Errorf("the server has sent what is no message: %v: %.200s", err, body)
			return
		}
		switch {
		case m.Method != "" && m.ID != nil:
			go c.answer(m)
		case m.Method != "":
			c.note(m.Method, m.Params)
		case string(m.ID) == "null" && m.Error != nil:
			c.note(Refused, body)
		default:
			var id int
			_ = json.Unmarshal(m.ID, &id) // others are not waited for
			c.mu.Lock()
			waits := c.pending[id]
			delete(c.pending, id)
			c.mu.Unlock()
			if waits == nil {
				c.t.Errorf("an answer to nothing, or a second one: %.200s", body)
				continue
			}
			waits <- m
		}
	}
}

// note keeps a notification until somebody takes it.
func (c *Client) note(method string, params json.RawMessage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notes[method] = append(c.notes[method], params)
	close(c.arrived)
	c.arrived = make(chan struct{})
}

// answer answers a request of the server: with what OnRequest says, else with null.
func (c *Client) answer(m message) {
	c.mu.Lock()
	f := c.requests[m.Method]
	c.mu.Unlock()
	reply := map[string]any{"jsonrpc": "2.0", "id": m.ID, "result": nil}
	if f != nil {
		result, err := f(m.Params)
		if err != nil {
			delete(reply, "result")
			reply["error"] = map[string]any{"code": -32603, "message": err.Error()}
		} else {
			reply["result"] = result
		}
	}
	c.send(reply)
}

// OnRequest says how requests of the server are answered. f is called on a goroutine
// of its own.
func (c *Client) OnRequest(method string, f func(params json.RawMessage) (any, error)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests[method] = f
}

func (c *Client) send(v any) {
	data, err := json.Marshal(v)
	if err != nil {
		c.t.Errorf("a message cannot be written: %v", err)
		return
	}
	c.Raw(string(frame.Append(nil, len(data))) + string(data))
}

// Raw sends bytes. A server that has closed the connection does not hear them.
func (c *Client) Raw(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = io.WriteString(c.rw, text)
}

// Notify sends a notification.
func (c *Client) Notify(method string, params any) {
	c.send(map[string]any{"jsonrpc": "2.0", "method": method, "params": params})
}

// Pending is a request without an answer yet.
type Pending struct {
	ID     int
	c      *Client
	method string
	answer chan message
}

// Begin sends a request.
func (c *Client) Begin(method string, params any) *Pending {
	c.mu.Lock()
	c.next++
	p := &Pending{ID: c.next, c: c, method: method, answer: make(chan message, 1)}
	c.pending[p.ID] = p.answer
	c.mu.Unlock()
	m := map[string]any{"jsonrpc": "2.0", "id": p.ID, "method": method}
	if params != nil {
		m["params"] = params
	}
	c.send(m)
	return p
}

// Wait waits for the answer, and puts the result into result, unless that is nil. The
// error is the server's.
func (p *Pending) Wait(result any) *Error {
	p.c.t.Helper()
	var m message
	select {
	case m = <-p.answer:
	case <-p.c.done:
		select {
		case m = <-p.answer:
		default:
			p.c.t.Fatalf("%s: the server has closed the connection", p.method)
		}
	case <-time.After(Timeout):
		p.c.t.Fatalf("%s: no answer", p.method)
	}
	if m.Error != nil {
		return m.Error
	}
	if result != nil {
		if err := json.Unmarshal(m.Result, result); err != nil {
			p.c.t.Fatalf("%s: %v in %.500s", p.method, err, m.Result)
		}
	}
	return nil
}

// Call sends a request, and puts the result into result, unless that is nil.
func (c *Client) Call(method string, params, result any) {
	c.t.Helper()
	if err := c.Begin(method, params).Wait(result); err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
}

// CallError sends a request that must fail, and returns the error.
func (c *Client) CallError(method string, params any) *Error {
	c.t.Helper()
	err := c.Begin(method, params).Wait(nil)
	if err == nil {
		c.t.Fatalf("%s: no error", method)
	}
	return err
}

// Await waits for the next notification of a method that accepts agrees to (nil: any),
// and takes it. Those before it stay.
func (c *Client) Await(method string, accepts func(params json.RawMessage) bool) json.RawMessage {
	c.t.Helper()
	timeout := time.After(Timeout)
	for {
		c.mu.Lock()
		for i, params := range c.notes[method] {
			if accepts == nil || accepts(params) {
				c.notes[method] = append(c.notes[method][:i:i], c.notes[method][i+1:]...)
				c.mu.Unlock()
				return params
			}
		}
		arrived := c.arrived
		c.mu.Unlock()
		select {
		case <-arrived:
		case <-c.done:
			c.t.Fatalf("%s has not come, and the server has closed the connection", method)
		case <-timeout:
			c.t.Fatalf("%s has not come", method)
		}
	}
}

// Arrived returns the notifications of a method that nobody has taken.
func (c *Client) Arrived(method string) []json.RawMessage {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]json.RawMessage(nil), c.notes[method]...)
}

// Shutdown ends the session as an editor does, and waits for the end.
func (c *Client) Shutdown() {
	c.t.Helper()
	c.Call("shutdown", nil, nil)
	c.Notify("exit", nil)
	c.Closed()
	if c.served != nil {
		select {
		case err := <-c.served:
			if err != nil {
				c.t.Errorf("the session has ended: %v", err)
			}
		case <-time.After(Timeout):
			c.t.Fatal("the server does not end")
		}
	}
}

// Closed waits until the server has closed the connection.
func (c *Client) Closed() {
	c.t.Helper()
	select {
	case <-c.done:
	case <-time.After(Timeout):
		c.t.Fatal("the connection is not closed")
	}
}
