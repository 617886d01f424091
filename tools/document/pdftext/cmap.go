package pdftext

import (
	"slices"
	"strings"
	"unicode/utf16"
)

// cmap is a ToUnicode map: from the codes of a font to text.
type cmap struct {
	lengths [5]bool // of codes, in bytes: 1 to 4
	chars   map[text]string
	ranges  []cmapRange
}

type cmapRange struct {
	low, high text // of one length
	first     []uint16
	each      []object // instead of first
}

// maxMappings bounds what is kept of one map.
const maxMappings = 200_000

func readCMap(data []byte) *cmap {
	m := &cmap{chars: map[text]string{}}
	l := &lexer{data: data}
	var stack []object
	for {
		o := l.next()
		if _, done := o.(end); done && l.pos >= len(l.data) {
			break
		}
		op, ok := o.(operator)
		if !ok {
			if stack = append(stack, o); len(stack) > maxMappings {
				break
			}
			continue
		}
		switch op {
		case "endcodespacerange":
			for i := 0; i+1 < len(stack); i += 2 {
				if s, ok := stack[i].(text); ok && len(s) >= 1 && len(s) <= 4 {
					m.lengths[len(s)] = true
				}
			}
		case "endbfchar":
			for i := 0; i+1 < len(stack); i += 2 {
				from, ok1 := stack[i].(text)
				to, ok2 := stack[i+1].(text)
				if ok1 && ok2 && len(m.chars) < maxMappings {
					m.chars[from] = string(utf16.Decode(units(to)))
				}
			}
		case "endbfrange":
			for i := 0; i+2 < len(stack); i += 3 {
				m.addRange(stack[i], stack[i+1], stack[i+2])
			}
		}
		stack = stack[:0]
	}
	slices.SortStableFunc(m.ranges, func(a, b cmapRange) int {
		if len(a.low) != len(b.low) {
			return len(a.low) - len(b.low)
		}
		return strings.Compare(string(a.low), string(b.low))
	})
	if m.lengths == [5]bool{} {
		m.lengths[2] = true
	}
	return m
}

func (m *cmap) addRange(low, high, to object) {
	lo, ok1 := low.(text)
	hi, ok2 := high.(text)
	if !ok1 || !ok2 || len(lo) != len(hi) || len(lo) == 0 || len(lo) > 4 || len(m.ranges) >= maxMappings {
		return
	}
	switch to := to.(type) {
	case text:
		m.ranges = append(m.ranges, cmapRange{low: lo, high: hi, first: units(to)})
	case []object:
		m.ranges = append(m.ranges, cmapRange{low: lo, high: hi, each: to})
	}
}

// units returns the UTF-16 code units of a string.
func units(s text) []uint16 {
	out := make([]uint16, 0, len(s)/2)
	if len(s) == 1 {
		return append(out, uint16(s[0]))
	}
	for i := 0; i+1 < len(s); i += 2 {
		out = append(out, uint16(s[i])<<8|uint16(s[i+1]))
	}
	return out
}

// lookup returns the text of a code, or false.
func (m *cmap) lookup(code text) (string, bool) {
	if s, ok := m.chars[code]; ok {
		return s, true
	}
	i, _ := slices.BinarySearchFunc(m.ranges, code, func(r cmapRange, code text) int {
		if len(r.low) != len(code) {
			return len(r.low) - len(code)
		}
		if r.low > code {
			return 1
		}
		return -1 // find the first range that begins after the code
	})
	if i == 0 {
		return "", false
	}
	r := m.ranges[i-1]
	if len(r.low) != len(code) || code > r.high {
		return "", false
	}
	offset := value(code) - value(r.low)
	if r.each != nil {
		if offset >= uint32(len(r.each)) {
			return "", false
		}
		s, ok := r.each[offset].(text)
		return string(utf16.Decode(units(s))), ok
	}
	if len(r.first) == 0 {
		return "", true
	}
	u := slices.Clone(r.first)
	if len(u) == 2 && utf16.IsSurrogate(rune(u[0])) {
		return string(utf16.DecodeRune(rune(u[0]), rune(u[1])) + rune(offset)), true
	}
	u[len(u)-1] += uint16(offset)
	return string(utf16.Decode(u)), true
}

func value(code text) uint32 {
	v := uint32(0)
	for i := range len(code) {
		v = v<<8 | uint32(code[i])
	}
	return v
}
