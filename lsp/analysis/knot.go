package analysis

import (
	"sort"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// What is worked out may lead back to itself: x = y or x in a loop, functions that call each
// other, tables that hold each other. All evaluations that lead to each other are a knot. It is
// worked out as a whole, in rounds, each of which asks one of them, which asks the others:
// what is under way then has its value of the round before, and in the first one none. The
// rounds end when no such value has changed, or after maxRounds; then all are final. Rounds
// begin at the first place in the text that is in the knot, whoever has asked: so answers do
// not depend on what was asked before.

// maxRounds bounds the rounds of a knot: what each round makes larger never comes to rest.
// maxHeads bounds how often one evaluation lets another one begin.
const (
	maxRounds = 4
	maxHeads  = 8
)

// noCut is deeper than all evaluations.
const noCut = 1 << 30

// memo is the state of an evaluation.
type memo struct {
	// depth is how deep it is while it is under way, less than 0 while its value is one of a
	// round: -1-i if it is member i of the knot; else 0.
	depth int32
	done  bool // the value is final
	has   bool // there is a value, of this round or of the one before
	asked bool // somebody wanted it while it was under way
	guess bool // it rests on a guess
	lacks bool // it rests on something that had no value yet
}

// lazy is something that is worked out once.
type lazy[T any] struct {
	memo
	is T
}

// member is an evaluation whose value is one of a round.
type member struct {
	m *memo
	u *unit
	n syntax.Node // whose type it is; None if it is something else
}

// work returns what find makes of m, or what it has made of it. nothing is what stands for it
// where it is asked for before it has ever been found; n is the node whose type it is, or None.
func work[T any](c *checker, m *lazy[T], u *unit, n syntax.Node, nothing T, same func(a, b T) bool, find func() T) T {
	switch {
	case m.done:
		c.guessing = c.guessing || m.guess
		return m.is
	case m.depth < 0:
		c.cut = min(c.cut, c.above(-1-int(m.depth)))
		c.guessing, c.lacking = c.guessing || m.guess, c.lacking || m.lacks
		return m.is
	case m.depth > 0:
		m.asked = true
		c.cut = min(c.cut, int(m.depth))
		if !m.has {
			c.lacking = true
			return nothing
		}
		c.guessing = c.guessing || m.guess
		return m.is
	case c.depth >= maxDepth || c.shared.ended.Load():
		return nothing
	}
	cut, guessing, moved, lacking := c.cut, c.guessing, c.moved, c.lacking
	base := len(c.knot)
	c.bases = append(c.bases, base)
	c.depth++
	here := c.depth
	var before []member // of the knot in earlier rounds
	for round, heads := 1, 0; ; {
		c.cut, c.guessing, c.moved, c.lacking = noCut, false, false, false
		m.depth, m.asked = int32(here), false
		is := find()
		m.depth = 0
		if m.asked && (!m.has || m.guess != c.guessing || !same(m.is, is)) {
			c.moved = true
		}
		m.is, m.has, m.guess, m.lacks = is, true, c.guessing, c.lacking
		if c.cut < here {
			c.knot = append(c.knot, member{&m.memo, u, n})
			m.depth = int32(-len(c.knot))
			break
		}
		if c.cut == noCut {
			m.done = true
			break
		}
		self := member{m: &m.memo, u: u, n: n}
		if head := c.head(base, self); head.m != &m.memo && heads < maxHeads {
			c.leave(base, member.forget)
			self.forget()
			heads, round = heads+1, 1
			c.cut, c.guessing = noCut, false
			head.u.typeOf(head.n)
			if m.done || m.depth < 0 { // it has been found on the way
				break
			}
			continue
		}
		if !c.moved && !c.lacking || round == maxRounds {
			c.leave(base, member.finish)
			m.done = true
			break
		}
		before = append(before, c.knot[base:]...)
		c.leave(base, member.keep)
		round++
	}
	for _, m := range before {
		if !m.m.done && m.m.depth == 0 {
			m.forget() // it has turned out to be no part of the knot
		}
	}
	c.depth--
	c.bases = c.bases[:c.depth]
	if m.done {
		c.cut, c.moved, c.lacking = cut, moved, lacking
	} else {
		c.cut, c.moved, c.lacking = min(c.cut, cut), c.moved || moved, m.lacks || lacking
	}
	c.guessing = m.guess || guessing
	return m.is
}

// once is work of what m has of k.
func once[K comparable, T any](c *checker, m map[K]*lazy[T], k K, nothing T, same func(a, b T) bool, find func() T) T {
	l := m[k]
	if l == nil {
		l = &lazy[T]{}
		m[k] = l
	}
	return work(c, l, nil, syntax.None, nothing, same, find)
}

// above is the depth of the last evaluation under way that has led to member i: they are in
// one knot.
func (c *checker) above(i int) int {
	return sort.SearchInts(c.bases, i+1)
}

// head is the member of the knot whose type is asked for in its rounds: that which stands first
// in the file whose URI comes first, or self if no type of a node is in the knot.
func (c *checker) head(base int, self member) member {
	head := self
	for _, m := range c.knot[base:] {
		if m.n != syntax.None && (head.n == syntax.None || m.before(head)) {
			head = m
		}
	}
	return head
}

func (m member) before(other member) bool {
	if by := strings.Compare(m.u.file.URI, other.u.file.URI); by != 0 {
		return by < 0
	}
	return m.n < other.n
}

// leave ends a round, or the knot.
func (c *checker) leave(base int, do func(member)) {
	for _, m := range c.knot[base:] {
		m.m.depth = 0
		do(m)
	}
	clear(c.knot[base:])
	c.knot = c.knot[:base]
}

// finish makes the value final, keep keeps it for the next round.
func (m member) finish() { m.m.done = true }
func (m member) keep()   {}

// forget drops the value: it was one of rounds that began elsewhere.
func (m member) forget() {
	m.m.has = false
	if m.n != syntax.None {
		delete(m.u.multis, m.n)
	}
}

// below runs ask one deeper; it returns what stands for an answer where that is too deep.
func below[T any](c *checker, nothing T, ask func() T) T {
	if c.depth >= maxDepth || c.shared.ended.Load() {
		return nothing
	}
	c.bases = append(c.bases, len(c.knot))
	c.depth++
	t := ask()
	c.depth--
	c.bases = c.bases[:c.depth]
	return t
}

// sameTypes compares lists of types.
func sameTypes(a, b []types.Type) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !sameType(a[i], b[i]) {
			return false
		}
	}
	return true
}

func sameType(a, b types.Type) bool {
	if a == nil || b == nil {
		return a == b
	}
	return types.Same(a, b)
}
