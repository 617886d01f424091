package refactor

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

const titleInline = "Inline local variable"

// variableAt returns the local variable that is named at the place, NoVar if none is.
func (p *place) variableAt() scope.Var {
	n := p.NodeAt(p.start)
	if p.Kind(n) != syntax.Name || isField(p.Tree, n) || p.end > p.End(n) {
		return scope.NoVar
	}
	return p.vars.Var(n)
}

// inlineVariable offers to write the value of a variable where it is used.
func (p *place) inlineVariable() {
	v := p.variableAt()
	if v == scope.NoVar {
		return
	}
	x := &p.vars.Vars[v]
	stat := p.Parent(p.Parent(x.Decl))
	if x.Kind != scope.Local || p.Kind(stat) != syntax.LocalStat || len(x.Uses) == 0 {
		return
	}
	if why := p.cannotInline(v, stat); why != "" {
		p.refuse(InlineVariable, titleInline, why)
		return
	}
	c := &change{}
	value := p.valueOf(v)
	for _, use := range x.Uses {
		p.replaceBy(c, use.Node, p.bracketed(value, use.Node))
	}
	p.remove(c, stat)
	p.offer(InlineVariable, titleInline, c)
}

// maxInlined is how long a value may be, in bytes, that is written more than once.
const maxInlined = 40

// cannotInline tells why a variable cannot be inlined, "" if it can.
func (p *place) cannotInline(v scope.Var, stat syntax.Node) string {
	x := &p.vars.Vars[v]
	names, values := p.First(stat), p.Child(stat, 1)
	switch {
	case p.count(names) != 1 || p.count(values) != 1:
		return "it is declared together with others: split the declaration first"
	case p.written(v):
		return "it is assigned again"
	case p.comments(p.Start(stat), p.End(stat)):
		return "there is a comment in its declaration"
	}
	if next := p.Next(stat); next != syntax.None && p.text[p.Start(next)] == '(' {
		return "the next statement begins with a bracket"
	}
	value := p.First(values)
	e := p.effectsOf(value)
	for i, use := range x.Uses {
		if p.ended(i) {
			break
		}
		if p.startsStatement(use.Node) && (p.needsBrackets(value, use.Node) || p.text[p.Start(value)] == '(') {
			return "a statement would begin with a bracket"
		}
		if up := p.Parent(use.Node); p.Kind(up) == syntax.FuncStat || p.Kind(p.Parent(up)) == syntax.FuncStat && p.Kind(value) != syntax.Name {
			return "a function is defined in it"
		}
		if unseen := p.unseenAt(value, use.Node); unseen != "" {
			return unseen
		}
	}
	if e.fixed() {
		if len(x.Uses) > 1 && p.End(value)-p.Start(value) > maxInlined {
			return "it is used more than once, and its value is long"
		}
		return ""
	}
	if len(x.Uses) > 1 {
		return "it is used more than once, and its value may not be the same each time"
	}
	return p.blocked(stat, x.Uses[0].Node, value, e)
}

// unseenAt tells whether a variable of a value is another one, or none, at a place.
func (p *place) unseenAt(value, at syntax.Node) string {
	for m, end := value, p.after(value); m < end && !p.ended(int(m)); m++ {
		name := p.Source(m)
		if p.Kind(m) != syntax.Name || isField(p.Tree, m) {
			continue
		}
		if v := p.vars.Var(m); v != scope.NoVar && p.inside(p.vars.Vars[v].Decl, value) {
			continue
		} else if p.vars.Lookup(name, p.Start(at)) != v && (v == scope.NoVar || p.vars.Vars[v].Kind != scope.Self) {
			return name + " means something else where it is used"
		}
	}
	return ""
}

