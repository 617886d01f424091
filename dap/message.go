package dap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	dap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/runtime/debug"
)

// request is a client's request with its arguments still undecoded, so that a
// mistake in them can be answered under the request's number.
type request struct {
	seq       int
	command   string
	arguments json.RawMessage
	// problem is set when the envelope itself is wrong but can be answered.
	problem error
	// inside, if set, is what this process itself wants done between two requests. It is
	// not answered.
	inside func(context.Context)
	// ctx ends when the client cancels the request or the session is over.
	ctx    context.Context
	cancel context.CancelFunc
}

// errNotRequest marks a well-formed message that needs no answer.
var errNotRequest = errors.New("not a request")

// parseRequest reads a message body. Errors other than errNotRequest mean that
// the message cannot be answered because it has no usable number.
func parseRequest(body []byte) (*request, error) {
	var env struct {
		Seq       json.RawMessage `json:"seq"`
		Type      json.RawMessage `json:"type"`
		Command   json.RawMessage `json:"command"`
		Arguments json.RawMessage `json:"arguments"`
	}
	if err := json.Unmarshal(body, &env); err != nil {
		return nil, framingError("body is not a JSON object: %v", err)
	}
	seq, err := strconv.Atoi(string(env.Seq))
	if err != nil {
		return nil, framingError("body has no integer \"seq\"")
	}
	r := &request{seq: seq, arguments: env.Arguments}
	var kind string
	switch err := json.Unmarshal(env.Type, &kind); {
	case err == nil && (kind == "response" || kind == "event"):
		return nil, errNotRequest
	case err != nil || kind != "request":
		r.problem = badArguments("message type must be \"request\"")
	}
	if err := json.Unmarshal(env.Command, &r.command); err != nil && r.problem == nil {
		r.problem = badArguments("command must be a string")
	}
	return r, nil
}

// decode fills args, a pointer to an arguments struct. Absent arguments leave
// it as it is.
func (r *request) decode(args any) error {
	if len(r.arguments) == 0 || string(r.arguments) == "null" {
		return nil
	}
	if err := json.Unmarshal(r.arguments, args); err != nil {
		var typ *json.UnmarshalTypeError
		if errors.As(err, &typ) && typ.Field != "" {
			// A field of an embedded struct has the name of its Go type before it.
			name := strings.TrimPrefix(typ.Field, "stopFilters.")
			return badArguments("%s: argument %q must not be a JSON %s", r.command, name, typ.Value)
		}
		return badArguments("%s: arguments: %v", r.command, strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// message is what the writer sends; it gives each its number.
type message interface{ setSeq(int) }

// response and event are go-dap's envelopes with any body. The bodies are
// go-dap's too, except where its tags drop what the protocol requires.
type response struct {
	dap.Response
	Body any `json:"body,omitempty"`
}

type event struct {
	dap.Event
	Body any `json:"body,omitempty"`
}

func (r *response) setSeq(n int) { r.Seq = n }
func (e *event) setSeq(n int)    { e.Seq = n }

func newEvent(name string, body any) *event {
	e := &event{Body: body}
	e.Type, e.Event.Event = "event", name
	return e
}

// newResponse answers r with body, or with err when that is not nil.
func newResponse(r *request, body any, err error) *response {
	m := &response{Body: body}
	m.Type, m.Command, m.RequestSeq, m.Success = "response", r.command, r.seq, err == nil
	if err != nil {
		m.Message, m.Body = errorBody(err)
	}
	return m
}

// errorKind is the stable number of a class of errors (Message.id).
type errorKind int

const (
	kindFailed errorKind = iota + 1
	kindArguments
	kindState
	kindUnknownCommand
	kindNotStopped
	kindCancelled
	kindStale
	kindInternal
	kindUnauthorized
)

// requestError is an error with its class.
type requestError struct {
	kind errorKind
	text string
	// show asks the client to tell the user at once.
	show bool
}

func (e *requestError) Error() string { return e.text }

func badArguments(format string, args ...any) error {
	return &requestError{kind: kindArguments, text: fmt.Sprintf(format, args...)}
}

func wrongState(format string, args ...any) error {
	return &requestError{kind: kindState, text: fmt.Sprintf(format, args...)}
}

// showUser marks err as one that the client should show in a dialog.
func showUser(err error) error {
	e := &requestError{kind: kindFailed}
	if re, ok := errors.AsType[*requestError](err); ok {
		*e = *re
	}
	e.text, e.show = err.Error(), true
	return e
}

// errorBody gives the short message and the body of an error response. Two
// short messages are predefined by the specification (Response.message).
func errorBody(err error) (string, dap.ErrorResponseBody) {
	kind, short, text, show := kindFailed, err.Error(), err.Error(), false
	re, classed := errors.AsType[*requestError](err)
	switch {
	case errors.Is(err, debug.ErrNotStopped):
		kind, short, text = kindNotStopped, "notStopped", "the script is running: pause it first"
	case errors.Is(err, context.Canceled):
		kind, short, text = kindCancelled, "cancelled", "the request was cancelled"
	case errors.Is(err, debug.ErrStale):
		kind = kindStale
	case classed:
		kind, show = re.kind, re.show
	}
	return short, errorMessage(kind, text, show)
}

// errorMessage builds the body. Clients replace {names} in the format, so a
// text with braces must go in as a variable.
func errorMessage(kind errorKind, text string, show bool) dap.ErrorResponseBody {
	m := &dap.ErrorMessage{Id: int(kind), Format: text, ShowUser: show}
	if strings.Contains(text, "{") {
		m.Format, m.Variables = "{error}", map[string]string{"error": text}
	}
	return dap.ErrorResponseBody{Error: m}
}
