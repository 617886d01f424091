package compile

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// number reads a numeral as PUC Lua's lexer delimits it.
func (lx *lexer) number() token {
	for isDigit(lx.peek(0)) || lx.peek(0) == '.' {
		lx.pos++
	}
	if c := lx.peek(0); c == 'e' || c == 'E' {
		lx.pos++
		if c := lx.peek(0); c == '+' || c == '-' {
			lx.pos++
		}
	}
	for c := lx.peek(0); isAlpha(c) || isDigit(c); c = lx.peek(0) {
		lx.pos++
	}
	s := lx.src[lx.start:lx.pos]
	n, ok := parseNumeral(s)
	if !ok {
		lx.failNear("malformed number")
	}
	return token{kind: tNumber, num: n}
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

// quoted reads a string in quotes. Escapes are those of Lua 5.1 plus \x, \z
// and \u{} of later versions.
func (lx *lexer) quoted(quote byte) string {
	lx.pos++
	from := lx.pos
	for lx.pos < len(lx.src) { // most strings have no escapes: no copy
		c := lx.src[lx.pos]
		if c == quote {
			lx.pos++
			return lx.src[from : lx.pos-1]
		}
		if c == '\\' || c == '\n' || c == '\r' {
			break
		}
		lx.pos++
	}
	b := []byte(lx.src[from:lx.pos])
	for lx.pos < len(lx.src) {
		switch c := lx.src[lx.pos]; c {
		case quote:
			lx.pos++
			return string(b)
		case '\n', '\r':
			lx.failNear("unfinished string")
		case '\\':
			b = lx.escape(b)
		default:
			b = append(b, c)
			lx.pos++
		}
	}
	lx.fail("unfinished string", "<eof>")
	return ""
}

func (lx *lexer) escape(b []byte) []byte {
	lx.pos++
	if lx.pos >= len(lx.src) {
		return b // the end of the source is reported by the caller
	}
	c := lx.src[lx.pos]
	if c == '\n' || c == '\r' {
		lx.newline()
		return append(b, '\n')
	}
	if i := strings.IndexByte("abfnrtv", c); i >= 0 {
		lx.pos++
		return append(b, "\a\b\f\n\r\t\v"[i])
	}
	switch {
	case isDigit(c):
		n := 0
		for i := 0; i < 3 && isDigit(lx.peek(0)); i++ {
			n = n*10 + int(lx.src[lx.pos]-'0')
			lx.pos++
		}
		if n > 255 {
			lx.failNear("escape sequence too large")
		}
		return append(b, byte(n))
	case c == 'x' && isHex(lx.peek(1)) && isHex(lx.peek(2)):
		n, _ := strconv.ParseUint(lx.src[lx.pos+1:lx.pos+3], 16, 8)
		lx.pos += 3
		return append(b, byte(n))
	case c == 'z':
		lx.pos++
		for lx.pos < len(lx.src) {
			switch lx.src[lx.pos] {
			case '\n', '\r':
				lx.newline()
			case ' ', '\t', '\v', '\f':
				lx.pos++
			default:
				return b
			}
		}
		return b
	case c == 'u' && lx.peek(1) == '{':
		if end := strings.IndexByte(lx.src[lx.pos:], '}'); end > 2 && end < 12 {
			if n, err := strconv.ParseUint(lx.src[lx.pos+2:lx.pos+end], 16, 32); err == nil && n <= utf8.MaxRune {
				lx.pos += end + 1
				return utf8.AppendRune(b, rune(n))
			}
		}
	}
	lx.pos++
	return append(b, c)
}
