package refactor

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
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
			p.offer(Rewrite, "Use "+name+" quotes", func() (*change, error) {
				c := &change{}
				c.replace(p.Start(n), p.End(n), words(other+body+other))
				return c, nil
			})
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
		p.offer(Rewrite, "Write "+text, func() (*change, error) {
			c := &change{}
			c.replace(object, p.End(index), words(text+p.spaceBehind(p.End(index), text)))
			return c, nil
		})
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
	p.offer(Rewrite, "Write "+text, func() (*change, error) {
		c := &change{}
		c.replace(start, end, words(text))
		return c, nil
	})
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
		p.offer(Rewrite, "Invert if and else", func() (*change, error) {
			c := &change{}
			otherwise, end := p.keyword(other, p.Start(other)), p.closing(stat)
			c.replace(p.Start(condition), p.End(condition), p.negated(condition))
			first, second := cut(then, p.Start(other)), cut(otherwise, end)
			c.replace(then, p.Start(other), second)
			c.replace(otherwise, end, first)
			return c, nil
		})
	case other == syntax.None && p.Next(stat) == syntax.None && p.First(block) != syntax.None && p.returnsNothing(p.Parent(stat)):
		p.offer(Rewrite, "Invert if and return early", func() (*change, error) {
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
			return c, nil
		})
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

// split offers a declaration for each variable.
func (p *place) split(stat syntax.Node) {
	names, values := p.First(stat), p.Child(stat, 1)
	count, given := p.count(names), p.count(values)
	if count < 2 || p.comments(p.Start(stat), p.End(stat)) {
		return
	}
	const title = "Split the declaration"
	if given > count || given > 0 && given < count && p.multiple(p.last(values)) {
		p.refuse(Rewrite, title, "there are not as many values as variables")
		return
	}
	if given > 0 && p.mentions(p.Next(p.First(values)), names) {
		p.refuse(Rewrite, title, "a value names a variable of the same name")
		return
	}
	p.offer(Rewrite, title, func() (*change, error) {
		sep := p.eol() + p.indentation(p.Start(stat))
		if !p.beginsLine(p.Start(stat)) {
			sep = " "
		}
		var out code
		value := p.First(values)
		for name := range p.Children(names) {
			if out != nil {
				out = join(out, words(sep))
			}
			out = join(out, words("local "), p.copy(name))
			if value != syntax.None {
				out = join(out, words(" = "), p.copy(value))
				value = p.Next(value)
			}
		}
		c := &change{}
		c.replace(p.Start(stat), p.End(stat), out)
		return c, nil
	})
}

// mentions tells whether an expression, or one behind it in its list, names one of the names
// of a list.
func (p *place) mentions(value, names syntax.Node) bool {
	if value == syntax.None {
		return false
	}
	for m := value; m < p.after(p.Parent(value)); m++ {
		if p.Kind(m) != syntax.Name || isField(p.Tree, m) {
			continue
		}
		for name := range p.Children(names) {
			if p.Source(name) == p.Source(m) {
				return true
			}
		}
	}
	return false
}

// merge offers to make one declaration of two that follow each other.
func (p *place) merge(stat syntax.Node) {
	next := p.Next(stat)
	if p.Kind(next) != syntax.LocalStat || p.comments(p.Start(stat), p.End(next)) {
		return
	}
	names, values := p.First(stat), p.Child(stat, 1)
	names2, values2 := p.First(next), p.Child(next, 1)
	given, given2 := p.count(values), p.count(values2)
	if (given == 0) != (given2 == 0) || given > 0 && given != p.count(names) || given2 > p.count(names2) {
		return
	}
	for a := range p.Children(names) {
		for b := range p.Children(names2) {
			if p.Source(a) == p.Source(b) {
				return
			}
		}
	}
	if p.mentions(p.First(values2), names) {
		return
	}
	p.offer(Rewrite, "Merge with the next declaration", func() (*change, error) {
		out := join(words("local "), p.copy(names), words(", "), p.copy(names2))
		if given > 0 {
			out = join(out, words(" = "), p.copy(values), words(", "), p.copy(values2))
		}
		c := &change{}
		c.replace(p.Start(stat), p.End(next), out)
		return c, nil
	})
}

// makeLocal offers to declare a global that only the file uses.
func (p *place) makeLocal(n, stat syntax.Node) {
	name := p.NameOf(n)
	function := p.Kind(stat) == syntax.FuncStat && p.First(stat) == n
	assigned := p.Kind(stat) == syntax.AssignStat && p.First(p.First(stat)) == n && p.Next(n) == syntax.None
	if !function && !assigned || p.vars.Var(n) != scope.NoVar || p.Parent(p.Parent(stat)) != p.Root() || p.snap.LibraryGlobal(name) != nil {
		return
	}
	if p.vars.Globals[name][0].Node != n {
		return // it is used before
	}
	title := "Declare " + name + " as local"
	for _, other := range []string{"_G", "getfenv", "setfenv", "module", "loadstring", "load", "dofile", "loadfile"} {
		if len(p.vars.Globals[other]) > 0 {
			p.refuse(Rewrite, title, "the file uses "+other+", which can reach globals by name")
			return
		}
	}
	if p.jumps(p.First(p.Root())) {
		return
	}
	for _, e := range p.snap.Files() {
		if e.URI != p.file.URI && e.Mentions(name) {
			p.refuse(Rewrite, title, "other files name "+name)
			return
		}
	}
	for arg := range p.snap.Requires(p.file) {
		if module, _ := p.String(arg); p.snap.Require(p.file, module) == nil {
			p.refuse(Rewrite, title, "the module "+module+", which is not in the workspace, could use it")
			return
		}
	}
	p.offer(Rewrite, title, func() (*change, error) {
		c := &change{local: name, localAt: p.Start(n)}
		c.replace(p.Start(stat), p.Start(stat), words("local "))
		return c, nil
	})
}
