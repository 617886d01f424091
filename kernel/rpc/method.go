package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"time"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
)

// method is an entry of the table of methods.
type method struct {
	name, doc string
	params    reflect.Type
	result    reflect.Type
	known     fields // the parameters
	// async tells whether the request may take time, and gets a goroutine; nil: it
	// does not.
	async func(p *peer, params any) bool
	work  bool // it is refused when the kernel shuts down
	long  bool // it does not count as in flight: executions wait in their queue

	decode func(raw []byte) (any, *Error)
	call   func(ctx context.Context, p *peer, r *request) (any, error)
}

// quick makes a method that is answered at once, on the goroutine that reads.
func quick[P, R any](name, doc string, f func(*peer, context.Context, *P) (R, error)) *method {
	m := &method{name: name, doc: doc, params: reflect.TypeFor[P](), result: reflect.TypeFor[R]()}
	m.known = fieldsOf(m.params)
	m.decode = func(raw []byte) (any, *Error) {
		params := new(P)
		return params, m.read(raw, params)
	}
	m.call = func(ctx context.Context, p *peer, r *request) (any, error) { return f(p, ctx, r.params.(*P)) }
	return m
}

// slow makes a method that may take time.
func slow[P, R any](name, doc string, f func(*peer, context.Context, *P) (R, error)) *method {
	m := quick(name, doc, f)
	m.async = func(*peer, any) bool { return true }
	return m
}

// isWork marks a method that is refused when the kernel shuts down.
func (m *method) isWork() *method {
	m.work = true
	return m
}

// read reads parameters. Those that the method does not know are errors: they would
// not do what their sender believes. So are those that must be there and are not:
// what their type has for nothing, such as 0, may do the opposite.
func (m *method) read(raw []byte, params any) *Error {
	var err error
	switch {
	case raw == nil || string(raw) == "null":
		err = m.known.missing(0)
	case raw[0] != '{':
		return errorf(CodeInvalidParams, "%s: the parameters must be an object with names", m.name)
	default:
		err = m.known.decode(raw, reflect.ValueOf(params).Elem())
	}
	if err == nil {
		return nil
	}
	if missing, ok := errors.AsType[missingField](err); ok {
		name := string(missing)
		t := m.params.FieldByIndex(m.known.all[name].index).Type
		return badParam(name, "%s: the parameter %q is missing", m.name, name).withHint("it has no default: give %s", wanted(t))
	}
	name := ""
	var unknown unknownField
	if errors.As(err, &unknown) {
		if name = string(unknown); len(name) > 100 {
			name = name[:100] + "…"
		}
		e := badParam(name, "%s: there is no parameter %q", m.name, name)
		if near := schema.Nearest(name, m.known.names); near != "" {
			return e.withHint("did you mean %q?", near)
		}
		if len(m.known.names) == 0 {
			return e.withHint("the method takes none")
		}
		return e.withHint("there are %s", strings.Join(m.known.names, ", "))
	}
	return m.badField(err)
}

// badField makes the answer to parameters that cannot be read.
func (m *method) badField(err error) *Error {
	failure, ok := errors.AsType[*fieldFailure](err)
	if !ok {
		return errorf(CodeParse, "%s: the parameters are not valid JSON", m.name)
	}
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		field := failure.name
		if t.Field != "" {
			field += "." + t.Field
		}
		return badParam(field, "%s: the parameter %q is %s, want %s", m.name, field, withArticle(t.Value), typeName(t.Type))
	}
	if _, ok := errors.AsType[*json.SyntaxError](err); ok || errors.Is(err, errNotJSON) {
		return errorf(CodeParse, "%s: the parameter %q is not valid JSON", m.name, failure.name)
	}
	if of := failure.of; of == reflect.TypeFor[time.Time]() || of == reflect.TypeFor[*time.Time]() {
		return badParam(failure.name, "%s: the parameter %q is no time such as \"2026-01-31T12:00:00Z\"", m.name, failure.name)
	}
	return badParam(failure.name, "%s: the parameter %q: %v", m.name, failure.name, failure.err)
}

// wanted says what a parameter must be that has none.
func wanted(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[StateValue](), reflect.TypeFor[json.RawMessage]():
		return "a value"
	}
	return withArticle(typeName(t))
}

// withArticle puts a or an before what names a kind of JSON.
func withArticle(kind string) string {
	if strings.HasPrefix(kind, "integer") || strings.HasPrefix(kind, "object") || strings.HasPrefix(kind, "array") {
		return "an " + kind
	}
	return "a " + kind
}

// typeName says what a Go type is in JSON.
func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "integer"
	case reflect.Float32, reflect.Float64:
		return "number"
	case reflect.Slice, reflect.Array:
		if t == reflect.TypeFor[[]byte]() {
			return "string in base64"
		}
		return "list"
	case reflect.Pointer:
		return typeName(t.Elem())
	}
	return "object"
}

// asError makes any error one of JSON-RPC.
func asError(ctx context.Context, err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if cause := context.Cause(ctx); cause != nil && (errors.Is(err, cause) || errors.Is(err, ctx.Err())) {
		if errors.Is(cause, context.DeadlineExceeded) {
			return errorf(CodeTimeout, "the time is up")
		}
		return errorf(CodeCancelled, "%v", cause)
	}
	for _, known := range []struct {
		err  error
		code int
	}{
		{kernel.ErrNoSession, CodeNotFound}, {kernel.ErrExists, CodeExists}, {kernel.ErrBusy, CodeBusy},
		{kernel.ErrShutdown, CodeShutdown}, {kernel.ErrClosed, CodeClosed}, {errCancelled, CodeCancelled},
		{context.DeadlineExceeded, CodeTimeout},
	} {
		if errors.Is(err, known.err) {
			return errorf(known.code, "%v", err)
		}
	}
	if _, ok := errors.AsType[*sandbox.CeilingError](err); ok {
		return errorf(CodeDenied, "%v", err)
	}
	if _, ok := errors.AsType[*sandbox.DeniedError](err); ok {
		return errorf(CodeDenied, "%v", err)
	}
	return errorf(CodeFailed, "%v", err)
}

// execError describes why an execution has failed; nil if it has not.
func execError(err error) *ExecError {
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*runtime.Error](err)
	if !ok {
		return &ExecError{Kind: "script", Message: Text(err.Error()), ExitCode: 1}
	}
	out := &ExecError{
		Kind: execKinds[e.Kind], Message: Text(e.Error()), Traceback: Text(e.Trace), Chunk: Text(e.Chunk), Line: e.Line, ExitCode: e.ExitCode(),
		Interrupted: errors.Is(e, kernel.ErrInterrupted) || errors.Is(e, errCancelled),
	}
	if e.Cause != nil {
		out.Cause = Text(e.Cause.Error())
	}
	return out
}

var execKinds = map[runtime.ErrorKind]string{
	runtime.KindScript: "script", runtime.KindSyntax: "syntax", runtime.KindFile: "file", runtime.KindCancelled: "cancelled",
	runtime.KindTimeout: "timeout", runtime.KindBudget: "budget", runtime.KindExit: "exit",
}

// capControl is the capability of clients that look after the kernel and run nothing.
const capControl = "control"

// controls tells whether a method is for those, too.
func (m *method) controls() bool {
	return strings.HasPrefix(m.name, "kernel.") || m.name == "exec.interrupt" || m.name == "session.list"
}
