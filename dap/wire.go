package dap

import dap "github.com/google/go-dap"

// The bodies in this file replace go-dap's where its omitempty drops a value
// that means something when it is zero, or where it lacks a field: it stopped
// at version 1.65 of the specification.

// continuedBody: absent, allThreadsContinued means true (ContinuedEvent).
type continuedBody struct {
	ThreadID            int  `json:"threadId"`
	AllThreadsContinued bool `json:"allThreadsContinued"`
}

// breakpoint: the first line is 0 for clients that count lines from 0.
// Reason is of version 1.68 (Breakpoint.reason).
type breakpoint struct {
	ID          int         `json:"id,omitempty"`
	Verified    bool        `json:"verified"`
	Message     string      `json:"message,omitempty"`
	Source      *dap.Source `json:"source,omitempty"`
	Line        *int        `json:"line,omitempty"`
	Instruction string      `json:"instructionReference,omitempty"`
	Reason      string      `json:"reason,omitempty"`
}

// breakpointsBody answers all requests that set breakpoints.
type breakpointsBody struct {
	Breakpoints []breakpoint `json:"breakpoints"`
}

// locationsBody answers breakpointLocations: the first line may be 0.
type locationsBody struct {
	Breakpoints []breakpointLocation `json:"breakpoints"`
}

type breakpointLocation struct {
	Line int `json:"line"`
}

// dataInfoArguments adds what came with version 1.64.
type dataInfoArguments struct {
	VariablesReference int    `json:"variablesReference"`
	Name               string `json:"name"`
	FrameID            int    `json:"frameId"`
	Bytes              int    `json:"bytes"`
	AsAddress          bool   `json:"asAddress"`
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
	StackFrames []stackFrame `json:"stackFrames"`
	TotalFrames int          `json:"totalFrames"`
}

// stackFrame: canRestart, if absent, means true (StackFrame).
type stackFrame struct {
	ID          int         `json:"id"`
	Name        string      `json:"name"`
	Source      *dap.Source `json:"source,omitempty"`
	Line        int         `json:"line"`
	Column      int         `json:"column"`
	CanRestart  bool        `json:"canRestart"`
	Instruction string      `json:"instructionPointerReference,omitempty"`
	Module      string      `json:"moduleId,omitempty"`
	Hint        string      `json:"presentationHint,omitempty"`
}

// value is what Variable and the responses that carry one value have in
// common. The location is of version 1.68.
type value struct {
	Type      string                        `json:"type,omitempty"`
	Hint      *dap.VariablePresentationHint `json:"presentationHint,omitempty"`
	Ref       int                           `json:"variablesReference"`
	Named     int                           `json:"namedVariables,omitempty"`
	Indexed   int                           `json:"indexedVariables,omitempty"`
	Memory    string                        `json:"memoryReference,omitempty"`
	DefinedAt int                           `json:"valueLocationReference,omitempty"`
}

// variable is an element of the response to variables.
type variable struct {
	Name         string `json:"name"`
	Value        string `json:"value"`
	EvaluateName string `json:"evaluateName,omitempty"`
	value
}

type variablesBody struct {
	Variables []variable `json:"variables"`
}

// evaluateBody answers evaluate, assignedBody setVariable and setExpression.
type evaluateBody struct {
	Result string `json:"result"`
	value
}

type assignedBody struct {
	Value string `json:"value"`
	value
}

// module: isUserCode false is news, not the default (Module). LoadedBy is the
// additional column that initialize announces.
type module struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Path       string `json:"path,omitempty"`
	IsUserCode bool   `json:"isUserCode"`
	LoadedBy   string `json:"loadedBy,omitempty"`
}

type modulesBody struct {
	Modules      []module `json:"modules"`
	TotalModules int      `json:"totalModules"`
}

type moduleEventBody struct {
	Reason string `json:"reason"`
	Module module `json:"module"`
}

// dataInfoBody: dataId is null for what cannot be watched.
type dataInfoBody struct {
	DataID      *string  `json:"dataId"`
	Description string   `json:"description"`
	AccessTypes []string `json:"accessTypes,omitempty"`
	CanPersist  bool     `json:"canPersist,omitempty"`
}

// instruction is an element of the response to disassemble. Hint is of version
// 1.65.
type instruction struct {
	Address  string      `json:"address"`
	Bytes    string      `json:"instructionBytes,omitempty"`
	Text     string      `json:"instruction"`
	Symbol   string      `json:"symbol,omitempty"`
	Location *dap.Source `json:"location,omitempty"`
	Line     *int        `json:"line,omitempty"`
	Hint     string      `json:"presentationHint,omitempty"`
}

type disassembleBody struct {
	Instructions []instruction `json:"instructions"`
}

// completionItem: start 0 is a column for some clients.
type completionItem struct {
	Label    string `json:"label"`
	Text     string `json:"text,omitempty"`
	SortText string `json:"sortText,omitempty"`
	Detail   string `json:"detail,omitempty"`
	Type     string `json:"type,omitempty"`
	Start    int    `json:"start"`
	Length   int    `json:"length"`
}

type completionsBody struct {
	Targets []completionItem `json:"targets"`
}

// locationsArguments are those of locations (version 1.68).
type locationsArguments struct {
	LocationReference int `json:"locationReference"`
}

// locationBody answers locations (version 1.68).
type locationBody struct {
	Source dap.Source `json:"source"`
	Line   int        `json:"line"`
	Column *int       `json:"column,omitempty"`
}

// memoryBody answers readMemory, writtenBody writeMemory.
type memoryBody struct {
	Address    string `json:"address"`
	Unreadable int    `json:"unreadableBytes,omitempty"`
	Data       string `json:"data"`
}

type writtenBody struct {
	Offset  int `json:"offset"`
	Written int `json:"bytesWritten"`
}

type memoryEventBody struct {
	Reference string `json:"memoryReference"`
	Offset    int    `json:"offset"`
	Count     int    `json:"count"`
}
