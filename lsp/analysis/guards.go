package analysis

import (
	"math"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// guard is a condition, and the bytes where it is known to have held, or not.
type guard struct {
	condition, last syntax.Node // its first and its last node
	function        syntax.Node // that it is in
	start           int         // of the condition
	holds           bool
	from, to        int
}

// guardList are guards in the order in which they count.
type guardList struct {
	list []guard
	// spans are the bytes from the first to the last that counts of guards: spans[1] of all
	// of them, spans[2*i] and spans[2*i+1] of the two halves of spans[i], to those of leafGuards.
	spans []span
}

type span struct{ from, to int }

// leafGuards is how many guards are gone through one by one.
const leafGuards = 8

// at yields the guards that count at an offset: of a file with thousands of conditions on one
// global, few do at any place.
func (g *guardList) at(offset int) func(yield func(*guard) bool) {
	return func(yield func(*guard) bool) { g.within(1, 0, len(g.list), offset, yield) }
}

func (g *guardList) within(i, from, to, offset int, yield func(*guard) bool) bool {
	if to-from <= leafGuards {
		for ; from < to; from++ {
			if x := &g.list[from]; offset >= x.from && offset < x.to && !yield(x) {
				return false
			}
		}
		return true
	}
	if s := g.spans[i]; offset < s.from || offset >= s.to {
		return true
	}
	middle := (from + to) / 2
	return g.within(2*i, from, middle, offset, yield) && g.within(2*i+1, middle, to, offset, yield)
}

// index works out spans.
func (g *guardList) index(i, from, to int) span {
	if i == 1 && len(g.list) > leafGuards {
		g.spans = make([]span, 4*len(g.list)/leafGuards+2)
	}
	if to-from <= leafGuards {
		s := span{math.MaxInt, 0}
		for _, x := range g.list[from:to] {
			s = span{min(s.from, x.from), max(s.to, x.to)}
		}
		return s
	}
	middle := (from + to) / 2
	a, b := g.index(2*i, from, middle), g.index(2*i+1, middle, to)
	g.spans[i] = span{min(a.from, b.from), max(a.to, b.to)}
	return g.spans[i]
}

// guards returns the conditions that mention a root, in the order of the text.
func (u *unit) guards(r root) *guardList {
	if g := u.guarded[r]; g != nil {
		return g
	}
	var uses []scope.Use
	if r.v == scope.NoVar {
		uses = u.file.Vars().Globals[r.global]
	} else {
		uses = u.file.Vars().Vars[r.v].Uses
	}
	var list []guard
	seen := map[syntax.Node]bool{}
	for _, use := range uses {
		if !use.Write {
			list = u.guardsOf(use.Node, list, seen)
		}
	}
	for i := range list {
		g := &list[i]
		g.last, g.function, g.start = lastIn(u.tree, g.condition), u.functionAround(g.condition), u.tree.Start(g.condition)
	}
	g := &guardList{list: list}
	g.index(1, 0, len(list))
	if u.guarded == nil {
		u.guarded = map[root]*guardList{}
	}
	u.guarded[r] = g
	return g
}

// guardsOf adds the guards of the conditions that a use is in.
func (u *unit) guardsOf(n syntax.Node, list []guard, seen map[syntax.Node]bool) []guard {
	t := u.tree
	add := func(condition syntax.Node, holds bool, from, to int) {
		if from < to {
			list = append(list, guard{condition: condition, holds: holds, from: from, to: to})
		}
	}
	for {
		parent := t.Parent(n)
		switch t.Kind(parent) {
		case syntax.Binary:
			if t.First(parent) == n {
				if seen[parent] {
					return list // what is around it has been noted too
				}
				switch t.TokenKind(t.Token(parent)) {
				case syntax.And:
					seen[parent] = true
					right := t.Next(n)
					add(n, true, t.Start(right), t.End(right)+1)
				case syntax.Or:
					seen[parent] = true
					right := t.Next(n)
					add(n, false, t.Start(right), t.End(right)+1)
				}
			}
		case syntax.Unary, syntax.Paren, syntax.Index, syntax.IndexKey:
		case syntax.Args:
			call := t.Parent(parent)
			callee := t.First(call)
			if t.Kind(callee) != syntax.Name {
				return list
			}
			switch t.Source(callee) {
			case "assert":
				if t.First(parent) == n && !seen[call] {
					seen[call] = true
					add(n, true, t.End(call), t.End(u.block(call))+1)
				}
				return list
			case "type":
				n = call
				continue
			}
			return list
		case syntax.IfClause, syntax.ElseIfClause:
			if t.First(parent) != n || seen[parent] {
				return list
			}
			seen[parent] = true
			return u.clauseGuards(n, parent, list)
		case syntax.WhileStat:
			if t.First(parent) == n && !seen[parent] {
				seen[parent] = true
				b := t.Next(n)
				add(n, true, t.Start(b), t.End(b)+1)
				if !u.hasBreak(parent) {
					add(n, false, t.End(parent), t.End(u.block(parent))+1)
				}
			}
			return list
		case syntax.RepeatStat:
			if t.First(parent) != n && !seen[parent] {
				seen[parent] = true
				if !u.hasBreak(parent) {
					add(n, true, t.End(parent), t.End(u.block(parent))+1)
				}
			}
			return list
		default:
			return list
		}
		n = parent
	}
}

// clauseGuards adds the guards of the condition of one clause of an if.
func (u *unit) clauseGuards(condition, clause syntax.Node, list []guard) []guard {
	t := u.tree
	stat := t.Parent(clause)
	b := t.Next(condition)
	list = append(list, guard{condition: condition, holds: true, from: t.Start(b), to: u.blockEnd(b)})
	// The later clauses are tried only if it did not hold.
	if next := t.Next(clause); next != syntax.None {
		list = append(list, guard{condition: condition, from: t.Start(next), to: t.End(stat)})
	}
	// So is what follows, if this clause and those before it leave.
	for c := t.First(stat); ; c = t.Next(c) {
		if !u.leaves(t.Child(c, 1)) {
			return list
		}
		if c == clause {
			break
		}
	}
	return append(list, guard{condition: condition, from: t.End(stat), to: u.blockEnd(u.block(stat))})
}

// blockEnd is where a block ends, with the white space behind it.
func (u *unit) blockEnd(b syntax.Node) int {
	_, end := u.tree.Range(b)
	count := u.tree.TokenCount()
	for end < count && u.tree.TokenKind(end) == syntax.Comment {
		end++
	}
	if end < count {
		start, _ := u.tree.TokenSpan(end)
		return start + 1
	}
	return len(u.file.text) + 1
}

// rootAt returns the root of a path a.b.c, unless it is very long.
func (u *unit) rootAt(n syntax.Node) (root, bool) {
	t := u.tree
	for range maxPath {
		switch t.Kind(n) {
		case syntax.Name:
			v := u.file.Vars().Var(n)
			if v == scope.NoVar {
				return root{v: v, global: t.Source(n)}, true
			}
			return root{v: v}, true
		case syntax.Index, syntax.IndexKey:
			n = t.First(n)
		default:
			return root{}, false
		}
	}
	return root{}, false
}

// same tells whether two expressions are the same path of the same variable.
func (u *unit) same(a, b syntax.Node) bool { return u.sameWithin(a, b, maxPath) }

func (u *unit) sameWithin(a, b syntax.Node, most int) bool {
	t := u.tree
	for t.Kind(a) == syntax.Paren {
		a = t.First(a)
	}
	if t.Kind(a) == syntax.Name && t.Kind(b) == syntax.Name {
		va, vb := u.file.Vars().Var(a), u.file.Vars().Var(b)
		return va == vb && (va != scope.NoVar || t.Source(a) == t.Source(b))
	}
	ka, oka := u.pathKey(a)
	kb, okb := u.pathKey(b)
	return oka && okb && ka == kb && most > 0 && u.sameWithin(t.First(a), t.First(b), most-1)
}

func (u *unit) pathKey(n syntax.Node) (string, bool) {
	switch u.tree.Kind(n) {
	case syntax.Index, syntax.IndexKey:
		return u.keyName(n)
	}
	return "", false
}
