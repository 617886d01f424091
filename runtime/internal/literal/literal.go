// Package literal reads the literals of Lua: numerals, and the escapes of strings.
package literal

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Numeral is the number that s means, which PUC Lua's lexer has delimited, and whether it is one.
func Numeral(s string) (n float64, ok bool) {
	if len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		digits := s[2:]
		if strings.ContainsAny(digits, ".pP") {
			if !strings.ContainsAny(digits, "pP") {
				s += "p0"
			}
			n, err := strconv.ParseFloat(s, 64)
			return n, err == nil && !strings.Contains(s, "_")
		}
		for i := 0; i < len(digits); i++ {
			if !isHex(digits[i]) {
				return 0, false
			}
			d, _ := strconv.ParseUint(digits[i:i+1], 16, 8)
			n = n*16 + float64(d)
		}
		return n, true
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; !isDigit(c) && c != '.' && c|0x20 != 'e' && c != '+' && c != '-' {
			return 0, false
		}
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil || math.IsInf(n, 0)
}

// control maps the letters of escapes to what they stand for.
const (
	controlLetters = "abfnrtv"
	controlValues  = "\a\b\f\n\r\t\v"
)

// Escape decodes the escape that s begins with: those of Lua 5.1, and \x, \z
// and \u{} of later versions. n is its length. ok is false for a number above 255.
func Escape(s string) (value string, n int, ok bool) {
	if len(s) < 2 {
		return "", len(s), true
	}
	switch c := s[1]; {
	case c == '\n' || c == '\r':
		return "\n", 1 + LineEnd(s[1:]), true
	case isDigit(c):
		code, i := 0, 1
		for ; i < 4 && i < len(s) && isDigit(s[i]); i++ {
			code = code*10 + int(s[i]-'0')
		}
		return string([]byte{byte(code)}), i, code <= 255
	case c == 'x' && len(s) > 3 && isHex(s[2]) && isHex(s[3]):
		code, _ := strconv.ParseUint(s[2:4], 16, 8)
		return string([]byte{byte(code)}), 4, true
	case c == 'z':
		i := 2
		for i < len(s) && strings.IndexByte(" \t\v\f\r\n", s[i]) >= 0 {
			i++
		}
		return "", i, true
	case c == 'u' && len(s) > 2 && s[2] == '{':
		if end := strings.IndexByte(s[1:min(len(s), 14)], '}'); end > 2 && end < 12 {
			if code, err := strconv.ParseUint(s[3:1+end], 16, 32); err == nil && code <= utf8.MaxRune {
				return string(utf8.AppendRune(nil, rune(code))), end + 2, true
			}
		}
	default:
		if i := strings.IndexByte(controlLetters, c); i >= 0 {
			return controlValues[i : i+1], 2, true
		}
	}
	return s[1:2], 2, true
}

// LineEnd returns the bytes of the line end that s begins with, as Lua counts
// them: \n, \r, \r\n or \n\r.
func LineEnd(s string) int {
	if len(s) > 1 && (s[1] == '\n' || s[1] == '\r') && s[1] != s[0] {
		return 2
	}
	return 1
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isHex(c byte) bool   { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
