package analysis

import (
	"context"
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// maxOtherNames is how many other names of one value are looked for, and how many lead from
// one to the next.
const maxOtherNames = 32

// Aliases returns the plain other names of what a symbol stands for, those of the names
// too: local f = M.run, M.run = run, {run = run}. A local variable that is assigned again
// is none; a field may hold something else elsewhere. It ends early when ctx is done.
func (s *Snapshot) Aliases(ctx context.Context, sym Symbol) []Symbol {
	list := []Symbol{sym}
	for i := 0; i < len(list); i++ {
		for _, ref := range s.References(ctx, list[i]) {
			f := s.File(ref.URI)
			if f == nil || ref.Write || ref.Declaration || len(list) > maxOtherNames {
				continue
			}
			alias := in(s, f, func(u *unit) Symbol { return u.aliasAt(u.tree.NodeAt(ref.Start)) })
			if alias.Kind != NoSymbol && !slices.Contains(list, alias) {
				list = append(list, alias)
			}
		}
	}
	return list[1:]
}

// Aliased returns the symbol that a symbol is a plain other name of, the last one that is
// known; the symbol itself if it is none.
func (s *Snapshot) Aliased(sym Symbol) Symbol {
	for range maxOtherNames {
		next := s.standsFor(sym)
		if next.Kind == NoSymbol {
			break
		}
		sym = next
	}
	return sym
}

// standsFor is the symbol that the value of a symbol names, the zero Symbol if its value
// is anything else.
func (s *Snapshot) standsFor(sym Symbol) Symbol {
	if sym.Kind != LocalSymbol && sym.Kind != FieldSymbol && sym.Kind != GlobalSymbol {
		return Symbol{}
	}
	places := s.Definition(sym)
	if len(places) == 0 {
		return Symbol{}
	}
	f := s.File(places[0].URI)
	if f == nil {
		return Symbol{}
	}
	return in(s, f, func(u *unit) Symbol { return u.valueSymbol(u.tree.NodeAt(places[0].Start)) })
}

// valueSymbol is what the value of a variable or field names, where that is declared.
func (u *unit) valueSymbol(name syntax.Node) Symbol {
	t := u.tree
	n := name
	switch up := t.Parent(n); t.Kind(up) {
	case syntax.NameField, syntax.KeyField:
		if t.First(up) != n {
			return Symbol{}
		}
		return u.namedBy(t.Next(n))
	case syntax.NameList:
		v := u.file.Vars().Var(n)
		if v == scope.NoVar || u.file.Vars().Vars[v].Kind != scope.Local || len(u.writes(v)) > 0 {
			return Symbol{}
		}
		return u.namedBy(u.initial(&u.file.Vars().Vars[v]))
	case syntax.Index, syntax.IndexKey:
		if t.First(up) == n {
			return Symbol{}
		}
		n = up
	}
	if !u.isTarget(n) || t.Kind(n) == syntax.Name && u.file.Vars().Var(n) != scope.NoVar {
		return Symbol{}
	}
	return u.namedBy(u.writtenValue(n))
}

// namedBy is the symbol that an expression names: a name, or the field behind a dot.
func (u *unit) namedBy(n syntax.Node) Symbol {
	t := u.tree
	for t.Kind(n) == syntax.Paren {
		n = t.First(n)
	}
	switch t.Kind(n) {
	case syntax.Name:
		return u.symbol(n)
	case syntax.Index, syntax.IndexKey:
		return u.fieldNamed(n)
	}
	return Symbol{}
}

// fieldNamed is the field that an Index, or an IndexKey with a string, looks up.
func (u *unit) fieldNamed(n syntax.Node) Symbol {
	key := u.tree.Child(n, 1)
	sym := Symbol{}
	if u.tree.Kind(key) == syntax.String {
		sym = u.stringSymbol(key)
	} else if u.tree.Kind(n) == syntax.Index {
		sym = u.symbol(key)
	}
	if sym.Kind != FieldSymbol && sym.Kind != GlobalSymbol {
		return Symbol{}
	}
	return sym
}

// aliasAt is the variable or field that gets the value which a name stands for there, the
// zero Symbol if none does.
func (u *unit) aliasAt(name syntax.Node) Symbol {
	t := u.tree
	n := name
	if up := t.Parent(n); (t.Kind(up) == syntax.Index || t.Kind(up) == syntax.IndexKey) && t.First(up) != n {
		n = up
	}
	for t.Kind(t.Parent(n)) == syntax.Paren {
		n = t.Parent(n)
	}
	up := t.Parent(n)
	switch t.Kind(up) {
	case syntax.NameField:
		if key := t.First(up); key != n {
			return u.symbol(key)
		}
	case syntax.KeyField:
		if key := t.First(up); key != n && t.Kind(key) == syntax.String {
			return u.stringSymbol(key)
		}
	case syntax.ExprList:
		stat := t.Parent(up)
		if k := t.Kind(stat); k != syntax.LocalStat && k != syntax.AssignStat || t.First(stat) == up {
			return Symbol{}
		}
		at := 0
		for c := t.First(up); c != n; c = t.Next(c) {
			at++
		}
		target := t.Child(t.First(stat), at)
		if k := t.Kind(target); k == syntax.Index || k == syntax.IndexKey {
			return u.fieldNamed(target)
		}
		if t.Kind(target) != syntax.Name {
			return Symbol{}
		}
		v := u.file.Vars().Var(target)
		if v == scope.NoVar {
			return u.globalSymbol(t.Source(target))
		}
		if t.Kind(stat) == syntax.LocalStat && len(u.writes(v)) == 0 {
			return u.localSymbol(v)
		}
	}
	return Symbol{}
}
