package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// guessed is the type of a parameter that nothing declares: what the file's calls give
// it, if they agree, else what the function does with it. What rests on it is not
// certain (see Snapshot.Certain): other code may call the function too.
func (u *unit) guessed(x *scope.Variable) types.Type {
	v := u.file.Vars().Var(x.Decl)
	if v == scope.NoVar || u.file.library {
		return types.Unknown
	}
	if u.guesses == nil {
		u.guesses = map[scope.Var]*lazy[types.Type]{}
	}
	return once(u.c, u.guesses, v, types.Type(types.Unknown), sameType, func() types.Type {
		t := u.guess(x)
		u.c.guessing = u.c.guessing || t != types.Unknown
		return t
	})
}

func (u *unit) guess(x *scope.Variable) types.Type {
	f, ok := u.typeOf(x.Function).(*types.Func)
	if !ok {
		return types.Unknown
	}
	at := -1
	for i, p := range f.Params {
		if p.Name == x.Name {
			at = i
		}
	}
	if at < 0 {
		return types.Unknown
	}
	var found []types.Type
	absent := false
	for _, s := range u.callers(x.Function) {
		t := s.given(at - s.shift(f))
		if t == types.Nil {
			absent = true
			continue
		}
		if t != types.Unknown && t != types.Any {
			found = append(found, simple(t))
		}
	}
	t := u.agreed(found)
	if t == types.Unknown && !u.c.lacking { // else the calls may say more in the next round
		t = u.usedAs(x)
	}
	if !u.testedAs(x, t) {
		return types.Unknown
	}
	if absent {
		t = optional(t)
	}
	return t
}

// testedAs tells whether all that the function asks type() of a parameter is whether it is
// of a type: who asks for another one takes that too.
func (u *unit) testedAs(x *scope.Variable, t types.Type) bool {
	tree := u.tree
	for _, use := range x.Uses {
		args := tree.Parent(use.Node)
		if tree.Kind(args) != syntax.Args || tree.Source(tree.First(tree.Parent(args))) != "type" {
			continue
		}
		compared := tree.Parent(tree.Parent(args))
		if tree.Kind(compared) != syntax.Binary {
			return false
		}
		for side := range tree.Children(compared) {
			if name, ok := tree.String(side); ok && name != typeName(types.Without(t, types.Nil)) && name != "nil" {
				return false
			}
		}
	}
	return true
}

// guessedVararg is the type of ... of a function: of what the file's calls give it, if
// they agree.
func (u *unit) guessedVararg(body syntax.Node, f *types.Func) types.Type {
	var found []types.Type
	for _, s := range u.callers(body) {
		for i := len(f.Params) - s.shift(f); i < len(s.args); i++ {
			if t := s.given(i); t != types.Unknown && t != types.Any && t != types.Nil {
				found = append(found, simple(t))
			}
		}
	}
	t := u.agreed(found)
	u.c.guessing = u.c.guessing || t != types.Unknown
	return t
}

// given is the type of argument number i of a call, Nil for one that is not there.
func (s site) given(i int) types.Type {
	if i < 0 {
		return types.Unknown
	}
	if s.want != nil {
		switch {
		case i < len(s.want.Params):
			return s.u.c.resolved(s.want.Params[i].Type)
		case s.want.Vararg != nil:
			return s.u.c.resolved(s.want.Vararg)
		}
		return types.Unknown
	}
	last := len(s.args) - 1
	if last >= 0 && i >= last {
		if k := s.u.tree.Kind(s.args[last]); k == syntax.Call || k == syntax.Vararg {
			return s.u.valuesOf(s.args[last]).at(i - last)
		}
	}
	if i > last {
		return types.Nil
	}
	return s.u.typeOf(s.args[i])
}

// maxAlternatives is of how many types a guess may be.
const maxAlternatives = 4

// agreed is the type of values of all the types, Unknown if they are of different kinds:
// the function then works with anything.
func (u *unit) agreed(list []types.Type) types.Type {
	if len(list) == 0 {
		return types.Unknown
	}
	t := types.Join(list...)
	un, ok := t.(*types.Union)
	if !ok {
		return t
	}
	if len(un.Of) > maxAlternatives+1 {
		return types.Unknown
	}
	for i, a := range un.Of {
		for _, b := range un.Of[:i] {
			if a != types.Nil && b != types.Nil && !u.alike(a, b, 3) {
				return types.Unknown
			}
		}
	}
	return t
}

// kindOf is what type() gives for values of a type that are not nil, "" if that may be
// several things.
func kindOf(t types.Type) string {
	un, ok := t.(*types.Union)
	if !ok {
		return typeName(t)
	}
	kind := ""
	for _, of := range un.Of {
		switch name := typeName(of); {
		case of == types.Nil:
		case kind == "":
			kind = name
		case kind != name:
			return ""
		}
	}
	return kind
}

// alike tells whether two types are of one kind: so are their elements and results.
func (u *unit) alike(a, b types.Type, depth int) bool {
	if depth == 0 || a == b || a == types.Unknown || b == types.Unknown {
		return true
	}
	if kindOf(a) != kindOf(b) {
		return false
	}
	if f, ok := a.(*types.Func); ok {
		g, ok := b.(*types.Func)
		return !ok || u.alike(first(listed(f)), first(listed(g)), depth-1)
	}
	elemA, _, valueA := u.c.entriesOf(a)
	elemB, _, valueB := u.c.entriesOf(b)
	same := func(a, b types.Type) bool {
		return a == nil || b == nil || u.alike(types.Without(a, types.Nil), types.Without(b, types.Nil), depth-1)
	}
	return same(elemA, elemB) && same(valueA, valueB)
}
