package daptest

import (
	"encoding/json"

	dap "github.com/google/go-dap"
)

// Breakpoint is what the server says of a breakpoint.
type Breakpoint struct {
	ID       int         `json:"id"`
	Verified bool        `json:"verified"`
	Line     int         `json:"line"`
	Message  string      `json:"message"`
	Reason   string      `json:"reason"`
	Source   *dap.Source `json:"source"`
}

// Response waits for the response to the request with number seq.
func (c *Client) Response(seq int) Message {
	c.t.Helper()
	var m Message
	c.wait("response to "+c.sent[seq], func() bool {
		var ok bool
		m, ok = c.responses[seq]
		return ok
	})
	c.settle(m.Command)
	return m
}

// Call sends a request and decodes the body of its response into into, unless
// that is nil. The test fails if the request does.
func (c *Client) Call(command string, args, into any) {
	c.t.Helper()
	c.Succeeds(c.Send(command, args), into)
}

// Succeeds waits for the response to request seq and decodes its body. The
// test fails if the request did.
func (c *Client) Succeeds(seq int, into any) {
	c.t.Helper()
	m := c.Response(seq)
	if !m.Success {
		c.t.Fatalf("daptest: %s failed: %s (%s)", m.Command, m.Text, m.Body)
	}
	if into != nil {
		if err := json.Unmarshal(m.Body, into); err != nil {
			c.t.Fatalf("daptest: body of %s: %v", m.Command, err)
		}
	}
}

// CallError sends a request that must fail and returns its short message.
func (c *Client) CallError(command string, args any) string {
	c.t.Helper()
	return c.Fails(c.Send(command, args))
}

// Fails waits for the response to request seq, which must be an error, and
// returns its short message.
func (c *Client) Fails(seq int) string {
	c.t.Helper()
	m := c.Response(seq)
	if m.Success {
		c.t.Fatalf("daptest: %s succeeded, want an error", m.Command)
	}
	return m.Text
}

// InitializeArguments are what Initialize sends; change what a test is about.
func InitializeArguments() map[string]any {
	return map[string]any{
		"clientID": "daptest", "adapterID": "llmspell", "pathFormat": "path",
		"linesStartAt1": true, "columnsStartAt1": true,
		"supportsVariableType": true, "supportsVariablePaging": true, "supportsMemoryReferences": true,
		"supportsMemoryEvent": true, "supportsInvalidatedEvent": true, "supportsProgressReporting": true,
	}
}

// Initialize opens the session and waits for the initialized event.
func (c *Client) Initialize() dap.Capabilities {
	c.t.Helper()
	return c.InitializeWith(InitializeArguments())
}

// InitializeWith opens the session with arguments of the test's own.
func (c *Client) InitializeWith(args map[string]any) dap.Capabilities {
	c.t.Helper()
	var caps dap.Capabilities
	c.Call("initialize", args, &caps)
	c.ExpectEvent("initialized", nil)
	return caps
}

// Launch sends launch and returns its number: the response comes only after
// configurationDone.
func (c *Client) Launch(args map[string]any) int {
	c.t.Helper()
	return c.Send("launch", args)
}

// ConfigurationDone ends the configuration.
func (c *Client) ConfigurationDone() {
	c.t.Helper()
	c.Call("configurationDone", nil, nil)
}

// Start does all from initialize to the start of the script, with breakpoints
// on lines of the program.
func (c *Client) Start(launch map[string]any, lines ...int) {
	c.t.Helper()
	c.Initialize()
	seq := c.Launch(launch)
	if len(lines) > 0 {
		program, _ := launch["program"].(string)
		c.SetBreakpoints(program, lines...)
	}
	c.ConfigurationDone()
	c.Succeeds(seq, nil)
}

// SetBreakpoints sets plain breakpoints on lines of a file.
func (c *Client) SetBreakpoints(path string, lines ...int) []Breakpoint {
	c.t.Helper()
	specs := make([]dap.SourceBreakpoint, len(lines))
	for i, line := range lines {
		specs[i].Line = line
	}
	return c.SetSourceBreakpoints(dap.Source{Path: path}, specs...)
}

// SetSourceBreakpoints sets breakpoints of any kind in a source.
func (c *Client) SetSourceBreakpoints(source dap.Source, specs ...dap.SourceBreakpoint) []Breakpoint {
	c.t.Helper()
	if specs == nil {
		specs = []dap.SourceBreakpoint{}
	}
	var body struct{ Breakpoints []Breakpoint }
	c.Call("setBreakpoints", map[string]any{"source": source, "breakpoints": specs}, &body)
	if len(body.Breakpoints) != len(specs) {
		c.t.Fatalf("daptest: %d answers to %d breakpoints", len(body.Breakpoints), len(specs))
	}
	return body.Breakpoints
}

// SetExceptionBreakpoints chooses exception filters.
func (c *Client) SetExceptionBreakpoints(filters ...string) []Breakpoint {
	c.t.Helper()
	if filters == nil {
		filters = []string{}
	}
	var body struct{ Breakpoints []Breakpoint }
	c.Call("setExceptionBreakpoints", map[string]any{"filters": filters}, &body)
	return body.Breakpoints
}

// Continue resumes the script.
func (c *Client) Continue(thread int) {
	c.t.Helper()
	var body dap.ContinueResponseBody
	c.Call("continue", dap.ContinueArguments{ThreadId: thread}, &body)
	if !body.AllThreadsContinued {
		c.t.Fatal("daptest: continue did not continue all threads")
	}
}

// Next steps over.
func (c *Client) Next(thread int) {
	c.t.Helper()
	c.Call("next", dap.NextArguments{ThreadId: thread}, nil)
}

// StepIn steps in.
func (c *Client) StepIn(thread int) {
	c.t.Helper()
	c.Call("stepIn", dap.StepInArguments{ThreadId: thread}, nil)
}

// StepOut steps out.
func (c *Client) StepOut(thread int) {
	c.t.Helper()
	c.Call("stepOut", dap.StepOutArguments{ThreadId: thread}, nil)
}

// Pause stops the script.
func (c *Client) Pause(thread int) {
	c.t.Helper()
	c.Call("pause", dap.PauseArguments{ThreadId: thread}, nil)
}

// Terminate asks the script to end.
func (c *Client) Terminate() {
	c.t.Helper()
	c.Call("terminate", dap.TerminateArguments{}, nil)
}

// Disconnect ends the session and waits until the server has closed the
// connection, with nothing sent after the response.
func (c *Client) Disconnect() {
	c.t.Helper()
	seq := c.Send("disconnect", dap.DisconnectArguments{})
	c.Succeeds(seq, nil)
	c.ExpectClosed()
	c.mu.Lock()
	defer c.mu.Unlock()
	if last := c.received[len(c.received)-1]; last.RequestSeq != seq {
		c.complain("a message came after the response to disconnect")
	}
	for seq, command := range c.sent {
		if _, ok := c.responses[seq]; !ok {
			c.complain("request %d (%s) was never answered", seq, command)
		}
	}
	if c.problem != nil {
		c.t.Fatalf("daptest: %v", c.problem)
	}
}
