package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// maxReturns is how many return statements of a function are looked at.
const maxReturns = 64

// returned joins what the return statements of a function or chunk return.
func (u *unit) returned(body syntax.Node) values {
	stats := u.returnsOf(body)
	if len(stats) > maxReturns {
		stats = stats[:maxReturns]
	}
	t := u.tree
	block := t.First(body)
	if t.Kind(body) == syntax.FuncBody {
		block = t.Child(body, 1)
	}
	falls := !u.ends(block)
	if len(stats) == 0 {
		return values{}
	}
	var all []values
	var pending []bool // what a statement returns is still being worked out
	width := 0
	for _, stat := range stats {
		lacking := u.c.lacking
		u.c.lacking = false
		v := u.returnValues(stat)
		pending = append(pending, u.c.lacking)
		u.c.lacking = u.c.lacking || lacking
		width = max(width, len(v.list))
		all = append(all, v)
	}
	var out values
	for i := range width {
		var ts []types.Type
		partly := false
		for k, v := range all {
			if r := v.at(i); r != nil {
				ts = append(ts, r)
				partly = partly || r == types.Unknown && !pending[k]
			}
		}
		if falls {
			ts = append(ts, types.Nil)
		}
		r := joinKnown(ts)
		if partly {
			r = types.Partly(r)
		}
		out.list = append(out.list, r)
	}
	for _, v := range all {
		if v.more != nil {
			out.more = types.Join(out.more, v.more)
		}
	}
	return out
}

// joinKnown is Join, but what is nil or not known is not known.
func joinKnown(ts []types.Type) types.Type { return known(ts, types.Join) }

func known(ts []types.Type, join func(...types.Type) types.Type) types.Type {
	hasUnknown := false
	for _, t := range ts {
		hasUnknown = hasUnknown || t == types.Unknown
	}
	j := join(ts...)
	if hasUnknown && j == types.Nil {
		return types.Unknown
	}
	return j
}

func (u *unit) returnValues(stat syntax.Node) values {
	t := u.tree
	list := t.First(stat)
	var v values
	for n := t.First(list); n != syntax.None; n = t.Next(n) {
		if t.Next(n) != syntax.None {
			v.list = append(v.list, u.returnType(n))
			continue
		}
		if k := t.Kind(n); k == syntax.Call || k == syntax.Vararg {
			if r := u.returnType(n); r == types.Type(selfType) {
				v.list = append(v.list, r)
				break
			}
			last := u.valuesOf(n)
			v.list = append(v.list, last.list...)
			v.more = last.more
			break
		}
		v.list = append(v.list, u.returnType(n))
	}
	return v
}

// returnType is the type of a returned expression: self is whatever the method is
// called on, so that chains keep their class.
func (u *unit) returnType(n syntax.Node) types.Type {
	t := u.tree
	switch t.Kind(n) {
	case syntax.Name:
		if u.isSelf(n) {
			return selfType
		}
		if v := u.file.Vars().Var(n); v >= 0 {
			u.stores()
			if class := u.instanceOf[v]; class != nil && u.madeFromSelf(v) {
				return selfType
			}
		}
	case syntax.Call:
		callee := t.First(n)
		if t.Kind(callee) == syntax.Name && t.Source(callee) == "setmetatable" {
			if meta := t.Next(t.First(t.Child(n, 1))); u.isSelf(meta) {
				u.stores()
				if u.metaClass(meta) != nil {
					return selfType
				}
			}
		}
	}
	return u.typeOf(n)
}

// isSelf tells whether n reads the self of a method.
func (u *unit) isSelf(n syntax.Node) bool {
	if u.tree.Kind(n) != syntax.Name {
		return false
	}
	v := u.file.Vars().Var(n)
	if v < 0 {
		return false
	}
	u.stores()
	_, ok := u.owners[v]
	return ok
}

// madeFromSelf tells whether a variable got its class by setmetatable(v, self).
func (u *unit) madeFromSelf(v scope.Var) bool {
	t := u.tree
	x := &u.file.Vars().Vars[v]
	self := func(call syntax.Node) bool {
		callee := t.First(call)
		return t.Kind(call) == syntax.Call && t.Kind(callee) == syntax.Name && t.Source(callee) == "setmetatable" &&
			u.isSelf(t.Next(t.First(t.Child(call, 1))))
	}
	if x.Kind == scope.Local && self(u.initial(x)) {
		return true
	}
	for _, use := range x.Uses {
		if args := t.Parent(use.Node); t.Kind(args) == syntax.Args && t.First(args) == use.Node && self(t.Parent(args)) {
			return true
		}
	}
	return false
}

// returnsOf returns the return statements of a function or chunk.
func (u *unit) returnsOf(body syntax.Node) []syntax.Node {
	list, done := u.returns[body]
	if done {
		return list
	}
	for n := range u.file.nodesFrom(body, syntax.ReturnStat) {
		if !u.inside(n, body) {
			break
		}
		if u.functionAround(n) == body {
			list = append(list, n)
		}
	}
	if u.returns == nil {
		u.returns = map[syntax.Node][]syntax.Node{}
	}
	u.returns[body] = list
	return list
}

// functionAround returns the FuncBody or Chunk that a node is in.
func (u *unit) functionAround(n syntax.Node) syntax.Node {
	t := u.tree
	n = t.Parent(n)
	for range nearFunction {
		if k := t.Kind(n); k == syntax.FuncBody || k == syntax.Chunk {
			return n
		} else if n == syntax.None {
			return t.Root()
		}
		n = t.Parent(n)
	}
	for n != syntax.None && t.Kind(n) != syntax.Block {
		if t.Kind(n) == syntax.FuncBody {
			return n
		}
		n = t.Parent(n)
	}
	if n == syntax.None {
		return t.Root()
	}
	f, ok := u.around[n]
	if !ok {
		f = u.functionAround(n)
		if u.around == nil {
			u.around = map[syntax.Node]syntax.Node{}
		}
		u.around[n] = f
	}
	return f
}

// nearFunction is how many nodes are gone up through before a place is looked up.
const nearFunction = 20
