package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// maxLoopNames is how many names a table may hold over which a loop goes to store fields.
const maxLoopNames = 128

// loopNames are the nodes that name what a computed key is in turn: of the variable of a loop over
// a table of constants, for name in pairs({a = 1, b = 2}), for _, name in ipairs({"a", "b"}).
func (u *unit) loopNames(key syntax.Node) (list []syntax.Node) {
	t, vars := u.tree, u.file.Vars()
	if t.Kind(key) != syntax.Name {
		return nil
	}
	v := vars.Var(key)
	if v == scope.NoVar {
		return nil
	}
	x := &vars.Vars[v]
	names := t.Parent(x.Decl)
	if t.Kind(names) != syntax.NameList || t.Kind(t.Parent(names)) != syntax.GenericFor || written(x) {
		return nil
	}
	table, each := u.loopTable(t.First(t.Next(names)))
	keys := t.First(names) == x.Decl
	if table == syntax.None || keys && !each || !keys && t.Child(names, 1) != x.Decl {
		return nil
	}
	for field := range t.Children(table) {
		name := t.First(field)
		_, named := u.fieldName(field)
		switch positional := t.Kind(field) == syntax.PosField; {
		case keys && !named, !keys && !positional && !each:
			continue
		case !keys && !positional:
			name = t.Next(name)
		}
		if !keys && t.Kind(name) != syntax.String {
			continue
		}
		if list = append(list, name); len(list) > maxLoopNames {
			return nil
		}
	}
	return list
}

// loopTable is the constructor over which an iterator goes, None if that is not known; each: it
// goes over all its fields, not only over those without names.
func (u *unit) loopTable(iterator syntax.Node) (table syntax.Node, each bool) {
	t, vars := u.tree, u.file.Vars()
	if t.Kind(iterator) != syntax.Call {
		return syntax.None, false
	}
	callee := t.First(iterator)
	if t.Kind(callee) != syntax.Name || vars.Var(callee) != scope.NoVar {
		return syntax.None, false
	}
	each = t.Source(callee) == "pairs"
	if !each && t.Source(callee) != "ipairs" {
		return syntax.None, false
	}
	table = inParens(t, t.First(t.Child(iterator, 1)))
	if t.Kind(table) == syntax.Name {
		v := vars.Var(table)
		if v == scope.NoVar || written(&vars.Vars[v]) {
			return syntax.None, false
		}
		table = inParens(t, initialOf(t, &vars.Vars[v]))
	}
	if t.Kind(table) != syntax.Table {
		return syntax.None, false
	}
	return table, each
}
