package lualib

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// tableLib is the table library of one state.
type tableLib struct{ host *Host }

func openTable(L *lua.LState, h *Host) {
	t := &tableLib{host: h}
	register(L, library(L, lua.TabLibName), []entry{
		{"concat", t.concat},
		{"foreach", tableForeach},
		{"foreachi", tableForeachi},
		{"getn", tableGetn},
		{"insert", t.insert},
		{"maxn", tableMaxn},
		{"move", t.move},
		{"pack", tablePack},
		{"remove", t.remove},
		{"setn", tableSetn},
		{"sort", t.sort},
		{"unpack", unpackFunction(h)},
	})
}

// concat joins in two passes: the first checks and adds up the size, so that
// the Host is asked once and the result is allocated once.
func (t *tableLib) concat(L *lua.LState) int {
	sep := optString(L, 2, "")
	tb := checkTable(L, 1)
	first := optInt(L, 3, 1)
	var last int
	if L.Get(4) == lua.LNil {
		last = tb.Len()
	} else {
		last = checkInt(L, 4)
	}
	if first > last {
		L.Push(lua.LString(""))
		return 1
	}
	size, numbers := 0, 0
	for i := first; ; i++ {
		if (i-first)%chargeStride == 0 {
			t.host.Charge(L, min(last-i+1, chargeStride))
		}
		switch v := getInt(tb, i).(type) {
		case lua.LString:
			size += len(v)
		case lua.LNumber:
			size += 8
			numbers++
		default:
			raisef(L, "invalid value (%s) at index %d in table for 'concat'", v.Type(), i)
		}
		if i == last { // not "i <= last" above: last may be the largest int
			break
		}
		size += len(sep)
	}
	if size >= pieceBytes {
		t.host.announce(L, size+16*numbers) // a number has 24 bytes at most
		return t.joined(L, tb, sep, first, last, size)
	}
	var few [128]byte
	buf := few[:0]
	if size > len(few) {
		buf = make([]byte, 0, size)
	}
	for i := first; ; i++ {
		switch v := getInt(tb, i).(type) {
		case lua.LString:
			buf = append(buf, v...)
		case lua.LNumber:
			buf = append(buf, FormatNumber(v)...)
		}
		if i == last {
			break
		}
		buf = append(buf, sep...)
	}
	L.Push(lua.LString(buf))
	return 1
}

// joined is concat of much text: it pushes elements first to last, of which all are
// strings and numbers, with sep between them. size is about how long that is.
func (t *tableLib) joined(L *lua.LState, tb *lua.LTable, sep string, first, last, size int) int {
	var out strings.Builder
	out.Grow(size)
	until := pieceBytes // how long out is when the host is told next
	for i := first; ; i++ {
		switch v := getInt(tb, i).(type) {
		case lua.LString:
			if len(v) > largePiece {
				t.host.appendTo(L, &out, string(v))
			} else {
				out.WriteString(string(v))
			}
		case lua.LNumber:
			out.WriteString(FormatNumber(v))
		default: // something else has run meanwhile
			raisef(L, "invalid value (%s) at index %d in table for 'concat'", v.Type(), i)
		}
		if out.Len() >= until {
			t.host.bytes(L, out.Len()-until+pieceBytes)
			until = out.Len() + pieceBytes
		}
		if i == last {
			break
		}
		if sep != "" {
			t.host.appendTo(L, &out, sep)
		}
	}
	text := out.String()
	if len(text) < out.Cap()/2 { // short numbers: what is not used must not stay
		text = strings.Clone(text)
	}
	L.Push(lua.LString(text))
	return 1
}

// chargeStride is how many steps of work are reported to the Host at once.
const chargeStride = 1000

func (t *tableLib) insert(L *lua.LState) int {
	tb := checkTable(L, 1)
	switch L.GetTop() {
	case 2:
		appendValue(tb, L.Get(2))
	case 3:
		pos := int(int32(checkInt(L, 2))) // C's int: no loop down to -2^63
		t.insertAt(L, tb, pos, L.Get(3))
	default:
		raise(L, "wrong number of arguments to 'insert'")
	}
	return 0
}

