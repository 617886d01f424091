package refactor

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

const (
	titleVariable    = "Extract to local variable"
	titleOccurrences = "Extract all equal expressions to local variable"
)

// selected returns the expression that is exactly what is selected, None if it is none.
func (p *place) selected() syntax.Node {
	if p.start == p.end {
		return syntax.None
	}
	n := p.NodeAt(p.start)
	for n != p.Root() && (p.Start(n) > p.start || p.End(n) < p.end) {
		n = p.Parent(n)
	}
	// Of nodes with the same text the outermost expression: lists have it too.
	if p.Start(n) != p.start || p.End(n) != p.end {
		return syntax.None
	}
	for !isExpression(p.Kind(n)) {
		c := p.First(n)
		if c == syntax.None || p.Start(c) != p.start || p.End(c) != p.end {
			return syntax.None
		}
		n = c
	}
	for up := p.Parent(n); isExpression(p.Kind(up)) && p.Start(up) == p.start && p.End(up) == p.end; up = p.Parent(up) {
		n = up
	}
	return n
}

func isExpression(k syntax.Kind) bool {
	return k >= syntax.Name && k <= syntax.Function || k == syntax.Index || k == syntax.IndexKey || k == syntax.Call || k == syntax.Table ||
		k == syntax.Binary || k == syntax.Unary || k == syntax.Paren
}

// isValue tells whether an expression is one whose value is used: no target, no name of a
// field, no call that is a statement.
func (p *place) isValue(n syntax.Node) bool {
	up := p.Parent(n)
	if p.Kind(n) == syntax.Name && (isField(p.Tree, n) || p.declares(n)) || p.assignedTo(n) {
		return false
	}
	switch p.Kind(up) {
	case syntax.CallStat, syntax.FuncStat, syntax.LocalFunc:
		return false
	case syntax.Index, syntax.Method: // the object of a function that is defined
		return p.Kind(p.Parent(up)) != syntax.FuncStat
	case syntax.Function:
		return false
	}
	return true
}

// declares tells whether a name declares a variable.
func (p *place) declares(n syntax.Node) bool {
	v := p.vars.Var(n)
	return v != scope.NoVar && p.vars.Vars[v].Decl == n
}

// takesAll tells whether all values of an expression are used where it stands.
func (p *place) takesAll(n syntax.Node) bool {
	if p.Next(n) != syntax.None {
		return false
	}
	up := p.Parent(n)
	switch p.Kind(up) {
	case syntax.Args, syntax.PosField:
		return p.Kind(up) != syntax.PosField || p.Next(up) == syntax.None
	case syntax.ExprList:
		stat := p.Parent(up)
		switch k := p.Kind(stat); k {
		case syntax.ReturnStat, syntax.GenericFor:
			return true
		case syntax.LocalStat, syntax.AssignStat:
			return p.count(p.First(stat)) > p.count(up)
		}
	}
	return false
}

// before returns the effects of what a statement does before it comes to the expression n;
// why is not "" if it does not always come to it, or more than once.
func (p *place) before(n, stat syntax.Node) (e *effects, why string) {
	e = &effects{}
	for n != stat {
		up := p.Parent(n)
		switch p.Kind(up) {
		case syntax.Block, syntax.FuncBody:
			return e, "it would not be evaluated at the same time"
		case syntax.Binary:
			op := p.TokenKind(p.Token(up))
			if (op == syntax.And || op == syntax.Or) && p.First(up) != n {
				return e, "it is not always evaluated"
			}
		case syntax.WhileStat, syntax.RepeatStat:
			return e, "it is evaluated in each turn of the loop"
		case syntax.ElseIfClause:
			return e, "it is not always evaluated"
		}
		for c := p.First(up); c != n && c != syntax.None; c = p.Next(c) {
			switch {
			case p.Kind(up) == syntax.AssignStat: // targets are worked out, but not assigned yet
				for target := range p.Children(c) {
					p.targetEffects(e, target)
				}
			case p.Kind(up) == syntax.ExprList && p.Kind(p.Parent(up)) == syntax.AssignStat && p.First(p.Parent(up)) == up:
				p.targetEffects(e, c)
			case p.Kind(c) != syntax.Block:
				p.collect(e, c, p.after(c), len(p.text)+1)
			}
		}
		n = up
	}
	return e, ""
}

// targetEffects adds what is read of an assignment's target before the values.
func (p *place) targetEffects(e *effects, target syntax.Node) {
	if k := p.Kind(target); k == syntax.Index || k == syntax.IndexKey {
		p.collect(e, target+1, p.after(target), len(p.text)+1)
	}
}

// extractVariable offers to give an expression a name.
func (p *place) extractVariable() {
	n := p.selected()
	if n == syntax.None || !p.isValue(n) || p.Kind(n) == syntax.Name && p.vars.Var(n) != scope.NoVar {
		return
	}
	stat := p.statement(n)
	e := p.effectsOf(n)
	reason := ""
	before, why := p.before(n, stat)
	switch {
	case stat == syntax.None:
		return
	case p.multiple(n) && p.takesAll(n):
		reason = "it may give several values"
	case why != "" && !e.fixed():
		reason = why
	case !e.fixed():
		reason = p.conflict(e, before)
	}
	if reason == "" {
		reason = p.unseen(n, stat)
	}
	if p.Kind(p.Parent(n)) == syntax.Paren && p.multiple(n) {
		n = p.Parent(n) // local x = f() would do, but (f()) keeps what is written
	}
	if reason != "" {
		p.refuse(ExtractVariable, titleVariable, reason)
	} else {
		p.offer(ExtractVariable, titleVariable, p.variable(stat, []syntax.Node{n}))
	}
	if e.calls || e.fresh {
		return
	}
	if at, list := p.occurrences(n, e); len(list) > 1 {
		p.offer(ExtractVariable, titleOccurrences, p.variable(at, list))
	}
}

