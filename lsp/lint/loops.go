package lint

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// loopForms reports loops that run once or never, and variables of loops that are
// assigned.
func (p *pass) loopForms() {
	t := p.tree
	for n := range p.nodes(syntax.WhileStat, syntax.RepeatStat, syntax.NumericFor) {
		body := t.Child(n, 1)
		switch t.Kind(n) {
		case syntax.RepeatStat:
			body = t.First(n)
		case syntax.NumericFor:
			for c := range t.Children(n) {
				body = c
			}
			p.direction(n)
		}
		if p.leavesAlways(body) {
			first, _ := t.Range(n)
			p.report("loop-once", t.Start(n), int(t.Tokens()[first].End), "the loop runs once at most: all of its ways leave it")
		}
	}
	for i := range p.vars.Vars {
		v := &p.vars.Vars[i]
		if v.Kind != scope.LoopVar {
			continue
		}
		if v.Name == "_" {
			continue // a place for what nobody wants
		}
		for _, u := range v.Uses {
			if u.Write && !p.readsItself(v, u.Node) {
				x := p.at("loop-variable", u.Node, "the variable "+v.Name+" of the loop is assigned: the next turn does not see it", v.Name)
				p.relate(x, v.Decl, "the loop gives it its value here")
			}
		}
	}
}

// readsItself tells whether a variable is assigned what is made of its own value: for line
// in lines do line = trim(line). Nobody expects the loop to see that; of i = i + 1 in a numeric
// loop somebody may.
func (p *pass) readsItself(v *scope.Variable, target syntax.Node) bool {
	t := p.tree
	stat := t.Parent(t.Parent(target))
	if t.Kind(stat) != syntax.AssignStat || t.Kind(t.Parent(v.Decl)) == syntax.NumericFor {
		return false
	}
	values := t.Child(stat, 1)
	for _, u := range v.Uses {
		if !u.Write && p.inside(u.Node, values) {
			return true
		}
	}
	return false
}

// leavesAlways tells whether a loop's body always leaves the loop, with no goto that might go
// on with it.
func (p *pass) leavesAlways(body syntax.Node) bool {
	t := p.tree
	leaves := false
	for s := range t.Children(body) {
		if t.Kind(s) == syntax.LabelStat {
			return false
		}
		leaves = p.leaves(s)
	}
	if !leaves {
		return false
	}
	for n := body + 1; int(n) < t.Len() && p.inside(n, body); n++ {
		if t.Kind(n) == syntax.GotoStat {
			return false
		}
	}
	return true
}

// direction reports a numeric loop that counts the wrong way.
func (p *pass) direction(n syntax.Node) {
	t := p.tree
	first := t.Next(t.First(n))
	last := t.Next(first)
	step := t.Next(last)
	by := 1.0
	if t.Kind(step) != syntax.Block {
		v, ok := p.literalValue(step).(float64)
		if !ok {
			return
		}
		by = v
	}
	from, known := p.literalValue(first).(float64)
	to, ends := p.literalValue(last).(float64)
	length := t.Kind(first) == syntax.Unary && t.TokenKind(t.Token(first)) == syntax.Hash
	switch {
	case by == 0:
		p.at("loop-direction", step, "a step of 0 never ends the loop")
		return
	case length && ends && by > 0 && to <= 1:
	case known && ends && (by > 0 && from > to || by < 0 && from < to):
	default:
		return
	}
	x := p.report("loop-direction", t.Start(first), t.End(last), "the loop never runs, or once: it counts "+map[bool]string{true: "up", false: "down"}[by > 0])
	if by > 0 && t.Kind(step) == syntax.Block {
		x.fix("Count down", false, t.End(last), t.End(last), ", -1")
	}
}