// appendValue sets the element after the last. The trailing nils that cleared
// elements leave in the array part are dropped on the way: LTable.Append would
// walk over them on every call.
func appendValue(tb *lua.LTable, v lua.LValue) {
	if v == lua.LNil {
		return
	}
	n := tb.Len()
	if n > 0 {
		tb.RawSetInt(n, popLast(tb))
	}
	tb.RawSetInt(n+1, v)
}

// popLast removes the last element of a table that has one, and the nils
// behind it, from the array part. Amortised over the calls it takes O(1).
func popLast(tb *lua.LTable) lua.LValue {
	for {
		if v := tb.Remove(-1); v != lua.LNil {
			return v
		}
	}
}

// insertAt moves the elements from pos on up by one and sets t[pos].
func (t *tableLib) insertAt(L *lua.LState, tb *lua.LTable, pos int, v lua.LValue) {
	n := tb.Len()
	if pos >= 1 && pos <= n {
		t.chargeMove(L, n-pos)
		tb.Insert(pos, v)
		return
	}
	for i := n + 1; i > pos; i-- { // pos is below 1 here, or the loop does nothing
		if (n+1-i)%chargeStride == 0 {
			t.host.Charge(L, chargeStride)
		}
		setInt(L, t.host, tb, i, getInt(tb, i-1))
	}
	setInt(L, t.host, tb, pos, v)
}

// chargeMove charges for moving n elements in one memmove, which takes about a
// sixteenth of the time of as many steps.
func (t *tableLib) chargeMove(L *lua.LState, n int) {
	if n > 16*chargeStride {
		t.host.Charge(L, n/16)
	}
}

func (t *tableLib) remove(L *lua.LState) int {
	tb := checkTable(L, 1)
	n := tb.Len()
	pos := optInt(L, 2, n)
	if pos < 1 || pos > n {
		return 0
	}
	if pos == n {
		L.Push(popLast(tb))
		return 1
	}
	t.chargeMove(L, n-pos)
	L.Push(tb.Remove(pos))
	return 1
}

func tableGetn(L *lua.LState) int {
	L.Push(lua.LNumber(checkTable(L, 1).Len()))
	return 1
}

func tableSetn(L *lua.LState) int {
	checkTable(L, 1)
	raise(L, "'setn' is obsolete")
	return 0
}

// tableMaxn is the largest positive numeric key, of the hash part too.
func tableMaxn(L *lua.LState) int {
	tb := checkTable(L, 1)
	largest := lua.LNumber(tb.MaxN())
	var key lua.LValue = lua.LNil
	if largest > 0 {
		key = largest
	}
	for key, _ = tb.Next(key); key != lua.LNil; key, _ = tb.Next(key) {
		if n, ok := key.(lua.LNumber); ok && n > largest {
			largest = n
		}
	}
	L.Push(largest)
	return 1
}

func tableForeach(L *lua.LState) int {
	tb := checkTable(L, 1)
	fn := checkFunction(L, 2)
	var key, value lua.LValue = lua.LNil, nil
	for {
		if n, ok := key.(lua.LNumber); ok {
			key = arrayCursor(tb, n)
		}
		if key, value = tb.Next(key); key == lua.LNil {
			return 0
		}
		if callVisitor(L, fn, key, value) {
			return 1
		}
	}
}

func tableForeachi(L *lua.LState) int {
	tb := checkTable(L, 1)
	fn := checkFunction(L, 2)
	n := tb.Len()
	for i := 1; i <= n; i++ {
		if callVisitor(L, fn, lua.LNumber(i), getInt(tb, i)) {
			return 1
		}
	}
	return 0
}

// callVisitor calls fn(key, value); a result that is not nil stays on the stack.
func callVisitor(L *lua.LState, fn *lua.LFunction, key, value lua.LValue) bool {
	L.Push(fn)
	L.Push(key)
	L.Push(value)
	L.Call(2, 1)
	if L.Get(-1) != lua.LNil {
		return true
	}
	L.Pop(1)
	return false
}
