package syntax

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

func itoa(n int) string { return strconv.Itoa(n) }

// number reads a numeral as PUC Lua's lexer delimits it.
func (lx *lexer) number(start int) {
	text, i := lx.text, lx.pos
	for i < len(text) && isDigit(text[i]) {
		i++
	}
	if i == len(text) || !isWord(text[i]) && text[i] != '.' { // most numbers are whole
		lx.pos = i
		lx.add(NumberToken, start)
		return
	}
	for i < len(text) && (isDigit(text[i]) || text[i] == '.') {
		i++
	}
	if i < len(text) && text[i]|0x20 == 'e' {
		if i++; i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
	}
	for i < len(text) && isWord(text[i]) {
		i++
	}
	lx.pos = i
	if _, ok := parseNumeral(text[start:i]); !ok {
		lx.fail(start, "malformed number", clip(text[start:i]))
	}
	lx.add(NumberToken, start)
}

func parseNumeral(s string) (float64, bool) {
	if len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		digits := s[2:]
		if strings.ContainsAny(digits, ".pP") {
			if !strings.ContainsAny(digits, "pP") {
				s += "p0"
			}
			n, err := strconv.ParseFloat(s, 64)
			return n, err == nil && !strings.Contains(s, "_")
		}
		n := 0.0
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

// quoted reads a string in quotes.
func (lx *lexer) quoted(start int, quote byte) {
	text := lx.text
	i := start + 1
	for i < len(text) {
		switch c := text[i]; c {
		case quote:
			lx.pos = i + 1
			lx.add(StringToken, start)
			return
		case '\n', '\r':
			lx.pos = i
			lx.fail(start, "unfinished string", clip(text[start:i]))
			lx.add(BadString, start)
			return
		case '\\':
			_, n, ok := escape(text[i:])
			i += n
			if !ok {
				lx.pos = i
				lx.fail(start, "escape sequence too large", clip(text[start:i]))
			}
		default:
			i++
		}
	}
	lx.pos = len(text)
	lx.fail(start, "unfinished string", "<eof>")
	lx.add(BadString, start)
}

// lineEnd returns the bytes of the line end that s begins with, as Lua counts
// them: \n, \r, \r\n or \n\r.
func lineEnd(s string) int {
	if len(s) > 1 && (s[1] == '\n' || s[1] == '\r') && s[1] != s[0] {
		return 2
	}
	return 1
}

// control maps the letters of escapes to what they stand for.
const (
	controlLetters = "abfnrtv"
	controlValues  = "\a\b\f\n\r\t\v"
)

// escape decodes the escape that s begins with: those of Lua 5.1, and \x, \z
// and \u{} of later versions. n is its length. ok is false for a number above 255.
func escape(s string) (value string, n int, ok bool) {
	if len(s) < 2 {
		return "", len(s), true
	}
	switch c := s[1]; {
	case c == '\n' || c == '\r':
		return "\n", 1 + lineEnd(s[1:]), true
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
		for i < len(s) && isSpace(s[i]) {
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

// unquote decodes the inside of a string in quotes.
func unquote(s string) string {
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return s
	}
	var b strings.Builder
	for i >= 0 {
		b.WriteString(s[:i])
		value, n, _ := escape(s[i:])
		b.WriteString(value)
		s = s[i+n:]
		i = strings.IndexByte(s, '\\')
	}
	b.WriteString(s)
	return b.String()
}

// unbracket decodes the inside of a long bracket: a first line end is left out,
// the others become \n.
func unbracket(s string) string {
	if s != "" && (s[0] == '\n' || s[0] == '\r') {
		s = s[lineEnd(s):]
	}
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	var b strings.Builder
	for {
		i := strings.IndexAny(s, "\r\n")
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		b.WriteByte('\n')
		s = s[i+lineEnd(s[i:]):]
	}
}
