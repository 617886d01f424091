package wire

import (
	"context"
	"errors"
	"fmt"
)

// Codes of errors, of JSON-RPC and of the Language Server Protocol.
const (
	CodeParse           = -32700
	CodeInvalidRequest  = -32600
	CodeMethodNotFound  = -32601
	CodeInvalidParams   = -32602
	CodeInternal        = -32603
	CodeNotInitialized  = -32002
	CodeCancelled       = -32800
	CodeContentModified = -32801
	CodeServerCancelled = -32802
	CodeRequestFailed   = -32803
)

// Error is an error as the client gets it.
type Error struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
	// Close ends the connection after the answer.
	Close bool `json:"-"`
}

func (e *Error) Error() string { return e.Message }

// Errorf makes an Error.
func Errorf(code int, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// ErrNoShutdown is why Serve ends if the client has left, or sent exit, without a
// shutdown before.
var ErrNoShutdown = errors.New("the client has left without a shutdown request")

// Reasons why requests end early.
var (
	errCancelled = errors.New("the client has cancelled the request")
	errLeft      = errors.New("the client has left")
	errSlow      = errors.New("the client does not read what it is sent")
)

// asError is the answer that an error leads to.
func asError(ctx context.Context, err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if ctx.Err() != nil || errors.Is(err, context.Canceled) {
		return Errorf(CodeCancelled, "the request was cancelled")
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return Errorf(CodeRequestFailed, "the request took too long: %v", err)
	}
	return Errorf(CodeRequestFailed, "%v", err)
}
