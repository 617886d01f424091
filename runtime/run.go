package runtime

import (
	"context"
	"errors"
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/lualib"
)

// Call runs a function with arguments until it returns, raises an error, or
// ctx is done or a limit reached. Errors are *Error. Only one Call runs at a
// time; functions that the script calls may not use it.
func (st *State) Call(ctx context.Context, fn lua.LValue, args ...lua.LValue) ([]lua.LValue, error) {
	return st.CallLoaded(ctx, func() (lua.LValue, []lua.LValue, error) { return fn, args, nil })
}

// CallLoaded is Call for a function that load makes inside the execution, so
// that no call of Do from another goroutine meets a state that is loading.
func (st *State) CallLoaded(ctx context.Context, load func() (lua.LValue, []lua.LValue, error)) (results []lua.LValue, err error) {
	return st.CallUsing(ctx, load, nil)
}

// CallUsing is CallLoaded with a function that makes something of the results, if
// there are any and use is not nil, while the execution goes on: what it runs,
// such as __tostring, is under the execution's limits and can be interrupted. An
// error that it raises is the execution's.
func (st *State) CallUsing(ctx context.Context, load func() (lua.LValue, []lua.LValue, error), use func(L *lua.LState, results []lua.LValue)) (results []lua.LValue, err error) {
	beginErr := st.execute(ctx, func() {
		var fn lua.LValue
		var args []lua.LValue
		if fn, args, err = load(); err == nil {
			results, err = st.run(fn, args)
		}
		if err == nil && use != nil && len(results) > 0 {
			_, err = st.run(st.L.NewFunction(func(L *lua.LState) int { use(L, results); return 0 }), nil)
		}
	})
	if beginErr != nil {
		return nil, beginErr
	}
	if err != nil {
		return nil, err
	}
	return results, nil
}

// execute runs f as an execution of the state: under its limits, and with calls
// of Do from other goroutines served at safe points.
func (st *State) execute(ctx context.Context, f func()) error {
	if err := st.begin(); err != nil {
		return err
	}
	// Not done before the monitor knows: a library function that it interrupts
	// must not be followed by another instruction.
	runCtx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	st.stopRun.Store(&cancel)
	cancelled, timed := make(chan struct{}), make(chan struct{})
	stopWatching := context.AfterFunc(ctx, func() {
		defer close(cancelled)
		st.Cancel(context.Cause(ctx))
		cancel(context.Cause(ctx))
	})
	var timer *time.Timer
	if t := st.limits.Time; t > 0 {
		timer = time.AfterFunc(t, func() {
			defer close(timed)
			st.mon.end(&Error{Kind: KindTimeout, Message: fmt.Sprintf("time limit of %v passed", t)})
			cancel(nil)
		})
	}
	st.runContext, st.callCtx = runCtx, ctx
	st.executing = true
	st.mon.limited = st.limits.Instructions > 0
	st.mon.budget = st.limits.Instructions
	st.mon.left = quantum
	if st.mon.limited {
		st.mon.left = int(min(quantum, st.limits.Instructions))
	}
	defer func() { // f may panic, if it is an embedding program's
		if !stopWatching() {
			<-cancelled // not later: that would end the next execution
		}
		if timer != nil && !timer.Stop() {
			<-timed
		}
		over := lualib.ErrFinished
		if abort := st.mon.aborted(); abort != nil && abort.Kind != KindExit {
			over = abort
		}
		st.stopRun.Store(nil)
		st.executing = false
		cancel(over)
		st.finish()
	}()
	f()
	return nil
}

// Cancel ends the running execution at its next safe point, and what its
// library functions wait for at once. Any goroutine.
func (st *State) Cancel(cause error) {
	st.mon.end(&Error{Kind: KindCancelled, Message: "execution cancelled", Cause: cause})
	if cancel := st.stopRun.Load(); cancel != nil {
		(*cancel)(cause)
	}
}

