package lualib

// byteSet is a set of byte values, one bit each.
type byteSet [4]uint64

func (s *byteSet) has(c byte) bool { return s[c>>6]&(1<<(c&63)) != 0 }

func (s *byteSet) add(c byte) { s[c>>6] |= 1 << (c & 63) }

func (s *byteSet) addSet(t *byteSet) {
	for i := range s {
		s[i] |= t[i]
	}
}

func (s *byteSet) negate() {
	for i := range s {
		s[i] = ^s[i]
	}
}

// classSet returns the set that %letter stands for in the C locale. Upper-case
// letters stand for the complement. Anything but a class letter stands for itself.
func classSet(letter byte) byteSet {
	var s byteSet
	switch letter | 0x20 {
	case 'a':
		s = byteSet{0, 0x07fffffe07fffffe}
	case 'c':
		s = byteSet{0x00000000ffffffff, 1 << 63}
	case 'd':
		s = byteSet{0x03ff000000000000, 0}
	case 'l':
		s = byteSet{0, 0x07fffffe00000000}
	case 'p':
		s = byteSet{0xfc00fffe00000000, 0x78000001f8000001}
	case 's':
		s = byteSet{0x0000000100003e00, 0}
	case 'u':
		s = byteSet{0, 0x0000000007fffffe}
	case 'w':
		s = byteSet{0x03ff000000000000, 0x07fffffe07fffffe}
	case 'x':
		s = byteSet{0x03ff000000000000, 0x0000007e0000007e}
	case 'z':
		s = byteSet{1, 0}
	}
	if s == (byteSet{}) {
		s.add(letter)
	} else if letter&0x20 == 0 {
		s.negate()
	}
	return s
}

// classMatches reports whether c is in the class %letter.
func classMatches(letter, c byte) bool {
	s := classSet(letter)
	return s.has(c)
}

func isAlphanumeric(c byte) bool { return isDigit(c) || (c|0x20)-'a' < 26 }

// parseSet builds the set written as [...] between p and next.
func parseSet(pat string, p, next int) byteSet {
	var s byteSet
	p, last := p+1, next-1 // last is the closing bracket
	negated := pat[p] == '^'
	if negated {
		p++
	}
	for ; p < last; p++ {
		switch {
		case pat[p] == '%':
			p++
			class := classSet(pat[p])
			s.addSet(&class)
		case pat[p+1] == '-' && p+2 < last:
			for c := int(pat[p]); c <= int(pat[p+2]); c++ {
				s.add(byte(c))
			}
			p += 2
		default:
			s.add(pat[p])
		}
	}
	if negated {
		s.negate()
	}
	return s
}

// setCache remembers the sets of a pattern by their offset, so that a set is
// parsed once a match rather than once a byte. Sets with the same slot push
// each other out, which only costs time.
type setCache [8]struct {
	next int // the offset after the item; 0: empty
	p    int
	set  byteSet
}

// at returns the set of the item ([...] or %x) between p and next.
func (c *setCache) at(pat string, p, next int) *byteSet {
	slot := &c[p%len(c)]
	if slot.next == 0 || slot.p != p {
		slot.p, slot.next = p, next
		if pat[p] == '[' {
			slot.set = parseSet(pat, p, next)
		} else {
			slot.set = classSet(pat[p+1])
		}
	}
	return &slot.set
}
