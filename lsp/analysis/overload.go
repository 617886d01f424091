package analysis

import (
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// choose returns the way to call a function that fits the arguments: the first one that
// names all that is given, else the first that takes it, else the function itself.
func (u *unit) choose(s site, f *types.Func) *types.Func {
	if len(f.Overloads) == 0 {
		return f
	}
	if o := u.fitting(s, f, f.Overloads); o != nil {
		return o
	}
	return f
}

// fitting is the first of some ways to call f that fits best, nil if none fits.
func (u *unit) fitting(s site, f *types.Func, ways []*types.Func) *types.Func {
	var loose *types.Func
	for _, o := range ways {
		switch m := u.matchCall(s, o); {
		case m == matchFull:
			return o
		case m == matchLoose && loose == nil:
			loose = o
		}
	}
	if loose != nil && typed(f) && u.matchCall(s, f) == matchFull {
		return f
	}
	return loose
}

// typed tells whether all parameters of a function have types.
func typed(f *types.Func) bool {
	return !slices.ContainsFunc(f.Params, func(p types.Parameter) bool { return p.Type == types.Unknown })
}

// chooseUpTo returns the way to call a function that is meant where argument number at is, or
// is being written: one that fits the whole call, else the one that this argument fits best,
// of those that the arguments before fit and that have a parameter for it.
func (u *unit) chooseUpTo(s site, f *types.Func, at int) *types.Func {
	if len(f.Overloads) == 0 {
		return f
	}
	possible := u.possible(s, f.Overloads, at)
	if len(possible) == 0 {
		return f
	}
	if at >= len(s.args) {
		return possible[0]
	}
	if o := u.fitting(s, f, possible); o != nil {
		return o
	}
	best, how := possible[0], matchNone
	for _, o := range possible {
		if m := u.matchNumber(s, o, at); m > how {
			best, how = o, m
		}
	}
	return best
}

// possible are the ways to call a function that the arguments before number at fit, and that have
// a parameter for it.
func (u *unit) possible(s site, ways []*types.Func, at int) (list []*types.Func) {
	for _, o := range ways {
		if at+s.shift(o) >= len(o.Params) && o.Vararg == nil {
			continue
		}
		fits := true
		for i := 0; fits && i < at && i < len(s.args); i++ {
			fits = u.matchNumber(s, o, i) >= matchLoose
		}
		if fits {
			list = append(list, o)
		}
	}
	return list
}

// matchCall tells how well the arguments of a call fit one way to call a function.
func (u *unit) matchCall(s site, f *types.Func) match {
	shift := s.shift(f)
	open := false // the last argument may be any number of values
	if n := len(s.args); n > 0 {
		k := u.tree.Kind(s.args[n-1])
		open = k == syntax.Call || k == syntax.Vararg
	}
	if len(s.args)+shift > len(f.Params) && f.Vararg == nil && !(len(s.args)+shift == len(f.Params)+1 && open) {
		return matchNone
	}
	how := matchFull
	for i, p := range f.Params {
		at := i - shift
		switch {
		case at < 0 || at == len(s.args)-1 && open:
		case at >= len(s.args):
			if !open && !p.Optional && p.Type != types.Unknown && p.Type != types.Any && !hasNil(p.Type) {
				return matchNone
			}
		default:
			how = min(how, u.matchNumber(s, f, at))
		}
	}
	if how < matchLoose {
		return matchNone
	}
	return how
}

// matchNumber tells how well argument number at fits its parameter.
func (u *unit) matchNumber(s site, f *types.Func, at int) match {
	i := at + s.shift(f)
	if i < 0 || i >= len(f.Params) {
		return matchFull
	}
	p := f.Params[i]
	if p.Optional && u.tree.Kind(s.args[at]) == syntax.Nil {
		return matchFull
	}
	return u.matchValue(s.args[at], p.Type, 0)
}

// argument is the type of an argument as far as it does not depend on the call.
func (u *unit) argument(n syntax.Node) types.Type {
	if u.tree.Kind(n) == syntax.Function {
		return types.FunctionType
	}
	return u.typeOf(n)
}
