package daptest

import (
	"encoding/base64"

	dap "github.com/google/go-dap"
)

// Value is a variable, or the result of a request that has one: Value is empty
// then where Result is set. It has the fields that go-dap lacks.
type Value struct {
	Name         string                        `json:"name"`
	Value        string                        `json:"value"`
	Result       string                        `json:"result"`
	Type         string                        `json:"type"`
	EvaluateName string                        `json:"evaluateName"`
	Hint         *dap.VariablePresentationHint `json:"presentationHint"`
	Ref          int                           `json:"variablesReference"`
	Named        int                           `json:"namedVariables"`
	Indexed      int                           `json:"indexedVariables"`
	Memory       string                        `json:"memoryReference"`
	DefinedAt    int                           `json:"valueLocationReference"`
}

// Values returns all children of a reference, by name.
func (c *Client) Values(ref int) map[string]Value {
	c.t.Helper()
	var body struct{ Variables []Value }
	c.Call("variables", dap.VariablesArguments{VariablesReference: ref}, &body)
	all := map[string]Value{}
	for _, v := range body.Variables {
		all[v.Name] = v
	}
	return all
}

// LocalValues returns the locals of the innermost frame of a thread, by name.
func (c *Client) LocalValues(thread int) map[string]Value {
	c.t.Helper()
	return c.Values(c.Scope(c.Top(thread).Id, "Locals").VariablesReference)
}

// EvaluateWith evaluates with arguments of the test's own.
func (c *Client) EvaluateWith(args map[string]any) Value {
	c.t.Helper()
	var v Value
	c.Call("evaluate", args, &v)
	return v
}

// SetExpression assigns to an expression.
func (c *Client) SetExpression(frame int, expression, value string) Value {
	c.t.Helper()
	var v Value
	c.Call("setExpression", dap.SetExpressionArguments{FrameId: frame, Expression: expression, Value: value}, &v)
	return v
}

// Completion is a proposal. Start and Length count as the client does.
type Completion struct {
	Label, Text, SortText, Detail, Type string
	Start, Length                       int
}

// Completions proposes how the only line of a text goes on at a column.
func (c *Client) Completions(frame int, text string, column int) []Completion {
	c.t.Helper()
	return c.CompletionsWith(map[string]any{"frameId": frame, "text": text, "column": column})
}

// CompletionsWith completes with arguments of the test's own.
func (c *Client) CompletionsWith(args map[string]any) []Completion {
	c.t.Helper()
	var body struct{ Targets []Completion }
	c.Call("completions", args, &body)
	return body.Targets
}

// ReadMemory returns bytes of a string.
func (c *Client) ReadMemory(reference string, offset, count int) []byte {
	c.t.Helper()
	var body dap.ReadMemoryResponseBody
	c.Call("readMemory", dap.ReadMemoryArguments{MemoryReference: reference, Offset: offset, Count: count}, &body)
	data, err := base64.StdEncoding.DecodeString(body.Data)
	if err != nil {
		c.t.Fatalf("daptest: readMemory: %v", err)
	}
	return data
}

// WriteMemory replaces bytes of a string and returns how many.
func (c *Client) WriteMemory(reference string, offset int, data []byte, partial bool) int {
	c.t.Helper()
	var body dap.WriteMemoryResponseBody
	c.Call("writeMemory", dap.WriteMemoryArguments{
		MemoryReference: reference, Offset: offset, AllowPartial: partial, Data: base64.StdEncoding.EncodeToString(data),
	}, &body)
	return body.BytesWritten
}

// Instruction is a line of a disassembly.
type Instruction struct {
	Address, InstructionBytes, Instruction, Symbol, PresentationHint string
	Location                                                         *dap.Source
	Line                                                             int
}

// Disassemble returns count instructions from offset behind an address on.
func (c *Client) Disassemble(address string, offset, count int) []Instruction {
	c.t.Helper()
	var body struct{ Instructions []Instruction }
	c.Call("disassemble", dap.DisassembleArguments{MemoryReference: address, InstructionOffset: offset, InstructionCount: count}, &body)
	if len(body.Instructions) != count {
		c.t.Fatalf("daptest: %d instructions, want %d", len(body.Instructions), count)
	}
	return body.Instructions
}

// Location resolves a location reference.
func (c *Client) Location(reference int) (source dap.Source, line int) {
	c.t.Helper()
	var body struct {
		Source dap.Source
		Line   int
	}
	c.Call("locations", map[string]any{"locationReference": reference}, &body)
	return body.Source, body.Line
}

// Module is what the server says of a module.
type Module struct {
	ID, Name, Path, LoadedBy string
	IsUserCode               bool
}

// Modules lists the files that the script has loaded.
func (c *Client) Modules() []Module {
	c.t.Helper()
	var body struct {
		Modules      []Module
		TotalModules int
	}
	c.Call("modules", map[string]any{}, &body)
	if body.TotalModules != len(body.Modules) {
		c.t.Fatalf("daptest: %d of %d modules", len(body.Modules), body.TotalModules)
	}
	return body.Modules
}

// StackTraceWith returns the stack of a thread in a format.
func (c *Client) StackTraceWith(thread int, format dap.StackFrameFormat) []dap.StackFrame {
	c.t.Helper()
	var body dap.StackTraceResponseBody
	c.Call("stackTrace", dap.StackTraceArguments{ThreadId: thread, Format: &format}, &body)
	return body.StackFrames
}

// Restart runs the script again; args may be nil.
func (c *Client) Restart(launch map[string]any) {
	c.t.Helper()
	args := map[string]any{}
	if launch != nil {
		args["arguments"] = launch
	}
	c.Call("restart", args, nil)
}

// Cancel cancels the request with a number.
func (c *Client) Cancel(seq int) {
	c.t.Helper()
	c.Call("cancel", dap.CancelArguments{RequestId: seq}, nil)
}

// CancelProgress cancels the progress with an id.
func (c *Client) CancelProgress(id string) {
	c.t.Helper()
	c.Call("cancel", dap.CancelArguments{ProgressId: id}, nil)
}
