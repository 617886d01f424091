package dap

import dap "github.com/google/go-dap"

// The bodies in this file replace go-dap's where its omitempty drops a value
// that means something when it is zero, or where it lacks a field.

// continuedBody: absent, allThreadsContinued means true (ContinuedEvent).
type continuedBody struct {
	ThreadID            int  `json:"threadId"`
	AllThreadsContinued bool `json:"allThreadsContinued"`
}

// breakpoint: the first line is 0 for clients that count lines from 0.
// Reason is of version 1.68 (Breakpoint.reason).
type breakpoint struct {
	ID       int         `json:"id,omitempty"`
	Verified bool        `json:"verified"`
	Message  string      `json:"message,omitempty"`
	Source   *dap.Source `json:"source,omitempty"`
	Line     *int        `json:"line,omitempty"`
	Reason   string      `json:"reason,omitempty"`
}

// breakpointsBody answers setBreakpoints and setExceptionBreakpoints.
type breakpointsBody struct {
	Breakpoints []breakpoint `json:"breakpoints"`
}

// breakpointEventBody is the body of a breakpoint event.
type breakpointEventBody struct {
	Reason     string     `json:"reason"`
	Breakpoint breakpoint `json:"breakpoint"`
}

// outputBody: as for breakpoint, line 0 is a line for some clients.
type outputBody struct {
	Category string      `json:"category"`
	Output   string      `json:"output"`
	Source   *dap.Source `json:"source,omitempty"`
	Line     *int        `json:"line,omitempty"`
}

// stackTraceBody: totalFrames 0 is a number, not "unknown".
type stackTraceBody struct {
	StackFrames []dap.StackFrame `json:"stackFrames"`
	TotalFrames int              `json:"totalFrames"`
}
