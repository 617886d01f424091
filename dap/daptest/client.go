// Package daptest is a client for tests of debug adapters. A test reads like
// the script of a session:
//
//	c := daptest.New(t, conn)
//	c.Initialize()
//	c.Launch(map[string]any{"program": path})
//	c.SetBreakpoints(path, 3)
//	c.ConfigurationDone()
//	c.ExpectStopped("breakpoint")
//	c.Continue(1)
//	c.ExpectTerminated()
//	c.Disconnect()
//
// Every wait has a deadline, and a failure ends the test with the transcript.
// The client checks on its own, for all messages, what must hold in every
// session: numbers count up from 1, each request has exactly one response, and
// each message, in both directions, is valid under the protocol's JSON schema
// when that is at hand (see FindSchema).
//
// A Client is for one goroutine, that of the test.
package daptest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"
)

// DefaultTimeout is how long each wait lasts at most.
const DefaultTimeout = time.Minute

// Message is any message from the server.
type Message struct {
	Seq        int             `json:"seq"`
	Type       string          `json:"type"`
	Event      string          `json:"event"`
	Command    string          `json:"command"`
	RequestSeq int             `json:"request_seq"`
	Success    bool            `json:"success"`
	Text       string          `json:"message"`
	Body       json.RawMessage `json:"body"`
	Arguments  json.RawMessage `json:"arguments"` // of a reverse request
}

// Client speaks to one debug adapter.
type Client struct {
	// Timeout limits each wait.
	Timeout time.Duration

	t      testing.TB
	conn   io.ReadWriteCloser
	schema *Schema
	seq    int
	// settles: see Settle
	settles bool
	next    int // index in received of the first event not yet looked at
	asked   int // likewise, of the first reverse request

	mu         sync.Mutex
	changed    chan struct{} // closed and replaced when anything below changes
	received   []Message
	sent       map[int]string // commands by number
	responses  map[int]Message
	transcript []string
	output     map[string]*strings.Builder
	problem    error // what the server did wrong
	ended      error // why reading ended
}

// New returns a client that speaks over conn and closes it at the end of the
// test.
func New(t testing.TB, conn io.ReadWriteCloser) *Client {
	t.Helper()
	c := &Client{
		Timeout:   DefaultTimeout,
		t:         t,
		conn:      conn,
		schema:    FindSchema(t),
		changed:   make(chan struct{}),
		sent:      map[int]string{},
		responses: map[int]Message{},
		output:    map[string]*strings.Builder{},
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.read()
	}()
	t.Cleanup(func() {
		conn.Close()
		select {
		case <-done:
		case <-time.After(DefaultTimeout):
			t.Error("daptest: the connection's Close did not end its Read")
		}
	})
	return c
}

// WithoutSchema turns validation off, for benchmarks.
func (c *Client) WithoutSchema() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.schema = nil
}

