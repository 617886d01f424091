package refactor

import (
	"strings"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// rewriteLiterals offers the other quotes of a string, and t.x for t["x"].
func (p *place) rewriteLiterals() {
	n := p.NodeAt(p.start)
	if p.end > p.End(n) {
		return
	}
	if q, ok := p.Quote(n); ok && q.Closed && !q.Long() {
		other, name := `"`, "double"
		if q.Open == `"` {
			other, name = "'", "single"
		}
		if body := p.text[q.Start:q.End]; !strings.Contains(body, other) {
			// An escaped quote of the old kind is an escape of any character.
			c := &change{}
			c.replace(p.Start(n), p.End(n), words(other+body+other))
			p.offer(Rewrite, "Use "+name+" quotes", c)
		}
	}
	index := p.Parent(n)
	if n == syntax.None || p.Child(index, 1) != n || p.Kind(index) != syntax.Index && p.Kind(index) != syntax.IndexKey {
		if p.Kind(index) == syntax.NameField || p.Kind(index) == syntax.KeyField {
			p.rewriteKey(n, index)
		}
		return
	}
	object := p.End(p.First(index))
	if p.comments(object, p.End(index)) {
		return
	}
	write := func(text string) {
		c := &change{}
		c.replace(object, p.End(index), words(text+p.spaceBehind(p.End(index), text)))
		p.offer(Rewrite, "Write "+text, c)
	}
	if key := p.NameOf(n); p.Kind(index) == syntax.Index {
		if p.Kind(p.Parent(index)) != syntax.FuncStat && !p.definesFunction(index) {
			write(`["` + key + `"]`)
		}
	} else if key, ok := p.String(n); ok && isField2(key) {
		write("." + key)
	}
}

// definesFunction tells whether an index is a part of the name of a function that is defined.
func (p *place) definesFunction(index syntax.Node) bool {
	up := p.Parent(index)
	for p.Kind(up) == syntax.Index || p.Kind(up) == syntax.Method {
		up = p.Parent(up)
	}
	return p.Kind(up) == syntax.FuncStat
}

// rewriteKey offers {x = 1} for {["x"] = 1}, and the other way round.
func (p *place) rewriteKey(n, field syntax.Node) {
	if p.First(field) != n {
		return
	}
	start, end := p.Start(field), p.End(n)
	text := `["` + p.NameOf(n) + `"]`
	if p.Kind(field) == syntax.KeyField {
		key, ok := p.String(n)
		i := p.firstToken(p.End(n))
		if !ok || !isField2(key) || p.TokenKind(i) != syntax.RightBracket {
			return
		}
		text, end = key, int(p.Tokens()[i].End)
	}
	if p.comments(start, end) {
		return
	}
	c := &change{}
	c.replace(start, end, words(text))
	p.offer(Rewrite, "Write "+text, c)
}

// isField2 tells whether a text can be written behind a dot.
func isField2(s string) bool { return isName(s) || s == "self" }

// spaceBehind is a blank if what stands at an offset would become one word with a text.
func (p *place) spaceBehind(at int, text string) string {
	if at < len(p.text) && isWord(p.text[at]) && isWord(text[len(text)-1]) {
		return " "
	}
	return ""
}

// rewriteStatements offers other ways to write the statement in whose first line the place is.
func (p *place) rewriteStatements() {
	n := p.NodeAt(p.start)
	stat := p.statement(n)
	if stat == syntax.None {
		return
	}
	switch p.Kind(stat) {
	case syntax.IfStat:
		if p.end <= p.End(p.First(p.First(stat))) || p.start == p.Start(stat) && p.end == p.End(stat) {
			p.invert(stat)
		}
	case syntax.LocalStat:
		if p.end <= p.End(stat) {
			p.split(stat)
			p.merge(stat)
		}
	}
	if p.end <= p.End(n) {
		p.makeLocal(n, stat)
	}
}

// invert offers to turn a condition round.
func (p *place) invert(stat syntax.Node) {
	clause := p.First(stat)
	other := p.Next(clause)
	condition, block := p.First(clause), p.Child(clause, 1)
	then := p.keyword(clause, p.End(condition))
	if then < 0 {
		return
	}
	switch {
	case p.Kind(other) == syntax.ElseClause:
		c := &change{}
		otherwise, end := p.keyword(other, p.Start(other)), p.closing(stat)
		c.replace(p.Start(condition), p.End(condition), p.negated(condition))
		first, second := cut(then, p.Start(other)), cut(otherwise, end)
		c.replace(then, p.Start(other), second)
		c.replace(otherwise, end, first)
		p.offer(Rewrite, "Invert if and else", c)
	case other == syntax.None && p.Next(stat) == syntax.None && p.First(block) != syntax.None && p.returnsNothing(p.Parent(stat)):
		c := &change{}
		first, last := p.First(block), p.last(block)
		indent := p.indentation(p.Start(stat))
		from, to := p.Start(first), p.End(last)
		// Comments are the block's own.
		if i := p.firstToken(then); int(p.Tokens()[i].Start) < from {
			from = int(p.Tokens()[i].Start)
		}
		if at := p.firstToken(p.closing(stat)) - 1; int(p.Tokens()[at].End) > to {
			to = int(p.Tokens()[at].End)
		}
		eol := p.eol()
		c.replace(p.Start(condition), p.End(condition), p.negated(condition))
		c.replace(then, p.End(stat), words(eol+indent+p.unit()+"return"+eol+indent+"end"+eol+indent), p.indented(from, to, indent))
		p.offer(Rewrite, "Invert if and return early", c)
	}
}

// returnsNothing tells whether a function or file ends with a block, so that a return there
// is as good as its end.
func (p *place) returnsNothing(block syntax.Node) bool {
	k := p.Kind(p.Parent(block))
	return k == syntax.FuncBody || k == syntax.Chunk
}

// keyword returns where the first keyword behind an offset ends: then, else.
func (p *place) keyword(n syntax.Node, from int) int {
	for i := p.firstToken(from); i < len(p.Tokens()) && int(p.Tokens()[i].Start) <= p.End(n); i++ {
		if k := p.TokenKind(i); k == syntax.Then || k == syntax.Else {
			return int(p.Tokens()[i].End)
		}
	}
	return -1
}

// closing returns where the end of a statement begins.
func (p *place) closing(stat syntax.Node) int {
	_, end := p.Range(stat)
	return int(p.Tokens()[end-1].Start)
}

// negated is the opposite of a condition.
func (p *place) negated(n syntax.Node) code {
	switch p.Kind(n) {
	case syntax.Unary:
		if operand := p.First(n); p.TokenKind(p.Token(n)) == syntax.Not {
			return p.copy(operand)
		}
	case syntax.Binary:
		op := p.Tokens()[p.Token(n)]
		switch op.Kind {
		case syntax.Equal:
			return join(cut(p.Start(n), int(op.Start)), words("~="), cut(int(op.End), p.End(n)))
		case syntax.NotEqual:
			return join(cut(p.Start(n), int(op.Start)), words("=="), cut(int(op.End), p.End(n)))
		}
		return join(words("not ("), p.copy(n), words(")"))
	}
	return join(words("not "), p.copy(n))
}
