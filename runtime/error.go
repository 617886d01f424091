package runtime

import (
	"errors"
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// ErrorKind classes what ended an execution.
type ErrorKind int

// The kinds of errors.
const (
	KindScript    ErrorKind = iota // the script raised an error
	KindSyntax                     // the source does not compile
	KindFile                       // the source cannot be read
	KindCancelled                  // the caller cancelled
	KindTimeout                    // the time limit passed
	KindBudget                     // the instruction budget was spent
	KindExit                       // the script called os.exit with a status other than 0
)

// Error says why an execution ended early. Cause, if set, is the Go error
// behind it, and Unwrap returns it.
type Error struct {
	Kind    ErrorKind
	Message string // without the traceback; script errors begin with "chunk:line: "
	Chunk   string // display name of the chunk, "" if unknown
	Line    int    // 1-based, 0 if unknown
	Trace   string // Lua traceback where the error was raised, or ""
	Code    int    // exit status, for KindExit
	Cause   error
	// Value is what was raised in an evaluation, if it is a table or a userdata;
	// else nil.
	Value lua.LValue
}

// isLimit tells whether a limit of the execution was reached.
func (e *Error) isLimit() bool { return e.Kind == KindTimeout || e.Kind == KindBudget }

func (e *Error) Error() string {
	switch e.Kind {
	case KindExit:
		return fmt.Sprintf("the script exited with status %d", e.Code)
	case KindCancelled, KindTimeout, KindBudget:
		if e.Chunk != "" && !strings.HasPrefix(e.Message, e.Chunk) {
			return fmt.Sprintf("%s:%d: %s", e.Chunk, e.Line, e.Message)
		}
	}
	return e.Message
}

// Unwrap returns the Go error behind this one.
func (e *Error) Unwrap() error { return e.Cause }

// Traceback returns the Lua traceback, or "".
func (e *Error) Traceback() string { return e.Trace }

// exitCoder is a Go error that says itself with which status a command should
// end when a script did not catch it.
type exitCoder interface {
	error
	ExitCode() int
}

// ExitCode is the status that a command should end with: 1 script error, 2
// syntax or file error (the call was wrong, nothing ran), 4 timeout or budget,
// 130 cancelled, or what the script gave to os.exit. A script error whose Cause
// has a method ExitCode() int ends with what that returns.
func (e *Error) ExitCode() int {
	if cause, ok := errors.AsType[exitCoder](e.Cause); ok && e.Kind == KindScript {
		return cause.ExitCode()
	}
	switch e.Kind {
	case KindExit:
		return e.Code
	case KindFile:
		return 2
	case KindTimeout, KindBudget:
		return 4
	case KindCancelled:
		return 130
	}
	return 1
}
