package lualib

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

const cSpace = " \t\n\v\f\r"

// tonumberFunction is tonumber, which can be stopped in a long text.
func tonumberFunction(h *Host) lua.LGFunction {
	return func(L *lua.LState) int { return baseTonumber(L, func(n int) { h.bytes(L, n) }) }
}

func baseTonumber(L *lua.LState, step func(bytes int)) int {
	base := optInt(L, 2, 10)
	if base == 10 {
		switch v := checkAny(L, 1).(type) {
		case lua.LNumber:
			L.Push(v)
			return 1
		case lua.LString:
			if n, ok := ParseLongNumber(string(v), step); ok {
				L.Push(lua.LNumber(n))
				return 1
			}
		}
		L.Push(lua.LNil)
		return 1
	}
	s := checkString(L, 1)
	if base < 2 || base > 36 {
		argError(L, 2, "base out of range")
	}
	if n, ok := parseUnsigned(s, base, step); ok {
		L.Push(lua.LNumber(n))
	} else {
		L.Push(lua.LNil)
	}
	return 1
}

// parseUnsigned reads s as C's strtoul does on a 64-bit machine, which is what
// PUC Lua 5.1 uses for every base but 10: a number too large becomes 2^64-1. A
// minus sign negates the number itself, as Lua's own test suite expects and
// later versions do; strtoul would negate modulo 2^64.
func parseUnsigned(s string, base int, step func(bytes int)) (float64, bool) {
	s, _, _ = strings.Cut(s, "\x00") // where a C string ends
	s = trimSpace(s, step)
	negative := false
	if s != "" && (s[0] == '-' || s[0] == '+') {
		negative = s[0] == '-'
		s = s[1:]
	}
	if base == 16 && len(s) > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') {
		s = s[2:]
	}
	if s == "" {
		return 0, false
	}
	const maxUint64 = 1<<64 - 1
	var n uint64
	overflow := false
	for i := 0; i < len(s); i++ {
		if i > 0 && i%pieceBytes == 0 {
			step(pieceBytes)
		}
		d := digitValue(s[i])
		if d >= base {
			return 0, false
		}
		if n > (maxUint64-uint64(d))/uint64(base) {
			overflow = true
		}
		n = n*uint64(base) + uint64(d)
	}
	if overflow {
		n = maxUint64
	}
	if negative {
		return 0 - float64(n), true // no -0
	}
	return float64(n), true
}

// digitValue is the value of c as a digit of base 36, or 36 if it is none.
func digitValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'Z':
		return int(c-'A') + 10
	}
	return 36
}
