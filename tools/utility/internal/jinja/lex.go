package jinja

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/llmspell/llmspell/tools/utility/internal/render"
)

type kind byte

const (
	end    kind = iota // of the source
	text               // outside of tags
	open               // {{ or {%
	closed             // }} or %}
	name
	str
	num
	op
)

type token struct {
	kind kind
	val  string
	line int
}

// lexer splits a source into tokens.
type lexer struct {
	src    string
	pos    int
	line   int
	tokens []token
	trim   bool // the last tag ended with -}}: white space after it goes
}

func (l *lexer) add(k kind, v string) { l.tokens = append(l.tokens, token{k, v, l.line}) }

func (l *lexer) fail(problem string) { render.Stopf("line %d: %s", l.line, problem) }

// advance skips n bytes and counts the lines in them.
func (l *lexer) advance(n int) {
	l.line += strings.Count(l.src[l.pos:l.pos+n], "\n")
	l.pos += n
}

func lex(src string) []token {
	l := &lexer{src: src, line: 1}
	for l.pos < len(l.src) {
		l.text()
	}
	l.add(end, "")
	return l.tokens
}

// text reads up to the next tag, and the tag.
func (l *lexer) text() {
	rest := l.src[l.pos:]
	at := -1
	for i := 0; ; {
		j := strings.IndexByte(rest[i:], '{')
		if j < 0 || i+j+1 >= len(rest) {
			break
		}
		if i += j; rest[i+1] == '{' || rest[i+1] == '%' || rest[i+1] == '#' {
			at = i
			break
		}
		i++
	}
	if at < 0 {
		l.literal(rest, false)
		l.advance(len(rest))
		return
	}
	kind := rest[at+1]
	dash := at+2 < len(rest) && rest[at+2] == '-'
	l.literal(rest[:at], dash)
	l.advance(at)
	if kind == '#' {
		n := strings.Index(l.src[l.pos:], "#}")
		if n < 0 {
			l.fail("the comment {# is never closed with #}")
		}
		l.trim = l.src[l.pos+n-1] == '-' && n > 2
		l.advance(n + 2)
		return
	}
	l.add(open, l.src[l.pos:l.pos+2])
	l.advance(2)
	if dash || strings.HasPrefix(l.src[l.pos:], "+") {
		l.advance(1)
	}
	l.tag(map[byte]string{'{': "}}", '%': "%}"}[kind])
}

// literal adds text outside of tags.
func (l *lexer) literal(s string, trimRight bool) {
	if l.trim {
		s = strings.TrimLeftFunc(s, unicode.IsSpace)
	}
	l.trim = false
	if trimRight {
		s = strings.TrimRightFunc(s, unicode.IsSpace)
	}
	if s != "" {
		l.add(text, s)
	}
}

// tag reads the inside of a tag and its end.
func (l *lexer) tag(ending string) {
	start, depth := len(l.tokens), 0
	for {
		rest := l.src[l.pos:]
		trimmed := strings.TrimLeftFunc(rest, unicode.IsSpace)
		l.advance(len(rest) - len(trimmed))
		rest = trimmed
		if rest == "" {
			l.fail("a tag is never closed with " + ending)
		}
		// }} inside a dictionary ends two dictionaries, not the tag.
		if depth == 0 && (strings.HasPrefix(rest, ending) || (rest[0] == '-' || rest[0] == '+') && strings.HasPrefix(rest[1:], ending)) {
			l.trim = rest[0] == '-'
			l.advance(strings.Index(rest, ending))
			l.add(closed, ending)
			l.advance(2)
			l.raw(start)
			return
		}
		switch rest[0] {
		case '{', '(', '[':
			depth++
		case '}', ')', ']':
			depth = max(0, depth-1)
		}
		l.token(rest)
	}
}

// raw reads the body of {% raw %} and {% verbatim %} as text.
func (l *lexer) raw(start int) {
	tag := l.tokens[start:]
	if len(tag) != 2 || tag[0].kind != name || tag[0].val != "raw" && tag[0].val != "verbatim" || l.tokens[start-1].val != "{%" {
		return
	}
	word := "end" + tag[0].val
	for from := l.pos; ; {
		i := strings.Index(l.src[from:], "{%")
		if i < 0 {
			l.fail("{% " + tag[0].val + " %} is never closed with {% " + word + " %}")
		}
		i += from
		body := strings.TrimLeft(l.src[i+2:], "-+")
		inner := strings.TrimSpace(body)
		if strings.HasPrefix(inner, word) {
			after := strings.TrimLeft(inner[len(word):], " \t\r\n-+")
			if strings.HasPrefix(after, "%}") {
				l.tokens = l.tokens[:start-1]
				l.literal(l.src[l.pos:i], strings.HasPrefix(l.src[i+2:], "-"))
				e := strings.Index(l.src[i:], "%}")
				l.trim = l.src[i+e-1] == '-'
				l.advance(i + e + 2 - l.pos)
				return
			}
		}
		from = i + 2
	}
}

func (l *lexer) token(rest string) {
	r, size := utf8.DecodeRuneInString(rest)
	switch {
	case r == '_' || unicode.IsLetter(r):
		n := strings.IndexFunc(rest, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		if n < 0 {
			n = len(rest)
		}
		l.add(name, rest[:n])
		l.advance(n)
	case r >= '0' && r <= '9':
		l.number(rest)
	case r == '"' || r == '\'' || r == '`':
		l.quoted(rest, byte(r))
	default:
		n := size
		if len(rest) > 1 {
			switch rest[:2] {
			case "==", "!=", "<=", ">=", "//", "**", "::", "&&", "||":
				n = 2
			}
		}
		if n == 1 && !strings.ContainsRune("+-*/%~()[]{}<>.,:|=!", r) || n > 2 || r == utf8.RuneError {
			l.fail("unexpected " + string(r))
		}
		l.add(op, rest[:n])
		l.advance(n)
	}
}

func (l *lexer) number(rest string) {
	n := 0
	for n < len(rest) {
		c := rest[n]
		isDot := c == '.' && n+1 < len(rest) && rest[n+1] >= '0' && rest[n+1] <= '9' && !strings.Contains(rest[:n], ".")
		isExp := (c == 'e' || c == 'E') && n+1 < len(rest) && strings.ContainsRune("0123456789+-", rune(rest[n+1])) && !strings.ContainsAny(rest[:n], "eE")
		isSign := (c == '+' || c == '-') && n > 0 && (rest[n-1] == 'e' || rest[n-1] == 'E')
		if (c < '0' || c > '9') && c != '_' && !isDot && !isExp && !isSign {
			break
		}
		n++
	}
	l.add(num, strings.ReplaceAll(rest[:n], "_", ""))
	l.advance(n)
}

func (l *lexer) quoted(rest string, quote byte) {
	var b strings.Builder
	for i := 1; i < len(rest); i++ {
		switch c := rest[i]; {
		case c == quote:
			l.add(str, b.String())
			l.advance(i + 1)
			return
		case c == '\\' && i+1 < len(rest):
			i++
			switch rest[i] {
			case 'n':
				b.WriteByte('\n')
			case 't':
				b.WriteByte('\t')
			case 'r':
				b.WriteByte('\r')
			case '\\', '\'', '"', '`':
				b.WriteByte(rest[i])
			default:
				b.WriteByte('\\')
				b.WriteByte(rest[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	l.fail("a string is never closed with " + string(quote))
}