// read receives messages until the connection ends.
func (c *Client) read() {
	br := bufio.NewReader(c.conn)
	for {
		body, err := readBody(br)
		c.mu.Lock()
		if err != nil {
			c.ended = err
		} else {
			c.receive(body)
		}
		close(c.changed)
		c.changed = make(chan struct{})
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// receive files one message and checks it. c.mu is locked.
func (c *Client) receive(body []byte) {
	c.transcript = append(c.transcript, "<- "+string(body))
	var m Message
	if err := json.Unmarshal(body, &m); err != nil {
		c.complain("message is not JSON: %v", err)
		return
	}
	if m.Seq != len(c.received)+1 {
		c.complain("message has seq %d, want %d", m.Seq, len(c.received)+1)
	}
	c.received = append(c.received, m)
	switch m.Type {
	case "response":
		command, asked := c.sent[m.RequestSeq]
		if !asked {
			c.complain("response to request %d, which was not sent", m.RequestSeq)
		} else if command != m.Command {
			c.complain("response to request %d is for %q, the request was %q", m.RequestSeq, m.Command, command)
		}
		if _, twice := c.responses[m.RequestSeq]; twice {
			c.complain("second response to request %d (%s)", m.RequestSeq, m.Command)
		}
		c.responses[m.RequestSeq] = m
	case "event":
		if m.Event == "output" {
			c.collectOutput(m.Body)
		}
	case "request": // see ExpectRequest
	default:
		c.complain("message has type %q", m.Type)
	}
	if err := c.schema.Validate(body); err != nil {
		c.complain("%v", err)
	}
}

func (c *Client) collectOutput(body json.RawMessage) {
	var out struct{ Category, Output string }
	if err := json.Unmarshal(body, &out); err != nil {
		c.complain("output event: %v", err)
		return
	}
	if c.output[out.Category] == nil {
		c.output[out.Category] = &strings.Builder{}
	}
	c.output[out.Category].WriteString(out.Output)
}

func (c *Client) complain(format string, args ...any) {
	if c.problem == nil {
		c.problem = fmt.Errorf("the server broke the protocol: "+format, args...)
	}
}

// Send sends a request without waiting for its response and returns its
// number. args may be nil.
func (c *Client) Send(command string, args any) int {
	c.t.Helper()
	c.seq++
	request := map[string]any{"seq": c.seq, "type": "request", "command": command}
	if args != nil {
		request["arguments"] = args
	}
	body, err := json.Marshal(request)
	if err != nil {
		c.t.Fatalf("daptest: encode %s: %v", command, err)
	}
	if err := c.schema.Validate(body); err != nil {
		c.t.Fatalf("daptest: the test sends an invalid request: %v", err)
	}
	c.expectResponse(c.seq, command)
	c.WriteRaw(Frame(body))
	return c.seq
}

// SendRaw sends a request body as it is, which need not be valid, under a
// number that the test chose. The client expects one response to it.
func (c *Client) SendRaw(seq int, command, body string) {
	c.t.Helper()
	c.seq = max(c.seq, seq)
	c.expectResponse(seq, command)
	c.WriteRaw(Frame([]byte(body)))
}

// SendTogether sends several requests in one write. They must be numbered from
// the next number on; commands name them.
func (c *Client) SendTogether(frames []byte, commands ...string) {
	c.t.Helper()
	for _, command := range commands {
		c.seq++
		c.expectResponse(c.seq, command)
	}
	c.WriteRaw(frames)
}

// NextSeq returns the number of the next request.
func (c *Client) NextSeq() int { return c.seq + 1 }

func (c *Client) expectResponse(seq int, command string) {
	c.mu.Lock()
	c.sent[seq] = command
	c.mu.Unlock()
}

// WriteRaw sends bytes as they are. A write error is not a failure: the server
// may have closed the connection, which the reads will show.
func (c *Client) WriteRaw(data []byte) {
	c.mu.Lock()
	c.transcript = append(c.transcript, "-> "+string(data))
	c.mu.Unlock()
	if _, err := c.conn.Write(data); err != nil {
		c.mu.Lock()
		c.transcript = append(c.transcript, "-> failed: "+err.Error())
		c.mu.Unlock()
	}
}

// Close closes the connection, as a client that crashes does.
func (c *Client) Close() { c.conn.Close() }

// Transcript returns all messages so far, one a line, with the direction.
func (c *Client) Transcript() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.transcript...)
}

// wait waits until ready is true. It is called with c.mu locked, and so is
// ready. The test fails when what it waits for does not come.
func (c *Client) wait(what string, ready func() bool) {
	c.t.Helper()
	timer := time.NewTimer(c.Timeout)
	defer timer.Stop()
	c.mu.Lock()
	for {
		if c.problem != nil {
			c.fail("%v", c.problem)
		}
		if ready() {
			c.mu.Unlock()
			return
		}
		if c.ended != nil {
			c.fail("the connection ended (%v) while waiting for %s", c.ended, what)
		}
		changed := c.changed
		c.mu.Unlock()
		select {
		case <-changed:
			c.mu.Lock()
		case <-timer.C:
			c.mu.Lock()
			c.fail("no %s within %v", what, c.Timeout)
		}
	}
}

// fail ends the test with the end of the transcript. c.mu is locked.
func (c *Client) fail(format string, args ...any) {
	c.t.Helper()
	lines := c.transcript
	c.mu.Unlock()
	if len(lines) > 40 {
		lines = lines[len(lines)-40:]
	}
	var b strings.Builder
	for _, line := range lines {
		if len(line) > 600 {
			line = line[:600] + "…"
		}
		b.WriteString("\n  " + strings.ReplaceAll(line, "\r\n", " "))
	}
	c.t.Fatalf("daptest: %s\ntranscript:%s", fmt.Sprintf(format, args...), b.String())
}
