package lualib

import (
	lua "github.com/yuin/gopher-lua"
)

// The matcher follows PUC Lua 5.1's backtracking matcher item by item, so that
// results and errors agree, errors in parts of a pattern that are never reached
// included. Two things differ on purpose: a zero byte in a pattern is an
// ordinary character (PUC Lua 5.1 ends the pattern there), and recursion is
// limited (PUC Lua 5.1 overflows the C stack).

const (
	// maxCaptures is the number of captures a pattern may have.
	maxCaptures = 32
	// maxMatchDepth bounds the recursion of one match. Each item with a
	// repetition and each capture takes one level, so only patterns with
	// thousands of them come near it; the Go stack stays below 10 MB.
	maxMatchDepth = 20000
	// chargeSteps is how many steps a matcher takes between calls of Host.Charge.
	chargeSteps = 1000
	// patternSpecials are the bytes that keep find from a plain search.
	patternSpecials = "^$*+?.([%-"
)

// Values of capture.length for captures that are not substrings.
const (
	captureUnfinished = -1
	capturePosition   = -2
)

// capture is a substring of the subject, or a position in it.
type capture struct {
	start, length int
}

// matcher matches one pattern against one subject. Offsets count bytes from 0;
// a failed match is -1.
type matcher struct {
	L    *lua.LState
	host *Host

	subject, pattern string

	level    int // number of captures, finished and not
	captures [maxCaptures]capture
	depth    int
	steps    int // since the last charge
	sets     setCache
}

// matchAt matches the pattern from offset p on at offset s of the subject,
// forgetting earlier captures. It returns where the match ends.
func (m *matcher) matchAt(s, p int) int {
	m.level, m.depth = 0, 0
	return m.match(s, p)
}

// step counts n steps and tells the host about each thousand or so.
func (m *matcher) step(n int) {
	m.steps += n
	if m.steps >= chargeSteps {
		n, m.steps = m.steps, 0
		m.host.Charge(m.L, n)
	}
}

func (m *matcher) fail(msg string) { raise(m.L, msg) }

// match matches from the pattern item at p on. It loops over items without a
// choice and recurses where it may have to come back.
func (m *matcher) match(s, p int) int {
	m.depth++
	if m.depth > maxMatchDepth {
		m.fail("pattern too complex")
	}
	end := m.matchItems(s, p)
	m.depth--
	return end
}

func (m *matcher) matchItems(s, p int) int {
	pat := m.pattern
	for {
		m.step(1)
		if p >= len(pat) {
			return s
		}
		switch pat[p] {
		case '(':
			if p+1 < len(pat) && pat[p+1] == ')' {
				return m.startCapture(s, p+2, capturePosition)
			}
			return m.startCapture(s, p+1, captureUnfinished)
		case ')':
			return m.endCapture(s, p+1)
		case '$':
			if p+1 == len(pat) {
				if s == len(m.subject) {
					return s
				}
				return -1
			}
		case '%':
			if p+1 < len(pat) {
				switch c := pat[p+1]; {
				case c == 'b':
					if s = m.matchBalance(s, p+2); s < 0 {
						return -1
					}
					p += 4
					continue
				case c == 'f':
					if p = m.matchFrontier(s, p+2); p < 0 {
						return -1
					}
					continue
				case isDigit(c):
					if s = m.matchBackReference(s, c); s < 0 {
						return -1
					}
					p += 2
					continue
				}
			}
		}

		next := m.itemEnd(p)
		repeat := byte(0)
		if next < len(pat) {
			repeat = pat[next]
		}
		switch repeat {
		case '*':
			return m.maxExpand(s, p, next, 0)
		case '+':
			return m.maxExpand(s, p, next, 1)
		case '-':
			return m.minExpand(s, p, next)
		case '?':
			if s < len(m.subject) && m.matchByte(m.subject[s], p, next) {
				if end := m.match(s+1, next+1); end >= 0 {
					return end
				}
			}
			p = next + 1
		default:
			if s >= len(m.subject) || !m.matchByte(m.subject[s], p, next) {
				return -1
			}
			s++
			p = next
		}
	}
}

