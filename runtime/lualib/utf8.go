package lualib

import (
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"
)

// utf8CharPattern matches one UTF-8 character, given a valid string.
const utf8CharPattern = "[\x00-\x7F\xC2-\xF4][\x80-\xBF]*"

// openUTF8 installs the utf8 library of Lua 5.3, which Lua 5.1 lacks. Like that
// one it takes surrogates for characters and refuses overlong forms.
func openUTF8(L *lua.LState, h *Host) {
	lib := library(L, "utf8")
	register(L, lib, []entry{
		{"char", h.utf8Char},
		{"codepoint", h.utf8Codepoint},
		{"codes", utf8Codes},
		{"len", h.utf8Len},
		{"offset", utf8Offset},
	})
	lib.RawSetString("charpattern", lua.LString(utf8CharPattern))
}

// decodeUTF8 returns the character at the start of s and its length in bytes;
// the length is 0 if there is no valid one.
func decodeUTF8(s string) (code rune, size int) {
	code, size = utf8.DecodeRuneInString(s)
	if code != utf8.RuneError || size > 1 {
		return code, size
	}
	// Go refuses surrogates: ED A0..BF 80..BF.
	if len(s) >= 3 && s[0] == 0xed && s[1] >= 0xa0 && s[1] <= 0xbf && isContinuation(s[2]) {
		return 0xd000 | rune(s[1]&0x3f)<<6 | rune(s[2]&0x3f), 3
	}
	return 0, 0
}

func isContinuation(c byte) bool { return c&0xc0 == 0x80 }

// appendUTF8 appends the character, a surrogate included.
func appendUTF8(buf []byte, code rune) []byte {
	if code >= 0xd800 && code <= 0xdfff {
		return append(buf, 0xed, 0x80|byte(code>>6&0x3f), 0x80|byte(code&0x3f))
	}
	return utf8.AppendRune(buf, code)
}

func (h *Host) utf8Char(L *lua.LState) int {
	n := L.GetTop()
	if n >= chargeSteps {
		h.Charge(L, n)
	}
	buf := make([]byte, 0, n)
	for i := 1; i <= n; i++ {
		code := checkInt(L, i)
		if code < 0 || code > utf8.MaxRune {
			argError(L, i, "value out of range")
		}
		buf = appendUTF8(buf, rune(code))
	}
	L.Push(lua.LString(buf))
	return 1
}

func (h *Host) utf8Codepoint(L *lua.LState) int {
	s := checkString(L, 1)
	i := relative(optInt(L, 2, 1), len(s))
	j := relative(optInt(L, 3, i), len(s))
	if i < 1 {
		argError(L, 2, "out of range")
	}
	if j > len(s) {
		argError(L, 3, "out of range")
	}
	if j-i >= maxByteResults {
		raise(L, "stack overflow (string slice too long)")
	}
	if j-i >= chargeSteps {
		h.Charge(L, j-i)
	}
	n := 0
	for pos := i - 1; pos < j; n++ {
		code, size := decodeUTF8(s[pos:])
		if size == 0 {
			raise(L, "invalid UTF-8 code")
		}
		L.Push(lua.LNumber(code))
		pos += size
	}
	return n
}

// utf8Len returns the number of characters, or nil and the position of the
// first byte that does not belong to one.
func (h *Host) utf8Len(L *lua.LState) int {
	s := checkString(L, 1)
	pos := relative(optInt(L, 2, 1), len(s)) - 1
	end := relative(optInt(L, 3, -1), len(s))
	if pos < 0 || pos > len(s) {
		argError(L, 2, "initial position out of string")
	}
	if end > len(s) {
		argError(L, 3, "final position out of string")
	}
	n := 0
	for ; pos < end; n++ {
		if n%chargeSteps == chargeSteps-1 {
			h.Charge(L, chargeSteps/4)
		}
		_, size := decodeUTF8(s[pos:])
		if size == 0 {
			L.Push(lua.LNil)
			L.Push(lua.LNumber(pos + 1))
			return 2
		}
		pos += size
	}
	L.Push(lua.LNumber(n))
	return 1
}

// utf8Offset returns the byte position of the n-th character counted from
// position i, or nil if there is none.
func utf8Offset(L *lua.LState) int {
	s := checkString(L, 1)
	n := checkInt(L, 2)
	def := 1
	if n < 0 {
		def = len(s) + 1
	}
	pos := relative(optInt(L, 3, def), len(s)) - 1
	if pos < 0 || pos > len(s) {
		argError(L, 3, "position out of range")
	}
	continues := func(i int) bool { return i < len(s) && isContinuation(s[i]) }
	if n == 0 { // the start of the character that contains the position
		for pos > 0 && continues(pos) {
			pos--
		}
		L.Push(lua.LNumber(pos + 1))
		return 1
	}
	if continues(pos) {
		raise(L, "initial position is a continuation byte")
	}
	for ; n < 0 && pos > 0; n++ {
		pos--
		for pos > 0 && continues(pos) {
			pos--
		}
	}
	for ; n > 1 && pos < len(s); n-- {
		pos++
		for continues(pos) {
			pos++
		}
	}
	if n != 0 && n != 1 {
		L.Push(lua.LNil)
		return 1
	}
	L.Push(lua.LNumber(pos + 1))
	return 1
}

// utf8Codes returns an iterator over positions and characters.
func utf8Codes(L *lua.LState) int {
	s := checkString(L, 1)
	L.Push(L.NewFunction(utf8NextCode))
	L.Push(lua.LString(s))
	L.Push(lua.LNumber(0))
	return 3
}

// utf8NextCode is the iterator of codes: the string and the last position in,
// the next position and its character out.
func utf8NextCode(L *lua.LState) int {
	s := checkString(L, 1)
	pos := checkInt(L, 2) - 1
	if pos < 0 {
		pos = 0
	} else if pos < len(s) {
		pos++
		for pos < len(s) && isContinuation(s[pos]) {
			pos++
		}
	}
	if pos >= len(s) {
		return 0
	}
	code, size := decodeUTF8(s[pos:])
	if size == 0 || pos+size < len(s) && isContinuation(s[pos+size]) {
		raise(L, "invalid UTF-8 code")
	}
	L.Push(lua.LNumber(pos + 1))
	L.Push(lua.LNumber(code))
	return 2
}
