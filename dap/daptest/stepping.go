package daptest

import dap "github.com/google/go-dap"

// NextInstruction steps by one instruction, over calls.
func (c *Client) NextInstruction(thread int) {
	c.t.Helper()
	c.Call("next", dap.NextArguments{ThreadId: thread, Granularity: "instruction"}, nil)
}

// StepInstruction steps by one instruction, into calls.
func (c *Client) StepInstruction(thread int) {
	c.t.Helper()
	c.Call("stepIn", dap.StepInArguments{ThreadId: thread, Granularity: "instruction"}, nil)
}

// StepInTargets lists the calls of a frame's line.
func (c *Client) StepInTargets(frame int) []dap.StepInTarget {
	c.t.Helper()
	var body dap.StepInTargetsResponseBody
	c.Call("stepInTargets", dap.StepInTargetsArguments{FrameId: frame}, &body)
	return body.Targets
}

// StepInto steps into one of the StepInTargets.
func (c *Client) StepInto(thread, target int) {
	c.t.Helper()
	c.Call("stepIn", dap.StepInArguments{ThreadId: thread, TargetId: target}, nil)
}

// GotoTargets lists the places of a line where the script can go on.
func (c *Client) GotoTargets(path string, line int) []dap.GotoTarget {
	c.t.Helper()
	var body dap.GotoTargetsResponseBody
	c.Call("gotoTargets", dap.GotoTargetsArguments{Source: dap.Source{Path: path}, Line: line}, &body)
	return body.Targets
}

// Goto moves the script to one of the GotoTargets.
func (c *Client) Goto(thread, target int) {
	c.t.Helper()
	c.Call("goto", dap.GotoArguments{ThreadId: thread, TargetId: target}, nil)
}

// RestartFrame starts the function of a frame again.
func (c *Client) RestartFrame(frame int) {
	c.t.Helper()
	c.Call("restartFrame", dap.RestartFrameArguments{FrameId: frame}, nil)
}

// TerminateThreads ends coroutines.
func (c *Client) TerminateThreads(threads ...int) {
	c.t.Helper()
	c.Call("terminateThreads", dap.TerminateThreadsArguments{ThreadIds: threads}, nil)
}

// ToggleSkip begins or ceases to skip a file in steps.
func (c *Client) ToggleSkip(path string) {
	c.t.Helper()
	c.Call("toggleSkipFileStatus", map[string]any{"resource": path}, nil)
}

// SetStepFilters changes what steps run through; keys are skipFiles and
// stepFilters.
func (c *Client) SetStepFilters(lists map[string][]string) {
	c.t.Helper()
	c.Call("setStepFilters", lists, nil)
}
