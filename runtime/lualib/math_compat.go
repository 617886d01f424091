package lualib

import (
	"math"

	lua "github.com/yuin/gopher-lua"
)

// maxInteger bounds the range in which a float64, the only number there is,
// holds every integer exactly. It plays the part of Lua 5.3's math.maxinteger.
const maxInteger = 1 << 53

// isInteger tells whether Lua 5.3 scripts may take n for an integer.
func isInteger(n float64) bool {
	return n == math.Trunc(n) && math.Abs(n) <= maxInteger
}

// mathType is math.type of Lua 5.3. What counts is the value: 3.0 is an integer
// too.
func mathType(L *lua.LState) int {
	n, ok := checkAny(L, 1).(lua.LNumber)
	switch {
	case !ok:
		L.Push(lua.LNil)
	case isInteger(float64(n)):
		L.Push(lua.LString("integer"))
	default:
		L.Push(lua.LString("float"))
	}
	return 1
}

// mathTointeger is math.tointeger of Lua 5.3.
func mathTointeger(L *lua.LState) int {
	if n, ok := checkAny(L, 1).(lua.LNumber); ok && isInteger(float64(n)) {
		L.Push(n)
	} else {
		L.Push(lua.LNil)
	}
	return 1
}

// mathUlt is math.ult of Lua 5.3: compares integers as unsigned ones.
func mathUlt(L *lua.LState) int {
	a, b := checkInteger(L, 1), checkInteger(L, 2)
	L.Push(lua.LBool(uint64(a) < uint64(b)))
	return 1
}

func checkInteger(L *lua.LState, n int) int64 {
	v := checkNumber(L, n)
	if v != math.Trunc(v) || v < math.MinInt64 || v >= math.MaxInt64 {
		argError(L, n, "number has no integer representation")
	}
	return int64(v)
}
