package lint

import (
	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// laterName reports the name of a tool that a local variable holds, or that a loop goes
// through, where all that is done with it is to call tools by it, or to show it.
func (p *pass) laterName(s analysis.Slot) {
	if !p.hasTools() || s.Value == "" {
		return
	}
	x := catalog.CheckTool(p.snap.CatalogOf(p.file), s.Value)
	if x == nil {
		return
	}
	name := p.holderOf(s.Node)
	v := p.vars.Var(name)
	if v == scope.NoVar {
		return
	}
	call := syntax.None
	for _, use := range p.vars.Vars[v].Uses {
		args := p.tree.Parent(use.Node)
		if use.Write {
			return
		}
		if kind, ok := p.snap.SlotOfArgument(p.file, use.Node); ok && kind == "tool" {
			if p.asks(use.Node) || !p.arrives(use.Node) || p.probes(name, use.Node) {
				return
			}
			if call == syntax.None {
				call = p.tree.Parent(args)
			}
			continue
		}
		switch k := p.tree.Kind(args); {
		case k == syntax.Binary && p.tree.TokenKind(p.tree.Token(args)) == syntax.Concat:
		case k == syntax.Args && p.onlyRead(use.Node) && !p.handsOut(use.Node):
		case k == syntax.PosField || k == syntax.NameField:
			if !p.onlyRead(use.Node) && !p.arrives(use.Node) {
				return
			}
		default: // Tool[name] ~= nil, name == "x", a table by names: it may be another name on purpose
			return
		}
	}
	if call == syntax.None {
		return
	}
	p.problem(x, s.Start, s.End, s.Node)
	if last := len(p.out) - 1; last >= 0 && p.out[last].Start == s.Start && p.out[last].Code == string(x.Code) {
		p.relate(&p.out[last], call, "the tool is called here")
	}
}

// probes tells whether a call in a loop looks which tools of a list there are: its result is
// asked for.
func (p *pass) probes(name, use syntax.Node) bool {
	t := p.tree
	call := t.Parent(t.Parent(use))
	list := t.Parent(call)
	if t.Kind(t.Parent(t.Parent(name))) != syntax.GenericFor || t.Kind(list) != syntax.ExprList || t.Kind(t.Parent(list)) != syntax.LocalStat {
		return false
	}
	v := p.vars.Var(t.First(t.First(t.Parent(list))))
	if v == scope.NoVar {
		return false
	}
	for _, u := range p.vars.Vars[v].Uses {
		if p.tested(u.Node) {
			return true
		}
	}
	return false
}

// holderOf is the declaration of the variable that holds a string: a local one, or the
// second one of a loop through the list that the string is in.
func (p *pass) holderOf(n syntax.Node) syntax.Node {
	t := p.tree
	if t.Kind(t.Parent(n)) == syntax.PosField {
		list := t.Parent(t.Parent(n))
		if names := t.Parent(list); t.Kind(names) == syntax.ExprList { // local names = {"a", "b"}
			name := t.First(t.First(t.Parent(names)))
			v := p.vars.Var(name)
			if t.Kind(t.Parent(names)) != syntax.LocalStat || t.First(names) != list || v == scope.NoVar || len(p.vars.Vars[v].Uses) != 1 {
				return syntax.None
			}
			list = p.vars.Vars[v].Uses[0].Node
		}
		loop := t.Parent(t.Parent(t.Parent(t.Parent(list))))
		if t.Kind(t.Parent(list)) != syntax.Args || t.Kind(loop) != syntax.GenericFor {
			return syntax.None
		}
		return t.Child(t.First(loop), 1)
	}
	values := t.Parent(n)
	stat := t.Parent(values)
	if t.Kind(values) != syntax.ExprList || t.Kind(stat) != syntax.LocalStat {
		return syntax.None
	}
	name := t.First(t.First(stat))
	for c := t.First(values); c != n; c = t.Next(c) {
		name = t.Next(name)
	}
	return name
}