// unseen tells which variable of an expression is not visible yet where a statement begins.
func (p *place) unseen(n, stat syntax.Node) string {
	for m, end := n, p.after(n); m < end && !p.ended(int(m)); m++ {
		v := p.vars.Var(m)
		if v == scope.NoVar {
			continue
		}
		x := &p.vars.Vars[v]
		if decl := x.Decl; !p.inside(decl, n) && (p.inside(decl, stat) || int(x.From) > p.Start(stat) || int(x.To) < p.Start(stat)) {
			return x.Name + " is not visible before the statement"
		}
	}
	return ""
}

// replaceBy puts code in the place of an expression, with the brackets that it needs as the
// only argument of a call.
func (p *place) replaceBy(c *change, n syntax.Node, with code) {
	if up := p.Parent(n); p.Kind(up) == syntax.Args && p.TokenKind(p.Token(up)) != syntax.LeftParen {
		start := p.Start(n)
		for start > 0 && (p.text[start-1] == ' ' || p.text[start-1] == '\t') {
			start--
		}
		if start != p.Start(p.Parent(up)) {
			c.replace(start, p.End(n), words("("), with, words(")"))
			return
		}
	}
	before, behind := "", ""
	if s := p.Start(n); s > 0 && isWord(p.text[s-1]) {
		before = " "
	}
	if e := p.End(n); e < len(p.text) && isWord(p.text[e]) {
		behind = " "
	}
	c.replace(p.Start(n), p.End(n), words(before), with, words(behind))
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// insertBefore puts a statement before another, in a line of its own if that begins one,
// and above the comments that belong to it.
func (p *place) insertBefore(c *change, stat syntax.Node, with ...code) {
	at := p.Start(stat)
	if !p.beginsLine(at) {
		c.replace(at, at, append(with, words("; "))...)
		return
	}
	if first, end := p.CommentsAbove(stat); first < end && int(p.Tokens()[first].Start) < at {
		at = int(p.Tokens()[first].Start)
	}
	shut := ""
	if p.text[p.Start(stat)] == '(' {
		shut = ";" // or the two would be one call
	}
	c.replace(at, at, append(with, words(shut+p.eol()+p.indentation(at)))...)
}

// nameFor is what a variable for an expression could be called.
func (p *place) nameFor(n syntax.Node) string {
	name := ""
	switch p.Kind(n) {
	case syntax.Paren:
		return p.nameFor(p.First(n))
	case syntax.Index, syntax.Method:
		name = p.NameOf(p.Child(n, 1))
	case syntax.IndexKey:
		name, _ = p.String(p.Child(n, 1))
	case syntax.Call:
		callee := p.First(n)
		if p.Kind(callee) == syntax.Name {
			name = p.Source(callee)
		} else if k := p.Kind(callee); k == syntax.Index || k == syntax.Method {
			name = p.NameOf(p.Child(callee, 1))
		}
		for _, prefix := range []string{"get_", "make_", "new_", "create_", "read_", "load_"} {
			name = strings.TrimPrefix(name, prefix)
		}
		for _, prefix := range []string{"get", "make", "create", "read", "load"} {
			if rest, ok := strings.CutPrefix(name, prefix); ok && rest != "" && rest[0] >= 'A' && rest[0] <= 'Z' {
				name = strings.ToLower(rest[:1]) + rest[1:]
			}
		}
		if name == "require" {
			if module, ok := p.String(p.First(p.Child(n, 1))); ok {
				name = module[strings.LastIndexByte(module, '.')+1:]
			}
		}
		if name == "new" || name == "get" {
			name = "value"
		}
	case syntax.String:
		name = "text"
	case syntax.Number:
		name = "number"
	case syntax.Function:
		name = "callback"
	case syntax.Table:
		name = "list"
		if k := p.Kind(p.First(n)); k == syntax.NameField || k == syntax.KeyField {
			name = "options"
		}
	case syntax.Binary:
		switch p.TokenKind(p.Token(n)) {
		case syntax.Concat:
			name = "text"
		case syntax.Plus, syntax.Minus, syntax.Star, syntax.Slash:
			name = "result"
		}
	case syntax.Unary:
		if p.TokenKind(p.Token(n)) == syntax.Hash {
			name = "count"
		}
	}
	if !isName(name) || strings.HasPrefix(name, "__") || len(name) > 40 {
		return "value"
	}
	return name
}

// isName tells whether a text can be the name of a variable.
func isName(s string) bool {
	if s == "" || s[0] >= '0' && s[0] <= '9' || s == "goto" || s == "self" {
		return false
	}
	for i := range len(s) {
		if !isWord(s[i]) {
			return false
		}
	}
	for k := syntax.And; k.IsKeyword(); k++ {
		if k.String() == s {
			return false
		}
	}
	return true
}
