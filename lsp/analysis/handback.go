package analysis

import (
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// handback says which of its arguments a function returns as they are: function id(x) return x end.
type handback struct {
	known  bool
	params []int // by the number of the result: that of the parameter, -1 for others
	rest   bool  // all arguments behind the parameters follow: return ...
}

// handedBack replaces results of which nothing is known by the arguments that they are.
func (u *unit) handedBack(s site, f *types.Func, v values) values {
	fn, ok := f.Origin.(*function)
	if !ok || fn.u.file.library || fn.told || s.want != nil {
		return v
	}
	lacks := v.more == types.Type(types.Unknown)
	if !lacks && !slices.Contains(v.list, types.Type(types.Unknown)) {
		return v
	}
	h := fn.handsBack()
	shift := s.shift(f)
	out := values{list: slices.Clone(v.list), more: v.more}
	for i, p := range h.params {
		if at := p - shift; p >= 0 && i < len(out.list) && out.list[i] == types.Unknown && at >= 0 {
			out.list[i] = u.argumentsFrom(s, at).at(0)
		}
	}
	if h.rest && lacks && len(out.list) == len(h.params) {
		given := u.argumentsFrom(s, len(f.Params)-shift)
		out.list, out.more = append(out.list, given.list...), given.more
	}
	return out
}

// argumentsFrom are the arguments of a call from a number on, with all that the last one gives.
func (u *unit) argumentsFrom(s site, from int) (v values) {
	if from < 0 {
		return unknown
	}
	for i, a := range s.args {
		k := u.tree.Kind(a)
		if i < len(s.args)-1 || k != syntax.Call && k != syntax.Vararg {
			v.list = append(v.list, u.typeOf(a))
			continue
		}
		last := u.valuesOf(a)
		v.list, v.more = append(v.list, last.list...), last.more
	}
	v.list = v.list[min(from, len(v.list)):]
	return v
}

// handsBack finds what all return statements of the function return as it was given.
func (fn *function) handsBack() *handback {
	h := &fn.handback
	if h.known {
		return h
	}
	h.known = true
	u, t := fn.u, fn.u.tree
	stats := u.returnsOf(fn.body)
	if len(stats) == 0 || len(stats) > maxReturns || !u.ends(t.Child(fn.body, 1)) {
		return h
	}
	for k, stat := range stats {
		params, rest := fn.givenBack(stat)
		if k == 0 {
			h.params, h.rest = params, rest
			continue
		}
		if len(params) != len(h.params) || rest != h.rest {
			h.params, h.rest = nil, false
			return h
		}
		for i, p := range params {
			if p != h.params[i] {
				h.params[i] = -1
			}
		}
	}
	return h
}

// givenBack are the parameters that a return statement returns, and whether `...` is the last.
func (fn *function) givenBack(stat syntax.Node) (params []int, rest bool) {
	t, vars := fn.u.tree, fn.u.file.Vars()
	list := t.First(stat)
	for n := t.First(list); n != syntax.None; n = t.Next(n) {
		if t.Kind(n) == syntax.Vararg && t.Next(n) == syntax.None {
			return params, true
		}
		param := -1
		if v := vars.Var(n); t.Kind(n) == syntax.Name && v != scope.NoVar {
			if x := &vars.Vars[v]; x.Kind == scope.Param && x.Function == fn.body && !written(x) {
				param = slices.IndexFunc(fn.t.Params, func(p types.Parameter) bool { return p.Name == x.Name })
			}
		}
		params = append(params, param)
	}
	return params, false
}
