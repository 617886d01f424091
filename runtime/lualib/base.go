package lualib

import (
	"io"

	lua "github.com/yuin/gopher-lua"
)

// openBase replaces the basic functions that gopher-lua does not answer as PUC
// Lua does. Those that deal with errors, coroutines and chunks are the
// runtime's and stay untouched.
func openBase(L *lua.LState, h *Host) {
	globals := L.G.Global
	register(L, globals, []entry{
		{"gcinfo", baseGCInfo},
		{"getfenv", baseGetfenv},
		{"getmetatable", baseGetmetatable},
		{"newproxy", baseNewproxy},
		{"next", baseNext},
		{"rawequal", baseRawequal},
		{"rawget", baseRawget},
		{"rawlen", baseRawlen},
		{"select", baseSelect},
		{"setfenv", baseSetfenv},
		{"setmetatable", baseSetmetatable},
		{"tonumber", tonumberFunction(h)},
		{"type", baseType},
	})
	collector := &collector{host: h, process: processCollections, pause: 200, stepMul: 200}
	globals.RawSetString("collectgarbage", L.NewFunction(collector.collectgarbage))
	globals.RawSetString("rawset", L.NewFunction(rawsetFunction(h)))
	globals.RawSetString("unpack", L.NewFunction(unpackFunction(h)))

	next := L.NewFunction(baseNext) // not the global, as in PUC Lua
	globals.RawSetString("pairs", L.NewFunction(func(L *lua.LState) int {
		return pushIterator(L, next, lua.LNil)
	}))
	step := L.NewFunction(ipairsStep)
	globals.RawSetString("ipairs", L.NewFunction(func(L *lua.LState) int {
		return pushIterator(L, step, lua.LNumber(0))
	}))

	tostring := L.NewFunction(baseTostring)
	globals.RawSetString("tostring", tostring)
	p := &printer{host: h, tostring: tostring}
	globals.RawSetString("print", L.NewFunction(p.print))

	// A debugging aid of gopher-lua's that writes to the process's stderr.
	globals.RawSetString("_printregs", lua.LNil)
}

func baseType(L *lua.LState) int {
	L.Push(lua.LString(checkAny(L, 1).Type().String()))
	return 1
}

func baseTostring(L *lua.LState) int {
	v := checkAny(L, 1)
	if handler := L.GetMetaField(v, "__tostring"); handler != lua.LNil {
		// Whatever the handler returns is the result, as in PUC Lua 5.1.
		L.Push(handler)
		L.Push(v)
		L.Call(1, 1)
		return 1
	}
	L.Push(lua.LString(plainString(v)))
	return 1
}

// plainString is tostring without metamethods.
func plainString(v lua.LValue) string {
	if n, ok := v.(lua.LNumber); ok {
		return FormatNumber(n)
	}
	return v.String()
}

// printer is the print function of one state.
type printer struct {
	host *Host
	// tostring is the state's own tostring. While the global still holds it,
	// print may format plain values without calling it.
	tostring *lua.LFunction
}

func (p *printer) print(L *lua.LState) int {
	top := L.GetTop()
	convert := L.GetField(L.Env, "tostring")
	line := make([]byte, 0, 64)
	for i := 1; i <= top; i++ {
		if i > 1 {
			line = append(line, '\t')
		}
		line = p.appendValue(L, line, convert, L.Get(i))
	}
	line = append(line, '\n')
	writeOut(p.host.Stdout, line)
	return 0
}

func (p *printer) appendValue(L *lua.LState, line []byte, convert, v lua.LValue) []byte {
	if convert == p.tostring && L.GetMetaField(v, "__tostring") == lua.LNil {
		if s, ok := v.(lua.LString); ok {
			chargeBytes(L, p.host, len(line)+len(s))
			return append(line, s...)
		}
		return append(line, plainString(v)...)
	}
	if convert.Type() != lua.LTFunction && L.GetMetaField(convert, "__call") == lua.LNil {
		raisePlain(L, "attempt to call a "+convert.Type().String()+" value")
	}
	L.Push(convert)
	L.Push(v)
	L.Call(1, 1)
	result := L.Get(-1)
	L.Pop(1)
	if !lua.LVCanConvToString(result) {
		raise(L, "'tostring' must return a string to 'print'")
	}
	s := plainString(result)
	chargeBytes(L, p.host, len(line)+len(s))
	return append(line, s...)
}

// writeOut writes what a script prints. Like C's stdio on a broken stdout, print
// has nobody to tell about a failed write.
func writeOut(w io.Writer, p []byte) {
	_, _ = w.Write(p)
}

// allocNotice is the size from which the Host is asked before an allocation.
const allocNotice = 64 << 10

// chargeBytes asks the Host before n bytes are built up in memory.
func chargeBytes(L *lua.LState, h *Host, n int) {
	if n >= allocNotice {
		h.Alloc(L, int64(n))
		h.Charge(L, n/allocNotice)
	}
}

func baseSelect(L *lua.LState) int {
	top := L.GetTop()
	if s, ok := L.Get(1).(lua.LString); ok && len(s) > 0 && s[0] == '#' {
		L.Push(lua.LNumber(top - 1))
		return 1
	}
	n := checkInt(L, 1)
	if n < 0 {
		n += top
	} else if n > top {
		n = top
	}
	if n < 1 {
		argError(L, 1, "index out of range")
	}
	return top - n
}

func baseRawequal(L *lua.LState) int {
	a, b := checkAny(L, 1), checkAny(L, 2)
	L.Push(lua.LBool(L.RawEqual(a, b)))
	return 1
}

func baseRawget(L *lua.LState) int {
	tb := checkTable(L, 1)
	L.Push(tb.RawGet(checkAny(L, 2)))
	return 1
}

func rawsetFunction(h *Host) lua.LGFunction {
	return func(L *lua.LState) int {
		tb, key, value := checkTable(L, 1), checkAny(L, 2), checkAny(L, 3)
		rawSet(L, h, tb, key, value)
		L.Push(tb)
		return 1
	}
}

func baseRawlen(L *lua.LState) int {
	switch v := L.Get(1).(type) {
	case *lua.LTable:
		L.Push(lua.LNumber(v.Len()))
	case lua.LString:
		L.Push(lua.LNumber(len(v)))
	default:
		argError(L, 1, "table or string expected")
	}
	return 1
}
