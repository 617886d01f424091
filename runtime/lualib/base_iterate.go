package lualib

import (
	"math"

	lua "github.com/yuin/gopher-lua"
)

// baseNext is next. gopher-lua keeps no way to tell a key that was cleared
// during the traversal (legal) from one that never was in the table (PUC Lua
// raises "invalid key to 'next'"), so only NaN, which no table can hold, raises.
func baseNext(L *lua.LState) int {
	tb := checkTable(L, 1)
	key := L.Get(2)
	if n, ok := key.(lua.LNumber); ok {
		if math.IsNaN(float64(n)) {
			raisePlain(L, "invalid key to 'next'")
		}
		key = arrayCursor(tb, n)
	}
	key, value := tb.Next(key)
	L.Push(key)
	if key == lua.LNil {
		return 1
	}
	L.Push(value)
	return 2
}

// arrayCursor moves a traversal's key back into the array part when that part
// has shrunk below it (table.remove of the last element). LTable.Next would
// take such a key for one of the hash part and leave out that part's first key.
func arrayCursor(tb *lua.LTable, n lua.LNumber) lua.LValue {
	if n < 1 || n >= lua.LNumber(lua.MaxArrayIndex) || n != lua.LNumber(int(n)) || tb.RawGetInt(int(n)) != lua.LNil {
		return n
	}
	last := tb.MaxN()
	switch {
	case int(n) <= last:
		return n
	case last == 0:
		return lua.LNil
	}
	return lua.LNumber(last)
}

func ipairsStep(L *lua.LState) int {
	tb := checkTable(L, 1)
	i := checkInt(L, 2) + 1
	v := getInt(tb, i)
	if v == lua.LNil {
		return 0
	}
	L.Push(lua.LNumber(i))
	L.Push(v)
	return 2
}

func pushIterator(L *lua.LState, step, start lua.LValue) int {
	tb := checkTable(L, 1)
	L.Push(step)
	L.Push(tb)
	L.Push(start)
	return 3
}
