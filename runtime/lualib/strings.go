package lualib

import (
	"math"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

const (
	// allocFrom is the size from which an allocation is announced to the host.
	allocFrom = 64 << 10
	// bytesPerStep is how many bytes a loop without a choice (copy, compare,
	// search for one byte) handles in the time of one step of work.
	bytesPerStep = 16
	// maxByteResults bounds the results of one string.byte, as Lua 5.2 and
	// later do; the registry may well be full before.
	maxByteResults = 1000000
)

// openString replaces the functions of the string library. The table stays the
// one that is there. Strings get a metatable of their own, as in PUC Lua:
// gopher-lua uses the library table itself, with an __index that scripts see
// among the functions.
func openString(L *lua.LState, h *Host) {
	lib := library(L, lua.StringLibName)
	register(L, lib, []entry{
		{"byte", h.stringByte},
		{"char", h.stringChar},
		{"dump", stringDump},
		{"find", h.stringFind},
		{"format", h.stringFormat},
		{"gmatch", h.stringGmatch},
		{"gsub", h.stringGsub},
		{"len", stringLen},
		{"lower", h.stringLower},
		{"match", h.stringMatch},
		{"pack", h.stringPack},
		{"packsize", stringPacksize},
		{"rep", h.stringRep},
		{"reverse", h.stringReverse},
		{"sub", stringSub},
		{"unpack", h.stringUnpack},
		{"upper", h.stringUpper},
	})
	lib.RawSetString("gfind", lib.RawGetString("gmatch")) // its name in Lua 5.0
	lib.RawSetString("__index", lua.LNil)
	meta := L.CreateTable(0, 2)
	meta.RawSetString("__index", lib)
	L.SetMetatable(lua.LString(""), meta)
}

// reserve announces the work and the memory of a result of n bytes.
func (h *Host) reserve(L *lua.LState, n int) {
	if n < allocFrom {
		return
	}
	h.Alloc(L, int64(n))
	h.Charge(L, n/bytesPerStep)
}

// relative converts a position that may count from the end (-1 is the last
// byte) to one that counts from the start; before the start is 0.
func relative(pos, length int) int {
	if pos < 0 {
		pos += length + 1
	}
	return max(pos, 0)
}

// substring is s[i:j]. A small part of a large string is copied, so that it
// does not keep the large one in memory.
func substring(s string, i, j int) string {
	part := s[i:j]
	if len(s) >= allocFrom && len(part) < len(s)/8 {
		return strings.Clone(part)
	}
	return part
}

func stringLen(L *lua.LState) int {
	L.Push(lua.LNumber(len(checkString(L, 1))))
	return 1
}

func stringSub(L *lua.LState) int {
	s := checkString(L, 1)
	i := max(relative(checkInt(L, 2), len(s)), 1)
	j := min(relative(optInt(L, 3, -1), len(s)), len(s))
	if i > j {
		L.Push(lua.LString(""))
		return 1
	}
	L.Push(lua.LString(substring(s, i-1, j)))
	return 1
}

func (h *Host) stringByte(L *lua.LState) int {
	s := checkString(L, 1)
	i := relative(optInt(L, 2, 1), len(s))
	j := min(relative(optInt(L, 3, i), len(s)), len(s))
	i = max(i, 1)
	if i > j {
		return 0
	}
	n := j - i + 1
	if n >= maxByteResults {
		raise(L, "stack overflow (string slice too long)")
	}
	if n >= chargeSteps {
		h.Charge(L, n)
	}
	for _, c := range []byte(s[i-1 : j]) {
		L.Push(lua.LNumber(c))
	}
	return n
}

func (h *Host) stringChar(L *lua.LState) int {
	n := L.GetTop()
	if n >= chargeSteps {
		h.Charge(L, n)
	}
	buf := make([]byte, n)
	for i := range buf {
		c := checkInt(L, i+1)
		if c < 0 || c > 255 {
			argError(L, i+1, "invalid value")
		}
		buf[i] = byte(c)
	}
	L.Push(lua.LString(buf))
	return 1
}

func (h *Host) stringRep(L *lua.LState) int {
	s := checkString(L, 1)
	n := checkInt(L, 2)
	if n <= 0 || s == "" {
		L.Push(lua.LString(""))
		return 1
	}
	if n > math.MaxInt/len(s) {
		h.Alloc(L, math.MaxInt64)
		raise(L, "not enough memory") // whatever the host says
	}
	L.Push(lua.LString(h.repeat(L, s, n)))
	return 1
}

func (h *Host) stringReverse(L *lua.LState) int {
	L.Push(lua.LString(h.reversed(L, checkString(L, 1))))
	return 1
}

func (h *Host) stringLower(L *lua.LState) int {
	L.Push(lua.LString(h.mapLetters(L, checkString(L, 1), 'A')))
	return 1
}

func (h *Host) stringUpper(L *lua.LState) int {
	L.Push(lua.LString(h.mapLetters(L, checkString(L, 1), 'a')))
	return 1
}

// stringDump refuses: gopher-lua's code has no portable binary form.
func stringDump(L *lua.LState) int {
	checkFunction(L, 1)
	raise(L, "unable to dump given function")
	return 0
}
