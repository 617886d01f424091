package syntax

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// Encoding is what a column counts.
type Encoding uint8

// The encodings of the Language Server Protocol.
const (
	UTF16 Encoding = iota // UTF-16 code units
	UTF8                  // bytes
	UTF32                 // characters
)

// Lines translates byte offsets of a text to lines and columns, and back. A line
// ends at CR, LF or CRLF. It is immutable and safe for concurrent use.
//
// A byte that belongs to no UTF-8 sequence is a character of its own, one unit wide;
// the three bytes of a lone surrogate are one, too.
type Lines struct {
	text   string
	starts []int32 // where lines begin
	marks  marks
}

// NewLines reads where the lines of a text begin.
func NewLines(text string) *Lines {
	l := &Lines{text: text, starts: make([]int32, 1, 16+len(text)/32)}
	if strings.IndexByte(text, '\r') < 0 {
		for i := 0; ; {
			n := strings.IndexByte(text[i:], '\n')
			if n < 0 {
				return l
			}
			i += n + 1
			l.starts = append(l.starts, int32(i))
		}
	}
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\r':
			if i+1 < len(text) && text[i+1] == '\n' {
				i++
			}
			fallthrough
		case '\n':
			l.starts = append(l.starts, int32(i+1))
		}
	}
	return l
}

// Count returns the number of lines: one more than there are line ends.
func (l *Lines) Count() int { return len(l.starts) }

// Start returns where a line begins, the lines being numbered from 0. A line behind
// the last begins at the end of the text.
func (l *Lines) Start(line int) int {
	switch {
	case line < 0:
		return 0
	case line >= len(l.starts):
		return len(l.text)
	}
	return int(l.starts[line])
}

// End returns where the text of a line ends, before its line end.
func (l *Lines) End(line int) int {
	start, end := l.Start(line), l.Start(line+1)
	if line < 0 {
		return 0
	}
	if end > start && line+1 < len(l.starts) {
		if end--; l.text[end] == '\n' && end > start && l.text[end-1] == '\r' {
			end--
		}
	}
	return end
}

// Line returns the number, from 0, of the line that an offset lies in. A line end
// belongs to the line that it ends.
func (l *Lines) Line(offset int) int {
	return max(sort.Search(len(l.starts), func(i int) bool { return int(l.starts[i]) > offset })-1, 0)
}

// Position returns line and column, both from 0, of an offset. An offset outside of
// the text, inside of a line end or of a character is moved back to the nearest
// before it that is none.
func (l *Lines) Position(offset int, enc Encoding) (line, column int) {
	offset = max(min(offset, len(l.text)), 0)
	line = l.Line(offset)
	start := l.Start(line)
	end := l.End(line)
	offset = min(offset, end)
	if offset-start > stride {
		from := l.markBefore(start, offset)
		start, column = int(from.offset), from.columns(enc)
	}
	s := l.text[start:offset]
	if ascii(s) {
		return line, column + len(s)
	}
	rest := l.text[start:end]
	for at := 0; at < len(s); {
		n, units := character(rest[at:], enc)
		if at+n > len(s) {
			break
		}
		at += n
		column += units
	}
	return line, column
}

// Offset returns the offset of a line and column, both from 0. A column behind the
// end of its line is moved to it, one inside of a character to its beginning, a line
// behind the last to the end of the text; negative ones count as 0.
func (l *Lines) Offset(line, column int, enc Encoding) int {
	if line < 0 {
		return 0
	}
	if line >= len(l.starts) {
		return len(l.text)
	}
	start, end := l.Start(line), l.End(line)
	if column <= 0 {
		return start
	}
	if column > stride && end-start > stride {
		from := l.markAtColumn(start, end, column, enc)
		start, column = int(from.offset), column-from.columns(enc)
	}
	s := l.text[start:end]
	if head := s[:min(column, len(s))]; ascii(head) {
		return start + len(head)
	}
	at := 0
	for at < len(s) {
		n, units := character(s[at:], enc)
		if units > column {
			break
		}
		at += n
		column -= units
	}
	return start + at
}

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// character returns the bytes and units of the character that s begins with.
func character(s string, enc Encoding) (bytes, units int) {
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 && len(s) > 2 && s[0] == 0xED && s[1] >= 0xA0 && s[1] < 0xC0 && s[2]&0xC0 == 0x80 {
		n = 3 // a lone surrogate
	}
	switch {
	case enc == UTF8:
		return n, n
	case enc == UTF16 && r > 0xFFFF:
		return n, 2
	}
	return n, 1
}
