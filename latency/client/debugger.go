package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Debugger is a client of a debug adapter.
type Debugger struct {
	// Thread is the thread that stopped last.
	Thread int

	f       *frames
	seq     int
	waiting []message // read while waiting for something else
}

type message struct {
	Seq        int             `json:"seq"`
	Type       string          `json:"type"`
	Event      string          `json:"event"`
	Command    string          `json:"command"`
	RequestSeq int             `json:"request_seq"`
	Success    bool            `json:"success"`
	Text       string          `json:"message"`
	Body       json.RawMessage `json:"body"`
}

// NewDebugger speaks over a stream.
func NewDebugger(r io.Reader, w io.Writer) *Debugger {
	return &Debugger{f: newFrames(r, w), Thread: 1}
}

// Send sends a request and returns its number.
func (d *Debugger) Send(command string, args any) (int, error) {
	d.seq++
	return d.seq, d.f.write(struct {
		Seq       int    `json:"seq"`
		Type      string `json:"type"`
		Command   string `json:"command"`
		Arguments any    `json:"arguments,omitempty"`
	}{d.seq, "request", command, args})
}

// await returns the first message that wanted accepts.
func (d *Debugger) await(wanted func(*message) bool) (message, error) {
	for i := range d.waiting {
		if m := d.waiting[i]; wanted(&m) {
			d.waiting = slices.Delete(d.waiting, i, i+1)
			return m, nil
		}
	}
	for {
		body, err := d.f.read()
		if err != nil {
			return message{}, err
		}
		var m message
		if err := json.Unmarshal(body, &m); err != nil {
			return m, fmt.Errorf("a message of the debug adapter: %w", err)
		}
		switch {
		case wanted(&m):
			return m, nil
		case m.Type == "request": // in a terminal, or such: we have none
			if err := d.f.write(Object{"seq": m.Seq, "type": "response", "request_seq": m.Seq, "command": m.Command, "success": false}); err != nil {
				return m, err
			}
		case m.Type == "response", m.Event == "initialized", m.Event == "stopped", m.Event == "terminated":
			d.waiting = append(d.waiting, m)
		}
	}
}

// Answer waits for the answer to a request, which must be a success.
func (d *Debugger) Answer(seq int, into any) error {
	m, err := d.await(func(m *message) bool { return m.Type == "response" && m.RequestSeq == seq })
	if err != nil {
		return err
	}
	if !m.Success {
		return fmt.Errorf("%s failed: %s %s", m.Command, m.Text, m.Body)
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(m.Body, into); err != nil {
		return fmt.Errorf("the answer to %s: %w", m.Command, err)
	}
	return nil
}

// Call sends a request and waits for its answer.
func (d *Debugger) Call(command string, args, into any) error {
	seq, err := d.Send(command, args)
	if err != nil {
		return err
	}
	return d.Answer(seq, into)
}

// ErrEnded says that the program ended where a stop was expected.
var ErrEnded = errors.New("the program ended where a stop was expected")

// Stopped waits for a stop, and returns its reason.
func (d *Debugger) Stopped() (reason string, err error) {
	m, err := d.await(func(m *message) bool { return m.Event == "stopped" || m.Event == "terminated" })
	if err != nil {
		return "", err
	}
	if m.Event == "terminated" {
		return "", ErrEnded
	}
	var body struct {
		Reason   string
		ThreadID int `json:"threadId"`
	}
	if err := json.Unmarshal(m.Body, &body); err != nil {
		return "", fmt.Errorf("a stop: %w", err)
	}
	if body.ThreadID != 0 {
		d.Thread = body.ThreadID
	}
	return body.Reason, nil
}

// Expect waits for a stop for a reason.
func (d *Debugger) Expect(reason string) error {
	got, err := d.Stopped()
	if err == nil && got != reason {
		err = fmt.Errorf("stopped with reason %q, want %q", got, reason)
	}
	return err
}

// Launch starts a program: by a request with these arguments, with breakpoints in a source.
func (d *Debugger) Launch(adapter string, args Object, source string, lines ...int) error {
	err := d.Call("initialize", Object{
		"adapterID": adapter, "clientID": "bench", "linesStartAt1": true, "columnsStartAt1": true, "pathFormat": "path",
		"supportsVariableType": true, "supportsVariablePaging": true,
	}, nil)
	if err != nil {
		return err
	}
	launched, err := d.Send("launch", args)
	if err != nil {
		return err
	}
	// An adapter may answer the launch before it is initialized, and refuse it without ever being.
	m, err := d.await(func(m *message) bool {
		return m.Event == "initialized" || m.Type == "response" && m.RequestSeq == launched && !m.Success
	})
	if err != nil {
		return err
	}
	if m.Event == "" {
		return fmt.Errorf("launch failed: %s %s", m.Text, m.Body)
	}
	if len(lines) > 0 {
		if err := d.Breakpoints(source, lines...); err != nil {
			return err
		}
	}
	if err := d.Call("configurationDone", nil, nil); err != nil {
		return err
	}
	return d.Answer(launched, nil)
}

// Breakpoints replaces the breakpoints of a file.
func (d *Debugger) Breakpoints(path string, lines ...int) error {
	specs := make([]Object, len(lines))
	for i, line := range lines {
		specs[i] = Object{"line": line}
	}
	var body struct{ Breakpoints []struct{ Verified bool } }
	err := d.Call("setBreakpoints", Object{"source": Object{"path": path}, "breakpoints": specs}, &body)
	if err == nil && len(body.Breakpoints) != len(lines) {
		err = fmt.Errorf("%d answers to %d breakpoints in %s", len(body.Breakpoints), len(lines), path)
	}
	return err
}

// Step sends next, stepIn, stepOut, … and waits for the stop.
func (d *Debugger) Step(command string) error {
	if err := d.Call(command, Object{"threadId": d.Thread}, nil); err != nil {
		return err
	}
	return d.Expect("step")
}

// Continue runs to the next stop, which must be at a breakpoint.
func (d *Debugger) Continue() error {
	if err := d.Call("continue", Object{"threadId": d.Thread}, nil); err != nil {
		return err
	}
	return d.Expect("breakpoint")
}

// Variable is what is read of a variable.
type Variable struct {
	Name               string
	Value              string
	VariablesReference int
}

// Locals asks for all that an editor shows at a stop: the stack, the scopes of the innermost
// frame, and its locals.
func (d *Debugger) Locals() ([]Variable, error) {
	var stack struct{ StackFrames []struct{ ID int } }
	if err := d.Call("stackTrace", Object{"threadId": d.Thread, "startFrame": 0, "levels": 20}, &stack); err != nil {
		return nil, err
	}
	if len(stack.StackFrames) == 0 {
		return nil, errors.New("the stack is empty")
	}
	var scopes struct {
		Scopes []struct{ VariablesReference int }
	}
	if err := d.Call("scopes", Object{"frameId": stack.StackFrames[0].ID}, &scopes); err != nil {
		return nil, err
	}
	if len(scopes.Scopes) == 0 {
		return nil, errors.New("the frame has no scopes")
	}
	return d.Variables(Object{"variablesReference": scopes.Scopes[0].VariablesReference})
}

// Variables asks for variables.
func (d *Debugger) Variables(args Object) ([]Variable, error) {
	var body struct{ Variables []Variable }
	err := d.Call("variables", args, &body)
	return body.Variables, err
}

// Disconnect ends the session, and the program that is debugged.
func (d *Debugger) Disconnect() error {
	return d.Call("disconnect", Object{"terminateDebuggee": true}, nil)
}
