package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// guard is a condition, and the bytes where it is known to have held, or not.
type guard struct {
	condition syntax.Node
	holds     bool
	from, to  int
}

// guards returns the conditions that mention a root, in the order of the text.
func (u *unit) guards(r root) []guard {
	if g, ok := u.guarded[r]; ok {
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
	if u.guarded == nil {
		u.guarded = map[root][]guard{}
	}
	u.guarded[r] = list
	return list
}

// guardsOf adds the guards of the conditions that a use is in.
func (u *unit) guardsOf(n syntax.Node, list []guard, seen map[syntax.Node]bool) []guard {
	t := u.tree
	add := func(condition syntax.Node, holds bool, from, to int) {
		if from < to {
			list = append(list, guard{condition, holds, from, to})
		}
	}
	for {
		parent := t.Parent(n)
		switch t.Kind(parent) {
		case syntax.Binary:
			if t.First(parent) == n && !seen[parent] {
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
	list = append(list, guard{condition, true, t.Start(b), u.blockEnd(b)})
	// The later clauses are tried only if it did not hold.
	if next := t.Next(clause); next != syntax.None {
		list = append(list, guard{condition, false, t.Start(next), t.End(stat)})
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
	return append(list, guard{condition, false, t.End(stat), u.blockEnd(u.block(stat))})
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

// changed tells whether what the path holds may have changed since a condition was
// tested.
func (u *unit) changed(r root, path syntax.Node, g guard, at int) bool {
	t := u.tree
	if r.v != scope.NoVar {
		x := &u.file.Vars().Vars[r.v]
		writes := u.writes(r.v)
		if len(writes) > 0 && u.functionAround(path) != u.functionAround(g.condition) {
			return true
		}
		for _, w := range writes {
			if s := t.Start(w); s > t.Start(g.condition) && s < at {
				return true
			}
			if u.functionAround(w) == u.functionAround(path) && w > path && !u.inside(g.condition, u.loopOf(path)) && u.sameLoop(w, path, x.Decl, syntax.None) {
				return true
			}
		}
	}
	if t.Kind(path) == syntax.Name {
		return false
	}
	f := u.path(t.First(path), false)
	name, ok := u.keyName(path)
	if f == nil || !ok {
		return !ok
	}
	for _, s := range f.named[name] {
		if w := t.Start(s.name); w > t.Start(g.condition) && w < at && u.functionAround(s.name) == u.functionAround(path) {
			return true
		}
	}
	return false
}

// loopOf returns the innermost loop around n; None is outside of everything.
func (u *unit) loopOf(n syntax.Node) syntax.Node {
	t := u.tree
	for n = t.Parent(n); n != syntax.None; n = t.Parent(n) {
		switch t.Kind(n) {
		case syntax.WhileStat, syntax.RepeatStat, syntax.NumericFor, syntax.GenericFor:
			return n
		case syntax.FuncBody:
			return syntax.Node(t.Len())
		}
	}
	return syntax.Node(t.Len())
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
