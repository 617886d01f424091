package syntax

import (
	"sort"
	"sync"
)

// stride is how many bytes of a line are counted to find a column. A longer line, as generated
// programs have them, gets marks, so that each column is found in the same time.
const stride = 1024

// marks are the marks of all long lines of a text, in order, made when one is first needed.
type marks struct {
	once sync.Once
	list []mark
}

// mark is a place in a line between two characters, with its columns.
type mark struct{ offset, start, utf16, utf32 int32 }

// columns is the column of a mark.
func (m mark) columns(enc Encoding) int {
	switch enc {
	case UTF8:
		return int(m.offset - m.start)
	case UTF32:
		return int(m.utf32)
	}
	return int(m.utf16)
}

// marked returns the marks.
func (l *Lines) marked() []mark {
	l.marks.once.Do(func() {
		for line := range l.starts {
			if l.Start(line+1)-l.Start(line) > stride {
				l.marks.list = l.markLine(l.marks.list, l.Start(line), l.End(line))
			}
		}
	})
	return l.marks.list
}

// markLine adds the marks of one line, a stride apart.
func (l *Lines) markLine(list []mark, start, end int) []mark {
	m := mark{offset: int32(start), start: int32(start)}
	for end-int(m.offset) > stride {
		next := int(m.offset) + stride
		if ascii(l.text[m.offset : next+1]) { // so that the character ends there
			m.offset, m.utf16, m.utf32 = int32(next), m.utf16+stride, m.utf32+stride
		}
		for int(m.offset) < next {
			n, units := character(l.text[m.offset:end], UTF16)
			m.offset, m.utf16, m.utf32 = m.offset+int32(n), m.utf16+int32(units), m.utf32+1
		}
		list = append(list, m)
	}
	return list
}

// markBefore returns the last mark of the line that begins at start which is not behind an
// offset; the beginning of the line if there is none.
func (l *Lines) markBefore(start, offset int) mark {
	list := l.marked()
	return l.lastOf(start, sort.Search(len(list), func(i int) bool { return int(list[i].offset) > offset }))
}

// markAtColumn is markBefore for a column of the line from start to end.
func (l *Lines) markAtColumn(start, end, column int, enc Encoding) mark {
	list := l.marked()
	first := sort.Search(len(list), func(i int) bool { return int(list[i].start) >= start })
	line := list[first:sort.Search(len(list), func(i int) bool { return int(list[i].start) >= end })]
	return l.lastOf(start, first+sort.Search(len(line), func(i int) bool { return line[i].columns(enc) > column }))
}

// lastOf is the mark before number i, if it is one of the line that begins at start.
func (l *Lines) lastOf(start, i int) mark {
	if i > 0 && int(l.marks.list[i-1].start) == start {
		return l.marks.list[i-1]
	}
	return mark{offset: int32(start), start: int32(start)}
}