func (st *State) begin() error {
	st.mu.Lock()
	defer st.mu.Unlock()
	switch {
	case st.closed:
		return &Error{Message: "the Lua state is closed"}
	case st.running:
		return &Error{Message: "the Lua state is already running"}
	}
	st.running = true
	st.mon.mu.Lock()
	st.mon.abort = nil
	st.mon.mu.Unlock()
	st.mon.lower(attendAbort)
	st.mon.traced = false
	if st.outer != nil && st.outer.Err() != nil {
		st.Cancel(context.Cause(st.outer))
	}
	return nil
}

// finish ends the execution; calls that came too late for a safe point run now.
func (st *State) finish() {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.mon.lower(attendCalls)
	st.mon.serve(st.L)
	st.running = false
	st.runContext, st.callCtx = context.Background(), context.Background()
	clear(st.kills.doomed)
	st.mon.lower(attendKill)
}

func (st *State) run(fn lua.LValue, args []lua.LValue) ([]lua.LValue, error) {
	L := st.L
	L.SetTop(0)
	L.Push(fn)
	for _, a := range args {
		L.Push(a)
	}
	v, g := st.protect(L, len(args), guardEntry{kind: guardRun, capture: true})
	if g == nil {
		if abort := st.mon.aborted(); abort != nil {
			return nil, exitError(abort)
		}
		out := make([]lua.LValue, L.GetTop())
		for i := range out {
			out[i] = L.Get(i + 1)
		}
		L.SetTop(0)
		return out, nil
	}
	if abort := st.mon.aborted(); abort != nil {
		return nil, exitError(abort)
	}
	text := st.errorText(v)
	if abort := st.mon.aborted(); abort != nil { // a __tostring that did not end
		return nil, exitError(abort)
	}
	err := &Error{Message: text, Trace: g.trace, Chunk: g.chunk, Line: g.line, Cause: st.cause.of(v)}
	if s, ok := v.(lua.LString); ok && g.line > 0 {
		// The message's own position is the better one: error levels move it.
		var line int
		if n, _ := fmt.Sscanf(string(s), g.chunk+":%d:", &line); n == 1 {
			err.Line = line
		}
	}
	return nil, err
}

// exitError is nil for os.exit(0).
func exitError(e *Error) error {
	if e.Kind == KindExit && e.Code == 0 {
		return nil
	}
	return e
}

// errorText is what a person is shown of an error value.
func (st *State) errorText(v lua.LValue) string {
	if _, ok := st.L.GetMetaField(v, "__tostring").(*lua.LFunction); ok {
		st.L.Push(st.L.GetGlobal("tostring"))
		st.L.Push(v)
		r, g := st.protect(st.L, 1, guardEntry{kind: guardCall})
		if g == nil {
			r = st.L.Get(-1)
		}
		st.L.SetTop(0)
		if s, ok := r.(lua.LString); ok {
			return string(s)
		}
	}
	return messageOf(v)
}

// raisedCause keeps the Go error behind the last Lua error that has one.
type raisedCause struct {
	value lua.LValue
	err   error
}

func (c *raisedCause) of(v lua.LValue) error {
	if c.err != nil && c.value == v {
		return c.err
	}
	return nil
}

// carry keeps the Go error for a value that is raised again with a position.
func (c *raisedCause) carry(from, to lua.LValue) {
	if c.err != nil && c.value == from {
		c.value = to
	}
}

// Raise raises a Go error in the running script as a string with position, and
// remembers the error itself as the cause. It does not return.
func (st *State) Raise(L *lua.LState, err error) {
	var own *Error
	if errors.As(err, &own) && own.Kind >= KindCancelled {
		st.mon.end(own)
		st.mon.raiseAbort(L)
	}
	v := lua.LString(position(L, 1) + err.Error())
	st.cause = raisedCause{value: v, err: err}
	st.raiseExact(L, v)
}

// raiseExact raises a value whose message has its position already.
func (st *State) raiseExact(L *lua.LState, v lua.LValue) {
	st.exact = v
	L.Error(v, 0)
}
