package daptest

import dap "github.com/google/go-dap"

// Threads lists the threads.
func (c *Client) Threads() []dap.Thread {
	c.t.Helper()
	var body dap.ThreadsResponseBody
	c.Call("threads", nil, &body)
	return body.Threads
}

// StackTrace returns the whole stack of a thread.
func (c *Client) StackTrace(thread int) []dap.StackFrame {
	c.t.Helper()
	frames, _ := c.StackPage(thread, 0, 0)
	return frames
}

// StackPage returns levels frames of a thread from start on, and how many
// there are.
func (c *Client) StackPage(thread, start, levels int) ([]dap.StackFrame, int) {
	c.t.Helper()
	var body dap.StackTraceResponseBody
	c.Call("stackTrace", dap.StackTraceArguments{ThreadId: thread, StartFrame: start, Levels: levels}, &body)
	return body.StackFrames, body.TotalFrames
}

// Top returns the innermost frame of a thread.
func (c *Client) Top(thread int) dap.StackFrame {
	c.t.Helper()
	frames, _ := c.StackPage(thread, 0, 1)
	if len(frames) != 1 {
		c.t.Fatalf("daptest: %d frames, want 1", len(frames))
	}
	return frames[0]
}

// Scopes lists the scopes of a frame.
func (c *Client) Scopes(frame int) []dap.Scope {
	c.t.Helper()
	var body dap.ScopesResponseBody
	c.Call("scopes", dap.ScopesArguments{FrameId: frame}, &body)
	return body.Scopes
}

// Scope returns the scope of a frame with a name such as "Locals".
func (c *Client) Scope(frame int, name string) dap.Scope {
	c.t.Helper()
	scopes := c.Scopes(frame)
	for _, s := range scopes {
		if s.Name == name {
			return s
		}
	}
	c.t.Fatalf("daptest: no scope %q in %v", name, scopes)
	return dap.Scope{}
}

// Variables returns all children of a reference.
func (c *Client) Variables(ref int) []dap.Variable {
	c.t.Helper()
	return c.VariablesPage(dap.VariablesArguments{VariablesReference: ref})
}

// VariablesPage returns some children of a reference.
func (c *Client) VariablesPage(args dap.VariablesArguments) []dap.Variable {
	c.t.Helper()
	var body dap.VariablesResponseBody
	c.Call("variables", args, &body)
	return body.Variables
}

// Locals returns the local variables of the innermost frame, as values by
// name.
func (c *Client) Locals(thread int) map[string]string {
	c.t.Helper()
	values := map[string]string{}
	for _, v := range c.Variables(c.Scope(c.Top(thread).Id, "Locals").VariablesReference) {
		values[v.Name] = v.Value
	}
	return values
}

// SetVariable sets a child of a reference to a Lua expression.
func (c *Client) SetVariable(ref int, name, expression string) dap.SetVariableResponseBody {
	c.t.Helper()
	var body dap.SetVariableResponseBody
	c.Call("setVariable", dap.SetVariableArguments{VariablesReference: ref, Name: name, Value: expression}, &body)
	return body
}

// Evaluate evaluates in a frame; context is "repl", "watch", "hover",
// "clipboard" or "variables".
func (c *Client) Evaluate(frame int, expression, context string) dap.EvaluateResponseBody {
	c.t.Helper()
	var body dap.EvaluateResponseBody
	c.Call("evaluate", dap.EvaluateArguments{FrameId: frame, Expression: expression, Context: context}, &body)
	return body
}

// ExceptionInfo describes the error at which a thread is stopped.
func (c *Client) ExceptionInfo(thread int) dap.ExceptionInfoResponseBody {
	c.t.Helper()
	var body dap.ExceptionInfoResponseBody
	c.Call("exceptionInfo", dap.ExceptionInfoArguments{ThreadId: thread}, &body)
	return body
}

// LoadedSources lists the sources that the script loaded.
func (c *Client) LoadedSources() []dap.Source {
	c.t.Helper()
	var body dap.LoadedSourcesResponseBody
	c.Call("loadedSources", nil, &body)
	return body.Sources
}

// Source returns the text of a source.
func (c *Client) Source(source dap.Source) string {
	c.t.Helper()
	var body dap.SourceResponseBody
	c.Call("source", dap.SourceArguments{Source: &source, SourceReference: source.SourceReference}, &body)
	return body.Content
}
