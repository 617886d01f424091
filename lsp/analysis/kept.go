package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// answer is what was worked out, and whether it rests on a guess.
type answer[T any] struct {
	is    T
	guess bool
}

// Bounds of what is kept: answers that are found further down may be cut short by maxDepth,
// and a field of few tables is found faster than it is looked up.
const (
	maxKeptDepth  = maxDepth / 8
	minKeptTables = 8
)

// kept returns the answer in m, else that of work, which it keeps in m if it is final. Other
// than once it lets work ask for the same again.
func kept[K comparable, T any](c *checker, m map[K]answer[T], k K, work func() T) T {
	if a, ok := m[k]; ok {
		c.guessing = c.guessing || a.guess
		return a.is
	}
	if c.snap == nil || c.depth > maxKeptDepth {
		return work() // the library's checker lives on: it keeps no answers to others' questions
	}
	cut, guessing := c.cut, c.guessing
	c.cut, c.guessing = noCut, false
	t := work()
	if c.cut == noCut {
		m[k] = answer[T]{t, c.guessing}
	}
	c.cut, c.guessing = min(c.cut, cut), c.guessing || guessing
	return t
}

// unionKey is a field of a union.
type unionKey struct {
	of   *types.Union
	name string
}

// unionField is a field of many tables: each record of a list asks for it again.
func (c *checker) unionField(t *types.Union, name string) *types.Field {
	find := func() *types.Field {
		var seen ascent
		return c.fieldAt(t, name, &seen)
	}
	if len(t.Of) < minKeptTables {
		return find()
	}
	return kept(c, c.unionFields, unionKey{t, name}, find)
}

// wantedTable is wanted for a constructor: each of its values asks for it.
func (u *unit) wantedTable(table syntax.Node) types.Type {
	return once(u.c, u.wants, table, nil, sameType, func() types.Type { return u.wanted(table) })
}

// wantedEntries is entriesOf for what a constructor is wanted as: each of its values asks for
// it, and gets the same union, of which unionField then knows the fields.
func (c *checker) wantedEntries(t types.Type) (elem, key, value types.Type) {
	u, ok := t.(*types.Union)
	if !ok {
		return c.entriesOf(t)
	}
	e := kept(c, c.unionEntries, u, func() (e entries) {
		e.elem, e.key, e.value = c.entriesOf(t)
		return e
	})
	return e.elem, e.key, e.value
}
