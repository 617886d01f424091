package refactor

import (
	"math"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// rewriteFunctions offers the other ways to define and to call a function.
func (p *place) rewriteFunctions() {
	n := p.NodeAt(p.start)
	stat := p.statement(n)
	if body := p.definition(stat); body != syntax.None && p.end <= p.Start(p.Child(body, 1)) && p.start <= p.End(p.First(body)) {
		p.defineOtherwise(stat, body)
	}
	for up := n; up != syntax.None && p.Kind(up) != syntax.Block; up = p.Parent(up) {
		if p.Kind(up) == syntax.Call && p.end <= p.Start(p.Child(up, 1)) {
			p.callOtherwise(up)
			return
		}
	}
}

// definition returns the body of the function that a statement defines, None if it does
// something else.
func (p *place) definition(stat syntax.Node) syntax.Node {
	switch p.Kind(stat) {
	case syntax.FuncStat, syntax.LocalFunc:
		return p.Child(stat, 1)
	case syntax.LocalStat, syntax.AssignStat:
		names, values := p.First(stat), p.Child(stat, 1)
		if value := p.First(values); p.count(names) == 1 && p.count(values) == 1 && p.Kind(value) == syntax.Function {
			return p.First(value)
		}
	}
	return syntax.None
}

// defineOtherwise offers f = function() for function f(), and a.b(self) for a:b().
func (p *place) defineOtherwise(stat, body syntax.Node) {
	name := p.First(stat)
	open := p.Start(p.First(body)) // of the parameters
	if p.comments(p.Start(stat), open) {
		return
	}
	offer := func(title string, c *change) {
		p.offer(Rewrite, title, c)
	}
	switch p.Kind(stat) {
	case syntax.FuncStat:
		c := &change{}
		if p.Kind(name) == syntax.Method {
			p.withSelf(c, stat, body)
			offer("Write the parameter self", c)
			return
		}
		c.replace(p.Start(stat), open, p.copy(name), words(" = function"))
		offer("Write as an assignment", c)
		if self := p.First(p.First(body)); p.Kind(name) == syntax.Index && p.Kind(self) == syntax.Name && p.Source(self) == "self" {
			c := &change{rebound: map[scope.Var]bool{p.vars.Var(self): true}}
			dot := p.Tokens()[p.Token(name)]
			c.replace(int(dot.Start), int(dot.End), words(":"))
			end := p.End(self)
			if next := p.Next(self); next != syntax.None {
				end = p.Start(next)
			}
			if !p.comments(p.Start(self), end) {
				c.replace(p.Start(self), end)
				offer("Write as a method with a colon", c)
			}
		}
	case syntax.LocalFunc:
		for _, use := range p.vars.Vars[p.vars.Var(name)].Uses {
			if p.inside(use.Node, body) {
				return // it calls itself
			}
		}
		c := &change{}
		c.replace(p.Start(stat), open, words("local "), p.copy(name), words(" = function"))
		offer("Write as an assignment", c)
	case syntax.LocalStat:
		c := &change{}
		c.replace(p.Start(stat), open, words("local function "), p.copy(p.First(name)))
		offer("Write as a function declaration", c)
	case syntax.AssignStat:
		target := p.First(name)
		for n := target; ; n = p.First(n) {
			if p.Kind(n) == syntax.Name {
				break
			}
			if p.Kind(n) != syntax.Index {
				return
			}
		}
		c := &change{}
		c.replace(p.Start(stat), open, words("function "), p.copy(target))
		offer("Write as a function declaration", c)
	}
}

// withSelf writes the parameter that a method has without saying so.
func (p *place) withSelf(c *change, stat, body syntax.Node) {
	c.fresh, c.rebound = []string{"self"}, map[scope.Var]bool{}
	for i := range p.vars.Vars {
		if x := &p.vars.Vars[i]; x.Kind == scope.Self && x.Function == body {
			c.rebound[scope.Var(i)] = true
		}
	}
	colon := p.Tokens()[p.Token(p.First(stat))]
	c.replace(int(colon.Start), int(colon.End), words("."))
	params := p.First(body)
	at := p.Start(params) + 1
	with := "self"
	if p.First(params) != syntax.None {
		with += ", "
	}
	c.replace(at, at, words(with))
}

// callOtherwise offers a:b(x) for a.b(a, x), and the other way round.
func (p *place) callOtherwise(call syntax.Node) {
	callee, args := p.First(call), p.Child(call, 1)
	object := p.First(callee)
	if p.Kind(object) != syntax.Name || p.TokenKind(p.Token(args)) != syntax.LeftParen || p.comments(p.Start(callee), p.Start(args)) {
		return
	}
	name := p.Source(object)
	c := &change{}
	op := p.Tokens()[p.Token(callee)]
	switch p.Kind(callee) {
	case syntax.Method:
		c.means = map[string]scope.Var{name: p.vars.Var(object)}
		if v := p.vars.Var(object); v != scope.NoVar && p.vars.Vars[v].Kind == scope.Self {
			name = "self"
			c.means = map[string]scope.Var{name: v}
		}
		c.replace(int(op.Start), int(op.End), words("."))
		with := name
		if p.First(args) != syntax.None {
			with += ", "
		}
		c.replace(p.Start(args)+1, p.Start(args)+1, words(with))
		p.offer(Rewrite, "Call with a dot", c)
	case syntax.Index:
		first := p.First(args)
		if p.Kind(first) != syntax.Name || p.Source(first) != name || p.vars.Var(first) != p.vars.Var(object) || p.vars.Var(object) == scope.NoVar {
			return
		}
		end := p.End(first)
		if next := p.Next(first); next != syntax.None {
			end = p.Start(next)
		}
		if p.comments(p.Start(first), end) {
			return
		}
		c.replace(int(op.Start), int(op.End), words(":"))
		c.replace(p.Start(first), end)
		p.offer(Rewrite, "Call with a colon", c)
	}
}

// addDoc offers annotations for the parameters and results of a function that has none.
func (p *place) addDoc() {
	stat := p.statement(p.NodeAt(p.start))
	body := p.definition(stat)
	if body == syntax.None || p.end > p.End(p.First(body)) || !p.beginsLine(p.Start(stat)) {
		return
	}
	if first, end := p.CommentsAbove(stat); first < end && int(p.Tokens()[first].Start) < p.Start(stat) {
		for i := first; i < end; i++ {
			if strings.HasPrefix(p.TokenText(i), "---") {
				return
			}
		}
	}
	doc := p.annotations(stat, body)
	if doc == "" {
		return
	}
	c := &change{}
	c.replace(p.Start(stat), p.Start(stat), words(doc))
	p.offer(AddDoc, "Add annotations", c)
}

// annotations are the lines for the parameters and results of a function, "" if it has none.
func (p *place) annotations(stat, body syntax.Node) string {
	indent, eol := p.indentation(p.Start(stat)), p.eol()
	var b strings.Builder
	for param := range p.Children(p.First(body)) {
		name, t := p.Source(param), types.Type(types.Any)
		if v := p.vars.Var(param); v != scope.NoVar {
			t = p.snap.VarType(p.file, v)
		}
		b.WriteString("---@param " + name + " " + annotated(t) + eol + indent)
	}
	n := p.First(stat)
	if k := p.Kind(stat); k == syntax.LocalStat || k == syntax.AssignStat {
		n = p.Parent(body)
	}
	if f, ok := p.snap.TypeOf(p.file, n).(*types.Func); ok {
		results, _ := f.Returns()
		for _, t := range results {
			b.WriteString("---@return " + annotated(t.Type) + eol + indent)
		}
	}
	return b.String()
}

// annotated is a type as annotations write it; any where it has no short name.
func annotated(t types.Type) string {
	if t == nil || t == types.Unknown {
		return "any"
	}
	s := basic(t).String()
	if len(s) > 60 || strings.ContainsAny(s, "\n…{") || strings.Contains(s, "unknown") {
		return "any"
	}
	return s
}

// basic is a type with the types of literals in their place: what a function gives now is no
// promise.
func basic(t types.Type) types.Type {
	switch t := t.(type) {
	case *types.Literal:
		switch v := t.Value.(type) {
		case float64:
			if v == math.Trunc(v) && !math.IsInf(v, 0) {
				return types.Integer
			}
			return types.Number
		case bool:
			return types.Boolean
		}
		return types.String
	case *types.Union:
		all := make([]types.Type, len(t.Of))
		for i := range t.Of {
			all[i] = basic(t.Of[i])
		}
		return types.Join(all...)
	}
	return t
}
