package syntax

import (
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/runtime/internal/literal"
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
	if _, ok := literal.Numeral(text[start:i]); !ok {
		lx.fail(start, "malformed number", clip(text[start:i]))
	}
	lx.add(NumberToken, start)
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
			_, n, ok := literal.Escape(text[i:])
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

// unquote decodes the inside of a string in quotes.
func unquote(s string) string {
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return s
	}
	var b strings.Builder
	for i >= 0 {
		b.WriteString(s[:i])
		value, n, _ := literal.Escape(s[i:])
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
		s = s[literal.LineEnd(s):]
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
		s = s[i+literal.LineEnd(s[i:]):]
	}
}
