package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// slotLater is the provider of a string that a variable holds which is given to a
// function later: local name = "calculator" and then Tool.get(name), and of one in a
// list that a loop goes through.
func (u *unit) slotLater(n syntax.Node) (kind, arg string) {
	t := u.tree
	parent := t.Parent(n)
	for t.Kind(parent) == syntax.Paren {
		n, parent = parent, t.Parent(parent)
	}
	switch t.Kind(parent) {
	case syntax.ExprList:
		stat := t.Parent(parent)
		if t.Kind(stat) != syntax.LocalStat {
			return "", ""
		}
		at := 0
		for c := t.First(parent); c != n; c = t.Next(c) {
			at++
		}
		return u.slotOfUses(t.Child(t.First(stat), at))
	case syntax.PosField:
		return u.slotOfItems(t.Parent(parent))
	}
	return "", ""
}

// slotOfItems is the provider of the strings in a list that loops go through.
func (u *unit) slotOfItems(table syntax.Node) (kind, arg string) {
	t := u.tree
	list := t.Parent(table)
	switch t.Kind(list) {
	case syntax.Args:
		return u.slotOfLoop(table)
	case syntax.ExprList:
		stat := t.Parent(list)
		if t.Kind(stat) != syntax.LocalStat || t.First(list) != table {
			return "", ""
		}
		v := u.file.Vars().Var(t.First(t.First(stat)))
		if v == scope.NoVar {
			return "", ""
		}
		for i, use := range u.file.Vars().Vars[v].Uses {
			if i == maxLater {
				break
			}
			if kind, arg = u.slotOfLoop(use.Node); kind != "" {
				return kind, arg
			}
		}
	}
	return "", ""
}

// slotOfLoop is the provider of the second variable of a loop through ipairs or pairs of
// an expression.
func (u *unit) slotOfLoop(n syntax.Node) (kind, arg string) {
	t := u.tree
	args := t.Parent(n)
	call := t.Parent(args)
	list := t.Parent(call)
	loop := t.Parent(list)
	if t.Kind(args) != syntax.Args || t.Kind(list) != syntax.ExprList || t.Kind(loop) != syntax.GenericFor {
		return "", ""
	}
	if name := t.Source(t.First(call)); name != "ipairs" && name != "pairs" {
		return "", ""
	}
	return u.slotOfUses(t.Child(t.First(loop), 1))
}

// slotOfUses is the provider of the first place that a variable, which is assigned once,
// is given to.
func (u *unit) slotOfUses(name syntax.Node) (kind, arg string) {
	if u.tree.Kind(name) != syntax.Name {
		return "", ""
	}
	v := u.file.Vars().Var(name)
	if v == scope.NoVar || written(&u.file.Vars().Vars[v]) {
		return "", ""
	}
	for i, use := range u.file.Vars().Vars[v].Uses {
		if i == maxLater {
			break
		}
		if kind, arg = u.slotKind(use.Node); kind != "" {
			return kind, arg
		}
		if index := u.tree.Parent(use.Node); u.tree.Kind(index) == syntax.IndexKey && u.tree.First(index) != use.Node {
			if o, ok := u.typeOf(u.tree.First(index)).(*types.Object); ok && o.Name == toolGlobal {
				return "tool", ""
			}
		}
	}
	return "", ""
}

// onlySlot is the string that a local variable begins with and is all the time, if all that
// is done with the variable is giving it to parameters of one kind: so the string names
// what they name, as if it stood there.
func (u *unit) onlySlot(v scope.Var) (text syntax.Node, kind, arg string) {
	if v == scope.NoVar {
		return syntax.None, "", ""
	}
	t, x := u.tree, &u.file.Vars().Vars[v]
	text = initialOf(t, x)
	for t.Kind(text) == syntax.Paren {
		text = t.First(text)
	}
	if x.Kind != scope.Local || t.Kind(text) != syntax.String || written(x) || len(x.Uses) == 0 || len(x.Uses) > maxLater {
		return syntax.None, "", ""
	}
	for i, use := range x.Uses {
		at := use.Node
		for t.Kind(t.Parent(at)) == syntax.Paren {
			at = t.Parent(at)
		}
		if t.Kind(t.Parent(at)) != syntax.Args {
			return syntax.None, "", ""
		}
		k, a := u.slotKind(at)
		if k == "" || i > 0 && (k != kind || a != arg) {
			return syntax.None, "", ""
		}
		kind, arg = k, a
	}
	return text, kind, arg
}
