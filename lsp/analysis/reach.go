package analysis

import (
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// maxWrites is how many assignments of one variable are looked at.
const maxWrites = 200

// writes returns the Names that assign to a variable, in the order of the text.
func (u *unit) writes(v scope.Var) []syntax.Node {
	if w, ok := u.assigns[v]; ok {
		return w
	}
	var w []syntax.Node
	for _, use := range u.file.Vars().Vars[v].Uses {
		if use.Write && len(w) < maxWrites {
			w = append(w, use.Node)
		}
	}
	if u.assigns == nil {
		u.assigns = map[scope.Var][]syntax.Node{}
	}
	u.assigns[v] = w
	return w
}

// reaching is the type of a variable at a place: of the assignments that can be the
// last before it.
func (u *unit) reaching(v scope.Var, at syntax.Node) types.Type {
	writes := u.writes(v)
	if len(writes) == 0 {
		return u.begins(v)
	}
	x := &u.file.Vars().Vars[v]
	here := u.functionAround(at)
	if here != x.Function {
		return u.anywhere(v, writes)
	}
	lacking := u.c.lacking
	u.c.lacking = false
	defer func() { u.c.lacking = u.c.lacking || lacking }()
	var found []types.Type
	dominator := syntax.None
	for i := len(writes) - 1; i >= 0; i-- {
		w := writes[i]
		if u.functionAround(w) != here {
			found = append(found, u.written(w)) // a closure may have run by now
			continue
		}
		if w >= at || dominator != syntax.None || u.inside(at, u.assignment(w)) {
			continue
		}
		switch u.passes(w, at, v) {
		case dominates:
			found = append(found, u.written(w))
			dominator = w
		case mayReach:
			found = append(found, u.written(w))
		}
	}
	if dominator == syntax.None {
		if split := u.splits(writes, at, v); !split {
			found = append(found, u.begins(v))
		}
	}
	// What is assigned later in a loop is there in its next turn.
	for _, w := range writes {
		if (w > at || u.inside(at, u.assignment(w)) || u.otherClause(w, at)) && u.functionAround(w) == here && u.sameLoop(w, at, x.Decl, dominator) {
			found = append(found, u.written(w))
		}
	}
	r := joinKnown(found)
	if !u.c.lacking && slices.Contains(found, types.Type(types.Unknown)) {
		return types.Partly(r)
	}
	return r
}

// otherClause tells whether an assignment is in another clause of an if than a place
// behind it, and control goes on behind it.
func (u *unit) otherClause(w, at syntax.Node) bool {
	t := u.tree
	for n := t.Parent(w); n != syntax.None; n = t.Parent(n) {
		if u.inside(at, n) {
			return t.Kind(n) == syntax.IfStat
		}
		if t.Kind(n) == syntax.Block && u.leaves(n) {
			return false
		}
	}
	return false
}

// assignment returns the statement that a write is in: what it reads is older.
func (u *unit) assignment(w syntax.Node) syntax.Node {
	parent := u.tree.Parent(w)
	if u.tree.Kind(parent) == syntax.ExprList {
		return u.tree.Parent(parent)
	}
	return parent
}

// anywhere is the type of a variable where a function inside uses it: anything that
// is ever assigned to it.
func (u *unit) anywhere(v scope.Var, writes []syntax.Node) types.Type {
	var found []types.Type
	if t := u.begins(v); t != types.Nil {
		found = append(found, t)
	}
	for _, w := range writes {
		found = append(found, u.written(w))
	}
	if len(found) > 1 || u.begins(v) == types.Nil {
		return widened(joinKnown(found)) // it changes
	}
	return types.Join(found...)
}

type passing uint8

const (
	cannotReach passing = iota
	mayReach
	dominates
)

// passes tells whether an assignment before a place always, perhaps or never is
// on the way to it.
func (u *unit) passes(w, at syntax.Node, v scope.Var) passing {
	t := u.tree
	result := dominates
	for n := t.Parent(w); n != syntax.None; n = t.Parent(n) {
		if u.inside(at, n) {
			if t.Kind(n) == syntax.IfStat && result != dominates {
				// Both are in the same if: in different clauses, as neither w's
				// block nor its clause holds the place.
				return cannotReach
			}
			return result
		}
		switch t.Kind(n) {
		case syntax.Block:
			if u.leaves(n) {
				return cannotReach
			}
		case syntax.IfClause, syntax.ElseIfClause, syntax.ElseClause, syntax.WhileStat, syntax.NumericFor, syntax.GenericFor:
			result = mayReach
		}
	}
	return result
}

// inside tells whether a is in the subtree of b.
func (u *unit) inside(a, b syntax.Node) bool {
	if u.lasts != nil {
		return a >= b && a <= u.lasts[b]
	}
	for range nearNode {
		if a <= b {
			return a == b
		}
		a = u.tree.Parent(a)
	}
	return a >= b && a <= u.lastOf(b)
}

// nearNode is how many nodes are gone up through before the end of a subtree is looked up.
const nearNode = 64

// lastOf returns the last node of a subtree. For code that is nested deeply those of all
// nodes are worked out.
func (u *unit) lastOf(n syntax.Node) syntax.Node {
	if u.lasts == nil {
		u.lasts = make([]syntax.Node, u.tree.Len())
		for i := len(u.lasts) - 1; i > 0; i-- {
			n := syntax.Node(i)
			u.lasts[n] = max(u.lasts[n], n)
			parent := u.tree.Parent(n)
			u.lasts[parent] = max(u.lasts[parent], u.lasts[n])
		}
	}
	return u.lasts[n]
}

// splits tells whether some if before the place assigns to the variable in all of
// its clauses, so that nothing older gets by.
func (u *unit) splits(writes []syntax.Node, at syntax.Node, v scope.Var) bool {
	t := u.tree
	for i := len(writes) - 1; i >= 0; i-- {
		w := writes[i]
		if w >= at || u.inside(at, u.assignment(w)) {
			continue
		}
		for n := t.Parent(w); n != syntax.None && !u.inside(at, n); n = t.Parent(n) {
			if t.Kind(n) == syntax.IfStat && u.inside(at, u.block(n)) && u.assignsAll(n, v) {
				return true
			}
		}
	}
	return false
}

// block returns the Block that a statement is in.
func (u *unit) block(n syntax.Node) syntax.Node {
	for n = u.tree.Parent(n); n != syntax.None && u.tree.Kind(n) != syntax.Block; {
		n = u.tree.Parent(n)
	}
	return n
}

// assignsAll tells whether each clause of an if assigns to v or leaves.
func (u *unit) assignsAll(stat syntax.Node, v scope.Var) bool {
	t := u.tree
	hasElse := false
	for c := t.First(stat); c != syntax.None; c = t.Next(c) {
		b := t.Child(c, 1)
		if t.Kind(c) == syntax.ElseClause {
			hasElse = true
			b = t.First(c)
		}
		if u.leaves(b) {
			continue
		}
		assigned := false
		for _, w := range u.writes(v) {
			if u.inside(w, b) && (u.block(w) == b || u.coveredIf(w, b, v)) {
				assigned = true
				break
			}
		}
		if !assigned {
			return false
		}
	}
	return hasElse
}

// coveredIf tells whether a write in a block b is in an if there that assigns in
// all clauses.
func (u *unit) coveredIf(w, b syntax.Node, v scope.Var) bool {
	t := u.tree
	for n := t.Parent(w); n != b && n != syntax.None; n = t.Parent(n) {
		if t.Kind(n) == syntax.IfStat && u.block(n) == b {
			return u.assignsAll(n, v)
		}
	}
	return false
}

// sameLoop tells whether an assignment after a place is in a loop with it, inside
// which nothing always overwrites it first.
func (u *unit) sameLoop(w, at, decl, dominator syntax.Node) bool {
	t := u.tree
	for n := t.Parent(at); n != syntax.None; n = t.Parent(n) {
		switch t.Kind(n) {
		case syntax.WhileStat, syntax.RepeatStat, syntax.NumericFor, syntax.GenericFor:
			if !u.inside(decl, n) && u.inside(w, n) {
				return dominator == syntax.None || !u.inside(dominator, n)
			}
		case syntax.FuncBody:
			return false
		}
	}
	return false
}

// leaves tells whether the end of a block is never reached: by return, break, goto,
// error, os.exit, or an if all of whose clauses leave.
func (u *unit) leaves(block syntax.Node) bool {
	t := u.tree
	last := syntax.None
	for n := t.First(block); n != syntax.None; n = t.Next(n) {
		last = n
	}
	switch t.Kind(last) {
	case syntax.ReturnStat, syntax.BreakStat, syntax.GotoStat:
		return true
	default:
		return u.stops(last, true)
	}
}

// ends tells whether control never comes out at the end of a function's block.
func (u *unit) ends(block syntax.Node) bool {
	t := u.tree
	last := syntax.None
	for n := t.First(block); n != syntax.None; n = t.Next(n) {
		last = n
	}
	if t.Kind(last) == syntax.ReturnStat {
		return true
	}
	return u.stops(last, false)
}

// stops tells whether a statement never ends in the ordinary way. With jumps, those
// to other places count too.
func (u *unit) stops(n syntax.Node, jumps bool) bool {
	t := u.tree
	inner := u.ends
	if jumps {
		inner = u.leaves
	}
	switch t.Kind(n) {
	case syntax.CallStat:
		callee := t.First(t.First(n))
		switch t.Source(callee) {
		case "error":
			return u.file.Vars().Var(callee) == scope.NoVar
		case "os.exit":
			return true
		}
	case syntax.DoStat:
		return inner(t.First(n))
	case syntax.WhileStat:
		return t.Kind(t.First(n)) == syntax.True && !u.hasBreak(n)
	case syntax.IfStat:
		hasElse := false
		for c := t.First(n); c != syntax.None; c = t.Next(c) {
			b := t.Child(c, 1)
			if t.Kind(c) == syntax.ElseClause {
				hasElse, b = true, t.First(c)
			}
			if !inner(b) {
				return false
			}
		}
		return hasElse
	}
	return false
}

// hasBreak tells whether a loop has a break of its own, or a goto.
func (u *unit) hasBreak(loop syntax.Node) bool {
	t := u.tree
	for n := loop + 1; int(n) < t.Len() && u.inside(n, loop); n++ {
		switch t.Kind(n) {
		case syntax.GotoStat:
			return true
		case syntax.BreakStat:
			of := t.Parent(n)
			for of != loop {
				switch t.Kind(of) {
				case syntax.WhileStat, syntax.RepeatStat, syntax.NumericFor, syntax.GenericFor:
				default:
					of = t.Parent(of)
					continue
				}
				break
			}
			if of == loop {
				return true
			}
		}
	}
	return false
}
