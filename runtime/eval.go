package runtime

import (
	"context"

	lua "github.com/yuin/gopher-lua"
)

// Eval calls a function on a thread of an execution that a debugger has
// stopped. It runs unseen by hooks, for at most budget instructions (0: no
// limit) and until ctx is done. The error value of a failure comes back as an
// *Error; the execution's own state is as before.
func (st *State) Eval(ctx context.Context, L *lua.LState, budget int, fn *lua.LFunction, args ...lua.LValue) ([]lua.LValue, error) {
	return st.EvalChecked(ctx, L, budget, nil, fn, args...)
}

// EvalChecked is Eval with a function that is called before each instruction,
// and may raise an error to end the evaluation.
func (st *State) EvalChecked(ctx context.Context, L *lua.LState, budget int, check func(*lua.LState), fn *lua.LFunction, args ...lua.LValue) ([]lua.LValue, error) {
	outer, left := st.mon.guard, st.mon.left
	g := &guard{budget: budget, reason: "evaluation cancelled", check: check}
	if check != nil {
		st.mon.raise(attendCheck)
		if outer == nil || outer.check == nil {
			defer st.mon.lower(attendCheck)
		}
	}
	if budget <= 0 {
		g.budget = int(^uint(0) >> 1)
	}
	st.mon.guard = g
	if ctx != nil && ctx.Done() != nil {
		stop := context.AfterFunc(ctx, func() {
			g.cancelled.Store(true)
			st.mon.raise(attendGuard)
		})
		defer func() {
			stop()
			st.mon.lower(attendGuard)
		}()
	}
	cause, exact := st.cause, st.exact // those of the error at which the debugger may have stopped
	defer func() {
		st.mon.guard, st.mon.left = outer, left
		st.cause, st.exact = cause, exact
	}()

	top := L.GetTop()
	L.Push(fn)
	for _, a := range args {
		L.Push(a)
	}
	v, failed := st.protect(L, len(args), guardEntry{kind: guardCall})
	if failed != nil {
		err := &Error{Message: messageOf(v)}
		switch v.(type) {
		case *lua.LTable, *lua.LUserData:
			err.Value = v
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

// Location is the chunk, display name and line where the running thread is. Only for
// the goroutine that runs Lua.
func (st *State) Location() (src *Source, line int) {
	L := st.thread()
	for f := currentFrame(L); f.Valid(); f = f.Parent() {
		if fn := staticFunction(frameFunction(L, f)); fn != nil {
			return st.SourceOf(fn.Chunk), fn.Line(f.Pc())
		}
	}
	return nil, 0
}
