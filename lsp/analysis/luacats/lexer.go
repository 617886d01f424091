package luacats

import (
	"strconv"
	"strings"
)

// kind is what a token of an annotation is. Symbols are their own byte.
type kind uint8

const (
	kEOL  kind = iota // the end of the line, or of the block inside brackets
	kName             // may have dots and hyphens inside, a * at the end
	kString
	kNumber
	kCapture // `T`
	kDots    // ...
	kSymbol
)

type token struct {
	Span
	kind kind
	sym  byte
	// text is the name, or the value of a string, number or capture as written.
	text string
}

func (t token) is(sym byte) bool { return t.kind == kSymbol && t.sym == sym }

// Error is a fault in an annotation.
type Error struct {
	Span
	Message string
}

// reader goes over the lines of one block. A copy of its place is enough to go
// back.
type reader struct {
	text   string
	lines  []Span // the contents of the block's lines, without dashes
	errors []Error
	place
	// nesting of types: bounds recursion.
	nesting int
	// lost: a bracket has no end, and the rest of the tag is no type.
	lost bool
	// ahead is the token that peek has found from the place from, up to to.
	ahead    token
	from, to place
	peeked   bool
}

type place struct {
	line, pos int
	// open brackets: while there are any, a type continues on the next line.
	open int
	// end of the last token that was taken.
	end int
}

func (r *reader) fail(at Span, message string) {
	// One fault for each place is enough; what follows from it helps nobody.
	if n := len(r.errors); n > 0 && r.errors[n-1].End >= at.Start && r.errors[n-1].Start <= at.Start {
		return
	}
	r.errors = append(r.errors, Error{at, message})
}

// peek returns the next token without taking it.
func (r *reader) peek() token {
	if !r.peeked || r.from != r.place {
		from := r.place
		t := r.next()
		r.ahead, r.from, r.to, r.peeked = t, from, r.place, true
		r.place = from
	}
	return r.ahead
}

// next takes the next token.
func (r *reader) next() token {
	if r.peeked && r.from == r.place {
		r.place = r.to
		return r.ahead
	}
	for !r.lost {
		limit := r.lines[r.line].End
		for r.pos < limit && isSpace(r.text[r.pos]) {
			r.pos++
		}
		if r.pos < limit {
			break
		}
		if r.open == 0 || r.line+1 == len(r.lines) || r.startsAnew(r.line+1) {
			return token{Span: Span{r.pos, r.pos}}
		}
		r.line++
		r.pos = r.lines[r.line].Start
	}
	if r.lost {
		return token{Span: Span{r.pos, r.pos}}
	}
	t := r.lex(r.pos, r.lines[r.line].End)
	r.pos, r.end = t.End, t.End
	return t
}

// giveUp makes the rest of the tag text.
func (r *reader) giveUp() { r.lost, r.peeked = true, false }

// startsAnew tells whether a line begins with a tag or an alternative, so that it
// cannot be the continuation of an open bracket.
func (r *reader) startsAnew(line int) bool {
	s := strings.TrimLeft(r.text[r.lines[line].Start:r.lines[line].End], " \t")
	return s != "" && s[0] == '@'
}

func (r *reader) lex(start, limit int) token {
	c := r.text[start]
	switch {
	case isLetter(c):
		end := r.name(start, limit)
		return token{Span{start, end}, kName, 0, r.text[start:end]}
	case c >= '0' && c <= '9', c == '-' && start+1 < limit && isDigit(r.text[start+1]):
		end := start + 1
		for end < limit && (isLetter(r.text[end]) || isDigit(r.text[end]) || r.text[end] == '.' && !strings.HasPrefix(r.text[end:limit], "..")) {
			end++
		}
		return token{Span{start, end}, kNumber, 0, r.text[start:end]}
	case c == '"' || c == '\'':
		return r.quoted(start, limit)
	case c == '`':
		end := start + 1
		for end < limit && r.text[end] != '`' {
			end++
		}
		if end == limit {
			r.fail(Span{start, end}, "unfinished `")
			return token{Span{start, end}, kCapture, 0, r.text[start+1 : end]}
		}
		return token{Span{start, end + 1}, kCapture, 0, r.text[start+1 : end]}
	case strings.HasPrefix(r.text[start:limit], "..."):
		return token{Span{start, start + 3}, kDots, 0, "..."}
	}
	end := start + 1
	for c >= 0x80 && end < limit && r.text[end]&0xC0 == 0x80 {
		end++
	}
	return token{Span{start, end}, kSymbol, c, r.text[start:end]}
}

// name returns where the name at start ends: a.b, std.file*, disable-next-line.
func (r *reader) name(start, limit int) int {
	end := start
	for end < limit {
		c := r.text[end]
		inside := end+1 < limit && (isLetter(r.text[end+1]) || isDigit(r.text[end+1]))
		switch {
		case isLetter(c) || isDigit(c):
		case (c == '.' || c == '-') && inside:
		case c == '*':
			return end + 1
		default:
			return end
		}
		end++
	}
	return end
}

func (r *reader) quoted(start, limit int) token {
	quote := r.text[start]
	end := start + 1
	escaped := false
	for end < limit && r.text[end] != quote {
		if r.text[end] == '\\' {
			escaped = true
			end++
		}
		end++
	}
	if end >= limit {
		r.fail(Span{start, limit}, "unfinished string")
		return token{Span{start, limit}, kString, 0, r.text[start+1 : limit]}
	}
	value := r.text[start+1 : end]
	if escaped {
		value = unescape(value)
	}
	// '"r"' is how older stubs write the literal "r".
	if n := len(value); quote == '\'' && n > 1 && value[0] == '"' && value[n-1] == '"' {
		value = value[1 : n-1]
	}
	return token{Span{start, end + 1}, kString, 0, value}
}

// unescape replaces the simple escapes of Lua strings.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		if at := strings.IndexByte("abfnrtv", s[i]); at >= 0 {
			b.WriteByte("\a\b\f\n\r\t\v"[at])
			continue
		}
		end := i
		for end < len(s) && end < i+3 && isDigit(s[end]) {
			end++
		}
		if n, err := strconv.Atoi(s[i:end]); err == nil && n < 256 {
			b.WriteByte(byte(n))
			i = end - 1
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isLetter also takes all bytes beyond ASCII: names of classes may have them.
func isLetter(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
