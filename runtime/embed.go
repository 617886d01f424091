package runtime

import (
	"context"

	lua "github.com/yuin/gopher-lua"
)

// The functions in this file are for Go programs that embed gopher-lua: each
// loads code inside the execution, where a debugger may attach at any time.

// DoFile loads a file and runs it with arguments, as L.DoFile does, but so that
// it can be debugged. It returns what the file returns. Errors are *Error.
func (st *State) DoFile(ctx context.Context, name string, args ...lua.LValue) ([]lua.LValue, error) {
	return st.CallLoaded(ctx, func() (lua.LValue, []lua.LValue, error) {
		fn, err := st.LoadFile(name)
		return fn, args, err
	})
}

// DoString is DoFile for source text under a chunk name such as "=console".
func (st *State) DoString(ctx context.Context, source, name string, args ...lua.LValue) ([]lua.LValue, error) {
	return st.CallLoaded(ctx, func() (lua.LValue, []lua.LValue, error) {
		fn, err := st.LoadString(source, name, "")
		return fn, args, err
	})
}

// Run is an execution in which fn uses gopher-lua's own API on the state's main
// thread (L.PCall, L.CallByParam, L.DoString): Lua functions that were loaded
// through the State can be debugged there. If the execution had to end (ctx, a
// limit, Cancel, os.exit) that is the error, otherwise fn's own.
func (st *State) Run(ctx context.Context, fn func(L *lua.LState) error) (err error) {
	beginErr := st.execute(ctx, func() {
		err = fn(st.L)
		if abort := st.mon.aborted(); abort != nil {
			err = exitError(abort)
		}
	})
	if beginErr != nil {
		return beginErr
	}
	return err
}
