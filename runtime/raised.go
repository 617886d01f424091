package runtime

import (
	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/vm"
)

// Origin says by what an error was raised.
type Origin int

// The origins of errors.
const (
	OriginRuntime Origin = iota // the VM or a library function
	OriginError                 // error()
	OriginAssert                // assert()
	OriginHost                  // State.Raise: a function of the host's that has a Go error
	OriginLimit                 // the time limit or the instruction budget ends the execution
)

// Raised describes an error where it is raised.
type Raised struct {
	Value   lua.LValue
	Message string
	Caught  bool // a pcall, xpcall or coroutine.resume will catch it
	Origin  Origin
	Cause   error  // the Go error behind it, or nil
	Chunk   string // where, as in the message
	Line    int
}

// raised words the error as PUC Lua does and tells the debugger.
func (st *State) raised(L *lua.LState, v lua.LValue) lua.LValue {
	v = st.reword(L, st.goPanic(v))
	if st.mon.guard != nil || st.dying(L) {
		return v
	}
	if abort := st.mon.aborted(); abort != nil {
		st.mon.reached(L, abort) // a library function may have noticed it first
		return v
	}
	if st.hooks == nil || st.hooks.Raise == nil {
		return v
	}
	r := Raised{Value: v, Message: messageOf(v), Caught: st.willCatch(), Cause: st.cause.of(v)}
	r.Origin = st.origin(L, v, r.Cause)
	r.Chunk, r.Line = st.where(L)
	st.hooks.Raise(L, r)
	return v
}

// origin finds out what has just raised v: error and assert are still on the
// stack then. They too raise errors about their own arguments.
func (st *State) origin(L *lua.LState, v lua.LValue, cause error) Origin {
	for f := vm.Current(L); f.Valid() && f.IsGo(); f = f.Parent() {
		switch {
		case v != st.exact:
		case f.Runs(st.stock.error):
			return OriginError
		case f.Runs(st.stock.assert):
			return OriginAssert
		}
	}
	if cause != nil {
		return OriginHost
	}
	return OriginRuntime
}

// willCatch looks for what would catch an error raised now.
func (st *State) willCatch() bool {
	for i := len(st.guards) - 1; i >= 0; i-- {
		switch st.guards[i].kind {
		case guardCall, guardResume:
			return true
		case guardRun:
			return false
		}
	}
	return false
}

// messageOf is the text of an error value.
func messageOf(v lua.LValue) string {
	switch v := v.(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return operand(v)
	case *lua.LTable:
		for _, key := range []string{"message", "msg", "error"} {
			if s, ok := v.RawGetString(key).(lua.LString); ok {
				return string(s)
			}
		}
	}
	return "(error object is a " + v.Type().String() + " value)"
}