// blocked tells why the value of a declaration cannot be worked out at its one use instead,
// "" if it can.
func (p *place) blocked(stat, use, value syntax.Node, e *effects) string {
	if p.function(use) != p.function(stat) {
		return "a function uses it, which may run later or more than once"
	}
	at := use
	for p.Parent(at) != p.Parent(stat) {
		if at = p.Parent(at); at == syntax.None {
			return "it is used elsewhere"
		}
	}
	past := &effects{}
	for s := p.Next(stat); s != at && s != syntax.None && p.ctx.Err() == nil; s = p.Next(s) {
		if k := p.Kind(s); k == syntax.LabelStat || k == syntax.GotoStat || p.jumps(s) {
			return "a goto stands in between"
		}
		past.add(p.effectsOf(s))
		if why := p.leavesEarly(s); why != "" && (e.calls || e.fails) {
			return why
		}
	}
	before, why := p.before(use, at)
	if why != "" {
		return why
	}
	past.add(before)
	return p.conflict(e, past)
}

// leavesEarly tells whether a statement may leave the block it stands in.
func (p *place) leavesEarly(s syntax.Node) string {
	for m, end := s, p.after(s); m < end; m++ {
		switch p.Kind(m) {
		case syntax.FuncBody:
			m = p.after(m) - 1
		case syntax.ReturnStat, syntax.BreakStat:
			return "what stands in between may leave first"
		}
	}
	return ""
}

// startsStatement tells whether a statement begins with an expression.
func (p *place) startsStatement(n syntax.Node) bool {
	s := p.statement(n)
	return p.Start(s) == p.Start(n) && (p.Kind(s) == syntax.CallStat || p.Kind(s) == syntax.AssignStat)
}

// bracketed copies an expression to the place of another, in brackets where it needs them.
func (p *place) bracketed(value, at syntax.Node) code {
	if p.needsBrackets(value, at) {
		return join(words("("), p.copy(value), words(")"))
	}
	return p.copy(value)
}

// needsBrackets tells whether an expression must stand in brackets in the place of a name.
func (p *place) needsBrackets(value, at syntax.Node) bool {
	up := p.Parent(at)
	switch p.Kind(value) {
	case syntax.Call, syntax.Vararg:
		if p.takesAll(at) {
			return true // one value
		}
		return p.Kind(value) == syntax.Vararg && p.prefixes(at)
	case syntax.Name, syntax.Index, syntax.IndexKey, syntax.Paren:
		return false
	case syntax.Binary, syntax.Unary:
		return p.prefixes(at) || p.Kind(up) == syntax.Binary || p.Kind(up) == syntax.Unary
	case syntax.Number:
		// 2 ^ … and - … of a negative one are operators; 1 .. x would read as 1.. x
		return p.prefixes(at) || p.Kind(up) == syntax.Binary && p.TokenKind(p.Token(up)) == syntax.Concat
	}
	return p.prefixes(at)
}

// prefixes tells whether an expression is called, or has a field or method taken of it.
func (p *place) prefixes(n syntax.Node) bool {
	up := p.Parent(n)
	switch p.Kind(up) {
	case syntax.Call, syntax.Index, syntax.IndexKey, syntax.Method:
		return p.First(up) == n
	}
	return false
}

// remove takes a statement out, with its line if nothing else is in that, and with the
// annotations above it.
func (p *place) remove(c *change, stat syntax.Node) {
	start, end := p.Start(stat), p.End(stat)
	if i := p.firstToken(end); i < len(p.Tokens()) && p.TokenKind(i) == syntax.Semicolon {
		end = int(p.Tokens()[i].End)
	}
	if !p.beginsLine(start) {
		for end < len(p.text) && (p.text[end] == ' ' || p.text[end] == '\t') {
			end++
		}
		c.replace(start, end)
		return
	}
	if first, last := p.CommentsAbove(stat); first < last {
		for i := last - 1; i >= first && int(p.Tokens()[i].Start) < start; i-- {
			if !strings.HasPrefix(p.TokenText(i), "---") {
				break
			}
			start = int(p.Tokens()[i].Start)
		}
	}
	rest := end
	for rest < len(p.text) && (p.text[rest] == ' ' || p.text[rest] == '\t') {
		rest++
	}
	if rest < len(p.text) && p.text[rest] != '\n' && p.text[rest] != '\r' {
		c.replace(start, rest) // something else stands in the line
		return
	}
	if strings.HasPrefix(p.text[rest:], "\r\n") {
		rest++
	}
	c.replace(p.lineStart(start), min(rest+1, len(p.text)))
}
