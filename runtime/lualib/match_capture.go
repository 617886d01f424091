package lualib

import (
	lua "github.com/yuin/gopher-lua"
)

// startCapture opens a capture at s and matches the rest; what is
// captureUnfinished or capturePosition.
func (m *matcher) startCapture(s, p, what int) int {
	if m.level >= maxCaptures {
		m.fail("too many captures")
	}
	m.captures[m.level] = capture{s, what}
	m.level++
	end := m.match(s, p)
	if end < 0 {
		m.level--
	}
	return end
}

// endCapture closes the innermost open capture at s and matches the rest.
func (m *matcher) endCapture(s, p int) int {
	i := m.level - 1
	for i >= 0 && m.captures[i].length != captureUnfinished {
		i--
	}
	if i < 0 {
		m.fail("invalid pattern capture")
	}
	m.captures[i].length = s - m.captures[i].start
	end := m.match(s, p)
	if end < 0 {
		m.captures[i].length = captureUnfinished
	}
	return end
}

// matchBackReference matches %1 to %9 at s: the text of an earlier capture.
func (m *matcher) matchBackReference(s int, digit byte) int {
	i := int(digit) - '1'
	if i < 0 || i >= m.level || m.captures[i].length == captureUnfinished {
		m.fail("invalid capture index")
	}
	c := m.captures[i]
	// A position capture has no text and never matches.
	if c.length < 0 || c.length > len(m.subject)-s {
		return -1
	}
	m.step(c.length / bytesPerStep)
	if m.subject[c.start:c.start+c.length] != m.subject[s:s+c.length] {
		return -1
	}
	return s + c.length
}

// captureCount is the number of values the match has; a pattern without
// captures has one, the whole match.
func (m *matcher) captureCount() int {
	if m.level == 0 {
		return 1
	}
	return m.level
}

// value returns capture i, counted from 0, of the match from start to end.
func (m *matcher) value(i, start, end int) lua.LValue {
	if i >= m.level {
		if i > 0 {
			m.fail("invalid capture index")
		}
		return lua.LString(substring(m.subject, start, end))
	}
	c := m.captures[i]
	switch c.length {
	case captureUnfinished:
		m.fail("unfinished capture")
	case capturePosition:
		return lua.LNumber(c.start + 1)
	}
	return lua.LString(substring(m.subject, c.start, c.start+c.length))
}

// pushValues pushes all values of the match from start to end and returns how
// many there are.
func (m *matcher) pushValues(start, end int) int {
	n := m.captureCount()
	for i := 0; i < n; i++ {
		m.L.Push(m.value(i, start, end))
	}
	return n
}
