//go:build !race

package latency

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/textproto"
	"slices"
	"strconv"
	"testing"
)

// client speaks the Debug Adapter Protocol. dap/daptest keeps a transcript,
// checks schemas and hands each message from goroutine to goroutine; this one
// does nothing of that, so that a sample is the server's time and little else.
// A read that never returns ends with the server process, which has a deadline.
type client struct {
	tb      testing.TB
	r       *bufio.Reader
	w       io.Writer
	seq     int
	waiting []message // read while waiting for something else
}

type message struct {
	Type       string          `json:"type"`
	Event      string          `json:"event"`
	Command    string          `json:"command"`
	RequestSeq int             `json:"request_seq"`
	Success    bool            `json:"success"`
	Text       string          `json:"message"`
	Body       json.RawMessage `json:"body"`
}

func newClient(tb testing.TB, r io.Reader, w io.Writer) *client {
	return &client{tb: tb, r: bufio.NewReaderSize(r, 64<<10), w: w}
}

// send sends a request and returns its number.
func (c *client) send(command string, args any) int {
	c.tb.Helper()
	c.seq++
	body, err := json.Marshal(struct {
		Seq       int    `json:"seq"`
		Type      string `json:"type"`
		Command   string `json:"command"`
		Arguments any    `json:"arguments,omitempty"`
	}{c.seq, "request", command, args})
	if err != nil {
		c.tb.Fatalf("encode %s: %v", command, err)
	}
	if _, err := fmt.Fprintf(c.w, "Content-Length: %d\r\n\r\n%s", len(body), body); err != nil {
		c.tb.Fatalf("send %s: %v", command, err)
	}
	return c.seq
}

func (c *client) read() message {
	c.tb.Helper()
	header, err := textproto.NewReader(c.r).ReadMIMEHeader()
	if err != nil {
		c.tb.Fatalf("read a message's header: %v", err)
	}
	n, err := strconv.Atoi(header.Get("Content-Length"))
	if err != nil {
		c.tb.Fatalf("read a message's length: %v", err)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(c.r, body); err != nil {
		c.tb.Fatalf("read a message: %v", err)
	}
	var m message
	if err := json.Unmarshal(body, &m); err != nil {
		c.tb.Fatalf("decode %s: %v", body, err)
	}
	return m
}

// await returns the first message that wanted accepts.
func (c *client) await(wanted func(*message) bool) message {
	c.tb.Helper()
	for i := range c.waiting {
		if m := c.waiting[i]; wanted(&m) {
			c.waiting = slices.Delete(c.waiting, i, i+1)
			return m
		}
	}
	for {
		m := c.read()
		switch {
		case wanted(&m):
			return m
		case m.Type == "response", m.Event == "initialized", m.Event == "stopped":
			c.waiting = append(c.waiting, m)
		}
	}
}

// response waits for the response to request seq, which must be a success.
func (c *client) response(seq int) message {
	c.tb.Helper()
	m := c.await(func(m *message) bool { return m.Type == "response" && m.RequestSeq == seq })
	if !m.Success {
		c.tb.Fatalf("%s failed: %s %s", m.Command, m.Text, m.Body)
	}
	return m
}

// decode decodes a message's body.
func (c *client) decode(m message, into any) {
	c.tb.Helper()
	if err := json.Unmarshal(m.Body, into); err != nil {
		c.tb.Fatalf("decode the body %s: %v", m.Body, err)
	}
}

// call sends a request and waits for its response.
func (c *client) call(command string, args any) message {
	c.tb.Helper()
	return c.response(c.send(command, args))
}

// stopped waits for a stop, which must have a reason.
func (c *client) stopped(reason string) {
	c.tb.Helper()
	m := c.await(func(m *message) bool { return m.Event == "stopped" || m.Event == "terminated" })
	if m.Event == "terminated" {
		c.tb.Fatalf("the script ended where a stop with reason %q was expected", reason)
	}
	var body struct{ Reason string }
	c.decode(m, &body)
	if body.Reason != reason {
		c.tb.Fatalf("stopped with reason %q, want %q", body.Reason, reason)
	}
}

// object is a JSON object.
type object = map[string]any

// threadArguments name a thread; the zero value would be none.
type threadArguments struct {
	ThreadID int `json:"threadId"`
}

// mainThread is the thread that the tests' scripts run in.
func mainThread() threadArguments { return threadArguments{ThreadID: 1} }

// launch starts a script and waits until it runs or has stopped on entry.
func (c *client) launch(program string, stopOnEntry bool, breakpoints ...int) {
	c.tb.Helper()
	c.call("initialize", object{"adapterID": "llmspell", "supportsVariableType": true, "supportsVariablePaging": true})
	c.await(func(m *message) bool { return m.Event == "initialized" })
	launched := c.send("launch", object{"program": program, "stopOnEntry": stopOnEntry})
	if len(breakpoints) > 0 {
		c.breakpoints(program, breakpoints...)
	}
	c.call("configurationDone", nil)
	c.response(launched)
}

// breakpoints replaces the breakpoints of a file. All must be verified.
func (c *client) breakpoints(path string, lines ...int) {
	c.tb.Helper()
	specs := make([]object, len(lines))
	for i, line := range lines {
		specs[i] = object{"line": line}
	}
	c.specs(path, specs...)
}

// specs is breakpoints for those that have more than a line.
func (c *client) specs(path string, specs ...object) {
	c.tb.Helper()
	var body struct{ Breakpoints []struct{ Verified bool } }
	c.decode(c.call("setBreakpoints", object{"source": object{"path": path}, "breakpoints": specs}), &body)
	if len(body.Breakpoints) != len(specs) {
		c.tb.Fatalf("%d answers to %d breakpoints", len(body.Breakpoints), len(specs))
	}
	for i, b := range body.Breakpoints {
		if !b.Verified {
			c.tb.Fatalf("the breakpoint on line %v is not verified", specs[i]["line"])
		}
	}
}

// variable is what the tests read of a variable.
type variable struct {
	Name               string
	Value              string
	VariablesReference int
	NamedVariables     int
	IndexedVariables   int
}

// locals asks for all that an editor shows at a stop: the stack, the scopes of
// the innermost frame, and its locals.
func (c *client) locals() []variable {
	c.tb.Helper()
	return c.localsOf(c.stack()[0])
}

// stack asks for the frames of the stack, the innermost first.
func (c *client) stack() []int {
	c.tb.Helper()
	var stack struct{ StackFrames []struct{ ID int } }
	c.decode(c.call("stackTrace", mainThread()), &stack)
	if len(stack.StackFrames) == 0 {
		c.tb.Fatal("the stack is empty")
	}
	ids := make([]int, len(stack.StackFrames))
	for i, f := range stack.StackFrames {
		ids[i] = f.ID
	}
	return ids
}

// localsOf asks for the scopes and the locals of a frame.
func (c *client) localsOf(frame int) []variable {
	c.tb.Helper()
	var scopes struct {
		Scopes []struct{ VariablesReference int }
	}
	c.decode(c.call("scopes", object{"frameId": frame}), &scopes)
	if len(scopes.Scopes) == 0 {
		c.tb.Fatal("the frame has no scopes")
	}
	return c.variables(c.call("variables", object{"variablesReference": scopes.Scopes[0].VariablesReference}))
}

// variables decodes the response to a variables request.
func (c *client) variables(m message) []variable {
	c.tb.Helper()
	var body struct{ Variables []variable }
	c.decode(m, &body)
	return body.Variables
}
