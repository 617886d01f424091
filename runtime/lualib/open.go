package lualib

import lua "github.com/yuin/gopher-lua"

// entry names one Go function of a library table.
type entry struct {
	name string
	fn   lua.LGFunction
}

// Open replaces the library functions of L, in place, with those of this
// package; scripts that kept a reference to a library table see the new ones.
// L must have gopher-lua's stock libraries open. h serves the state for as long
// as it lives, so its fields may be changed between executions.
//
// closeFiles flushes and closes every file the script left open and ends the
// child processes it started. Call it once the state will run no more, on the
// goroutine that ran it.
func Open(L *lua.LState, h *Host) (closeFiles func()) {
	if h.System == nil {
		h.System = OS{}
	}
	openBase(L, h)
	openString(L, h)
	openUTF8(L, h)
	openTable(L, h)
	openMath(L)
	openBit32(L)
	env := openOS(L, h)
	return openIO(L, h, env)
}

// library returns the table of the named library: the one that is there, or a
// new one that require finds too.
func library(L *lua.LState, name string) *lua.LTable {
	return L.RegisterModule(name, nil).(*lua.LTable)
}

// register sets each entry as a function of tb.
func register(L *lua.LState, tb *lua.LTable, entries []entry) {
	for _, e := range entries {
		tb.RawSetString(e.name, L.NewFunction(e.fn))
	}
}
