package analysis

import (
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// loadedModule is what require gives of a file that returns nothing: what the file puts into
// package.loaded, the table that module(...) makes of its globals, or true.
func (u *unit) loadedModule() types.Type {
	vars := u.file.Vars()
	for _, use := range vars.Globals["package"] {
		if value := u.putIntoLoaded(use.Node); value != syntax.None {
			return u.typeOf(value)
		}
	}
	for _, use := range vars.Globals["module"] {
		call := u.tree.Parent(use.Node)
		if u.tree.Kind(call) == syntax.Call && u.tree.First(call) == use.Node && u.atTop(u.tree.Parent(call)) {
			return u.moduleOfGlobals(call)
		}
	}
	return types.Boolean
}

// putIntoLoaded is the value of a statement package.loaded[...] = value at the top of the file,
// given its name package; None if it is part of something else.
func (u *unit) putIntoLoaded(name syntax.Node) syntax.Node {
	t := u.tree
	loaded := t.Parent(name)
	if field, ok := u.keyName(loaded); !ok || field != "loaded" || t.First(loaded) != name {
		return syntax.None
	}
	target := t.Parent(loaded)
	if t.Kind(target) != syntax.IndexKey || t.First(target) != loaded || !u.namesThisFile(t.Child(target, 1)) {
		return syntax.None
	}
	list := t.Parent(target)
	stat := t.Parent(list)
	if t.Kind(stat) != syntax.AssignStat || t.First(stat) != list || t.First(list) != target || !u.atTop(stat) {
		return syntax.None
	}
	return t.First(t.Next(list))
}

// namesThisFile tells whether an expression is the name that the file is required by: what
// the chunk is given, a variable that holds it, or a literal name that leads here.
func (u *unit) namesThisFile(n syntax.Node) bool {
	t := u.tree
	switch t.Kind(n) {
	case syntax.Vararg:
		return u.functionAround(n) == t.Root()
	case syntax.Name:
		v := u.file.Vars().Var(n)
		if v == scope.NoVar {
			return false
		}
		x := &u.file.Vars().Vars[v]
		first := t.Kind(x.Decl) == syntax.Name && x.Kind == scope.Local && t.First(t.Parent(x.Decl)) == x.Decl
		return first && t.Kind(u.initial(x)) == syntax.Vararg && u.functionAround(x.Decl) == t.Root() && !written(x)
	case syntax.String:
		name, ok := t.String(n)
		return ok && u.c.module(u.file, name) == u.file
	}
	return false
}

// moduleOfGlobals is the table that a call of module makes: all that the file assigns as
// globals is in it.
func (u *unit) moduleOfGlobals(call syntax.Node) types.Type {
	o := &types.Object{Decl: u.location(call)}
	vars := u.file.Vars()
	names := make([]string, 0, len(vars.Globals))
	for name := range vars.Globals {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, use := range vars.Globals[name] {
			if use.Write {
				o.Add(&types.Field{Name: name, Type: widened(u.typeOf(use.Node)), Decl: u.location(use.Node)})
				break
			}
		}
	}
	return o
}

// atTop tells whether a statement stands in no other one.
func (u *unit) atTop(stat syntax.Node) bool {
	block := u.tree.Parent(stat)
	return u.tree.Kind(block) == syntax.Block && u.tree.Parent(block) == u.tree.Root()
}
