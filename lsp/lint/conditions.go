package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// conditions reports conditions that are asked twice, expressions compared with
// themselves, and negations that could be said more simply.
func (p *pass) conditions() {
	t := p.tree
	for n := range p.nodes(syntax.IfStat, syntax.Binary, syntax.Unary) {
		switch t.Kind(n) {
		case syntax.IfStat:
			p.duplicateConditions(n)
		case syntax.Binary:
			p.sameSides(n)
		default:
			p.negation(n)
		}
	}
}

// duplicateConditions reports a branch of an if whose condition one before it has.
func (p *pass) duplicateConditions(n syntax.Node) {
	t := p.tree
	seen := map[string]syntax.Node{}
	for c := range t.Children(n) {
		if t.Kind(c) == syntax.ElseClause {
			continue
		}
		cond := t.First(c)
		text := p.plain(cond)
		if text == "" || !p.pure(cond) {
			continue
		}
		if old, twice := seen[text]; twice {
			p.relate(p.at("duplicate-condition", cond, "the condition is asked before: this branch never runs"), old, "it is asked here")
			continue
		}
		seen[text] = cond
	}
}

// plain is the text of a node without comments and white space, to compare it.
func (p *pass) plain(n syntax.Node) string {
	first, end := p.tree.Range(n)
	var b strings.Builder
	for i := first; i < end; i++ {
		if k := p.tree.TokenKind(i); k != syntax.Comment {
			b.WriteString(p.tree.TokenText(i))
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// alike tells whether two nodes have the same plain text. Most differ in their first words:
// each side of a long chain of operators is not put together.
func (p *pass) alike(a, b syntax.Node) bool {
	t := p.tree
	i, endA := t.Range(a)
	j, endB := t.Range(b)
	for ; ; i, j = i+1, j+1 {
		for i < endA && t.TokenKind(i) == syntax.Comment {
			i++
		}
		for j < endB && t.TokenKind(j) == syntax.Comment {
			j++
		}
		if i >= endA || j >= endB {
			return i >= endA && j >= endB
		}
		if t.TokenText(i) != t.TokenText(j) {
			return false
		}
	}
}

// pure tells whether working out an expression twice gives the same value: it calls
// nothing and makes nothing.
func (p *pass) pure(n syntax.Node) bool {
	switch p.tree.Kind(n) {
	case syntax.Call, syntax.Function, syntax.Table, syntax.Missing, syntax.Vararg:
		return false
	}
	for c := range p.tree.Children(n) {
		if !p.pure(c) {
			return false
		}
	}
	return true
}

// sameSides reports an operator with the same expression on both sides.
func (p *pass) sameSides(n syntax.Node) {
	t := p.tree
	left, right := t.First(n), t.Child(n, 1)
	if !p.alike(left, right) || p.constant(left) || !p.pure(left) {
		return
	}
	op := t.TokenKind(t.Token(n))
	var message string
	switch op {
	case syntax.And, syntax.Or:
		if op == syntax.And && t.Kind(t.Parent(n)) == syntax.Binary && t.TokenKind(t.Token(t.Parent(n))) == syntax.Or {
			return // x and x or y: the form of a choice, which does no harm
		}
		message = "both sides are the same: one is enough"
	case syntax.Less, syntax.Greater:
		if mayBeTable(p.snap.TypeOf(p.file, left)) {
			return // __lt may say anything, and without it the comparison fails
		}
		message = "nothing is less or greater than itself: the comparison is always false"
	case syntax.Equal, syntax.NotEqual:
		// A number that is no number does not equal itself: x ~= x asks for that.
		if !p.neverNumber(left) {
			return
		}
		message = fmt.Sprintf("a value is compared with itself: the comparison is always %t", op == syntax.Equal)
	default:
		return
	}
	p.at("same-sides", n, message)
}

// mayBeTable tells whether values of a type are tables or userdata, or some may be. A type that
// is not known does not count.
func mayBeTable(t types.Type) bool {
	switch t := t.(type) {
	case types.Basic:
		return t == types.TableType || t == types.Userdata
	case *types.Literal, *types.Func:
		return false
	case *types.Union:
		return slices.ContainsFunc(t.Of, mayBeTable)
	case *types.Param:
		return t.Bound != nil && mayBeTable(t.Bound)
	case *types.Object, *types.Array, *types.Map, *types.Tuple:
		return true
	}
	return false
}

// constant tells whether an expression is a literal: somebody has written it so on
// purpose.
func (p *pass) constant(n syntax.Node) bool {
	switch p.tree.Kind(n) {
	case syntax.Nil, syntax.True, syntax.False, syntax.Number, syntax.String:
		return true
	case syntax.Paren, syntax.Unary:
		return p.constant(p.tree.First(n))
	}
	return false
}

// neverNumber tells whether an expression is known to be a string, a boolean or nil, so
// that no metamethod and no NaN makes it differ from itself.
func (p *pass) neverNumber(n syntax.Node) bool {
	if p.holdsTable(n) {
		return true
	}
	switch t := p.snap.TypeOf(p.file, n).(type) {
	case types.Basic:
		return t == types.String || t == types.Boolean || t == types.Nil
	case *types.Literal:
		_, number := t.Value.(float64)
		return !number
	}
	return false
}

// holdsTable tells whether an expression is a local that holds a table or function all
// the time, which equals itself before a metatable is asked.
func (p *pass) holdsTable(n syntax.Node) bool {
	t := p.tree
	v := p.vars.Var(n)
	if t.Kind(n) != syntax.Name || v == scope.NoVar {
		return false
	}
	x := &p.vars.Vars[v]
	for _, u := range x.Uses {
		if u.Write {
			return false
		}
	}
	if x.Kind == scope.LocalFunction {
		return true
	}
	names := t.Parent(x.Decl)
	if x.Kind != scope.Local || t.First(names) != x.Decl {
		return false
	}
	k := t.Kind(t.First(t.Next(names)))
	return k == syntax.Table || k == syntax.Function
}

// negation reports not (a == b), which is a ~= b.
func (p *pass) negation(n syntax.Node) {
	t := p.tree
	if t.TokenKind(t.Token(n)) != syntax.Not {
		return
	}
	inner := t.First(n)
	if t.Kind(inner) != syntax.Paren {
		return
	}
	compared := t.First(inner)
	if t.Kind(compared) != syntax.Binary {
		return
	}
	op := t.Tokens()[t.Token(compared)]
	other := ""
	switch op.Kind {
	case syntax.Equal:
		other = "~="
	case syntax.NotEqual:
		other = "=="
	default: // not (a < b) is not a >= b for what is no number
		return
	}
	x := p.at("negated-comparison", n, "not (… "+t.TokenText(t.Token(compared))+" …) is … "+other+" …")
	left, right := t.First(compared), t.Child(compared, 1)
	if p.commentFree(n) && p.bindsAs(n) {
		x.fix("Write "+other, true, t.Start(n), t.End(n), p.apart(t.Start(n), t.End(n), p.text[t.Start(left):t.End(left)]+" "+other+" "+p.text[t.Start(right):t.End(right)]))
	}
}

// bindsAs tells whether a comparison can stand in the place of a negation without
// parentheses.
func (p *pass) bindsAs(n syntax.Node) bool {
	switch t := p.tree; t.Kind(t.Parent(n)) {
	case syntax.Binary:
		k := t.TokenKind(t.Token(t.Parent(n)))
		return k == syntax.And || k == syntax.Or
	case syntax.Unary, syntax.Index, syntax.IndexKey, syntax.Method, syntax.Call:
		return false
	}
	return true
}
