package runtime

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/vm"
)

// stockFunctions are functions that must be recognised or called directly.
type stockFunctions struct {
	create, resume *lua.LFunction // gopher-lua's
	error, assert  *lua.LFunction // ours
	yield          *lua.LFunction // ours
}

func (st *State) keepStock() {
	if co, ok := st.L.GetGlobal("coroutine").(*lua.LTable); ok {
		st.stock.create, _ = co.RawGetString("create").(*lua.LFunction)
		st.stock.resume, _ = co.RawGetString("resume").(*lua.LFunction)
	}
	st.errFunc = st.L.NewFunction(st.handleError)
}

func (st *State) openBase() {
	L := st.L
	st.stock.error = L.NewFunction(st.luaError)
	st.stock.assert = L.NewFunction(st.luaAssert)
	L.SetGlobal("error", st.stock.error)
	L.SetGlobal("assert", st.stock.assert)
	L.SetGlobal("pcall", L.NewFunction(st.luaPCall))
	L.SetGlobal("xpcall", L.NewFunction(st.luaXPCall))
	st.openStringArithmetic()
}

// luaError is error(value [, level]).
func (st *State) luaError(L *lua.LState) int {
	v := L.Get(1)
	level := 1
	if L.GetTop() >= 2 && L.Get(2) != lua.LNil {
		level = L.CheckInt(2)
	}
	if level > 0 && lua.LVCanConvToString(v) {
		v = lua.LString(position(L, level) + operand(v))
		st.cause.carry(L.Get(1), v)
	}
	st.raiseExact(L, v)
	return 0
}

// position is luaL_where: "chunk:line: " of the function at a level above the
// running Go function, or "" if that is not a Lua function.
func position(L *lua.LState, level int) string {
	f := vm.Current(L)
	for ; f.Valid() && level > 0; f = f.Parent() {
		level--
		if !f.IsGo() {
			level -= f.TailCalls()
		}
	}
	if level < 0 { // a function that a tail call replaced
		return ""
	}
	if !f.Valid() || f.IsGo() {
		return ""
	}
	fn := vm.Function(L, vm.Debug(L, f))
	return fmt.Sprintf("%s:%d: ", fn.Proto.SourceName, lineAt(fn.Proto, f.Pc()))
}

func (st *State) luaAssert(L *lua.LState) int {
	if L.GetTop() == 0 {
		argError(L, 1, "value expected")
	}
	if L.ToBool(1) {
		return L.GetTop()
	}
	v := L.Get(2)
	if v == lua.LNil {
		v = lua.LString("assertion failed!")
	}
	if !lua.LVCanConvToString(v) {
		typeError(L, 2, "string")
	}
	st.raiseExact(L, lua.LString(position(L, 1)+operand(v)))
	return 0
}

func (st *State) luaPCall(L *lua.LState) int {
	if L.GetTop() == 0 {
		argError(L, 1, "value expected")
	}
	if !callable(L, L.Get(1)) {
		return st.caught(L, notCallable(L.Get(1)))
	}
	if v, g := st.protect(L, L.GetTop()-1, guardEntry{kind: guardCall}); g != nil {
		return st.caught(L, v)
	}
	L.Insert(lua.LTrue, 1)
	return L.GetTop()
}

// luaXPCall is xpcall(f, handler, ...); arguments are an addition of Lua 5.2.
func (st *State) luaXPCall(L *lua.LState) int {
	if L.GetTop() < 2 {
		argError(L, 2, "value expected")
	}
	g := guardEntry{kind: guardCall}
	handler, ok := L.Get(2).(*lua.LFunction)
	g.handler = handler
	L.Remove(2)
	if !callable(L, L.Get(1)) {
		return st.caught(L, notCallable(L.Get(1)))
	}
	v, failed := st.protect(L, L.GetTop()-1, g)
	if failed == nil {
		L.Insert(lua.LTrue, 1)
		return L.GetTop()
	}
	if !ok || failed.failed {
		v = lua.LString("error in error handling")
	}
	return st.caught(L, v)
}

// caught pushes the results of a failed call, unless the execution must end.
func (st *State) caught(L *lua.LState, v lua.LValue) int {
	st.mon.raiseAbort(L)
	L.SetTop(0)
	L.Push(lua.LFalse)
	L.Push(v)
	return 2
}

func callable(L *lua.LState, v lua.LValue) bool {
	if _, ok := v.(*lua.LFunction); ok {
		return true
	}
	_, ok := L.GetMetaField(v, "__call").(*lua.LFunction)
	return ok
}

func notCallable(v lua.LValue) lua.LValue {
	return lua.LString("attempt to call a " + v.Type().String() + " value")
}
