package runtime

import (
	"context"
	"fmt"
	"runtime/debug"

	lua "github.com/yuin/gopher-lua"
)

// Await waits until done is closed, and returns nil, or until ctx is done, and
// returns its error. Meanwhile it serves Do, so that a debugger can attach and
// clients are answered although the script waits. Library functions that wait
// for other goroutines use it, with a ctx that ends with RunContext. Only for
// the goroutine that runs Lua.
func (st *State) Await(ctx context.Context, done <-chan struct{}) error {
	select {
	case <-done: // comes first, also if the script must end
		return nil
	default:
	}
	for {
		select {
		case <-done:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-st.Wake():
			st.Serve()
		}
	}
}

// PanicError is the error of a function given to Do that has panicked.
type PanicError struct {
	Value any
	Stack []byte // of the goroutine that panicked
}

func (e *PanicError) Error() string { return fmt.Sprintf("internal error: %v", e.Value) }

// recovered runs fn, and turns a panic into an error: it is the caller's of Do,
// and nothing to the script.
func recovered(L *lua.LState, fn func(*lua.LState)) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	fn(L)
	return nil
}

// calm forgets why the last execution has ended: until the next one begins,
// evaluations may run.
func (m *monitor) calm() {
	m.mu.Lock()
	m.abort = nil
	m.mu.Unlock()
	m.lower(attendAbort)
}
