package debug

import "errors"

// Errors that a caller branches on. Each is wrapped with what was asked.
var (
	// ErrNotStopped: the request needs a stopped script and it is running.
	ErrNotStopped = errors.New("not stopped")
	// ErrStale: a frame or variable handle of an earlier stop.
	ErrStale = errors.New("stale handle: the script has run on since")
	// ErrNoThread: no such (live) thread.
	ErrNoThread = errors.New("no such thread")
	// ErrEnded: the script has ended or the engine was detached.
	ErrEnded = errors.New("the script has ended")
)

// StopReason says why a script stopped; the values are those of the Debug
// Adapter Protocol's stopped event.
type StopReason string

// The reasons for a stop.
const (
	ReasonEntry      StopReason = "entry"
	ReasonBreakpoint StopReason = "breakpoint"
	ReasonStep       StopReason = "step"
	ReasonPause      StopReason = "pause"
	ReasonException  StopReason = "exception"

	ReasonFunction    StopReason = "function breakpoint"
	ReasonData        StopReason = "data breakpoint"
	ReasonInstruction StopReason = "instruction breakpoint"
	ReasonGoto        StopReason = "goto"
	ReasonRestart     StopReason = "restart" // a frame was started again
)

// Stop describes one stop. The whole state (every coroutine) is stopped.
type Stop struct {
	Reason      StopReason
	Thread      int    // the thread that stopped
	Description string // one line for a person, such as "Paused on uncaught error"
	Text        string // the error message, or the error of a condition
	Breakpoints []int  // ids of the breakpoints that were hit
	Line        int    // where, 1-based
	Source      Source
}

// Source names a piece of Lua source. File sources have an absolute Path and
// Reference 0. Sources that exist only in memory (load, exec) have no Path and
// a Reference > 0 with which Engine.SourceText finds the text.
type Source struct {
	Name      string // short name for display
	Path      string
	Reference int
}

// BreakpointSpec is a breakpoint as the client asked for it.
type BreakpointSpec struct {
	Line         int    // 1-based
	Condition    string // a Lua expression; empty: always
	HitCondition string // "5" or "==5", ">5", ">=5", "<5", "<=5", "%3"; empty: always
	LogMessage   string // text with {expressions}; when set, the script does not stop
}

// Breakpoint is the answer to a BreakpointSpec.
type Breakpoint struct {
	ID       int
	Verified bool   // a line that can stop was found
	Line     int    // where it really is (moved forward to the next line that can stop)
	Message  string // why it is not verified, or what is wrong with its condition
	Pending  bool   // not verified, but it will be once what it asks for is loaded
	Source   Source
}

// FunctionBreakpointSpec asks to stop where a function is entered. Name is that
// of a Lua function as its declaration or a global path has it ("push",
// "Heap.push", "Heap:push"), of a library function ("string.format"), or of
// something of the host's ("tool:calculator", see runtime.State.HostCall).
type FunctionBreakpointSpec struct {
	Name         string
	Condition    string // evaluated in the function, whose parameters it sees
	HitCondition string // as in BreakpointSpec
}

// InstructionBreakpointSpec asks to stop before the instruction at an address,
// see Frame.Address and Engine.Disassemble.
type InstructionBreakpointSpec struct {
	Address      uint64
	Condition    string
	HitCondition string
}

// DataAccess says which accesses to a variable stop; the values are the
// protocol's DataBreakpointAccessType, and "change".
type DataAccess string

// The accesses. AccessWrite stops at every assignment, AccessChange only at
// those that change the value.
const (
	AccessRead      DataAccess = "read"
	AccessWrite     DataAccess = "write"
	AccessReadWrite DataAccess = "readWrite"
	AccessChange    DataAccess = "change"
)

// DataInfo answers whether a variable can be watched. ID is "" if it cannot,
// and Description says why.
type DataInfo struct {
	ID          string
	Description string
	Access      []DataAccess
	CanPersist  bool // the ID means the same in a later session
}

// DataBreakpointSpec asks to stop at accesses to a variable. ID is that of a
// DataInfo. Access "" is AccessChange.
type DataBreakpointSpec struct {
	ID           string
	Access       DataAccess
	Condition    string
	HitCondition string
}

// ErrorKind says by what an error was raised.
type ErrorKind string

