package lualib

import (
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// FormatNumber returns the number as Lua prints it: C's "%.14g".
func FormatNumber(n lua.LNumber) string {
	f := float64(n)
	// 1e14 has fifteen digits, so "%.14g" writes it with an exponent.
	if f > -1e14 && f < 1e14 {
		if i := int64(f); float64(i) == f && (i != 0 || !math.Signbit(f)) {
			return strconv.FormatInt(i, 10)
		}
	}
	switch {
	case math.IsNaN(f):
		// The sign is part of what C prints; 0/0 is -nan on x86.
		if math.Signbit(f) {
			return "-nan"
		}
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	return strconv.FormatFloat(f, 'g', 14, 64)
}

// ParseNumber converts a string to a number as PUC Lua 5.1 does: strtod's
// syntax (decimal, hexadecimal, inf, nan) with white space around it, up to the
// first zero byte. A text that may be long is for ParseLongNumber.
func ParseNumber(s string) (float64, bool) {
	return ParseLongNumber(s, func(int) {})
}

// parseShort is ParseNumber of a text that takes no time to speak of.
func parseShort(s string) (float64, bool) {
	if i := strings.IndexByte(s, 0); i >= 0 {
		s = s[:i]
	}
	s = strings.Trim(s, cSpace)
	body, negative := s, false
	if body != "" && (body[0] == '+' || body[0] == '-') {
		negative = body[0] == '-'
		body = body[1:]
	}
	var f float64
	var ok bool
	switch {
	case len(body) > 2 && body[0] == '0' && body[1]|0x20 == 'x':
		f, ok = parseHex(body)
	case body != "" && (body[0] == '.' || isDigit(body[0])):
		f, ok = parseDecimal(body)
	default:
		f, ok = parseNamed(body)
	}
	if negative {
		f = math.Copysign(f, -1)
	}
	return f, ok
}

func isDigit(c byte) bool { return c-'0' < 10 }

// parseDecimal converts digits[.digits][e[+-]digits].
func parseDecimal(s string) (float64, bool) {
	// Short integers are nearly all of what scripts convert.
	if len(s) <= 15 {
		n, i := 0, 0
		for ; i < len(s) && isDigit(s[i]); i++ {
			n = n*10 + int(s[i]-'0')
		}
		if i == len(s) {
			return float64(n), true
		}
	}
	rest, ok := skipMantissa(s, isDigit)
	if !ok || !isExponent(rest, 'e') {
		return 0, false
	}
	return parseFloat(s)
}

// parseHex converts 0xdigits[.digits][p[+-]digits].
func parseHex(s string) (float64, bool) {
	rest, ok := skipMantissa(s[2:], func(c byte) bool { return isDigit(c) || (c|0x20)-'a' < 6 })
	if !ok || !isExponent(rest, 'p') {
		return 0, false
	}
	if rest == "" {
		s += "p0" // strconv insists on an exponent
	}
	return parseFloat(s)
}

// skipMantissa returns what follows digits[.digits]; at least one digit is needed.
func skipMantissa(s string, digit func(byte) bool) (rest string, ok bool) {
	point := false
	for i := 0; i < len(s); i++ {
		switch {
		case digit(s[i]):
			ok = true
		case s[i] == '.' && !point:
			point = true
		default:
			return s[i:], ok
		}
	}
	return "", ok
}

// isExponent reports whether s is empty or a whole exponent.
func isExponent(s string, letter byte) bool {
	if s == "" {
		return true
	}
	if s[0]|0x20 != letter {
		return false
	}
	s = s[1:]
	if s != "" && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

// parseFloat converts what has been found well-formed. Too large is infinite
// and too small is zero, as for strtod, so a range error is no error.
func parseFloat(s string) (float64, bool) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && f == 0 {
		return 0, false
	}
	return f, true
}

// parseNamed converts inf, infinity, nan and nan(letters and digits).
func parseNamed(s string) (float64, bool) {
	switch strings.ToLower(s) {
	case "inf", "infinity":
		return math.Inf(1), true
	case "nan":
		return math.NaN(), true
	}
	if len(s) < 5 || !strings.EqualFold(s[:4], "nan(") || s[len(s)-1] != ')' {
		return 0, false
	}
	for i := 4; i < len(s)-1; i++ {
		if c := s[i]; !isDigit(c) && c != '_' && (c|0x20)-'a' >= 26 {
			return 0, false
		}
	}
	return math.NaN(), true
}

// ToString returns what tostring(v) returns: the result of the metamethod
// __tostring if there is one, otherwise the value as Lua prints it. It raises
// an error if the metamethod returns anything but a string or a number.
func ToString(L *lua.LState, v lua.LValue) string {
	s, ok := tryToString(L, v)
	if !ok {
		raise(L, "'__tostring' must return a string")
	}
	return s
}

// tryToString is ToString for callers that word the error themselves; ok is
// false if the metamethod returned neither a string nor a number.
func tryToString(L *lua.LState, v lua.LValue) (s string, ok bool) {
	meta := L.GetMetaField(v, "__tostring")
	if meta == lua.LNil {
		if s, ok = toString(v); ok {
			return s, true
		}
		return v.String(), true
	}
	if meta.Type() != lua.LTFunction && L.GetMetaField(meta, "__call") == lua.LNil {
		// As the VM words it, and without a position: the caller is Go.
		L.Error(lua.LString("attempt to call a "+meta.Type().String()+" value"), 0)
	}
	L.Push(meta)
	L.Push(v)
	L.Call(1, 1)
	result := L.Get(-1)
	L.Pop(1)
	return toString(result)
}
