package lualib

import "strings"

// firstByte returns a byte with which every match of the pattern from p on
// begins, so that a search can skip to it.
func (m *matcher) firstByte(p int) (c byte, ok bool) {
	pat := m.pattern[p:]
	if pat == "" || strings.IndexByte("()[.$", pat[0]) >= 0 {
		return 0, false
	}
	c, rest := pat[0], pat[1:]
	if c == '%' {
		if rest == "" || isAlphanumeric(rest[0]) {
			return 0, false
		}
		c, rest = rest[0], rest[1:]
	}
	if rest != "" && strings.IndexByte("*?-", rest[0]) >= 0 {
		return 0, false
	}
	return c, true
}

// search returns the first match of the pattern from p on that starts at s or
// later. Both results are -1 if there is none.
func (m *matcher) search(s, p int) (start, end int) {
	first, skip := m.firstByte(p)
	for ; s <= len(m.subject); s++ {
		if skip {
			i := strings.IndexByte(m.subject[s:], first)
			if i < 0 {
				return -1, -1
			}
			m.step(i / bytesPerStep)
			s += i
		}
		if end := m.matchAt(s, p); end >= 0 {
			return s, end
		}
	}
	return -1, -1
}

// searchAnchored returns the first match at s or later, or only at s if the
// pattern starts with '^'.
func (m *matcher) searchAnchored(s int) (start, end int) {
	if m.pattern == "" || m.pattern[0] != '^' {
		return m.search(s, 0)
	}
	if end = m.matchAt(s, 1); end < 0 {
		return -1, -1
	}
	return s, end
}
