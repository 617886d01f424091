package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// wayOf returns the way to call a function that argument number at belongs to: the first that
// fits what is written behind it too, so that State.delete("k") has no scope; while a call is
// typed there may be none, and then the first that fits what is before it.
func (u *unit) wayOf(s site, f *types.Func, at int) *types.Func {
	if len(f.Overloads) == 0 {
		return f
	}
	for _, o := range f.Overloads {
		if u.fitsAround(s, o, at) {
			return o
		}
	}
	if u.fitsAround(s, f, at) {
		return f
	}
	return u.chooseUpTo(s, f, at)
}

// fitsAround tells whether a way to call a function has a parameter for argument number at,
// and the arguments can be its. Argument at may be about to be written; of it and those behind
// it only their text counts: their types may depend on the answer.
func (u *unit) fitsAround(s site, f *types.Func, at int) bool {
	shift, n := s.shift(f), len(s.args)
	open := n > 0 && (u.tree.Kind(s.args[n-1]) == syntax.Call || u.tree.Kind(s.args[n-1]) == syntax.Vararg)
	given := max(n, at+1)
	if open && given == n {
		given-- // it may be no value at all
	}
	if f.Vararg == nil && (given+shift > len(f.Params) || at+shift >= len(f.Params)) {
		return false
	}
	for i, p := range f.Params {
		i -= shift
		switch {
		case i < 0, i == n-1 && open:
		case i >= n:
			if i > at && !open && !p.Optional && p.Type != types.Unknown && p.Type != types.Any {
				return false
			}
		default:
			got := u.writtenType(s.args[i])
			if i < at && got == types.Unknown {
				got = u.argument(s.args[i])
			} else if l, ok := got.(*types.Literal); ok && i == at {
				got = simple(l) // its text may be unfinished
			}
			if !(p.Optional && got == types.Nil) && !assignable(got, p.Type, 0) {
				return false
			}
		}
	}
	return true
}

// writtenType is the type of a literal, or of a variable that is one all the time, as far as
// its text says it; Unknown for all others.
func (u *unit) writtenType(n syntax.Node) types.Type {
	t := u.tree
	n = inParens(t, n)
	if t.Kind(n) == syntax.Name {
		v := u.file.Vars().Var(n)
		if v == scope.NoVar || u.file.Vars().Vars[v].Kind != scope.Local || written(&u.file.Vars().Vars[v]) {
			return types.Unknown
		}
		n = inParens(t, initialOf(t, &u.file.Vars().Vars[v]))
	}
	switch t.Kind(n) {
	case syntax.Nil, syntax.True, syntax.False, syntax.Number, syntax.String:
		return u.typeOf(n)
	case syntax.Table:
		return types.TableType
	case syntax.Function:
		return types.FunctionType
	}
	return types.Unknown
}

// inParens is what stands in parentheses.
func inParens(t *syntax.Tree, n syntax.Node) syntax.Node {
	for t.Kind(n) == syntax.Paren {
		n = t.First(n)
	}
	return n
}
