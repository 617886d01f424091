package daptest

import dap "github.com/google/go-dap"

// SetFunctionBreakpoints sets breakpoints on functions by their names.
func (c *Client) SetFunctionBreakpoints(specs ...dap.FunctionBreakpoint) []Breakpoint {
	c.t.Helper()
	return c.setAll("setFunctionBreakpoints", orEmpty(specs), len(specs))
}

// SetFilters chooses exception filters with conditions.
func (c *Client) SetFilters(options ...dap.ExceptionFilterOptions) []Breakpoint {
	c.t.Helper()
	var body struct{ Breakpoints []Breakpoint }
	c.Call("setExceptionBreakpoints", map[string]any{"filters": []string{}, "filterOptions": orEmpty(options)}, &body)
	return body.Breakpoints
}

// DataInfo is the answer to dataBreakpointInfo; ID is nil for what cannot be
// watched.
type DataInfo struct {
	ID          *string  `json:"dataId"`
	Description string   `json:"description"`
	AccessTypes []string `json:"accessTypes"`
	CanPersist  bool     `json:"canPersist"`
}

// DataBreakpointInfo asks whether the child of a reference can be watched.
func (c *Client) DataBreakpointInfo(ref int, name string) DataInfo {
	c.t.Helper()
	var info DataInfo
	c.Call("dataBreakpointInfo", dap.DataBreakpointInfoArguments{VariablesReference: ref, Name: name}, &info)
	return info
}

// DataExpressionInfo asks the same of an expression in a frame.
func (c *Client) DataExpressionInfo(frame int, expression string) DataInfo {
	c.t.Helper()
	var info DataInfo
	c.Call("dataBreakpointInfo", dap.DataBreakpointInfoArguments{Name: expression, FrameId: frame}, &info)
	return info
}

// SetDataBreakpoints sets data breakpoints.
func (c *Client) SetDataBreakpoints(specs ...dap.DataBreakpoint) []Breakpoint {
	c.t.Helper()
	return c.setAll("setDataBreakpoints", orEmpty(specs), len(specs))
}

// SetInstructionBreakpoints sets breakpoints on instructions.
func (c *Client) SetInstructionBreakpoints(specs ...dap.InstructionBreakpoint) []Breakpoint {
	c.t.Helper()
	return c.setAll("setInstructionBreakpoints", orEmpty(specs), len(specs))
}

// BreakpointLocations lists the lines of a range that can stop.
func (c *Client) BreakpointLocations(source dap.Source, line, endLine int) []int {
	c.t.Helper()
	var body struct{ Breakpoints []struct{ Line int } }
	c.Call("breakpointLocations", dap.BreakpointLocationsArguments{Source: source, Line: line, EndLine: endLine}, &body)
	lines := make([]int, len(body.Breakpoints))
	for i, b := range body.Breakpoints {
		lines[i] = b.Line
	}
	return lines
}

func (c *Client) setAll(command string, specs any, n int) []Breakpoint {
	c.t.Helper()
	var body struct{ Breakpoints []Breakpoint }
	c.Call(command, map[string]any{"breakpoints": specs}, &body)
	if len(body.Breakpoints) != n {
		c.t.Fatalf("daptest: %s: %d answers to %d breakpoints", command, len(body.Breakpoints), n)
	}
	return body.Breakpoints
}

// orEmpty makes a list that is not null in JSON.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
