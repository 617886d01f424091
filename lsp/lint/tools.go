package lint

import (
	"slices"
	"strings"

	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/library"
	"github.com/llmspell/llmspell/runtime/syntax"
	"github.com/llmspell/llmspell/tools/schema"
)

// toolCalls reports parameters that a tool would refuse, in the words of the runtime.
func (p *pass) toolCalls() {
	for n := range p.nodes(syntax.Table, syntax.Call) {
		if p.tree.Kind(n) == syntax.Call {
			p.callWithoutParams(n)
			continue
		}
		o := onlyTable(p.snap.Expected(p.file, n))
		if o == nil {
			continue
		}
		if p.changes(n) {
			continue
		}
		table := p.literal(n)
		var problems []catalog.Problem
		switch {
		case o.Role == types.ToolParams && o.Tool != "":
			if !p.hasTools() {
				continue
			}
			if t := p.snap.CatalogOf(p.file).Tool(o.Tool); t != nil && !p.isNested(n) {
				problems = catalog.CheckCall(t, table)
			}
		default:
			if t := optionsOf(o); t != nil {
				problems = catalog.CheckOptions(t, table)
			}
		}
		for i := range problems {
			p.toolProblem(n, &problems[i])
		}
	}
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

// changes tells whether a table may be another one by the time a tool gets it: it is not
// given as it stands, nor through a local variable that does nothing else.
func (p *pass) changes(n syntax.Node) bool {
	for p.isNested(n) {
		n = p.tree.Parent(p.tree.Parent(n))
	}
	if call := p.tree.Parent(p.tree.Parent(n)); p.tree.Kind(call) == syntax.Table { // one call of a list of them
		outer := p.tree.Parent(p.tree.Parent(call))
		if p.tree.Kind(outer) != syntax.Table {
			return true
		}
		args := p.tree.Parent(outer)
		callee := p.tree.First(p.tree.Parent(args))
		return p.tree.Kind(args) != syntax.Args || p.tree.First(args) != outer || p.tree.Kind(callee) != syntax.Index ||
			p.tree.NameOf(p.tree.Child(callee, 1)) != "parallel" || !p.isTool(p.tree.First(callee))
	}
	list := p.tree.Parent(n)
	if p.tree.Kind(list) == syntax.Args {
		return false
	}
	if p.tree.Kind(p.tree.Parent(list)) != syntax.LocalStat {
		return true
	}
	name := p.tree.First(p.tree.First(p.tree.Parent(list)))
	for value := p.tree.First(list); value != n; value = p.tree.Next(value) {
		if name = p.tree.Next(name); name == syntax.None {
			return true
		}
	}
	v := p.vars.Var(name)
	if v == scope.NoVar {
		return true
	}
	uses := p.vars.Vars[v].Uses
	return len(uses) != 1 || uses[0].Write || p.tree.Kind(p.tree.Parent(uses[0].Node)) != syntax.Args
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

// toolProblem reports a problem of a table at the part that it is about.
func (p *pass) toolProblem(table syntax.Node, x *catalog.Problem) {
	field, on := syntax.None, table
	for _, at := range x.At {
		if p.tree.Kind(on) != syntax.Table {
			break
		}
		field = p.tree.Child(on, at)
		on = p.valueOf(field)
	}
	start, end := p.tree.Start(on), p.tree.End(on)
	if x.On == catalog.OnKey && field != syntax.None {
		start, end = p.keyRange(field)
	}
	if x.Code == catalog.MissingKey { // the whole table would hide all else
		end = start + 1
	}
	f := p.report(string(x.Code), start, end, x.Message)
	if f.Unfinished != nil && x.Code == catalog.MissingKey {
		f.Unfinished.End = p.tree.End(on)
	}
	f.Deprecated = x.Code == catalog.DeprecatedKey
	for _, fix := range x.Fixes {
		if e, ok := p.tableEdit(fix, field, on); ok {
			f.Fixes = append(f.Fixes, Fix{Title: fix.Title, Sure: fix.Sure, Edits: []Edit{e}})
		}
	}
}

// tableEdit makes the edit of a fix: of an entry of a table, or of the table.
func (p *pass) tableEdit(fix catalog.Fix, field, on syntax.Node) (Edit, bool) {
	t := p.tree
	switch fix.Kind {
	case catalog.ReplaceName:
		q, ok := t.Quote(on)
		return Edit{q.Start, q.End, fix.Text}, ok && !q.Long() && !strings.ContainsAny(fix.Text, "\\\"'\n")
	case catalog.ReplaceKey:
		start, end := p.keyRange(field)
		switch t.Kind(field) {
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
		return Edit{t.Start(on), t.End(on), fix.Text}, true
	case catalog.RemoveKey:
		return p.removeField(field)
	case catalog.InsertKeys:
		return p.insertFields(on, fix.Text)
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

// literal is a table constructor as far as its text says what is in it.
func (p *pass) literal(n syntax.Node) *catalog.LiteralTable {
	t := p.tree
	out := &catalog.LiteralTable{}
	for f := range t.Children(n) {
		field := catalog.LiteralField{Value: p.literalValue(p.valueOf(f))}
		switch t.Kind(f) {
		case syntax.NameField:
			field.Key = t.NameOf(t.First(f))
		case syntax.KeyField:
			field.Key = p.literalKey(t.First(f))
			if field.Key == nil {
				out.Open = true
				field.Key, field.Value = "\x00"+t.Source(t.First(f)), nil // an entry of no table: nil is nothing
			}
		case syntax.PosField:
			if t.Next(f) == syntax.None && slices.Contains([]syntax.Kind{syntax.Call, syntax.Vararg}, t.Kind(t.First(f))) {
				out.Open = true
			}
		}
		out.Fields = append(out.Fields, field)
	}
	return out
}

func (p *pass) literalKey(n syntax.Node) any {
	switch v := p.literalValue(n).(type) {
	case string, float64, bool:
		return v
	}
	return nil
}

func (p *pass) literalValue(n syntax.Node) any {
	t := p.tree
	switch t.Kind(n) {
	case syntax.Nil:
		return nil
	case syntax.True:
		return true
	case syntax.False:
		return false
	case syntax.String:
		if s, ok := t.String(n); ok {
			return s
		}
	case syntax.Number:
		if v, ok := t.Number(n); ok {
			return v
		}
	case syntax.Unary:
		if v, ok := p.literalValue(t.First(n)).(float64); ok && t.TokenKind(t.Token(n)) == syntax.Minus {
			return -v
		}
	case syntax.Paren:
		return p.literalValue(t.First(n))
	case syntax.Table:
		return p.literal(n)
	case syntax.Function:
		return catalog.LuaType("function")
	}
	return schema.Unknown{}
}
