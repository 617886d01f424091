package lint

import (
	"slices"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// asked is what the code does with an expression that it asks for whether it is there.
type asked struct {
	// is: the expression is only asked for; what it holds is not used.
	is bool
	// start to end are the bytes where the answer counts.
	start, end int
}

// askedFor tells whether the code asks for an expression: as a condition, as what comes
// before and and or, by not, by a comparison with nil, by type and assert. A comparison
// with any other value takes for granted that it is there.
func (p *pass) askedFor(n syntax.Node) asked {
	t := p.tree
	a := asked{start: t.Start(n), end: t.End(n)}
	absent, answer, kind := false, false, false
	function := p.functionAround(n)
	for {
		parent := t.Parent(n)
		switch t.Kind(parent) {
		case syntax.Paren:
			n = parent
			continue
		case syntax.Unary:
			if t.TokenKind(t.Token(parent)) != syntax.Not {
				return a
			}
			a.is, absent, answer, n = true, !absent, true, parent
			continue
		case syntax.Binary:
			switch op := t.TokenKind(t.Token(parent)); op {
			case syntax.And, syntax.Or:
				if t.First(parent) == n {
					a.is = true
					a.start, a.end = min(a.start, t.Start(parent)), max(a.end, t.End(parent))
				}
				// Of several, any may decide.
				absent = absent || op == syntax.Or && t.First(parent) != n
				n = parent
				continue
			case syntax.Equal, syntax.NotEqual:
				other := t.First(parent)
				if other == n {
					other = t.Next(n)
				}
				none := t.Kind(other) == syntax.Nil
				if s, ok := t.String(other); ok && kind {
					none = s == "nil"
				}
				if !none && !kind {
					return a
				}
				a.is, absent, answer, kind, n = true, absent != (none == (op == syntax.Equal)), true, false, parent
				continue
			}
		case syntax.Args:
			switch t.Source(t.First(t.Parent(parent))) {
			case "type":
				a.is, answer, kind, n = true, true, true, t.Parent(parent)
				continue
			case "assert":
				a.is, a.end = true, t.End(function)
				return a
			}
		case syntax.IfClause, syntax.ElseIfClause:
			if t.First(parent) != n {
				return a
			}
			a.is, a.end = true, t.End(t.Parent(parent))
			if absent {
				a.end = t.End(function)
			}
			return a
		case syntax.WhileStat:
			if t.First(parent) != n {
				return a
			}
			a.is, a.end = true, t.End(parent)
			if absent {
				a.end = t.End(function)
			}
			return a
		case syntax.RepeatStat:
			if t.First(parent) != n {
				a.is, a.start, a.end = true, t.Start(parent), t.End(function)
			}
			return a
		}
		if answer { // it is kept, and may be looked at anywhere
			a.start, a.end = 0, len(p.text)
		}
		return a
	}
}

// tested tells whether an expression is only asked for whether it is there.
func (p *pass) tested(n syntax.Node) bool { return p.askedFor(n).is }

// covered tells whether one of several answers counts for a node.
func (p *pass) covered(n syntax.Node, list []asked) bool {
	at := p.tree.Start(n)
	return slices.ContainsFunc(list, func(a asked) bool { return a.start <= at && at < a.end })
}

// askedFields are the answers about fields, by how the code writes them.
func (p *pass) askedFields() map[string][]asked {
	if p.fields != nil {
		return p.fields
	}
	p.fields = map[string][]asked{}
	for n := range p.nodes(syntax.Index, syntax.IndexKey) {
		if a := p.askedFor(n); a.is {
			source := p.tree.Source(n)
			p.fields[source] = append(p.fields[source], a)
		}
	}
	return p.fields
}
