package debug

import (
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
)

// raised is the last error that was raised: where, and by what function it is
// handed on if its coroutine has died of it.
type raised struct {
	thread  *lua.LState
	message string
	via     *lua.LFunction
}

// handedOn tells whether coroutine.wrap raises the error of its coroutine once
// more: a person has seen that one already, where it came from.
func (r *raised) handedOn(L *lua.LState, message string) bool {
	if r.via == nil || !strings.HasSuffix(message, r.message) {
		return false
	}
	for f := currentFrame(L); f.Valid() && f.IsGo(); f = f.Parent() {
		if f.Runs(r.via) {
			return true
		}
	}
	return false
}

// errorKinds are the kinds of errors by their origin, and the types that a
// person is shown.
var errorKinds = map[runtime.Origin]struct {
	kind ErrorKind
	text string
}{
	runtime.OriginRuntime: {ErrorRuntime, "runtime error"},
	runtime.OriginError:   {ErrorCall, "error"},
	runtime.OriginAssert:  {ErrorAssert, "error"},
	runtime.OriginHost:    {ErrorTool, "tool error"},
	runtime.OriginLimit:   {ErrorLimit, "limit"},
}

// onRaise stops at an error that a filter asks for.
func (e *Engine) onRaise(L *lua.LState, r runtime.Raised) {
	again := r.Origin != runtime.OriginLimit && e.raised.handedOn(L, r.Message)
	e.raised = raised{thread: L, message: r.Message}
	if again {
		return
	}
	f := currentFrame(L)
	for f.IsGo() && f.Parent().Valid() {
		f = f.Parent()
	}
	chosen, problem := e.filtered(L, f, r)
	if !chosen {
		return
	}
	x := e.describeError(L, r)
	s := Stop{Reason: ReasonException, Description: "Paused on an uncaught error", Text: x.Message}
	switch {
	case x.Kind == ErrorLimit:
		s.Description = "Paused at a limit"
	case x.Caught:
		s.Description = "Paused on a caught error"
	}
	if problem != "" {
		s.Text += " (" + problem + ")"
	}
	e.stopException(L, f, s, x)
}

func (e *Engine) describeError(L *lua.LState, r runtime.Raised) *Exception {
	message := r.Message
	if _, ok := r.Value.(*lua.LTable); ok && strings.HasPrefix(message, "(error object") {
		message = e.text(L, r.Value, maxText) // what it holds tells more
	}
	is := errorKinds[r.Origin]
	x := &Exception{Type: is.text, Kind: is.kind, Message: message, Caught: r.Caught, Traceback: e.traceback(L, message), Causes: causes(r.Cause)}
	switch r.Value.(type) {
	case lua.LString, lua.LNumber:
	default:
		x.Type = r.Value.Type().String()
	}
	return x
}

// traceback is that of a thread and of those that resumed it.
func (e *Engine) traceback(L *lua.LState, message string) string {
	var b strings.Builder
	b.WriteString(e.st.Traceback(L, message, 0))
	for th := L.Parent; th != nil; th = th.Parent {
		b.WriteString("\n\t(" + e.resumedBy(th) + ")")
		b.WriteString(strings.TrimPrefix(e.st.Traceback(th, "", 0), "stack traceback:"))
	}
	return b.String()
}

// causes are the texts of an error and of all that it wraps, depth first.
func causes(err error) []string {
	if err == nil {
		return nil
	}
	out := []string{err.Error()}
	switch u := err.(type) {
	case interface{ Unwrap() error }:
		out = append(out, causes(u.Unwrap())...)
	case interface{ Unwrap() []error }:
		for _, inner := range u.Unwrap() {
			out = append(out, causes(inner)...)
		}
	}
	return out
}

// ExceptionInfo describes the error at which a thread is stopped.
func (e *Engine) ExceptionInfo(thread int) (*Exception, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.at == nil {
		return nil, ErrNotStopped
	}
	if e.at.exception == nil || e.at.thread != thread {
		return nil, fmt.Errorf("thread %d is not stopped at an error", thread)
	}
	return e.secrets.Load().exception(e.at.exception), nil
}
