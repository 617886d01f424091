package lualib

import (
	"math"
	"math/bits"

	lua "github.com/yuin/gopher-lua"
)

// openBit32 adds the bit32 library of Lua 5.2.
func openBit32(L *lua.LState) {
	register(L, library(L, "bit32"), []entry{
		{"arshift", bitArshift},
		{"band", bitFold(math.MaxUint32, func(a, b uint32) uint32 { return a & b })},
		{"bnot", bitNot},
		{"bor", bitFold(0, func(a, b uint32) uint32 { return a | b })},
		{"btest", bitTest},
		{"bxor", bitFold(0, func(a, b uint32) uint32 { return a ^ b })},
		{"extract", bitExtract},
		{"lrotate", bitRotate(1)},
		{"lshift", bitShift(1)},
		{"replace", bitReplace},
		{"rrotate", bitRotate(-1)},
		{"rshift", bitShift(-1)},
	})
}

// checkBits is a number argument modulo 2^32.
func checkBits(L *lua.LState, n int) uint32 {
	f := math.Mod(math.RoundToEven(checkNumber(L, n)), 1<<32)
	if math.IsNaN(f) {
		return 0
	}
	return uint32(int64(f))
}

func pushBits(L *lua.LState, v uint32) int {
	L.Push(lua.LNumber(v))
	return 1
}

func fold(L *lua.LState, start uint32, f func(a, b uint32) uint32) uint32 {
	for i := 1; i <= L.GetTop(); i++ {
		start = f(start, checkBits(L, i))
	}
	return start
}

func bitFold(start uint32, f func(a, b uint32) uint32) lua.LGFunction {
	return func(L *lua.LState) int { return pushBits(L, fold(L, start, f)) }
}

func bitTest(L *lua.LState) int {
	all := fold(L, math.MaxUint32, func(a, b uint32) uint32 { return a & b })
	L.Push(lua.LBool(all != 0))
	return 1
}

func bitNot(L *lua.LState) int {
	return pushBits(L, ^checkBits(L, 1))
}

// shiftLeft shifts by any number of places; a negative one shifts right.
func shiftLeft(v uint32, places int) uint32 {
	switch {
	case places <= -32 || places >= 32:
		return 0
	case places < 0:
		return v >> uint(-places)
	}
	return v << uint(places)
}

func bitShift(sign int) lua.LGFunction {
	return func(L *lua.LState) int {
		v, places := checkBits(L, 1), checkInt(L, 2)
		return pushBits(L, shiftLeft(v, sign*clampPlaces(places)))
	}
}

// clampPlaces keeps a shift distance in a range where it can be negated.
func clampPlaces(places int) int {
	return max(-32, min(places, 32))
}

func bitArshift(L *lua.LState) int {
	v, places := checkBits(L, 1), clampPlaces(checkInt(L, 2))
	if places < 0 || v < 1<<31 {
		return pushBits(L, shiftLeft(v, -places))
	}
	return pushBits(L, uint32(int32(v)>>uint(places)))
}

func bitRotate(sign int) lua.LGFunction {
	return func(L *lua.LState) int {
		v, places := checkBits(L, 1), checkInt(L, 2)
		return pushBits(L, bits.RotateLeft32(v, sign*(places%32)))
	}
}

// checkField reads the arguments field and width, which start at argument n, and
// returns the field's first bit and its mask.
func checkField(L *lua.LState, n int) (first int, mask uint32) {
	first, width := checkInt(L, n), optInt(L, n+1, 1)
	if first < 0 {
		argError(L, n, "field cannot be negative")
	}
	if width <= 0 {
		argError(L, n+1, "width must be positive")
	}
	if first > 32 || width > 32 || first+width > 32 {
		raise(L, "trying to access non-existent bits")
	}
	return first, math.MaxUint32 >> uint(32-width)
}

func bitExtract(L *lua.LState) int {
	v := checkBits(L, 1)
	first, mask := checkField(L, 2)
	return pushBits(L, v>>uint(first)&mask)
}

func bitReplace(L *lua.LState) int {
	v, field := checkBits(L, 1), checkBits(L, 2)
	first, mask := checkField(L, 3)
	return pushBits(L, v&^(mask<<uint(first))|(field&mask)<<uint(first))
}
