package lsp

import (
	"path"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// callable is something that calls and is called: a function with a name, or a file.
type callable struct {
	file       *analysis.File
	node       syntax.Node // the statement, field or function; the Chunk; None: nothing is
	name       string
	kind       protocol.SymbolKind
	start, end int // of the name
	detail     string
}

// callable is an item of a hierarchy.
func (r *request) callable(c callable) protocol.HierarchyItem {
	t := c.file.Tree()
	item := protocol.HierarchyItem{
		Name: c.name, Kind: c.kind, Detail: c.detail, URI: r.clientURI(c.file.URI),
		SelectionRange: r.rangeIn(c.file, c.start, c.end),
		Range:          r.rangeIn(c.file, min(t.Start(c.node), c.start), max(t.End(c.node), c.end)),
	}
	if t.Kind(c.node) == syntax.Chunk {
		item.Range = r.rangeIn(c.file, 0, len(t.Text()))
	}
	return item
}

// callableAround returns the function with a name around a node, or the file.
func callableAround(f *analysis.File, n syntax.Node) callable {
	t := f.Tree()
	for ; n != syntax.None && n != t.Root(); n = t.Parent(n) {
		if isFunction(t.Kind(n)) {
			if c := named(f, n); c.node != syntax.None {
				return c
			}
		}
	}
	return callable{file: f, node: t.Root(), name: path.Base(f.URI), kind: protocol.SymbolFile}
}

// callableAt returns the function whose name stands at an offset; its node is None if it
// is not the name of one.
func callableAt(f *analysis.File, offset int) callable {
	t := f.Tree()
	name := t.NodeAt(offset)
	if k := t.Kind(name); k != syntax.Name && k != syntax.String {
		if offset == 0 && name == t.Root() {
			return callableAround(f, name)
		}
		return callable{file: f}
	}
	up := t.Parent(name)
	switch t.Kind(up) {
	case syntax.Index, syntax.Method, syntax.IndexKey:
		up = t.Parent(up)
	}
	switch t.Kind(up) {
	case syntax.FuncStat, syntax.LocalFunc:
		if c := named(f, up); c.start == t.Start(name) {
			return c
		}
	case syntax.NameList, syntax.ExprList, syntax.NameField, syntax.KeyField:
		for c := range t.Children(functionsOf(t, up)) {
			if t.Kind(c) == syntax.Function {
				if x := named(f, c); x.node != syntax.None && x.start == t.Start(name) {
					return x
				}
			}
		}
	}
	return callable{file: f}
}

// functionsOf is the node whose children the values are that belong to the names of a
// list or field.
func functionsOf(t *syntax.Tree, n syntax.Node) syntax.Node {
	if k := t.Kind(n); k == syntax.NameList || k == syntax.ExprList {
		return t.Next(n)
	}
	return n
}

// named describes a function by its name; its node is None if it has none.
func named(f *analysis.File, n syntax.Node) callable {
	t := f.Tree()
	c := callable{file: f, kind: protocol.SymbolFunction}
	name, body := syntax.None, t.First(n)
	switch t.Kind(n) {
	case syntax.FuncStat, syntax.LocalFunc:
		name, body = t.First(n), t.Next(t.First(n))
		c.node = n
	default:
		up := t.Parent(n)
		switch t.Kind(up) {
		case syntax.NameField, syntax.KeyField:
			if name = t.First(up); name == n {
				return callable{file: f}
			}
			c.node = up
		case syntax.ExprList: // the name in the same place of the list before it
			if stat := t.Parent(up); isDeclaring(t.Kind(stat)) && t.First(stat) != up {
				name = t.First(t.First(stat))
				for v := t.First(up); v != n && name != syntax.None; v = t.Next(v) {
					name = t.Next(name)
				}
				c.node = n
			}
		}
	}
	if name == syntax.None || t.Kind(name) == syntax.Missing {
		return callable{file: f}
	}
	c.name = strings.Join(strings.Fields(t.Source(name)), " ")
	switch t.Kind(name) {
	case syntax.Method:
		c.kind = protocol.SymbolMethod
		fallthrough
	case syntax.Index, syntax.IndexKey:
		name = t.Next(t.First(name))
	}
	if c.name == "" || t.Start(name) == t.End(name) {
		return callable{file: f}
	}
	c.start, c.end = t.Start(name), t.End(name)
	o := &outline{t: t}
	c.detail = o.parameters(body)
	return c
}

// nameIn is the last name of an expression such as a.b.c.
func nameIn(t *syntax.Tree, n syntax.Node) syntax.Node {
	switch t.Kind(n) {
	case syntax.Name:
		return n
	case syntax.Index, syntax.Method:
		if name := t.Next(t.First(n)); t.Kind(name) == syntax.Name {
			return name
		}
	case syntax.IndexKey:
		if key := t.Next(t.First(n)); t.Kind(key) == syntax.String {
			return key
		}
	}
	return syntax.None
}

// protected are functions that call the first of their arguments.
var protected = map[string]bool{"pcall": true, "xpcall": true, "wrap": true, "create": true, "spawn": true}

// calls tells whether a name is that of a function which is called where it stands.
func calls(t *syntax.Tree, name syntax.Node) bool {
	n := name
	switch up := t.Parent(n); t.Kind(up) {
	case syntax.Index, syntax.Method, syntax.IndexKey:
		if t.First(up) != n {
			n = up
		}
	}
	up := t.Parent(n)
	switch t.Kind(up) {
	case syntax.Call:
		return t.First(up) == n
	case syntax.Args:
		if t.First(up) == n {
			callee := nameIn(t, t.First(t.Parent(up)))
			return callee != syntax.None && protected[t.Source(callee)]
		}
	}
	return false
}
