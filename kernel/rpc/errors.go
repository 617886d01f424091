package rpc

import (
	"errors"
	"fmt"
)

// The codes of errors. Those above -32100 are JSON-RPC's own.
const (
	CodeParse          = -32700 // the message is not JSON
	CodeInvalidRequest = -32600 // it is JSON, and no request
	CodeNoMethod       = -32601
	CodeInvalidParams  = -32602
	CodeInternal       = -32603

	CodeFailed       = -32000 // the kernel could not do it; Message says why
	CodeUnauthorized = -32001 // the token is missing or wrong
	CodeVersion      = -32002 // client and kernel speak different versions
	CodeBusy         = -32003 // a limit is reached; later it may work
	CodeNotFound     = -32004 // no such session, execution, tool, record …
	CodeExists       = -32005
	CodeShutdown     = -32006 // the kernel takes no more work
	CodeDenied       = -32007 // the operator of the kernel does not allow it
	CodeTimeout      = -32008
	CodeTooLarge     = -32009 // the message is over the limit
	CodeUnsupported  = -32010 // this kernel has no such service
	CodeClosed       = -32011 // the session has been closed
	CodeConflict     = -32012 // something has changed in between, or is in a wrong state
	CodeRunning      = -32013 // something is executed in it, and must end first
	CodeCancelled    = -32800 // the client has cancelled the request
)

// kinds names the codes in Error.Data.
var kinds = [...]struct {
	code       int
	kind, text string
}{
	{CodeParse, "parse_error", "The message is not valid JSON."},
	{CodeInvalidRequest, "invalid_request", "The message is JSON, but not a request of JSON-RPC 2.0."},
	{CodeNoMethod, "method_not_found", "There is no such method; the hint names the nearest."},
	{CodeInvalidParams, "invalid_params", "The parameters are wrong; `field` names the one."},
	{CodeInternal, "internal", "The kernel has a fault; its log says more."},
	{CodeFailed, "failed", "It could not be done; the message says why."},
	{CodeUnauthorized, "unauthorized", "The token is missing or wrong. The connection is closed."},
	{CodeVersion, "version", "Client and kernel speak different versions of the protocol."},
	{CodeBusy, "busy", "A limit of the kernel is reached; later it may work."},
	{CodeNotFound, "not_found", "There is no such session, execution, tool, subscription or record."},
	{CodeExists, "exists", "There is one of that name."},
	{CodeShutdown, "shutdown", "The kernel is shutting down and takes no more work."},
	{CodeDenied, "denied", "The operator of the kernel does not allow it."},
	{CodeTimeout, "timeout", "The time is up."},
	{CodeTooLarge, "too_large", "The message is larger than the limit."},
	{CodeUnsupported, "unsupported", "This kernel has no such service."},
	{CodeClosed, "closed", "The session has been closed."},
	{CodeConflict, "conflict", "Something has changed in between, or is in a state that does not allow it."},
	{CodeRunning, "running", "Something is executed in the session, and has to end first; `force` does it all the same."},
	{CodeCancelled, "cancelled", "The client has cancelled the request."},
}

func kindOf(code int) string {
	for _, k := range kinds {
		if k.code == code {
			return k.kind
		}
	}
	return "failed"
}

// Error is the error of a request, as the kernel has answered it.
type Error struct {
	Code    int        `json:"code"` // one of the Code constants
	Message string     `json:"message"`
	Data    *ErrorData `json:"data,omitempty"`
}

// ErrorData says more of an Error.
type ErrorData struct {
	Kind  string `json:"kind"`            // the code as a word; docs/rpc.md lists them
	Hint  string `json:"hint,omitempty"`  // what to do next
	Field string `json:"field,omitempty"` // the parameter that is wrong
}

func (e *Error) Error() string {
	if hint := e.Hint(); hint != "" {
		return e.Message + "; " + hint
	}
	return e.Message
}

// Kind returns the code as a word.
func (e *Error) Kind() string {
	if e.Data != nil && e.Data.Kind != "" {
		return e.Data.Kind
	}
	return kindOf(e.Code)
}

// Hint says what to do next, or is "".
func (e *Error) Hint() string {
	if e.Data == nil {
		return ""
	}
	return e.Data.Hint
}

// IsCode tells whether err is, or wraps, an *Error with the code.
func IsCode(err error, code int) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Code == code
}

// errorf makes an error of a code.
func errorf(code int, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Data: &ErrorData{Kind: kindOf(code)}}
}

// withHint adds what to do next.
func (e *Error) withHint(format string, args ...any) *Error {
	e.Data.Hint = fmt.Sprintf(format, args...)
	return e
}

// badParam makes the error for a parameter that is wrong.
func badParam(field, format string, args ...any) *Error {
	e := errorf(CodeInvalidParams, format, args...)
	e.Data.Field = field
	return e
}

// ErrUnreachable is wrapped by the errors of a Client that has no connection to
// the kernel, or has lost it.
var ErrUnreachable = errors.New("the kernel cannot be reached")

// ErrRefused is wrapped, with the *Error that says why, when a kernel has answered
// and does not serve the client.
var ErrRefused = errors.New("the kernel refuses this client")
