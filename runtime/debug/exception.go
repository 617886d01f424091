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

// onRaise stops at an error that the filter asks for.
func (e *Engine) onRaise(L *lua.LState, r runtime.Raised) {
	again := e.raised.handedOn(L, r.Message)
	e.raised = raised{thread: L, message: r.Message}
	if again {
		return
	}
	e.mu.Lock()
	filter := e.filter
	e.mu.Unlock()
	if !(r.Caught && filter.Caught || !r.Caught && filter.Uncaught) {
		return
	}
	message := r.Message
	if _, ok := r.Value.(*lua.LTable); ok && strings.HasPrefix(message, "(error object") {
		message = e.text(L, r.Value, maxText) // what it holds tells more
	}
	x := &Exception{Type: "error", Message: message, Caught: r.Caught, Traceback: e.st.Traceback(L, message, 0)}
	switch r.Value.(type) {
	case lua.LString, lua.LNumber:
		if r.Runtime {
			x.Type = "runtime error"
		}
	default:
		x.Type = r.Value.Type().String()
	}
	for err := r.Cause; err != nil; {
		x.Causes = append(x.Causes, err.Error())
		u, ok := err.(interface{ Unwrap() error })
		if !ok {
			break
		}
		err = u.Unwrap()
	}
	f := currentFrame(L)
	for f.IsGo() && f.Parent().Valid() {
		f = f.Parent()
	}
	kind := "an uncaught"
	if r.Caught {
		kind = "a caught"
	}
	e.stopException(L, f, Stop{Reason: ReasonException, Description: "Paused on " + kind + " error", Text: x.Message}, x)
}

// SetExceptionFilters says at which errors to stop: at those that any of the
// filters chooses. The answers say, in the same order, whether a filter can
// work; the message is about its condition.
func (e *Engine) SetExceptionFilters(filters ...ExceptionFilter) []Breakpoint {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.filter = ExceptionFilter{}
	out := make([]Breakpoint, len(filters))
	for i, f := range filters {
		out[i].Verified = true
		e.filter.Caught = e.filter.Caught || f.Caught
		e.filter.Uncaught = e.filter.Uncaught || f.Uncaught
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
	if e.at.exception == nil {
		return nil, fmt.Errorf("thread %d is not stopped at an error", thread)
	}
	return e.secrets.Load().exception(e.at.exception), nil
}
