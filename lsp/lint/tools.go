package lint

import (
	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// toolCalls reports what a tool, or another function of the kernel that takes a table of
// named options, would refuse, in the words of the runtime.
func (p *pass) toolCalls() {
	changed := p.toolChanges().Params
	if !changed {
		for n := range p.nodes(syntax.Call) {
			p.callWithoutParams(n)
		}
	}
	for _, g := range p.givenTables() {
		var problems []catalog.Problem
		switch {
		case g.to.Role == types.ToolParams:
			if t := p.snap.CatalogOf(p.file).Tool(g.to.Tool); p.hasTools() && t != nil && !changed {
				problems = catalog.CheckCall(t, g.table)
			}
		case isSpec(g.to):
			problems = catalog.CheckSpec(g.table)
			p.takenNames(&g)
		default:
			problems = catalog.CheckOptions(optionsOf(g.to), g.table)
		}
		for i := range problems {
			p.toolProblem(g.node, g.built, &problems[i])
		}
	}
}

// toolChanges are what the program does to the calls of tools of the file.
func (p *pass) toolChanges() analysis.ToolChanges {
	if p.changes == nil {
		c := p.snap.ToolChanges(p.file)
		p.changes = &c
	}
	return *p.changes
}

// toolProblem reports a problem of a table, which is given to a function at n, at the part
// that it is about.
func (p *pass) toolProblem(n syntax.Node, b *built, x *catalog.Problem) {
	at, on := part{}, n
	for _, i := range x.At {
		if b == nil || i >= len(b.parts) {
			break
		}
		at = b.parts[i]
		on, b = at.value, at.inner
	}
	start, end := p.tree.Start(on), p.tree.End(on)
	if x.On == catalog.OnKey && len(x.At) > 0 {
		start, end = p.partKey(at)
	}
	made := on
	if b != nil {
		made = b.node
	}
	missing := x.Code == catalog.MissingKey && p.tree.Kind(on) == syntax.Table
	if missing { // the whole table would hide all else
		end = start + 1
	}
	for i := range p.out {
		if o := &p.out[i]; o.Start == start && o.End == end && o.Code == string(x.Code) && o.Message == x.Message {
			return // it is given twice
		}
	}
	f := p.report(string(x.Code), start, end, x.Message)
	if f.Unfinished != nil && missing {
		f.Unfinished.End = p.tree.End(on)
	}
	f.Deprecated = x.Code == catalog.DeprecatedKey
	if !p.within(on, n) && on != n {
		p.relate(f, n, "it is given here")
	} else if made != on {
		p.relate(f, made, "the table is made here")
	}
	if value := p.onlyValue(on); value != syntax.None && len(x.At) > 0 && p.tree.Kind(on) == syntax.Name && x.On == catalog.OnValue {
		p.relate(f, value, "the value")
	}
	for _, fix := range x.Fixes {
		if e, ok := p.tableEdit(fix, at, on, made); ok {
			f.Fixes = append(f.Fixes, Fix{Title: fix.Title, Sure: fix.Sure, Edits: []Edit{e}})
		}
	}
	if len(x.Fixes) == 0 && x.On == catalog.OnValue && on != syntax.None {
		p.fixLiteral(f, on)
	}
}

// partKey is where the key of an entry stands, or the entry if it has none.
func (p *pass) partKey(x part) (start, end int) {
	if x.field != syntax.None {
		return p.keyRange(x.field)
	}
	if x.key == syntax.None {
		return p.tree.Start(x.value), p.tree.End(x.value)
	}
	return p.tree.Start(x.key), p.tree.End(x.key)
}

// keyRange is where the key of a field stands, or the field if it has none.
func (p *pass) keyRange(field syntax.Node) (start, end int) {
	switch p.tree.Kind(field) {
	case syntax.NameField:
		return p.tree.Start(p.tree.First(field)), p.tree.End(p.tree.First(field))
	case syntax.KeyField:
		key := p.tree.First(field)
		_, after := p.tree.Range(key)
		return p.tree.Start(field), int(p.tree.Tokens()[after].End) // with the brackets
	}
	return p.tree.Start(field), p.tree.End(field)
}

func (p *pass) valueOf(field syntax.Node) syntax.Node {
	if p.tree.Kind(field) == syntax.PosField {
		return p.tree.First(field)
	}
	return p.tree.Child(field, 1)
}

// literalValue is the value of a literal, schema.Unknown for anything else.
func (p *pass) literalValue(n syntax.Node) any {
	v, _ := p.valueAt(n, maxBuilt)
	return v
}
