package debug

import (
	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/vm"
)

// tableFunctions are the library functions that read or write entries of a
// table that they are given, without an instruction of the script's. Others
// that write, such as tools, are noticed at the next trap.
var tableFunctions = map[string]bool{
	"rawget": true, "rawset": true,
	"table.insert": true, "table.remove": true, "table.sort": true, "table.move": true,
}

// wrapLibrary wraps these functions while there are watched entries of tables,
// and puts them back otherwise.
func (e *Engine) wrapLibrary() {
	watched := false
	for _, v := range e.data.watched {
		if _, ok := v.target.(*fieldTarget); ok {
			watched = true
		}
	}
	for fn, hook := range e.data.wrapped {
		if !watched {
			e.unwrapNative(fn, hook)
			delete(e.data.wrapped, fn)
		}
	}
	if !watched || len(e.data.wrapped) > 0 {
		return
	}
	e.data.wrapped = map[*lua.LFunction]*nativeHook{}
	for fn, name := range e.natives {
		if !tableFunctions[name] {
			continue
		}
		e.data.wrapped[fn] = e.wrapNative(fn, func(L *lua.LState, call lua.LGFunction) int {
			if !e.st.Watched() {
				return call(L)
			}
			writing := e.beforeTableFunction(L, name)
			n := call(L)
			e.afterTableFunction(L, writing)
			return n
		})
	}
}

// beforeTableFunction stops before a rawget, and returns what a rawset is about
// to write.
func (e *Engine) beforeTableFunction(L *lua.LState, name string) (writing *variable) {
	if name != "rawget" && name != "rawset" {
		return nil
	}
	var s Stop
	f := luaFrame(L)
	for _, v := range e.data.watched {
		x, ok := v.target.(*fieldTarget)
		if !ok || L.Get(1) != lua.LValue(x.table) || L.Get(2) != x.key {
			continue
		}
		if name == "rawset" {
			return v
		}
		s = e.read(L, f, v, orNil(x.table.RawGet(x.key)))
		break // there is one variable for an entry
	}
	if s.Reason != "" {
		e.stopAt(L, f, s)
	}
	return nil
}

func (e *Engine) afterTableFunction(L *lua.LState, writing *variable) {
	var stop Stop
	f := luaFrame(L)
	for _, v := range append([]*variable(nil), e.data.watched...) {
		x, ok := v.target.(*fieldTarget)
		if !ok {
			continue
		}
		if value := orNil(x.table.RawGet(x.key)); v == writing || !rawEqual(value, v.value) {
			stop = mergeStops(stop, e.wrote(L, f, v, value))
		}
	}
	if stop.Reason != "" {
		e.stopAt(L, f, stop)
	}
}

// luaFrame is the innermost frame of a Lua function.
func luaFrame(L *lua.LState) vm.Frame {
	f := currentFrame(L)
	for f.Valid() && f.IsGo() && f.Parent().Valid() {
		f = f.Parent()
	}
	return f
}
