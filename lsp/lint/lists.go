package lint

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// zeroElements reports the element 0 of a list that is written out: the first one is 1.
func (p *pass) zeroElements() {
	t := p.tree
	if !p.on("element-zero") {
		return
	}
	for n := range p.nodes(syntax.IndexKey) {
		list, key := t.First(n), t.Child(n, 1)
		if p.written(n) || p.askedFor(n).is || !p.isPlainList(list) {
			continue
		}
		name := t.NameOf(list)
		if t.Kind(key) == syntax.Number && t.Source(key) == "0" {
			x := p.at("element-zero", n, "there is no element 0: the first one is "+name+"[1]")
			x.fix("Write "+name+"[1]", false, t.Start(key), t.End(key), "1")
			continue
		}
		if loop := p.loopFromZero(key); loop != syntax.None {
			first := t.Child(loop, 1)
			p.relate(p.at("element-zero", first, "the loop begins with 0, and there is no element 0: the first one is "+name+"[1], the last one "+name+"[#"+name+"]"), n, "the element is taken here")
		}
	}
}

// loopFromZero is the numeric loop whose variable a key is, if it begins with 0 and leaves the
// variable alone; None for other keys.
func (p *pass) loopFromZero(key syntax.Node) syntax.Node {
	t := p.tree
	v := p.vars.Var(key)
	if t.Kind(key) != syntax.Name || v == scope.NoVar {
		return syntax.None
	}
	loop := t.Parent(p.vars.Vars[v].Decl)
	if t.Kind(loop) != syntax.NumericFor || t.Source(t.Child(loop, 1)) != "0" {
		return syntax.None
	}
	for _, use := range p.vars.Vars[v].Uses {
		// Where the code asks for the variable, it may leave 0 out.
		if parent := t.Parent(use.Node); use.Write || t.Kind(parent) != syntax.IndexKey && t.Kind(parent) != syntax.Args {
			return syntax.None
		}
	}
	return loop
}

// isPlainList tells whether a name is a local variable that holds one list all the time, of at least
// one element, in which nothing is stored but elements at the end.
func (p *pass) isPlainList(n syntax.Node) bool {
	t := p.tree
	v := p.vars.Var(n)
	if t.Kind(n) != syntax.Name || v == scope.NoVar {
		return false
	}
	made := p.initialOf(v)
	if t.Kind(made) != syntax.Table || t.First(made) == syntax.None {
		return false
	}
	for field := range t.Children(made) {
		if t.Kind(field) != syntax.PosField {
			return false
		}
	}
	for _, use := range p.vars.Vars[v].Uses {
		if use.Write || !p.keepsList(use.Node) {
			return false
		}
	}
	return true
}

// keepsList tells whether what is done with a list at a use stores nothing in it but elements at
// its end, and gives it to nobody who might.
func (p *pass) keepsList(use syntax.Node) bool {
	t := p.tree
	switch parent := t.Parent(use); t.Kind(parent) {
	case syntax.Unary:
		return true
	case syntax.Index, syntax.Method:
		return !p.written(parent)
	case syntax.IndexKey:
		if t.First(parent) != use || !p.written(parent) {
			return true
		}
		key := t.Child(parent, 1)
		return t.Kind(key) == syntax.Number && t.Source(key) != "0"
	case syntax.Args:
		switch t.Source(t.First(t.Parent(parent))) {
		case "pairs", "ipairs", "next", "type", "print", "tostring":
			return true
		case "table.insert", "table.remove", "table.concat", "table.sort", "unpack":
			return t.First(parent) == use
		}
		return p.onlyRead(use) && !p.handsOut(use)
	}
	return false
}