// itemEnd returns the offset after the single-character item at p.
func (m *matcher) itemEnd(p int) int {
	pat := m.pattern
	switch pat[p] {
	case '%':
		if p+1 >= len(pat) {
			m.fail("malformed pattern (ends with '%')")
		}
		return p + 2
	case '[':
		p++
		if p < len(pat) && pat[p] == '^' {
			p++
		}
		// A ']' in first place stands for itself, hence the check at the end.
		for {
			if p >= len(pat) {
				m.fail("malformed pattern (missing ']')")
			}
			if pat[p] == '%' && p+1 < len(pat) {
				p++
			}
			p++
			if p < len(pat) && pat[p] == ']' {
				return p + 1
			}
		}
	}
	return p + 1
}

// matchByte reports whether c matches the single-character item between p and next.
func (m *matcher) matchByte(c byte, p, next int) bool {
	switch m.pattern[p] {
	case '.':
		return true
	case '%':
		return classMatches(m.pattern[p+1], c)
	case '[':
		return m.sets.at(m.pattern, p, next).has(c)
	}
	return m.pattern[p] == c
}

// maxExpand matches as many repetitions as possible, least at the least, then
// fewer and fewer until the rest of the pattern matches.
func (m *matcher) maxExpand(s, p, next, least int) int {
	n := m.countRun(s, p, next)
	m.step(n)
	for ; n >= least; n-- {
		if end := m.match(s+n, next+1); end >= 0 {
			return end
		}
	}
	return -1
}

// countRun returns how many bytes from s on match the item. The kind of item
// is looked at once, not for each byte.
func (m *matcher) countRun(s, p, next int) int {
	rest := m.subject[s:]
	var set *byteSet
	switch m.pattern[p] {
	case '.':
		return len(rest)
	case '[', '%':
		set = m.sets.at(m.pattern, p, next)
	default:
		c := m.pattern[p]
		for i := 0; i < len(rest); i++ {
			if rest[i] != c {
				return i
			}
		}
		return len(rest)
	}
	for i := 0; i < len(rest); i++ {
		if !set.has(rest[i]) {
			return i
		}
	}
	return len(rest)
}

// minExpand matches as few repetitions as possible, then more and more until
// the rest of the pattern matches.
func (m *matcher) minExpand(s, p, next int) int {
	for {
		if end := m.match(s, next+1); end >= 0 {
			return end
		}
		if s >= len(m.subject) || !m.matchByte(m.subject[s], p, next) {
			return -1
		}
		s++
	}
}

// matchBalance matches %bxy, whose x is at p.
func (m *matcher) matchBalance(s, p int) int {
	if p+1 >= len(m.pattern) {
		m.fail("unbalanced pattern")
	}
	open, shut := m.pattern[p], m.pattern[p+1]
	if s >= len(m.subject) || m.subject[s] != open {
		return -1
	}
	i := s + 1
	for nesting := 1; i < len(m.subject); i++ {
		// Charged as it goes: this loop alone can read the whole subject.
		if (i-s)%chargeSteps == 0 {
			m.step(chargeSteps)
		}
		switch m.subject[i] {
		case shut: // first: x and y may be equal
			nesting--
			if nesting == 0 {
				m.step((i - s) % chargeSteps)
				return i + 1
			}
		case open:
			nesting++
		}
	}
	m.step((i - s) % chargeSteps)
	return -1
}

// matchFrontier matches %f[set], whose set is at p: the byte before s is not in
// the set and the byte at s is, with zero bytes around the subject. It returns
// the offset of the next item.
func (m *matcher) matchFrontier(s, p int) int {
	if p >= len(m.pattern) || m.pattern[p] != '[' {
		m.fail("missing '[' after '%f' in pattern")
	}
	next := m.itemEnd(p)
	set := m.sets.at(m.pattern, p, next)
	var before, after byte
	if s > 0 {
		before = m.subject[s-1]
	}
	if s < len(m.subject) {
		after = m.subject[s]
	}
	if set.has(before) || !set.has(after) {
		return -1
	}
	return next
}
