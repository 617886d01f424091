package lint

import (
	"fmt"
	"strings"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// truths reports operands of and and or in a condition that are always true, as they are compared
// with nothing: s == "a" or "b". true, false and nil are written so on purpose.
func (p *pass) truths() {
	t := p.tree
	for n := range p.nodes(syntax.IfClause, syntax.ElseIfClause, syntax.WhileStat, syntax.RepeatStat, syntax.Unary, syntax.Binary) {
		cond := t.First(n)
		switch t.Kind(n) {
		case syntax.RepeatStat:
			cond = t.Next(cond)
		case syntax.Unary:
			if t.TokenKind(t.Token(n)) != syntax.Not {
				continue
			}
		case syntax.Binary:
			p.comparedChoice(n)
			p.comparedTwice(n)
			continue
		}
		p.truthsIn(cond)
	}
}

// truthsIn reports them in an expression of which only counts whether it is true. What is under a
// not is looked at with that.
func (p *pass) truthsIn(n syntax.Node) {
	t := p.tree
	n = p.bare(n)
	op, ok := p.logical(n)
	if !ok {
		return
	}
	for operand := range t.Children(n) {
		if !p.alwaysTrue(p.bare(operand)) {
			p.truthsIn(operand)
		} else if op == syntax.Or || !p.choosesFrom(n) { // x and "a" or y
			p.truth(n, operand, op)
		}
	}
}

// truth reports one such operand of n.
func (p *pass) truth(n, operand syntax.Node, op syntax.TokenKind) {
	t := p.tree
	what := "so that the or always is"
	if op == syntax.And {
		what = "so that the and changes nothing"
	} else if t.First(n) == operand {
		what = "so that what is behind the or is never asked"
	}
	message := fmt.Sprintf("%s by itself is true, %s", p.quoted(operand), what)
	compared := p.comparedWith(n)
	if compared == syntax.None || t.First(n) == operand || !p.constant(operand) {
		p.at("constant-condition", operand, message)
		return
	}
	left, operator := t.Source(t.First(compared)), t.TokenText(t.Token(compared))
	meant := left + " " + operator + " " + t.Source(operand)
	edits := []Edit{{Start: t.Start(operand), End: t.End(operand), Text: meant}}
	meant = " " + meant
	if operator == "~=" && op == syntax.Or { // it is none of several
		token := t.Tokens()[t.Token(n)]
		edits = append([]Edit{{Start: int(token.Start), End: int(token.End), Text: "and"}}, edits...)
		meant = ": and" + meant
	}
	x := p.at("constant-condition", operand, message+"; did you mean"+meant+"?")
	x.Fixes = append(x.Fixes, Fix{Title: "Compare " + left + " with it", Edits: edits})
}

// comparedChoice reports the first one of several values that a comparison seems to be made with:
// s == ("a" or "b").
func (p *pass) comparedChoice(n syntax.Node) {
	t := p.tree
	op := t.TokenKind(t.Token(n))
	if op != syntax.Equal && op != syntax.NotEqual {
		return
	}
	for side := range t.Children(n) {
		choice := p.bare(side)
		logical, ok := p.logical(choice)
		if !ok || logical != syntax.Or {
			continue
		}
		first := p.bare(t.First(choice))
		for k, ok := p.logical(first); ok && k == syntax.Or; k, ok = p.logical(first) {
			first = p.bare(t.First(first))
		}
		if p.alwaysTrue(first) {
			p.at("constant-condition", choice, fmt.Sprintf("this is always %s: or gives its first value that is true; compare with each one by itself", p.quoted(first)))
		}
	}
}

// comparedTwice reports x ~= a or x ~= b, which is always true, and x == a and x == b, which never is.
func (p *pass) comparedTwice(n syntax.Node) {
	t := p.tree
	op, ok := p.logical(n)
	if !ok {
		return
	}
	left, right := p.bare(t.First(n)), p.bare(t.Child(n, 1))
	if !p.isComparison(left) || !p.isComparison(right) || !p.alike(t.First(left), t.First(right)) {
		return
	}
	by := t.TokenKind(t.Token(left))
	a, b := p.literalValue(t.Child(left, 1)), p.literalValue(t.Child(right, 1))
	if by != t.TokenKind(t.Token(right)) || a == b {
		return
	}
	name, other, say := t.Source(t.First(left)), "", ""
	switch {
	case op == syntax.Or && by == syntax.NotEqual:
		other, say = "and", "this is always true: "+name+" differs from one of the two in any case"
	case op == syntax.And && by == syntax.Equal:
		other, say = "or", "this is never true: "+name+" cannot equal both"
	default:
		return
	}
	token := t.Tokens()[t.Token(n)]
	p.at("constant-condition", n, say+"; did you mean "+other+"?").fix("Write "+other, false, int(token.Start), int(token.End), other)
}

// bare is an expression without the parentheses around it.
func (p *pass) bare(n syntax.Node) syntax.Node {
	for p.tree.Kind(n) == syntax.Paren {
		n = p.tree.First(n)
	}
	return n
}

// logical is the operator of an expression with and or or.
func (p *pass) logical(n syntax.Node) (op syntax.TokenKind, ok bool) {
	if p.tree.Kind(n) != syntax.Binary {
		return 0, false
	}
	op = p.tree.TokenKind(p.tree.Token(n))
	return op, op == syntax.And || op == syntax.Or
}

// alwaysTrue tells whether an expression is a value written out that is no boolean and not nil.
func (p *pass) alwaysTrue(n syntax.Node) bool {
	switch p.tree.Kind(n) {
	case syntax.String, syntax.Number, syntax.Table, syntax.Function:
		return true
	}
	return false
}

// choosesFrom tells whether an and is the first side of an or.
func (p *pass) choosesFrom(n syntax.Node) bool {
	parent := p.tree.Parent(n)
	op, ok := p.logical(parent)
	return ok && op == syntax.Or && p.tree.First(parent) == n
}

// comparedWith is the comparison by == or ~= nearest in front of the last operand of a chain; None
// if there is none that can be made a second time.
func (p *pass) comparedWith(n syntax.Node) syntax.Node {
	t := p.tree
	op, _ := p.logical(n)
	for {
		left := p.bare(t.First(n))
		if k, ok := p.logical(left); !ok || k != op {
			n = left
		} else if right := p.bare(t.Child(left, 1)); !p.isComparison(right) {
			n = left
			continue
		} else {
			n = right
		}
		if p.isComparison(n) {
			return n
		}
		return syntax.None
	}
}

// maxCompared is how many bytes an expression has at most that a message says again.
const maxCompared = 60

// isComparison tells whether an expression compares what can be asked for twice with a value
// that is written out.
func (p *pass) isComparison(n syntax.Node) bool {
	t := p.tree
	if t.Kind(n) != syntax.Binary {
		return false
	}
	if op := t.TokenKind(t.Token(n)); op != syntax.Equal && op != syntax.NotEqual {
		return false
	}
	of := t.First(n)
	return p.pure(of) && !p.constant(of) && p.constant(t.Next(of)) && len(t.Source(of)) <= maxCompared && !strings.ContainsAny(t.Source(of), "\r\n") && p.commentFree(of)
}

// quoted is a value as messages name it.
func (p *pass) quoted(n syntax.Node) string {
	n = p.bare(n)
	switch p.tree.Kind(n) {
	case syntax.Table:
		return "a table"
	case syntax.Function:
		return "a function"
	}
	if s := p.tree.Source(n); len(s) <= 40 {
		return s
	}
	return "a text"
}
