package lualib

import lua "github.com/yuin/gopher-lua"

// baseGetfenv is getfenv: the environment of a function, of the function at a
// stack level, or (level 0) of the running thread.
func baseGetfenv(L *lua.LState) int {
	fn := environmentOwner(L, true)
	switch {
	case fn == nil:
		L.Push(L.Env)
	case fn.IsG:
		// Go functions have no environment of their own that a script may see.
		L.Push(L.Env)
	default:
		L.Push(fn.Env)
	}
	return 1
}

func baseSetfenv(L *lua.LState) int {
	env := checkTable(L, 2)
	fn := environmentOwner(L, false)
	if fn == nil {
		L.Env = env
		return 0
	}
	if fn.IsG {
		raise(L, "'setfenv' cannot change environment of given object")
	}
	fn.Env = env
	L.Push(fn)
	return 1
}

// environmentOwner resolves the first argument of getfenv and setfenv: a
// function or a stack level. Level 0, the thread itself, is nil.
func environmentOwner(L *lua.LState, optional bool) *lua.LFunction {
	if fn, ok := L.Get(1).(*lua.LFunction); ok {
		return fn
	}
	level := 1
	if optional {
		level = optInt(L, 1, 1)
	} else {
		level = checkInt(L, 1)
	}
	if level < 0 {
		argError(L, 1, "level must be non-negative")
	}
	if level == 0 {
		return nil
	}
	dbg, ok := L.GetStack(level)
	if !ok {
		argError(L, 1, "invalid level")
	}
	v, err := L.GetInfo("f", dbg, lua.LNil)
	fn, isFunction := v.(*lua.LFunction)
	if err != nil || !isFunction {
		argError(L, 1, "invalid level")
	}
	return fn
}
