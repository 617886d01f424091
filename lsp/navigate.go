package lsp

import (
	"context"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// navigation makes a feature that leads from a name to other places. The name says
// the method, and the client's capability.
func navigation(name string, find func(ctx context.Context, r *request, offset int) (from types.Location, to []types.Location), announce func(*protocol.ServerCapabilities)) feature {
	return on("textDocument/"+name, func(ctx context.Context, r *request, p *protocol.DefinitionParams) (any, error) {
		from, to := find(ctx, r, r.offset(p.Position))
		places := r.locations(to)
		if !r.client.Can("textDocument." + name + ".linkSupport") {
			return places, nil
		}
		origin := r.span(from.Start, from.End)
		links := make([]protocol.LocationLink, len(places))
		for i, l := range places {
			links[i] = protocol.LocationLink{OriginSelectionRange: &origin, TargetURI: l.URI, TargetRange: l.Range, TargetSelectionRange: l.Range}
		}
		return links, nil
	}, func(_ *session, c *protocol.ServerCapabilities) { announce(c) })
}

// definition answers textDocument/definition.
func definition() feature {
	return navigation("definition", func(ctx context.Context, r *request, offset int) (from types.Location, to []types.Location) {
		sym, from, ok := r.snap.SymbolAt(r.file, offset)
		if !ok {
			return from, nil
		}
		if sym.Kind == analysis.FieldSymbol {
			if to = r.snap.FieldDefinitions(r.file, offset); len(to) > 1 {
				return from, to
			}
		}
		switch to = r.definitions(sym); {
		case len(to) == 0 && sym.Kind == analysis.StringSymbol && sym.Slot != "require":
			to = r.writers(ctx, sym, from)
		case len(to) == 1 && to[0] == from: // a key in a table that is given to a function: where that reads it
			if f := r.snap.Option(r.file, r.file.Tree().NodeAt(offset)); f != nil && f.Decl.URI != "" {
				to[0] = f.Decl
			}
		}
		return from, to
	}, func(c *protocol.ServerCapabilities) { c.DefinitionProvider = true })
}

// declaration answers textDocument/declaration: the first place that a name has.
func declaration() feature {
	return navigation("declaration", func(_ context.Context, r *request, offset int) (from types.Location, to []types.Location) {
		sym, from, ok := r.snap.SymbolAt(r.file, offset)
		if ok {
			if to = r.definitions(sym); len(to) > 1 {
				to = to[:1]
			}
		}
		return from, to
	}, func(c *protocol.ServerCapabilities) { c.DeclarationProvider = true })
}

// typeDefinition answers textDocument/typeDefinition: the class, table or function that
// a value is; for a tool the document with its schema.
func typeDefinition() feature {
	return navigation("typeDefinition", func(_ context.Context, r *request, offset int) (from types.Location, to []types.Location) {
		t := r.file.Tree()
		n := t.NodeAt(offset)
		if sym, at, ok := r.snap.SymbolAt(r.file, offset); ok && (sym.Kind == analysis.TypeSymbol || sym.Kind == analysis.StringSymbol) {
			return at, r.definitions(sym)
		}
		switch t.Kind(n) {
		case syntax.Name:
			// The name of a field has no type of its own: that of the whole chain counts.
			if up := t.Parent(n); (t.Kind(up) == syntax.Index || t.Kind(up) == syntax.Method) && t.First(up) != n {
				n = up
			}
		case syntax.Block, syntax.Chunk:
			return from, nil
		}
		from = types.Location{URI: r.file.URI, Start: t.Start(n), End: t.End(n)}
		return from, r.snap.TypeDefinition(r.snap.TypeOf(r.file, n))
	}, func(c *protocol.ServerCapabilities) { c.TypeDefinitionProvider = true })
}

// implementation answers textDocument/implementation: a method and those that take its
// place in classes which inherit from its own; of a class, these classes.
func implementation() feature {
	return navigation("implementation", func(_ context.Context, r *request, offset int) (from types.Location, to []types.Location) {
		sym, from, ok := r.snap.SymbolAt(r.file, offset)
		if ok {
			if sym.Kind != analysis.FieldSymbol && sym.Kind != analysis.TypeSymbol || strings.HasPrefix(sym.URI, analysis.SchemaScheme+":") {
				return from, r.definitions(sym)
			}
			to = r.snap.Implementation(sym)
		}
		return from, to
	}, func(c *protocol.ServerCapabilities) { c.ImplementationProvider = true })
}

// definitions are where a symbol is defined; a tool's parameter in its schema.
func (r *request) definitions(sym analysis.Symbol) []types.Location {
	if sym.Kind == analysis.FieldSymbol && strings.HasPrefix(sym.URI, analysis.SchemaScheme+":") {
		if list := r.snap.RegisteredParameter(r.file, strings.TrimPrefix(sym.URI, analysis.SchemaScheme+":"), sym.Name); len(list) > 0 {
			return list
		}
		at := types.Location{URI: sym.URI}
		if text, ok := r.made(sym.URI); ok {
			key := `"` + sym.Name + `":`
			if i := strings.Index(text, key); i >= 0 {
				at.Start, at.End = i+1, i+1+len(sym.Name)
			}
		}
		return []types.Location{at}
	}
	if sym.Slot == "tool" { // the one that this file sees
		if list := r.snap.Registrations(r.file, sym.Name); len(list) > 0 {
			return list
		}
	}
	return r.snap.Definition(sym)
}

// writing are the last words of functions that make what a string names.
var writing = map[string]bool{"save": true, "set": true, "publish": true, "emit": true, "register": true, "create": true, "update": true}

// writers are the places that make what a string names, such as the calls that set a
// state key; all others that name it if there are none.
func (r *request) writers(ctx context.Context, sym analysis.Symbol, from types.Location) []types.Location {
	var first, all []types.Location
	for _, ref := range r.snap.References(ctx, sym) {
		f := r.snap.File(ref.URI)
		if f == nil {
			continue
		}
		t := f.Tree()
		n := t.NodeAt(ref.Start)
		args := t.Parent(n)
		if t.Kind(args) == syntax.Args {
			callee := t.First(t.Parent(args))
			if k := t.Kind(callee); (k == syntax.Index || k == syntax.Method) && writing[t.Source(t.Child(callee, 1))] {
				first = append(first, ref.Location)
			}
		}
		if ref.Location != from {
			all = append(all, ref.Location)
		}
	}
	if len(first) > 0 {
		return first
	}
	return all
}

// made is the text of a document that the server makes, false if there is none.
func (r *request) made(uri string) (string, bool) {
	u := protocol.URI(uri)
	text, ok := contents()[u.Scheme()]
	if !ok {
		return "", false
	}
	return text(r, u)
}
