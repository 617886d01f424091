package lualib

import (
	"math"

	lua "github.com/yuin/gopher-lua"
)

// getInt is lua_rawgeti. LTable.RawGetInt looks into the array part only, where
// no key below 1 or from MaxArrayIndex on lives.
func getInt(tb *lua.LTable, i int) lua.LValue {
	if i >= 1 && i < lua.MaxArrayIndex {
		return tb.RawGetInt(i)
	}
	return tb.RawGetH(lua.LNumber(i))
}

// setInt is lua_rawseti. gopher-lua fills the array part up to the key, so the
// Host is asked before a distant key makes it large.
func setInt(L *lua.LState, h *Host, tb *lua.LTable, i int, v lua.LValue) {
	if i > allocNotice && i < lua.MaxArrayIndex && tb.RawGetInt(i-1) == lua.LNil {
		if n := tb.Len(); i-n > allocNotice {
			h.Alloc(L, int64(i-n)*valueSize)
		}
	}
	tb.RawSetInt(i, v)
}

// valueSize is the size of a lua.LValue in memory.
const valueSize = 16

// rawSet stores under any key, or raises the errors of PUC Lua's table access,
// which carry no position when a library function caused them.
func rawSet(L *lua.LState, h *Host, tb *lua.LTable, key, value lua.LValue) {
	switch k := key.(type) {
	case *lua.LNilType:
		raisePlain(L, "table index is nil")
	case lua.LNumber:
		if math.IsNaN(float64(k)) {
			raisePlain(L, "table index is NaN")
		}
		if k >= 1 && k < lua.LNumber(lua.MaxArrayIndex) && k == lua.LNumber(int(k)) {
			setInt(L, h, tb, int(k), value)
			return
		}
	}
	tb.RawSet(key, value)
}

// raisePlain raises a message without a position: what PUC Lua's core does for
// an error that a C function causes.
func raisePlain(L *lua.LState, message string) {
	L.Error(lua.LString(message), 0)
}
