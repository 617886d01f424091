package lint

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// flow reports code that never runs, and blocks with nothing in them.
func (p *pass) flow() {
	t := p.tree
	broken := len(t.Errors()) > 0 // then it is not known what follows what
	for b := range p.nodes(syntax.Block) {
		dead := false
		for n := t.First(b); n != syntax.None; n = t.Next(n) {
			if t.Kind(n) == syntax.LabelStat {
				break // something may jump to here
			}
			if dead {
				last := n
				for next := t.Next(last); next != syntax.None && t.Kind(next) != syntax.LabelStat; next = t.Next(next) {
					last = next
				}
				p.report("unreachable-code", t.Start(n), t.End(last), "the code is never reached").Unnecessary = true
				break
			}
			dead = !broken && p.leaves(n)
		}
		p.empty(b)
	}
}

// leaves tells whether a statement never goes on to the next one.
func (p *pass) leaves(n syntax.Node) bool {
	t := p.tree
	block := func(b syntax.Node) bool {
		dead := false
		for s := t.First(b); s != syntax.None; s = t.Next(s) {
			if t.Kind(s) == syntax.LabelStat {
				return false
			}
			dead = dead || p.leaves(s)
		}
		return dead
	}
	switch t.Kind(n) {
	case syntax.ReturnStat, syntax.BreakStat, syntax.GotoStat:
		return true
	case syntax.CallStat:
		callee := t.First(t.First(n))
		switch t.Source(callee) {
		case "error":
			return p.untouched("error", callee)
		case "os.exit":
			return p.untouched("os", t.First(callee))
		}
	case syntax.DoStat:
		return block(t.First(n))
	case syntax.WhileStat:
		return t.Kind(t.First(n)) == syntax.True && !p.leftBy(n, syntax.BreakStat, syntax.GotoStat)
	case syntax.IfStat:
		last := syntax.None
		for c := t.First(n); c != syntax.None; c = t.Next(c) {
			b := t.Child(c, 1)
			if t.Kind(c) == syntax.ElseClause {
				b = t.First(c)
			}
			if !block(b) {
				return false
			}
			last = c
		}
		return t.Kind(last) == syntax.ElseClause
	}
	return false
}

// untouched tells whether a name is the global that Lua has, which the file does not
// assign.
func (p *pass) untouched(name string, n syntax.Node) bool {
	if p.vars.Var(n) != scope.NoVar {
		return false
	}
	for _, u := range p.vars.Globals[name] {
		if u.Write {
			return false
		}
	}
	return true
}

// leftBy tells whether one of the kinds of statements is in a loop and its own: not in
// a function in it, and a break not in another loop.
func (p *pass) leftBy(loop syntax.Node, kinds ...syntax.Kind) bool {
	t := p.tree
	for n := loop + 1; int(n) < t.Len() && p.inside(n, loop); n++ {
		for _, k := range kinds {
			if t.Kind(n) == k && p.leavesLoop(n, loop) {
				return true
			}
		}
	}
	return false
}

func (p *pass) leavesLoop(n, loop syntax.Node) bool {
	for of := p.tree.Parent(n); of != loop; of = p.tree.Parent(of) {
		switch p.tree.Kind(of) {
		case syntax.FuncBody:
			return false
		case syntax.WhileStat, syntax.RepeatStat, syntax.NumericFor, syntax.GenericFor:
			if p.tree.Kind(n) == syntax.BreakStat {
				return false
			}
		}
	}
	return true
}

// empty reports a branch or do block without anything in it.
func (p *pass) empty(b syntax.Node) {
	t := p.tree
	if t.First(b) != syntax.None || len(t.Errors()) > 0 {
		return
	}
	parent := t.Parent(b)
	what, number := "the branch is empty", "542"
	switch t.Kind(parent) {
	case syntax.DoStat:
		what, number = "the block is empty", "541"
	case syntax.IfClause, syntax.ElseIfClause, syntax.ElseClause:
	default:
		return
	}
	first, end := t.Range(parent)
	for i := first; i < end+1 && i < len(t.Tokens()); i++ {
		if t.TokenKind(i) == syntax.Comment {
			return // it says why
		}
	}
	p.numbered(number).report("empty-block", t.Start(parent), t.End(parent), what)
}
