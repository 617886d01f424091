package analysis

import (
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// Implementation returns where a method or field is defined by the classes that
// inherit from its own, and by its own; of a class itself and those that inherit from
// it.
func (s *Snapshot) Implementation(sym Symbol) []types.Location {
	list := s.Definition(sym)
	if sym.Kind != FieldSymbol && sym.Kind != TypeSymbol {
		return list
	}
	for _, uri := range s.candidates(sym) {
		f := s.File(uri)
		if f == nil {
			continue
		}
		found := in(s, f, func(u *unit) []types.Location {
			if sym.Kind == TypeSymbol {
				return u.subclasses(sym.Name)
			}
			return u.overrides(sym)
		})
		for _, l := range found {
			if !slices.Contains(list, l) {
				list = append(list, l)
			}
		}
		s.release(uri)
	}
	return list
}

// subclasses returns where the file declares classes that inherit from one.
func (u *unit) subclasses(name string) []types.Location {
	base, ok := u.c.typeNamed(name).(*types.Object)
	if !ok {
		return nil
	}
	var list []types.Location
	for _, b := range u.file.Notes().Blocks {
		for _, tag := range b.Tags {
			class, ok := tag.(*luacats.ClassTag)
			if !ok || class.Name.Text == name {
				continue
			}
			var seen ascent
			if o, ok := u.c.typeNamed(class.Name.Text).(*types.Object); ok && inherits(o, base, &seen) {
				list = append(list, types.Location{URI: u.file.URI, Start: class.Name.Start, End: class.Name.End})
			}
		}
	}
	return list
}

// overrides returns the functions of the file that are the value of a field, or take its
// place in a class that inherits it.
func (u *unit) overrides(sym Symbol) []types.Location {
	var list []types.Location
	for n := range u.file.NodesOf(syntax.FuncBody) {
		name, owner := u.fieldOfFunction(n)
		if name == syntax.None {
			continue
		}
		if u.symbol(name) == sym || u.inheritsField(owner, sym) {
			list = append(list, u.location(name))
		}
	}
	return list
}

// fieldOfFunction returns the name of the field that a function is the value of, and the
// expression of the table; None if it is not that of a field.
func (u *unit) fieldOfFunction(body syntax.Node) (name, owner syntax.Node) {
	t := u.tree
	target := syntax.None
	switch n := t.Parent(body); t.Kind(n) {
	case syntax.FuncStat:
		target = t.First(n)
	case syntax.Function:
		list := t.Parent(n)
		switch t.Kind(list) {
		case syntax.NameField:
			return t.First(list), t.Parent(list)
		case syntax.ExprList:
			stat := t.Parent(list)
			if t.Kind(stat) == syntax.AssignStat && t.First(stat) != list && t.First(list) == n {
				target = t.First(t.First(stat))
			}
		}
	}
	if k := t.Kind(target); k == syntax.Index || k == syntax.Method {
		return t.Child(target, 1), t.First(target)
	}
	return syntax.None, syntax.None
}

// inheritsField tells whether a table has a field from a class that it inherits from.
func (u *unit) inheritsField(owner syntax.Node, sym Symbol) bool {
	o, ok := u.typeOf(owner).(*types.Object)
	if !ok {
		return false
	}
	from, ok := o.Origin.(*object)
	if !ok {
		return false
	}
	for _, p := range from.parents().list {
		if u.fieldSymbol(p, sym.Name) == sym {
			return true
		}
	}
	return false
}
