package debug

import (
	"slices"

	lua "github.com/yuin/gopher-lua"
)

// nativeHook is called in place of a Go function, which it calls itself.
type nativeHook struct {
	around func(L *lua.LState, call lua.LGFunction) int
}

// native is a Go function that has hooks: the one set last is called first.
type native struct {
	original lua.LGFunction
	hooks    []*nativeHook
}

// wrapNative puts a hook around a Go function, for all who have it as a value.
// Any number can be put there, and taken away in any order. Only for the
// goroutine that runs Lua.
func (e *Engine) wrapNative(fn *lua.LFunction, around func(L *lua.LState, call lua.LGFunction) int) *nativeHook {
	n := e.hooked[fn]
	if n == nil {
		if e.hooked == nil {
			e.hooked = map[*lua.LFunction]*native{}
		}
		n = &native{original: fn.GFunction}
		e.hooked[fn] = n
		fn.GFunction = func(L *lua.LState) int { return n.call(L, slices.Clone(n.hooks)) }
	}
	h := &nativeHook{around}
	n.hooks = append(n.hooks, h)
	return h
}

// call runs the hooks, the last of the list first, and then the function.
func (n *native) call(L *lua.LState, hooks []*nativeHook) int {
	if len(hooks) == 0 {
		return n.original(L)
	}
	last := len(hooks) - 1
	return hooks[last].around(L, func(L *lua.LState) int { return n.call(L, hooks[:last]) })
}

// unwrapNative takes a hook away. The function is as before when it has none.
func (e *Engine) unwrapNative(fn *lua.LFunction, h *nativeHook) {
	n := e.hooked[fn]
	if n == nil {
		return
	}
	n.hooks = slices.DeleteFunc(n.hooks, func(x *nativeHook) bool { return x == h })
	if len(n.hooks) == 0 {
		fn.GFunction = n.original
		delete(e.hooked, fn)
	}
}
