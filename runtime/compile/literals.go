package compile

import "github.com/llmspell/llmspell/runtime/internal/literal"

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
	n, ok := literal.Numeral(s)
	if !ok {
		lx.failNear("malformed number")
	}
	return token{kind: tNumber, num: n}
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

// escape reads an escape, whose lines count.
func (lx *lexer) escape(b []byte) []byte {
	value, n, ok := literal.Escape(lx.src[lx.pos:])
	for end := lx.pos + n; lx.pos < end; {
		if c := lx.src[lx.pos]; c == '\n' || c == '\r' {
			lx.newline()
		} else {
			lx.pos++
		}
	}
	if !ok {
		lx.failNear("escape sequence too large")
	}
	return append(b, value...)
}
