package tool

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
)

// Code is the kind of a failure, stable for programs to branch on.
type Code string

// The kinds of failure.
const (
	InvalidParameters Code = "validation_error"
	UnknownTool       Code = "not_found"
	PermissionDenied  Code = "permission_denied"
	ResourceNotFound  Code = "resource_not_found"
	Timeout           Code = "timeout"
	Cancelled         Code = "cancelled"
	ExecutionFailed   Code = "execution_error"
	NotConfigured     Code = "not_configured" // a setting is missing, such as a key
	Unsupported       Code = "unsupported"    // this build or machine cannot do it, and says why
	RemoteFailed      Code = "remote_error"   // a server answered that it failed
	LimitExceeded     Code = "limit_exceeded" // too large, too many, too deep
	Internal          Code = "internal_error" // the tool panicked: a bug in it
)

// Error is a failed call of a tool.
type Error struct {
	Tool      string
	Operation string
	Code      Code
	Message   string // without the tool's name
	Details   map[string]any
	Err       error // the cause; may be nil
	// Temporary: the same call may work a moment later (a busy server, a lost
	// connection).
	Temporary bool
}

func (e *Error) Error() string {
	if e.Tool == "" {
		return e.Message
	}
	return e.Tool + ": " + e.Message
}

// ExitCode is the status with which a command ends that the failure has ended:
// 3 for a denial, else 6.
func (e *Error) ExitCode() int {
	if e.Code == PermissionDenied {
		return 3
	}
	return 6
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error of the given kind; the Invoker adds the tool's name. It
// takes %w like fmt.Errorf.
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Message: err.Error(), Err: errors.Unwrap(err)}
}

// AsError turns any error of a tool into an *Error that carries the tool's
// name and the right code. An *Error keeps its own code.
func AsError(name, operation string, err error) *Error {
	var known *Error
	if errors.As(err, &known) {
		e := *known
		if e.Tool == "" {
			e.Tool, e.Operation = name, operation
		}
		return &e
	}
	e := &Error{Tool: name, Operation: operation, Code: ExecutionFailed, Message: err.Error(), Err: err}
	var field *schema.FieldError
	var denied *sandbox.DeniedError
	switch {
	case errors.As(err, &field):
		e.Code, e.Details = InvalidParameters, field.Details()
	case errors.As(err, &denied):
		e.Code, e.Details = PermissionDenied, denied.Details()
	case errors.Is(err, context.DeadlineExceeded):
		e.Code = Timeout
	case errors.Is(err, context.Canceled):
		e.Code = Cancelled
	case errors.Is(err, fs.ErrNotExist):
		e.Code = ResourceNotFound
	case errors.Is(err, fs.ErrPermission):
		e.Code = PermissionDenied
	}
	return e
}
