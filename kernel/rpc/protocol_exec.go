package rpc

import (
	"encoding/json"
	"time"
)

// RunParams say what to execute: Code or File.
type RunParams struct {
	// Session is where to run it; "": a session of the connection's own, which is
	// made at its first use and lasts as long as the connection. With Cwd, Env,
	// Permissions or Limits and no Session, it is a session for this execution alone.
	Session string `json:"session,omitempty"`
	// Execution is an id for this execution that the client chooses; "": the session's
	// id, a colon and the number of the execution. No two that exist have the same.
	Execution string `json:"execution,omitempty"`
	Code      Text   `json:"code,omitempty"`
	File      Text   `json:"file,omitempty"` // relative: below the session's working folder
	Name      string `json:"name,omitempty"` // chunk name of Code
	Args      []Text `json:"args,omitempty"`
	TimeoutMS int64  `json:"timeout_ms,omitempty"` // 0: as the kernel says
	Values    bool   `json:"values,omitempty"`     // give the results as JSON too
	Pretty    bool   `json:"pretty,omitempty"`     // make the texts for people: quoted strings, unfolded tables
	// Stdin tells that the client sends input with exec.stdin, when exec.input asks
	// for it. Without it, the script's input is empty.
	Stdin bool `json:"stdin,omitempty"`
	// Quiet keeps exec.status and exec.stream from being sent.
	Quiet bool `json:"quiet,omitempty"`

	Cwd         Text               `json:"cwd,omitempty"`
	Env         map[string]*string `json:"env,omitempty"`
	Permissions *Permissions       `json:"permissions,omitempty"`
	Limits      *Limits            `json:"limits,omitempty"`
}

// RunResult is how an execution has ended. A script that fails is a result, with
// Error, and not an error of the request.
type RunResult struct {
	Session    string     `json:"session"`
	Execution  string     `json:"execution"`
	Sequence   int        `json:"sequence"` // of the execution in its session, from 1
	Texts      []Text     `json:"texts"`    // what the script returned, as tostring shows it
	Values     []any      `json:"values,omitempty"`
	Error      *ExecError `json:"error,omitempty"`
	Started    time.Time  `json:"started,omitzero"` // absent if it never left the queue
	DurationMS float64    `json:"duration_ms"`
	// Truncated tells that the results were larger than the kernel gives.
	Truncated bool `json:"truncated,omitempty"`
}

// ExecError says why an execution has failed.
type ExecError struct {
	// Kind is script, syntax, file, cancelled, timeout, budget or exit.
	Kind      string `json:"kind"`
	Message   Text   `json:"message"`
	Traceback Text   `json:"traceback,omitempty"`
	Chunk     Text   `json:"chunk,omitempty"`
	Line      int    `json:"line,omitempty"` // from 1
	Cause     Text   `json:"cause,omitempty"`
	ExitCode  int    `json:"exit_code"` // with which a command should end
	// Interrupted tells that somebody has asked for the end.
	Interrupted bool `json:"interrupted,omitempty"`
}

func (e *ExecError) Error() string { return string(e.Message) }

// ExecStream is the notification exec.stream: output of a script.
type ExecStream struct {
	Request   json.RawMessage `json:"request"` // id of the exec.run
	Execution string          `json:"execution"`
	Stream    string          `json:"stream"` // stdout or stderr
	Data      Text            `json:"data"`
	Seq       int64           `json:"seq"` // counts the notifications of the execution, from 1
}

// ExecStatus is the notification exec.status: queued, then running. The end is the
// result of exec.run.
type ExecStatus struct {
	Request   json.RawMessage `json:"request"`
	Session   string          `json:"session"`
	Execution string          `json:"execution"`
	Sequence  int             `json:"sequence"`
	Status    string          `json:"status"`
}

// ExecInput is the notification exec.input: the script waits for input. The client
// answers with one exec.stdin.
type ExecInput struct {
	Request   json.RawMessage `json:"request"`
	Execution string          `json:"execution"`
	Max       int             `json:"max"` // bytes that it should send at most
}

// ExecFlush is the notification exec.flush, for clients whose caps have "flush": the script
// has flushed its output. The client answers with one exec.flushed.
type ExecFlush struct {
	Request   json.RawMessage `json:"request"`
	Execution string          `json:"execution"`
	Flush     int64           `json:"flush"` // counts the flushes of the execution, from 1
}

// FlushedParams tell that all output before an exec.flush is where it should be.
type FlushedParams struct {
	Execution string `json:"execution"`
	Flush     int64  `json:"flush"`           // as exec.flush has it
	Error     Text   `json:"error,omitempty"` // why the output could not be written
}

// StdinParams are input for a script.
type StdinParams struct {
	Execution string `json:"execution"`
	Data      Text   `json:"data,omitempty"`
	EOF       bool   `json:"eof,omitempty"` // nothing follows
}

// InterruptParams name what to end: an execution, what runs in a session, or with
// All, what waits there too. Neither given: what the connection has asked for.
type InterruptParams struct {
	Session   string `json:"session,omitempty"`
	Execution string `json:"execution,omitempty"`
	All       bool   `json:"all,omitempty"`
}

// CompleteParams ask how code goes on.
type CompleteParams struct {
	Session  string `json:"session,omitempty"` // "": the connection's own
	Code     string `json:"code"`
	Position int    `json:"position"` // offset in bytes
}

// InspectParams ask what a name in code means.
type InspectParams struct {
	Session  string `json:"session,omitempty"`
	Code     string `json:"code"`
	Position int    `json:"position"`
	Detail   int    `json:"detail,omitempty"` // 1: with a table's first entries
}

// VariablesParams ask for a page of variables.
type VariablesParams struct {
	Session string `json:"session,omitempty"`
	// Expression is that of a variable whose entries are wanted; "": the globals.
	Expression string `json:"expression,omitempty"`
	// Raw asks for what can be seen without running anything of the scripts', such as
	// metamethods; only names joined by dots are expressions then, and only entries
	// whose keys are names are listed. It is no use of the session, which may end for
	// want of any.
	Raw   bool `json:"raw,omitempty"`
	Start int  `json:"start,omitempty"`
	Count int  `json:"count,omitempty"` // 0: as many as there may be, 1,000
}

// CodeParam is a piece of Lua.
type CodeParam struct {
	Code string `json:"code"`
}

// InterruptResult counts what was ended.
type InterruptResult struct {
	Interrupted int `json:"interrupted"`
}
