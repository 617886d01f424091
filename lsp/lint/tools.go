package lint

import (
	"strings"

	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/library"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// toolCalls reports what a tool, or another function of the kernel that takes a table of
// named options, would refuse, in the words of the runtime.
func (p *pass) toolCalls() {
	changed := p.toolChanges().params
	if !changed {
		for n := range p.nodes(syntax.Call) {
			p.callWithoutParams(n)
		}
	}
	for _, g := range p.givenTables() {
		var problems []catalog.Problem
		if g.to.Role == types.ToolParams {
			if t := p.snap.CatalogOf(p.file).Tool(g.to.Tool); p.hasTools() && t != nil && !changed {
				problems = catalog.CheckCall(t, g.table)
			}
		} else {
			problems = catalog.CheckOptions(optionsOf(g.to), g.table)
		}
		for i := range problems {
			p.toolProblem(g.node, g.built, &problems[i])
		}
	}
}

// givenTable is a table that a function of the kernel is given at node.
type givenTable struct {
	node syntax.Node
	to   *types.Object // what the function takes
	*built
}

// givenTables finds the tables that certainly come to tools as their parameters, or to
// functions of the kernel that take named options.
func (p *pass) givenTables() []givenTable {
	if p.given != nil {
		return *p.given
	}
	var list []givenTable
	for n := range p.nodes(syntax.Table, syntax.Name) {
		if p.tree.Kind(n) == syntax.Name && (!p.isValue(n) || p.tree.Kind(p.onlyValue(n)) != syntax.Table) {
			continue
		}
		o := onlyTable(p.snap.Expected(p.file, n))
		if o == nil || optionsOf(o) == nil && (o.Role != types.ToolParams || o.Tool == "" || p.isNested(n)) || !p.arrives(n) {
			continue
		}
		if b := p.tableAt(n, 0); b != nil {
			list = append(list, givenTable{n, o, b})
		}
	}
	p.given = &list
	return list
}

// isValue tells whether an expression is an argument, or a value in a table.
func (p *pass) isValue(n syntax.Node) bool {
	parent := p.tree.Parent(n)
	switch p.tree.Kind(parent) {
	case syntax.Args, syntax.PosField:
		return true
	case syntax.NameField, syntax.KeyField:
		return p.tree.First(parent) != n
	}
	return false
}

// onlyTable is the one table that a place takes, nil if it takes several, or none.
func onlyTable(t types.Type) *types.Object {
	switch t := t.(type) {
	case *types.Object:
		return t
	case *types.Union:
		var found *types.Object
		for _, of := range t.Of {
			switch of := of.(type) {
			case *types.Object:
				if found != nil {
					return nil
				}
				found = of
			case types.Basic:
				if of == types.Any || of == types.Unknown || of == types.TableType {
					return nil
				}
			case *types.Array, *types.Map, *types.Tuple, *types.Param:
				return nil
			}
		}
		return found
	}
	return nil
}

// optionsOf is what the kernel says of a class of the library, nil if it says nothing.
func optionsOf(o *types.Object) *options.Table {
	name, ok := strings.CutPrefix(o.Name, "llmspell.")
	if !ok || o.Decl.URI != "" && !strings.HasPrefix(o.Decl.URI, library.Scheme+":") {
		return nil
	}
	switch name {
	case "StateListEntries":
		name = "StateListOptions"
	case "ReplayScheduled":
		name = "ReplayOptions"
	}
	return options.Of(options.Name(name))
}

// arrives tells whether a value certainly comes, as it stands there, to the function whose
// parameter it seems to be for: as an argument, within a table that is one, or within one
// that a local variable holds which is given to such functions only.
func (p *pass) arrives(n syntax.Node) bool {
	t := p.tree
	for inside := false; ; {
		parent := t.Parent(n)
		switch t.Kind(parent) {
		case syntax.Paren, syntax.Binary:
			n = parent
		case syntax.PosField, syntax.NameField, syntax.KeyField:
			n, inside = t.Parent(parent), true
		case syntax.Args:
			if list := t.First(parent); list != n && p.isList(list) {
				return p.onlyGiven(list)
			}
			return p.snap.Reaches(p.file, n)
		case syntax.ExprList:
			stat := t.Parent(parent)
			at := 0
			for c := t.First(parent); c != n && c != syntax.None; c = t.Next(c) {
				at++
			}
			target := t.Child(t.First(stat), at)
			switch t.Kind(stat) {
			case syntax.LocalStat:
				return t.Kind(n) != syntax.Table || inside && p.onlyGiven(target)
			case syntax.AssignStat:
				if k := t.Kind(target); k == syntax.Index || k == syntax.IndexKey {
					return t.Kind(n) != syntax.Table || p.onlyGiven(t.First(target))
				}
				return t.Kind(n) != syntax.Table
			}
			return true
		default:
			return true
		}
	}
}

// onlyGiven tells whether a name is that of a local variable with a table which only gets
// entries, and is given to functions that change nothing and keep nothing.
func (p *pass) onlyGiven(name syntax.Node) bool {
	t := p.tree
	v := p.vars.Var(name)
	if t.Kind(name) != syntax.Name || v == scope.NoVar || t.Kind(p.initial(&p.vars.Vars[v])) != syntax.Table {
		return false
	}
	for _, use := range p.vars.Vars[v].Uses {
		if use.Write {
			return false
		}
		parent := t.Parent(use.Node)
		switch k := t.Kind(parent); {
		case k == syntax.Unary, p.isList(use.Node):
		case (k == syntax.Index || k == syntax.IndexKey) && t.First(parent) == use.Node:
			if chain := p.chainOf(parent); !(chain == parent && p.written(chain)) && !p.onlyCompared(chain) && !p.onlyRead(chain) {
				return false
			}
		default:
			if !p.onlyRead(use.Node) || p.handsOut(use.Node) {
				return false
			}
		}
	}
	return true
}

// isNested tells whether a table lies in another one that is the parameters of a tool.
func (p *pass) isNested(n syntax.Node) bool {
	field := p.tree.Parent(n)
	switch p.tree.Kind(field) {
	case syntax.NameField, syntax.KeyField, syntax.PosField:
		o, ok := types.Without(p.snap.Expected(p.file, p.tree.Parent(field)), types.Nil).(*types.Object)
		return ok && o.Role == types.ToolParams
	}
	return false
}

// callWithoutParams reports a call of a tool's execute with nothing, where it needs
// parameters.
func (p *pass) callWithoutParams(n syntax.Node) {
	callee, args := p.tree.First(n), p.tree.Child(n, 1)
	if p.tree.Kind(callee) != syntax.Method || p.tree.First(args) != syntax.None || p.calledName(n) != "execute" {
		return
	}
	of, ok := p.snap.TypeOf(p.file, p.tree.First(callee)).(*types.Object)
	if !ok || of.Role != types.ToolItself {
		return
	}
	t := p.snap.CatalogOf(p.file).Tool(of.Tool)
	if t == nil {
		return
	}
	for _, x := range catalog.CheckCall(t, nil) {
		f := p.at(string(x.Code), n, x.Message)
		for _, fix := range x.Fixes {
			if fix.Kind == catalog.InsertKeys {
				f.fix(fix.Title, fix.Sure, p.tree.Start(args), p.tree.End(args), "({"+fix.Text+"})")
			}
		}
	}
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

// tableEdit makes the edit of a fix: of an entry of a table, of its value on, or of the
// table that was made at a place.
func (p *pass) tableEdit(fix catalog.Fix, x part, on, made syntax.Node) (Edit, bool) {
	t, field := p.tree, x.field
	switch fix.Kind {
	case catalog.ReplaceName:
		q, ok := t.Quote(on)
		return Edit{q.Start, q.End, fix.Text}, ok && !q.Long() && !strings.ContainsAny(fix.Text, "\\\"'\n")
	case catalog.ReplaceKey:
		start, end := p.partKey(x)
		switch t.Kind(field) {
		case syntax.Invalid: // stored later
			if q, ok := t.Quote(x.key); ok {
				return Edit{q.Start, q.End, fix.Text}, !q.Long() && !strings.ContainsAny(fix.Text, "\\\"'\n")
			}
			return Edit{start, end, fix.Text}, t.Kind(x.key) == syntax.Name && isName(fix.Text) && t.Kind(t.Parent(x.key)) == syntax.Index
		case syntax.NameField:
			if isName(fix.Text) {
				return Edit{start, end, fix.Text}, true
			}
			return Edit{start, end, `["` + fix.Text + `"]`}, !strings.ContainsAny(fix.Text, "\\\"\n")
		case syntax.KeyField:
			if q, ok := t.Quote(t.First(field)); ok && !q.Long() && !strings.ContainsAny(fix.Text, "\\\"'\n") {
				return Edit{q.Start, q.End, fix.Text}, true
			}
		}
	case catalog.ReplaceValue:
		return Edit{t.Start(on), t.End(on), fix.Text}, on != syntax.None && t.Kind(on) != syntax.Name
	case catalog.RemoveKey:
		return p.removeField(field)
	case catalog.InsertKeys:
		return p.insertFields(made, fix.Text)
	}
	return Edit{}, false
}

// removeField takes a field with its separator out of a table.
func (p *pass) removeField(field syntax.Node) (Edit, bool) {
	t := p.tree
	if field == syntax.None {
		return Edit{}, false
	}
	tokens := t.Tokens()
	first, end := t.Range(field)
	if end < len(tokens) && (tokens[end].Kind == syntax.Comma || tokens[end].Kind == syntax.Semicolon) {
		if tokens[end+1].Kind != syntax.Comment {
			return Edit{t.Start(field), int(tokens[end+1].Start), ""}, true
		}
		return Edit{t.Start(field), int(tokens[end].End), ""}, true
	}
	if first > 0 && (tokens[first-1].Kind == syntax.Comma || tokens[first-1].Kind == syntax.Semicolon) {
		return Edit{int(tokens[first-1].Start), t.End(field), ""}, true
	}
	return Edit{t.Start(field), t.End(field), ""}, true
}

// insertFields puts entries at the end of a table, or in front if the last one is a
// call whose results the table takes.
func (p *pass) insertFields(table syntax.Node, text string) (Edit, bool) {
	t := p.tree
	if t.Kind(table) != syntax.Table {
		return Edit{}, false
	}
	last := syntax.None
	for f := range t.Children(table) {
		last = f
	}
	first, after := t.Range(table)
	at := int(t.Tokens()[first].End)
	if last == syntax.None {
		if end := int(t.Tokens()[after-1].Start); first+2 == after { // no comment in it: as it would be formatted
			return Edit{at, end, " " + text + " "}, true
		}
		return Edit{at, at, " " + text}, true
	}
	if t.Kind(last) == syntax.PosField {
		at = t.Start(t.First(table))
		return Edit{at, at, text + ", "}, true
	}
	_, end := t.Range(last)
	if k := t.TokenKind(end); k == syntax.Comma || k == syntax.Semicolon {
		at = int(t.Tokens()[end].End)
		return Edit{at, at, " " + text + ","}, true
	}
	return Edit{t.End(last), t.End(last), ", " + text}, true
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
