package lint

import (
	"strings"

	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/library"
	"github.com/llmspell/llmspell/runtime/syntax"
)

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
		if o == nil || optionsOf(o) == nil && !isSpec(o) && (o.Role != types.ToolParams || o.Tool == "" || p.isNested(n)) || !p.arrives(n) {
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

// libraryClass is the name of a class of the library without "llmspell.", "" of any other type.
func libraryClass(o *types.Object) string {
	name, ok := strings.CutPrefix(o.Name, "llmspell.")
	if !ok || o.Decl.URI != "" && !strings.HasPrefix(o.Decl.URI, library.Scheme+":") {
		return ""
	}
	return name
}

// isSpec tells whether a table is what Tool.register takes.
func isSpec(o *types.Object) bool { return libraryClass(o) == "ToolSpec" }

// optionsOf is what the kernel says of a class of the library, nil if it says nothing.
func optionsOf(o *types.Object) *options.Table {
	name := libraryClass(o)
	switch name {
	case "":
		return nil
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
