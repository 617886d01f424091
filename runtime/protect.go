package runtime

import (
	"errors"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/vm"
)

// guardKind says what would catch an error.
type guardKind int

const (
	guardRun    guardKind = iota // the end of the execution
	guardCall                    // pcall or xpcall
	guardResume                  // coroutine.resume
	guardWrap                    // coroutine.wrap: hands the error on
)

// guardEntry is a protected call in progress.
type guardEntry struct {
	kind    guardKind
	th      *lua.LState
	base    int // registry index of the function called
	handler *lua.LFunction
	capture bool // take a traceback where the error is raised
	failed  bool // the handler raised an error itself

	trace string
	chunk string
	line  int
	saved map[int]lua.LValue // registers of unwound frames that closures share
	top   int
}

// maxGuards bounds the nesting of protected calls and resumes, each of which
// uses Go's stack.
const maxGuards = 5_000

// protect calls the function below nargs arguments on L's stack. On an error
// it leaves nothing there and returns the error value.
//
// gopher-lua's PCall has two faults that this mends. Without a handler it
// closes the upvalues of every frame of the thread, surviving ones too, so
// closures lose their variables after any caught error; with one it closes
// none, and it forgets that it has one when a nested PCall returns. So: always
// a handler; the state's fields are put back afterwards; and the upvalues of
// the frames that are gone are closed here.
func (st *State) protect(L *lua.LState, nargs int, g guardEntry) (lua.LValue, *guardEntry) {
	if len(st.guards) >= maxGuards {
		L.RaiseError("stack overflow (too many nested protected calls)")
	}
	g.th, g.base = L, vm.Top(L)-nargs-1
	st.guards = append(st.guards, g)
	depth := len(st.guards)
	before := *L
	err := L.PCall(nargs, lua.MultRet, st.errFunc)
	if err == nil {
		restore(L, before)
		st.guards = st.guards[:depth-1]
		return nil, nil
	}
	done := st.guards[depth-1]
	st.guards = st.guards[:depth-1]
	// First: before may know nothing of the upvalues that are still open.
	st.closeUpvalues(L, &done)
	restore(L, before)
	value := lua.LValue(lua.LString(err.Error()))
	var api *lua.ApiError
	if errors.As(err, &api) && api.Object != nil {
		value = api.Object
	}
	return st.goPanic(value), &done
}

// restore puts a thread's fields back, but for the environment, which setfenv
// changes.
func restore(L *lua.LState, before lua.LState) {
	env := L.Env
	*L = before
	L.Env = env
}

// goPanic words the errors that gopher-lua raises as Go panics.
func (st *State) goPanic(v lua.LValue) lua.LValue {
	if s, ok := v.(lua.LString); ok && s == "lua callstack overflow" {
		return lua.LString("stack overflow")
	}
	return v
}

// handleError is the handler of every protected call: it runs where the error
// was raised, before the frames are unwound.
func (st *State) handleError(L *lua.LState) int {
	depth := len(st.guards)
	value := st.raised(L, L.Get(1))
	g := &st.guards[depth-1]
	if g.capture {
		g.trace = st.Traceback(L, "", 0)
		g.chunk, g.line = st.where(L)
	}
	g.keepUpvalues(L)
	if h := g.handler; h != nil && st.mon.aborted() == nil && !st.dying(L) {
		// In a protected call of its own: gopher-lua would build a traceback of
		// a failing handler, in a time that is quadratic in the stack.
		L.SetTop(0)
		L.Push(h)
		L.Push(value)
		v, failed := st.protect(L, 1, guardEntry{kind: guardCall})
		if failed == nil {
			v = L.Get(1)
		}
		value = v
		g = &st.guards[depth-1]
		g.failed = failed != nil
		g.keepUpvalues(L)
	}
	L.SetTop(0)
	L.Push(value)
	return 1
}

// keepUpvalues saves the registers of frames about to be unwound that closures
// share.
func (g *guardEntry) keepUpvalues(L *lua.LState) {
	g.saved = nil
	open := vm.OpenUpvalues(L, g.base)
	if len(open) == 0 {
		return
	}
	g.saved = make(map[int]lua.LValue, len(open))
	f := vm.Current(L)
	d := vm.Debug(L, f)
	for _, i := range open {
		g.saved[i] = vm.Register(L, d, i-f.LocalBase())
	}
	g.top = open[len(open)-1]
}

// closing is the largest number of registers that one call of a closer spans.
const closing = 200

// closer is a Lua function with `closing` parameters that returns at once:
// returning closes the upvalues of its registers.
func closer() *lua.LFunction {
	return &lua.LFunction{Proto: &lua.FunctionProto{
		SourceName: "[llmspell]", NumParameters: closing, NumUsedRegisters: closing,
		Code:               []uint32{uint32(lua.OP_RETURN)<<26 | 1},
		DbgSourcePositions: []int{0},
	}}
}

// closeUpvalues puts the saved values back where they were, as arguments of
// closers called at that place, highest first.
func (st *State) closeUpvalues(L *lua.LState, g *guardEntry) {
	if len(g.saved) == 0 {
		return
	}
	fn := closer()
	fn.Env = L.Env
	// An execution that must end raises at every instruction, here too.
	if ctx := L.RemoveContext(); ctx != nil {
		defer L.SetContext(ctx)
	}
	for from := g.top - g.top%closing; from+closing > g.base; from -= closing {
		at := max(from, g.base) // the closer's place; it covers at+1 … from+closing
		if from > g.base {
			at = from
		}
		touched := false
		for i := range g.saved {
			touched = touched || i > at && i <= from+closing
		}
		if !touched {
			continue
		}
		for i := g.base; i < at; i++ {
			L.Push(g.value(i))
		}
		L.Push(fn)
		for i := at + 1; i <= from+closing; i++ {
			L.Push(g.value(i))
		}
		L.Call(from+closing-at, 0)
		L.Pop(at - g.base)
	}
}

func (g *guardEntry) value(i int) lua.LValue {
	if v, ok := g.saved[i]; ok {
		return v
	}
	return lua.LNil
}

// panicIn is the Panic function of coroutines: like gopher-lua's own, after
// the debugger has been told.
func (st *State) panicIn(L *lua.LState) {
	panic(&lua.ApiError{Type: lua.ApiErrorRun, Object: st.raised(L, L.Get(-1))})
}

// where returns the chunk and line of the innermost Lua frame.
func (st *State) where(L *lua.LState) (string, int) {
	for f := vm.Current(L); f.Valid(); f = f.Parent() {
		if f.IsGo() {
			continue
		}
		if fn := vm.Function(L, vm.Debug(L, f)); fn != nil {
			return fn.Proto.SourceName, lineAt(fn.Proto, f.Pc())
		}
	}
	return "", 0
}

func lineAt(p *lua.FunctionProto, pc int) int {
	if pc >= 0 && pc < len(p.DbgSourcePositions) {
		return p.DbgSourcePositions[pc]
	}
	return p.LineDefined
}

// staticFunction returns what was compiled for a function, or nil.
func staticFunction(fn *lua.LFunction) *compile.Function {
	if fn == nil || fn.IsG {
		return nil
	}
	return compile.FunctionOf(fn.Proto)
}
