package lualib

import lua "github.com/yuin/gopher-lua"

// unpackFunction is unpack of Lua 5.1, which Lua 5.2 and later call
// table.unpack.
func unpackFunction(h *Host) lua.LGFunction {
	return func(L *lua.LState) int {
		tb := checkTable(L, 1)
		first := optInt(L, 2, 1)
		var last int
		if L.Get(3) == lua.LNil {
			last = tb.Len()
		} else {
			last = checkInt(L, 3)
		}
		if first > last {
			return 0
		}
		n := last - first + 1
		top := L.GetTop()
		if n <= 0 || n > registryRoom(L)-top {
			raise(L, "too many results to unpack")
		}
		if n > chargeStride {
			h.Charge(L, n)
			h.Alloc(L, int64(n)*valueSize)
			// Makes room for all results at once; a full registry that grows while
			// values are pushed is copied every RegistryGrowStep values.
			L.SetTop(top + n)
			L.SetTop(top)
		}
		for i := first; n > i-first; i++ {
			L.Push(getInt(tb, i))
		}
		return n
	}
}

// registryRoom is how many values the registry of L can hold.
func registryRoom(L *lua.LState) int {
	return max(L.Options.RegistrySize, L.Options.RegistryMaxSize)
}

// tablePack is table.pack of Lua 5.2.
func tablePack(L *lua.LState) int {
	n := L.GetTop()
	tb := L.CreateTable(n, 1)
	for i := 1; i <= n; i++ {
		tb.RawSetInt(i, L.Get(i))
	}
	tb.RawSetString("n", lua.LNumber(n))
	L.Push(tb)
	return 1
}

// move is table.move of Lua 5.3. Unlike the rest of the library, and like the
// original, it honours __index and __newindex.
func (t *tableLib) move(L *lua.LState) int {
	source := checkTable(L, 1)
	from, end, to := checkInt(L, 2), checkInt(L, 3), checkInt(L, 4)
	target, argument := source, 1
	if L.Get(5) != lua.LNil {
		target, argument = checkTable(L, 5), 5
	}
	const maxInt = int(^uint(0) >> 1)
	if end >= from {
		if from <= 0 && end >= maxInt+from {
			argError(L, 3, "too many elements to move")
		}
		n := end - from + 1
		if to > maxInt-n+1 {
			argError(L, 4, "destination wrap around")
		}
		// Overlapping upwards, the elements are copied from the last to the first.
		backwards := to > from && to <= end && source == target
		for k := 0; k < n; k++ {
			if k%chargeStride == 0 {
				t.host.Charge(L, min(n-k, chargeStride))
			}
			i := k
			if backwards {
				i = n - 1 - k
			}
			t.moveOne(L, source, target, from+i, to+i)
		}
	}
	L.Push(L.Get(argument))
	return 1
}

func (t *tableLib) moveOne(L *lua.LState, source, target *lua.LTable, from, to int) {
	v := getInt(source, from)
	if v == lua.LNil && source.Metatable != lua.LNil {
		v = L.GetTable(source, lua.LNumber(from))
	}
	if target.Metatable != lua.LNil {
		L.SetTable(target, lua.LNumber(to), v)
		return
	}
	setInt(L, t.host, target, to, v)
}
