package pdftext

import (
	"bytes"
	"strconv"
)

// The objects of a content stream: float64, text, name, operator, []object,
// map[string]object, bool or nil.
type (
	object   any
	text     string // the bytes of a string
	name     string
	operator string
)

// lexer reads objects and operators. Wrong input gives wrong objects, never an error.
type lexer struct {
	data []byte
	pos  int
}

// maxNesting bounds arrays and dictionaries within each other.
const maxNesting = 32

type end struct{} // no more input, or the end of an array or dictionary

// next returns the next object or operator, or end.
func (l *lexer) next() object { return l.object(0) }

func (l *lexer) object(depth int) object {
	l.blanks()
	if l.pos >= len(l.data) {
		return end{}
	}
	switch c := l.data[l.pos]; c {
	case '(':
		return l.literal()
	case '<':
		if !bytes.HasPrefix(l.data[l.pos:], []byte("<<")) {
			return l.hex()
		}
		l.pos += 2
		if depth > maxNesting { // it opens nothing
			return nil
		}
		return l.dict(depth)
	case '[':
		l.pos++
		if depth > maxNesting {
			return nil
		}
		return l.array(depth)
	case '/':
		l.pos++
		return name(unescapeName(l.word()))
	case ']', '>', '}', ')':
		l.pos++
		if c == '>' && l.pos < len(l.data) && l.data[l.pos] == '>' {
			l.pos++
		}
		return end{}
	case '{':
		l.pos++
		return nil
	}
	w := l.word()
	if w == "" { // a byte that means nothing
		l.pos++
		return nil
	}
	if f, err := strconv.ParseFloat(w, 64); err == nil && (w[0] < 'A') {
		return f
	}
	switch w {
	case "true", "false":
		return w == "true"
	case "null":
		return nil
	}
	return operator(w)
}

func isBlank(c byte) bool { return c == ' ' || c >= 9 && c <= 13 && c != 11 || c == 0 }

func isDelimiter(c byte) bool { return bytes.IndexByte([]byte("()<>[]{}/%"), c) >= 0 }

func (l *lexer) blanks() {
	for l.pos < len(l.data) {
		c := l.data[l.pos]
		if c == '%' {
			i := bytes.IndexAny(l.data[l.pos:], "\r\n")
			if i < 0 {
				i = len(l.data) - l.pos
			}
			l.pos += i
		} else if !isBlank(c) {
			return
		} else {
			l.pos++
		}
	}
}

func (l *lexer) word() string {
	start := l.pos
	for l.pos < len(l.data) && !isBlank(l.data[l.pos]) && !isDelimiter(l.data[l.pos]) {
		l.pos++
	}
	return string(l.data[start:l.pos])
}

func unescapeName(s string) string {
	if i := bytes.IndexByte([]byte(s), '#'); i < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '#' && i+2 < len(s) {
			if v, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				out = append(out, byte(v))
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}

func (l *lexer) array(depth int) object {
	var out []object
	for {
		o := l.object(depth + 1)
		if _, ok := o.(end); ok {
			return out
		}
		out = append(out, o)
	}
}

func (l *lexer) dict(depth int) object {
	out := map[string]object{}
	for {
		key := l.object(depth + 1)
		if _, ok := key.(end); ok {
			return out
		}
		value := l.object(depth + 1)
		if _, ok := value.(end); ok {
			return out
		}
		if k, ok := key.(name); ok {
			out[string(k)] = value
		}
	}
}

func (l *lexer) literal() object {
	l.pos++
	var out []byte
	for depth := 1; l.pos < len(l.data); {
		c := l.data[l.pos]
		l.pos++
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return text(out)
			}
		case '\\':
			var ok bool
			if c, ok = l.escape(); !ok {
				continue
			}
		}
		out = append(out, c)
	}
	return text(out)
}

// escape reads what stands after a backslash; false when it means nothing.
func (l *lexer) escape() (byte, bool) {
	if l.pos >= len(l.data) {
		return 0, false
	}
	c := l.data[l.pos]
	l.pos++
	switch c {
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 't':
		return '\t', true
	case 'b':
		return '\b', true
	case 'f':
		return '\f', true
	case '\n':
		return 0, false
	case '\r':
		if l.pos < len(l.data) && l.data[l.pos] == '\n' {
			l.pos++
		}
		return 0, false
	}
	if c < '0' || c > '7' {
		return c, true
	}
	v := int(c - '0')
	for i := 0; i < 2 && l.pos < len(l.data) && l.data[l.pos] >= '0' && l.data[l.pos] <= '7'; i++ {
		v = v*8 + int(l.data[l.pos]-'0')
		l.pos++
	}
	return byte(v), true
}

func (l *lexer) hex() object {
	l.pos++
	var out []byte
	high, half := byte(0), false
	for l.pos < len(l.data) {
		c := l.data[l.pos]
		l.pos++
		if c == '>' {
			break
		}
		v := byte(0)
		switch {
		case c >= '0' && c <= '9':
			v = c - '0'
		case c >= 'a' && c <= 'f':
			v = c - 'a' + 10
		case c >= 'A' && c <= 'F':
			v = c - 'A' + 10
		default:
			continue
		}
		if half {
			out = append(out, high<<4|v)
		}
		high, half = v, !half
	}
	if half {
		out = append(out, high<<4)
	}
	return text(out)
}

// skipImage moves behind the data of an inline image, whose ID operator was read.
func (l *lexer) skipImage() {
	for l.pos < len(l.data) {
		i := bytes.Index(l.data[l.pos:], []byte("EI"))
		if i < 0 {
			l.pos = len(l.data)
			return
		}
		l.pos += i + 2
		before, after := l.pos-3, l.pos
		if before >= 0 && isBlank(l.data[before]) && (after == len(l.data) || isBlank(l.data[after])) {
			return
		}
	}
}
