package runtime

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// expiry is the time of a protected call that has a limit of its own.
type expiry struct {
	outer  *expiry
	limit  time.Duration
	cancel context.CancelCauseFunc

	mu     sync.Mutex
	ended  bool
	passed bool
}

// errExpired is the cause of the context's end when a protected call's time is up.
var errExpired = errors.New("the time of this function is up")

// over tells whether the time of this call, or of one around it, is up.
func (e *expiry) over() (limit time.Duration, over bool) {
	for ; e != nil; e = e.outer {
		e.mu.Lock()
		passed := e.passed
		e.mu.Unlock()
		if passed {
			limit, over = e.limit, true // the outermost
		}
	}
	return limit, over
}

// Protected calls a function of the script's on behalf of the host, on the thread
// that runs now and inside the running execution: the debugger can stop in it, and
// what it spends is the execution's. It catches whatever is raised, which comes
// back as an *Error with its traceback. When limit (0: none) has passed the function
// is ended, and what it waits for too, with an *Error of KindTimeout; time with a
// debugger attached does not count. When the execution itself must end the function
// is ended as well, with an *Error of the execution's kind; the execution goes on to
// end at the thread's next instruction. See Ending.
// Only for the goroutine that runs Lua.
func (st *State) Protected(L *lua.LState, limit time.Duration, fn *lua.LFunction, args ...lua.LValue) ([]lua.LValue, *Error) {
	end := func() bool { return false }
	if limit > 0 && !st.Hooked() {
		end = st.expireAfter(limit)
	}
	exact := st.exact
	top := L.GetTop()
	L.Push(fn)
	for _, a := range args {
		L.Push(a)
	}
	v, failed := st.protect(L, len(args), guardEntry{kind: guardCall, capture: true})
	expired := end()
	st.exact = exact
	if failed != nil {
		err := &Error{Message: messageOf(v), Trace: failed.trace, Chunk: failed.chunk, Line: failed.line, Cause: st.cause.of(v)}
		switch abort := st.mon.aborted(); {
		case abort != nil:
			err.Kind, err.Message = abort.Kind, abort.Message
		case expired:
			err.Kind, err.Message = KindTimeout, fmt.Sprintf("took longer than %v", limit)
		}
		return nil, err
	}
	out := make([]lua.LValue, L.GetTop()-top)
	for i := range out {
		out[i] = L.Get(top + 1 + i)
	}
	L.SetTop(top)
	return out, nil
}

// expireAfter makes what runs now end after a time. The function that it returns
// ends that, and tells whether the time has passed.
func (st *State) expireAfter(limit time.Duration) (end func() bool) {
	ctx, cancel := context.WithCancelCause(st.runContext)
	e := &expiry{outer: st.mon.expiry, limit: limit, cancel: cancel}
	outer := st.runContext
	st.runContext, st.mon.expiry = ctx, e
	timer := time.AfterFunc(limit, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		if !e.ended {
			e.passed = true
			st.mon.raise(attendExpiry)
			cancel(errExpired)
		}
	})
	return func() bool {
		timer.Stop()
		e.mu.Lock()
		e.ended = true
		passed := e.passed
		e.mu.Unlock()
		cancel(nil)
		st.runContext, st.mon.expiry = outer, e.outer
		st.mon.lower(attendExpiry)
		if _, over := e.outer.over(); over {
			st.mon.raise(attendExpiry)
		}
		return passed
	}
}

// raiseExpiry ends a protected call whose time is up: again and again, whatever it
// catches.
func (m *monitor) raiseExpiry(L *lua.LState) {
	if limit, over := m.expiry.over(); over && m.guard == nil {
		L.RaiseError("took longer than %v", limit)
	}
}

// Ending tells whether the execution must end, and has not yet. Only for the
// goroutine that runs Lua.
func (st *State) Ending() bool { return st.mon.aborted() != nil }

// Evaluating tells whether what runs now is an evaluation of a debugger's. Only for
// the goroutine that runs Lua.
func (st *State) Evaluating() bool { return st.mon.guard != nil }

// Executing tells whether an execution is under way, so that Protected may be
// called. Only for the goroutine that runs Lua.
func (st *State) Executing() bool { return st.executing }
