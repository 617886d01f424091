package lualib

import (
	"fmt"
	"math"

	lua "github.com/yuin/gopher-lua"
)

// These functions replace lua.LState's Check and Opt methods, which word their
// errors differently from PUC Lua, refuse numeric strings, and prefix the
// position of the nearest Lua function even where the caller is a Go function.
// Their argument numbers count from 1. Call them before pushing anything: an
// argument above GetTop is "no value".

// raise raises msg as luaL_error does: prefixed with the position of the
// function that called the running library function, if that is a Lua function.
func raise(L *lua.LState, msg string) {
	if caller, ok := L.GetStack(1); ok {
		if _, err := L.GetInfo("Sl", caller, lua.LNil); err == nil && caller.CurrentLine > 0 {
			msg = fmt.Sprintf("%s:%d: %s", caller.Source, caller.CurrentLine, msg)
		}
	}
	L.Error(lua.LString(msg), 0)
}

// raisef is raise with a format.
func raisef(L *lua.LState, format string, args ...any) {
	raise(L, fmt.Sprintf(format, args...))
}

// argError raises "bad argument #n to 'f' (msg)". In a method call the self
// argument is not counted, and a bad self has its own message.
func argError(L *lua.LState, n int, msg string) {
	name, method := calledAs(L)
	if method {
		n--
		if n == 0 {
			raisef(L, "calling '%s' on bad self (%s)", name, msg)
			return
		}
	}
	raisef(L, "bad argument #%d to '%s' (%s)", n, name, msg)
}

// typeError raises argError with "want expected, got (the type of argument n)".
func typeError(L *lua.LState, n int, want string) {
	argError(L, n, want+" expected, got "+argTypeName(L, n))
}

// argTypeName is the type name of argument n, "no value" if there is none.
func argTypeName(L *lua.LState, n int) string {
	if n > L.GetTop() {
		return "no value"
	}
	return L.Get(n).Type().String()
}

// isNoneOrNil reports whether argument n is absent or nil: the default applies.
func isNoneOrNil(L *lua.LState, n int) bool {
	return L.Get(n) == lua.LNil
}

// toString is the value as a string where Lua converts silently: strings and
// numbers only.
func toString(v lua.LValue) (string, bool) {
	switch v := v.(type) {
	case lua.LString:
		return string(v), true
	case lua.LNumber:
		return FormatNumber(v), true
	}
	return "", false
}

// toNumber is the value as a number where Lua converts silently: numbers and
// strings that ParseNumber accepts.
func toNumber(v lua.LValue) (float64, bool) {
	switch v := v.(type) {
	case lua.LNumber:
		return float64(v), true
	case lua.LString:
		return ParseNumber(string(v))
	}
	return 0, false
}

// checkString returns argument n, a string or a number.
func checkString(L *lua.LState, n int) string {
	s, ok := toString(L.Get(n))
	if !ok {
		typeError(L, n, "string")
	}
	return s
}

// optString is checkString with a default for an absent or nil argument.
func optString(L *lua.LState, n int, def string) string {
	if isNoneOrNil(L, n) {
		return def
	}
	return checkString(L, n)
}

// checkNumber returns argument n, a number or a numeric string.
func checkNumber(L *lua.LState, n int) float64 {
	f, ok := toNumber(L.Get(n))
	if !ok {
		typeError(L, n, "number")
	}
	return f
}

// optNumber is checkNumber with a default for an absent or nil argument.
func optNumber(L *lua.LState, n int, def float64) float64 {
	if isNoneOrNil(L, n) {
		return def
	}
	return checkNumber(L, n)
}

// checkInt returns argument n converted to an integer as castInt does.
func checkInt(L *lua.LState, n int) int {
	return int(castInt(checkNumber(L, n)))
}

// optInt is checkInt with a default for an absent or nil argument.
func optInt(L *lua.LState, n, def int) int {
	if isNoneOrNil(L, n) {
		return def
	}
	return checkInt(L, n)
}

// checkTable returns argument n, a table.
func checkTable(L *lua.LState, n int) *lua.LTable {
	t, ok := L.Get(n).(*lua.LTable)
	if !ok {
		typeError(L, n, "table")
	}
	return t
}

// checkFunction returns argument n, a function.
func checkFunction(L *lua.LState, n int) *lua.LFunction {
	f, ok := L.Get(n).(*lua.LFunction)
	if !ok {
		typeError(L, n, "function")
	}
	return f
}

// checkAny returns argument n, which may be nil but must have been given.
func checkAny(L *lua.LState, n int) lua.LValue {
	if n > L.GetTop() {
		argError(L, n, "value expected")
	}
	return L.Get(n)
}

// castInt is C's cast from double to a 64-bit integer as x86-64 does it:
// truncated, and the smallest integer for NaN, infinities and what does not
// fit. Go leaves those cases to the machine, so they are spelled out here.
func castInt(f float64) int64 {
	if f >= -(1<<63) && f < 1<<63 {
		return int64(f)
	}
	return math.MinInt64
}

// castUint is the cast to an unsigned 64-bit integer, with negative numbers
// wrapping round.
func castUint(f float64) uint64 {
	switch {
	case f >= 1<<64:
		return 0
	case f >= 1<<63:
		return uint64(f-(1<<63)) | 1<<63
	}
	return uint64(castInt(f))
}
