package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// callableOf returns what calling a table does, nil if it cannot be called.
func (c *checker) callableOf(o *types.Object) types.Type {
	if from, ok := o.Origin.(*object); ok {
		return from.callable()
	}
	return o.Call
}

// withoutFirst is a __call metamethod as callers of its table see it: the table itself is its
// first argument, which it may call self or something else.
func withoutFirst(t types.Type) types.Type {
	f, ok := t.(*types.Func)
	if !ok || !f.Self && len(f.Params) == 0 {
		return t
	}
	params := f.Params
	if !f.Self {
		params = params[1:]
	}
	n := types.NewLazyFunc(func(n *types.Func) { n.Results, n.VarResult = f.Returns() })
	n.Name, n.Doc, n.Decl, n.Generics, n.Params, n.Vararg, n.Origin = f.Name, f.Doc, f.Decl, f.Generics, params, f.Vararg, f.Origin
	return n
}

// bindings finds what the type parameters of a function stand for in a call.
// Functions among the arguments come last, and only if all is set.
func (u *unit) bindings(s site, f *types.Func, all bool) map[*types.Param]types.Type {
	bound := map[*types.Param]types.Type{}
	shift := s.shift(f)
	switch recv := s.receiver(); {
	case recv != nil && shift == 1 && len(f.Params) > 0:
		u.c.unify(f.Params[0].Type, recv, bound, 0)
	case recv != nil && s.colon && f.Self:
		u.c.unify(f.Receiver, recv, bound, 0)
	case f.Self && shift == -1:
		u.c.unify(f.Receiver, u.typeOf(s.args[0]), bound, 0)
	}
	pass := func(functions bool) {
		for i, a := range s.args {
			if (u.tree.Kind(a) == syntax.Function) != functions {
				continue
			}
			at := i + shift
			switch {
			case at < 0:
			case at < len(f.Params):
				u.c.unify(f.Params[at].Type, u.typeOf(a), bound, 0)
			case f.Vararg != nil:
				u.c.unify(f.Vararg, u.typeOf(a), bound, 0)
			}
		}
	}
	pass(false)
	if all {
		pass(true)
	}
	return bound
}

// results returns what a call of a function returns, with type parameters and self
// replaced.
func (u *unit) results(s site, f *types.Func) values {
	v := listed(f)
	var self types.Type
	if recv := s.receiver(); recv != nil && !s.indirect {
		self = recv
	}
	if f.Self && !s.colon && s.shift(f) == -1 {
		self = u.typeOf(s.args[0])
	}
	free := false
	for _, t := range v.list {
		free = free || hasParam(t, 0)
	}
	free = free || v.more != nil && hasParam(v.more, 0)
	if !free {
		return v
	}
	var bound map[*types.Param]types.Type
	if len(f.Generics) > 0 {
		bound = u.bindings(s, f, true)
	} else {
		bound = map[*types.Param]types.Type{}
	}
	if self != nil {
		bound[selfType] = self
	}
	for _, p := range append(f.Generics[:len(f.Generics):len(f.Generics)], selfType) {
		if _, ok := bound[p]; !ok {
			bound[p] = types.Unknown
			if p.Bound != nil {
				bound[p] = p.Bound
			}
		}
	}
	out := values{list: make([]types.Type, len(v.list))}
	for i, t := range v.list {
		out.list[i] = substitute(t, bound)
	}
	if v.more != nil {
		out.more = substitute(v.more, bound)
	}
	return out
}

// hasParam tells whether a type has type parameters in it.
func hasParam(t types.Type, depth int) bool {
	if depth > maxTypeDepth {
		return false
	}
	any := func(ts ...types.Type) bool {
		for _, t := range ts {
			if t != nil && hasParam(t, depth+1) {
				return true
			}
		}
		return false
	}
	switch t := t.(type) {
	case *types.Param, *capture:
		return true
	case *types.Union:
		return any(t.Of...)
	case *types.Array:
		return any(t.Elem)
	case *types.Map:
		return any(t.Key, t.Value)
	case *types.Tuple:
		return any(t.Elems...)
	case *types.Func:
		if fn, ok := t.Origin.(*function); ok && !fn.told {
			return false
		}
		for _, p := range t.Params {
			if any(p.Type) {
				return true
			}
		}
		for _, r := range t.Results {
			if any(r.Type) {
				return true
			}
		}
		return any(t.VarResult)
	case *types.Object:
		if o, ok := t.Origin.(*object); ok {
			if len(t.Args) > 0 {
				return any(t.Args...)
			}
			return o.class != nil && len(o.class.params) > 0
		}
		if t.Name != "" {
			return false
		}
		for _, f := range t.Fields() {
			if any(f.Type) {
				return true
			}
		}
		return any(t.Elem, t.Key, t.Value)
	}
	return false
}
