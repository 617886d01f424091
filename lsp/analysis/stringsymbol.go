package analysis

import (
	"github.com/llmspell/llmspell/runtime/syntax"
)

// stringSymbol is what a string names: a key, a global, what its place takes.
func (u *unit) stringSymbol(n syntax.Node) Symbol {
	t := u.tree
	parent := t.Parent(n)
	value, ok := t.String(n)
	if !ok {
		return Symbol{}
	}
	if global := u.globalNamed(n); global != "" {
		return u.globalSymbol(global)
	}
	if sym := u.registeredSymbol(n); sym.Kind != NoSymbol {
		return sym
	}
	switch t.Kind(parent) {
	case syntax.KeyField:
		if t.First(parent) == n {
			return u.keySymbol(t.Parent(parent), value)
		}
	case syntax.IndexKey:
		if t.First(parent) != n {
			if sym := u.fieldSymbol(u.typeOf(t.First(parent)), value); sym.Kind != NoSymbol {
				return sym
			}
		}
	}
	slot, ok := u.slotOf(n)
	if !ok {
		return Symbol{}
	}
	switch slot.Kind {
	case "enum", "field", "key", "scope":
		return Symbol{}
	case "state", "event":
		if slot.Later && !u.namesOnly(n) { // the variable may have other uses
			return Symbol{}
		}
	case "require":
		if f := u.c.likelyModule(u.file, value).file; f != nil {
			return Symbol{Kind: ModuleSymbol, Name: value, URI: f.URI}
		}
	case "file":
		if f := u.c.relative(u.file, value); f != nil && u.c.snap != nil {
			return Symbol{Kind: ModuleSymbol, Name: value, URI: f.URI}
		}
	case "tool":
		if cat := u.catalog(); cat != nil {
			if tool := cat.Tool(value); tool != nil {
				value = tool.Name
			}
		}
	}
	return Symbol{Kind: StringSymbol, Name: value, Slot: slot.Kind, Arg: slot.Arg}
}

// namesOnly tells whether a string is that of a local variable whose uses all name the same.
func (u *unit) namesOnly(n syntax.Node) bool {
	t, stat := u.tree, n
	for t.Kind(stat) == syntax.String || t.Kind(stat) == syntax.Paren || t.Kind(stat) == syntax.ExprList {
		stat = t.Parent(stat)
	}
	if t.Kind(stat) != syntax.LocalStat {
		return false
	}
	for name := range t.Children(t.First(stat)) {
		if text, _, _ := u.onlySlot(u.file.Vars().Var(name)); text == n {
			return true
		}
	}
	return false
}