// The kinds of errors.
const (
	ErrorRuntime ErrorKind = "runtime" // the VM or a library function
	ErrorCall    ErrorKind = "error"   // error()
	ErrorAssert  ErrorKind = "assert"  // assert()
	ErrorTool    ErrorKind = "tool"    // a tool, or anything else of the host's that has a Go error
	ErrorLimit   ErrorKind = "limit"   // the time limit or the instruction budget ends the script
)

// ExceptionFilter chooses at which errors to stop, at the point where they are
// raised. Errors of kind ErrorLimit stop only if Kind asks for them.
type ExceptionFilter struct {
	Uncaught  bool      // errors that no pcall, xpcall or coroutine.resume will catch
	Caught    bool      // errors that one of these will catch
	Kind      ErrorKind // only errors of this kind; "": of any. Alone it chooses them whatever their fate
	Condition string    // a Lua expression that sees the error value as err; "": always
}

// Exception describes the error at which a thread is stopped.
type Exception struct {
	Type      string // "runtime error", "error", "tool error", "limit", or the Lua type of a raised value that is not a string
	Kind      ErrorKind
	Message   string
	Caught    bool
	Traceback string   // Lua traceback, as debug.traceback gives it, through the threads that resumed this one
	Causes    []string // Go errors behind it, outermost first, depth first where errors were joined
}

// Thread is a live coroutine, or the main one (id 1).
type Thread struct {
	ID     int
	Name   string // "main", or "coroutine 2 (producer:12)"
	Status string // "running", "suspended", "normal"
}

// FrameKind tells what sort of function runs in a frame.
type FrameKind string

// The kinds of frames.
const (
	FrameLua  FrameKind = "Lua"
	FrameGo   FrameKind = "Go"
	FrameMain FrameKind = "main"
	FrameTail FrameKind = "tail" // a label: frames were lost to tail calls here

	FrameResumed FrameKind = "resumed" // a label: the frames below are those of the thread that resumed this one
)

// Frame is one level of a thread's stack, innermost first. ID is a handle for
// this stop. Line is 0 in Go frames and labels.
type Frame struct {
	ID         int
	Name       string // "push", "Heap.push", "main chunk", "(anonymous:12)", "[Go] pcall"
	Kind       FrameKind
	Source     Source
	Line       int
	Address    uint64 // of the instruction that runs next, or has called; 0 for none. See Disassemble
	Skipped    bool   // code that steps run through, see Engine.SetSkip
	CanRestart bool   // RestartFrame can work here
	Module     string // the id of the module that it belongs to, see Modules; "" for none
}

// StepInTarget is a call on the line of a stop, into which a step can go.
type StepInTarget struct {
	ID    int
	Label string // as the source calls it: "f", "t.f", ":m"; "f (2)" for a second call of f
	Line  int
}

// GotoTarget is a place where the stopped frame can go on. ID is a handle for
// this stop.
type GotoTarget struct {
	ID      int
	Label   string
	Line    int
	Address uint64
}

// Instruction is a line of a disassembly.
type Instruction struct {
	Address uint64
	Bytes   string // the instruction word in hexadecimal
	Text    string // "GETGLOBAL R2 \"print\""
	Symbol  string // the function, at its first instruction
	Source  Source
	Line    int
	Invalid bool // there is no instruction at this address
}

// Module is a file that the script has loaded.
type Module struct {
	ID   string // its path
	Name string // as require was given it, or the file's name
	Path string
	// By is "require", "dofile", "loadfile" or "main".
	By string
}

// CompletionKind is the protocol's CompletionItemType.
type CompletionKind string

// The kinds of completions.
const (
	CompleteMethod   CompletionKind = "method"
	CompleteFunction CompletionKind = "function"
	CompleteField    CompletionKind = "field"
	CompleteVariable CompletionKind = "variable"
	CompleteKeyword  CompletionKind = "keyword"
	CompleteValue    CompletionKind = "value"
)

// Completion is a proposal: Text replaces Length bytes from Start of the text
// that was completed.
type Completion struct {
	Label  string
	Text   string
	Kind   CompletionKind
	Detail string // type and short value
	Start  int    // bytes
	Length int
}

// Place is a position in a source; Column is 1-based in bytes, 0 if unknown.
type Place struct {
	Source Source
	Line   int
	Column int
}

