package refactor

import (
	"slices"
	"sort"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// occurrences returns the expressions equal to n that can all have its value, in the order of
// the text, and the statement before which it is to be worked out: those of the largest
// block around n for which that is right.
func (p *place) occurrences(n syntax.Node, e *effects) (stat syntax.Node, list []syntax.Node) {
	all := p.equal(n)
	function := p.function(n)
	for block := p.Parent(p.statement(n)); block != syntax.None; block = p.Parent(block) {
		if p.Kind(block) != syntax.Block {
			continue
		}
		if !e.fixed() && p.function(block) != function && p.Parent(block) != function {
			break
		}
		if at, some := p.together(block, n, all, e); len(some) > 1 && len(some) > len(list) {
			stat, list = at, some
		}
	}
	return stat, list
}

// equal returns the expressions of the file that are written as n is, and whose names mean
// the same, in the order of the text.
func (p *place) equal(n syntax.Node) (list []syntax.Node) {
	size := p.after(n) - n
	for m := syntax.Node(1); int(m+size) <= p.Len() && !p.ended(int(m)); m++ {
		if p.Kind(m) == p.Kind(n) && p.after(m)-m == size && p.isValue(m) && !(p.multiple(m) && p.takesAll(m)) && p.alike(n, m, size) {
			list = append(list, m)
		}
	}
	return list
}

// alike tells whether two subtrees of the same number of nodes are the same code.
func (p *place) alike(a, b, size syntax.Node) bool {
	i, iEnd := p.Range(a)
	j, jEnd := p.Range(b)
	for ; i < iEnd && j < jEnd; i, j = i+1, j+1 {
		if p.TokenText(i) != p.TokenText(j) || p.TokenKind(i) == syntax.Comment {
			return false
		}
	}
	if i != iEnd || j != jEnd {
		return false
	}
	for k := range size {
		if p.Kind(a+k) != p.Kind(b+k) || p.vars.Var(a+k) != p.vars.Var(b+k) {
			return false
		}
	}
	return true
}

// together returns those of all equal expressions in a block that can have one value, and the
// statement of the block before which it is worked out. n must be among them.
func (p *place) together(block, n syntax.Node, all []syntax.Node, e *effects) (stat syntax.Node, list []syntax.Node) {
	function := p.function(n)
	for i, m := range all {
		if p.ended(i) {
			return syntax.None, nil
		}
		if p.inside(m, block) && (e.fixed() || p.function(m) == function) {
			list = append(list, m)
		}
	}
	if len(list) == 0 {
		return syntax.None, nil
	}
	stat = list[0]
	for p.Parent(stat) != block {
		stat = p.Parent(stat)
	}
	before, why := p.before(list[0], stat)
	if !e.fixed() && (why != "" || p.conflict(e, before) != "") || p.unseen(list[0], stat) != "" {
		return syntax.None, nil
	}
	if rest := list[1:]; !e.fixed() {
		kept := 0
		if !p.jumps(block) {
			// What changes the value before one of them does so before all behind it.
			kept = sort.Search(len(rest), func(i int) bool { return p.changedBefore(rest[i], stat, block, e) })
		}
		list = list[:1+kept]
	}
	if !slices.Contains(list, n) {
		return syntax.None, nil
	}
	return stat, list
}

// changedBefore tells whether code from a statement of a block on, up to the expression m in it,
// can change a value.
func (p *place) changedBefore(m, stat, block syntax.Node, value *effects) bool {
	end := p.Start(m)
	for up := p.Parent(m); up != block; up = p.Parent(up) { // what a loop does later comes before its next turn
		switch p.Kind(up) {
		case syntax.WhileStat, syntax.RepeatStat, syntax.NumericFor, syntax.GenericFor:
			end = p.End(up)
		}
	}
	past := &effects{}
	p.collect(past, stat, p.after(block), end)
	return p.changes(past, value)
}

// jumps tells whether a goto stands in a block: it may make a loop.
func (p *place) jumps(block syntax.Node) bool {
	for m, end := block, p.after(block); m < end && !p.ended(int(m)); m++ {
		if p.Kind(m) == syntax.GotoStat {
			return true
		}
	}
	return false
}

// variable makes a change that works out the first of a list of equal expressions before a
// statement.
func (p *place) variable(stat syntax.Node, list []syntax.Node) *change {
	name := p.free(p.nameFor(list[0]))
	c := &change{fresh: []string{name}}
	p.insertBefore(c, stat, words("local "+name+" = "), p.copy(list[0]))
	for _, m := range list {
		p.replaceBy(c, m, words(name))
	}
	return c
}
