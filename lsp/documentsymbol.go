package lsp

import (
	"context"
	"strings"

	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// documentSymbol answers textDocument/documentSymbol: the functions of a file, its
// tables with what they hold, and its own variables.
func documentSymbol() feature {
	return on("textDocument/documentSymbol", func(_ context.Context, r *request, _ *protocol.DocumentSymbolParams) (any, error) {
		o := &outline{r: r, t: r.file.Tree()}
		o.classes, o.deprecated = marked(r.file)
		list := o.statements(o.t.First(o.t.Root()), true)
		if r.client.Can("textDocument.documentSymbol.hierarchicalDocumentSymbolSupport") {
			return list, nil
		}
		flat := []protocol.SymbolInformation{}
		flatten(list, "", r.clientURI(r.file.URI), &flat)
		return flat, nil
	}, func(_ *session, c *protocol.ServerCapabilities) {
		c.DocumentSymbolProvider = &protocol.DocumentSymbolOptions{Label: "Lua"}
	})
}

// flatten lists symbols for clients that know no trees.
func flatten(list []protocol.DocumentSymbol, container string, uri protocol.URI, into *[]protocol.SymbolInformation) {
	for _, s := range list {
		*into = append(*into, protocol.SymbolInformation{
			Name: s.Name, Kind: s.Kind, ContainerName: container, Location: protocol.Location{URI: uri, Range: s.Range},
		})
		flatten(s.Children, s.Name, uri, into)
	}
}

// outline collects the symbols of a tree.
type outline struct {
	r *request
	t *syntax.Tree
	// The names that are declared as classes, and of what is deprecated.
	classes, deprecated map[syntax.Node]bool
}

// maxLabel is how many bytes of a name are shown.
const maxLabel = 80

// symbol makes a symbol of a name and the bytes that it stands for. Clients refuse
// empty names, and names that lie outside their symbol.
func (o *outline) symbol(name string, kind protocol.SymbolKind, start, end int, at syntax.Node) protocol.DocumentSymbol {
	if i := strings.IndexAny(name, "\r\n"); i >= 0 {
		name = name[:i] + "…"
	}
	if len(name) > maxLabel {
		name = strings.ToValidUTF8(name[:maxLabel], "") + "…"
	}
	if strings.TrimSpace(name) == "" {
		name = "?"
	}
	start, end = min(start, o.t.Start(at)), max(end, o.t.End(at))
	s := protocol.DocumentSymbol{Name: name, Kind: kind, Range: o.r.span(start, end), SelectionRange: o.r.nodeRange(at)}
	if o.classes[at] {
		s.Kind = protocol.SymbolClass
	}
	if o.deprecated[at] {
		s.Tags = []int{protocol.SymbolDeprecated}
	}
	return s
}

// statements returns the symbols of a Block. top: it is the file's own.
func (o *outline) statements(block syntax.Node, top bool) []protocol.DocumentSymbol {
	out := []protocol.DocumentSymbol{}
	for n := range o.t.Children(block) {
		out = append(out, o.statement(n, top)...)
	}
	return out
}

func (o *outline) statement(n syntax.Node, top bool) []protocol.DocumentSymbol {
	t := o.t
	switch t.Kind(n) {
	case syntax.LocalFunc, syntax.FuncStat:
		name := t.First(n)
		kind := protocol.SymbolFunction
		if t.Kind(name) == syntax.Method {
			kind = protocol.SymbolMethod
		}
		s := o.symbol(t.Source(name), kind, t.Start(n), t.End(n), name)
		o.function(&s, t.Next(name))
		return []protocol.DocumentSymbol{s}
	case syntax.LocalStat, syntax.AssignStat:
		return o.assignment(n, top)
	case syntax.ReturnStat:
		if list := t.First(n); top && list != syntax.None && t.Kind(t.First(list)) == syntax.Table {
			table := t.First(list)
			s := o.symbol("return", protocol.SymbolModule, t.Start(n), t.End(n), table)
			if s.Children = o.fields(table, true); len(s.Children) > 0 {
				return []protocol.DocumentSymbol{s}
			}
			return nil
		}
	}
	return o.inside(n)
}

// inside returns the symbols in a statement or expression that is none itself.
func (o *outline) inside(n syntax.Node) []protocol.DocumentSymbol {
	t := o.t
	var out []protocol.DocumentSymbol
	for c := range t.Children(n) {
		switch t.Kind(c) {
		case syntax.Block:
			out = append(out, o.statements(c, false)...)
		case syntax.Call:
			out = append(out, o.call(c)...)
		case syntax.Name, syntax.Number, syntax.String, syntax.Missing:
		default:
			out = append(out, o.inside(c)...)
		}
	}
	return out
}

// call returns the symbols of a call: what is registered under a name, as in
// Event.subscribe("done", function() … end), is one.
func (o *outline) call(n syntax.Node) []protocol.DocumentSymbol {
	t := o.t
	inner := o.inside(n)
	callee := t.First(n)
	args := t.Next(callee)
	first := t.First(args)
	last := syntax.None
	for a := range t.Children(args) {
		last = a
	}
	if t.Kind(first) != syntax.String || t.Kind(last) != syntax.Function {
		return inner
	}
	s := o.symbol(t.Source(callee)+"("+t.Source(first)+")", protocol.SymbolEvent, t.Start(n), t.End(n), first)
	s.Detail, s.Children = o.parameters(t.First(last)), inner
	return []protocol.DocumentSymbol{s}
}

// assignment returns the symbols of a local statement or an assignment.
func (o *outline) assignment(n syntax.Node, top bool) []protocol.DocumentSymbol {
	t := o.t
	targets := t.First(n)
	values := t.Next(targets)
	value := syntax.None
	if values != syntax.None {
		value = t.First(values)
	}
	single := t.Next(t.First(targets)) == syntax.None
	var out []protocol.DocumentSymbol
	for target := range t.Children(targets) {
		if t.Kind(target) != syntax.Missing {
			start, end := t.Start(target), t.End(target)
			if value != syntax.None {
				end = t.End(value)
			}
			if single {
				start, end = t.Start(n), t.End(n)
			}
			out = append(out, o.variable(target, value, start, end, top)...)
		}
		if value != syntax.None {
			value = t.Next(value)
		}
	}
	return out
}

// variable returns the symbol of a variable or field with its value, or, if it is worth
// none, those in the value.
func (o *outline) variable(target, value syntax.Node, start, end int, top bool) []protocol.DocumentSymbol {
	t := o.t
	name := t.Source(target)
	switch t.Kind(value) {
	case syntax.Function:
		s := o.symbol(name, protocol.SymbolFunction, start, end, target)
		o.function(&s, t.First(value))
		return []protocol.DocumentSymbol{s}
	case syntax.Table:
		if fields := o.fields(value, top); top || len(fields) > 0 {
			s := o.symbol(name, protocol.SymbolObject, start, end, target)
			s.Children = fields
			return []protocol.DocumentSymbol{s}
		}
		return nil
	}
	var inner []protocol.DocumentSymbol
	if value != syntax.None {
		if inner = o.inside(value); t.Kind(value) == syntax.Call {
			inner = o.call(value)
		}
	}
	if !top || t.Kind(target) == syntax.IndexKey {
		return inner
	}
	s := o.symbol(name, kindOf(t.Kind(value)), start, end, target)
	s.Children = inner
	return []protocol.DocumentSymbol{s}
}

// kindOf is the kind of a variable with a value.
func kindOf(value syntax.Kind) protocol.SymbolKind {
	switch value {
	case syntax.String:
		return protocol.SymbolString
	case syntax.Number:
		return protocol.SymbolNumber
	case syntax.True, syntax.False:
		return protocol.SymbolBoolean
	}
	return protocol.SymbolVariable
}

// fields returns the symbols of a table's named fields; of those that are neither
// functions nor tables only if all is set.
func (o *outline) fields(table syntax.Node, all bool) []protocol.DocumentSymbol {
	t := o.t
	var out []protocol.DocumentSymbol
	for f := range t.Children(table) {
		key := t.First(f)
		value := t.Next(key)
		switch {
		case t.Kind(f) == syntax.NameField, t.Kind(f) == syntax.KeyField && t.Kind(key) == syntax.String:
			s := o.symbol(t.Source(key), protocol.SymbolField, t.Start(f), t.End(f), key)
			switch t.Kind(value) {
			case syntax.Function:
				s.Kind = protocol.SymbolFunction
				o.function(&s, t.First(value))
			case syntax.Table:
				s.Kind, s.Children = protocol.SymbolObject, o.fields(value, all)
				if !all && len(s.Children) == 0 {
					continue
				}
			default:
				if !all {
					out = append(out, o.inside(f)...)
					continue
				}
				s.Children = o.inside(f)
			}
			out = append(out, s)
		default:
			out = append(out, o.inside(f)...)
		}
	}
	return out
}

// function adds to a symbol what its FuncBody says.
func (o *outline) function(s *protocol.DocumentSymbol, body syntax.Node) {
	s.Detail = o.parameters(body)
	if block := o.t.Child(body, 1); block != syntax.None {
		s.Children = o.statements(block, false)
	}
}

// parameters is the list of a FuncBody's parameters: (a, b, ...).
func (o *outline) parameters(body syntax.Node) string {
	var names []string
	for p := range o.t.Children(o.t.First(body)) {
		names = append(names, o.t.Source(p))
	}
	return "(" + strings.Join(names, ", ") + ")"
}