// ScopeKind tells what a scope holds; the values are those of the protocol's
// presentationHint where it has one.
type ScopeKind string

// The kinds of scopes.
const (
	ScopeLocals   ScopeKind = "locals"
	ScopeUpvalues ScopeKind = "upvalues"
	ScopeGlobals  ScopeKind = "globals"
	ScopeReturns  ScopeKind = "returnValue" // what a function that a step has left returned
)

// Scope is a group of variables of a frame. Ref is a handle for Variables.
type Scope struct {
	Name      string
	Kind      ScopeKind
	Ref       int
	Named     int // number of named variables, 0 if unknown
	Indexed   int
	Expensive bool
}

// Variable is a value with its name in its container. Ref > 0 when it has
// children. Named and Indexed count them.
type Variable struct {
	Name         string
	Value        string
	Type         string // Lua type name
	EvaluateName string // expression that gives this value in the same frame, or ""
	Ref          int
	Named        int
	Indexed      int
	Kind         VariableKind
	ReadOnly     bool
	Lazy         bool   // Ref has one child, the value, which takes work to get
	Memory       string // reference for ReadMemory and WriteMemory, "" for none
	Place        int    // handle for ResolvePlace: where the value is defined; 0 for none
}

// Format says how values are written.
type Format struct{ Hex bool }

// VariableKind is the protocol's VariablePresentationHint.kind.
type VariableKind string

// The kinds of variables.
const (
	KindData    VariableKind = "data"
	KindMethod  VariableKind = "method"
	KindVirtual VariableKind = "virtual" // metatable, length, "more" nodes
)

// VariableFilter selects children.
type VariableFilter string

// The filters of the protocol's variables request.
const (
	FilterAll     VariableFilter = ""
	FilterIndexed VariableFilter = "indexed"
	FilterNamed   VariableFilter = "named"
)

// EvalMode says what an evaluation is for; the values are the protocol's
// evaluate contexts.
type EvalMode string

// The evaluation modes. Watch, hover and variables evaluations are bounded in
// time; repl ones run until they end or are cancelled, and may be statements.
const (
	EvalRepl      EvalMode = "repl"
	EvalWatch     EvalMode = "watch"
	EvalHover     EvalMode = "hover"
	EvalClipboard EvalMode = "clipboard" // Value is the whole text, not shortened
	EvalVariables EvalMode = "variables"
)

// Handler receives what happens in a debugged state. Its methods run on the
// goroutine that runs Lua: they must return soon and must not wait for the
// engine. Between Stopped and a resume the engine answers requests.
type Handler interface {
	// Stopped: the script has stopped. Called once for each stop.
	Stopped(Stop)
	// StopEnded: the execution was ended while the script was stopped, without a
	// request to the engine. Not called when the script was resumed or the engine
	// detached.
	StopEnded()
	// ThreadStarted and ThreadExited follow coroutines, not the main thread.
	ThreadStarted(Thread)
	ThreadExited(Thread)
	// SourceLoaded: a chunk was compiled and is about to run.
	SourceLoaded(Source)
	// BreakpointChanged: a breakpoint was verified, moved, or lost its line.
	BreakpointChanged(Breakpoint)
	// ModuleLoaded: a file was loaded, or loaded again with another text.
	ModuleLoaded(m Module, again bool)
	// LogPoint: the text of a log point, or what went wrong with a condition.
	LogPoint(text string, src Source, line int)
}

// NopHandler is a Handler that does nothing, to embed in those that want to
// hear of some things only.
type NopHandler struct{}

// Stopped implements Handler.
func (NopHandler) Stopped(Stop) {}

// StopEnded implements Handler.
func (NopHandler) StopEnded() {}

// ThreadStarted implements Handler.
func (NopHandler) ThreadStarted(Thread) {}

// ThreadExited implements Handler.
func (NopHandler) ThreadExited(Thread) {}

// SourceLoaded implements Handler.
func (NopHandler) SourceLoaded(Source) {}

// BreakpointChanged implements Handler.
func (NopHandler) BreakpointChanged(Breakpoint) {}

// ModuleLoaded implements Handler.
func (NopHandler) ModuleLoaded(Module, bool) {}

// LogPoint implements Handler.
func (NopHandler) LogPoint(string, Source, int) {}
