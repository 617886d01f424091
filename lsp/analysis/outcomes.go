package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// outcomes returns the ways in which a call can end, each with all its values: of pcall
// true with the results of the function, and false with an error; of a function one for
// each of its return statements. It is nil if nothing more is known than its types.
func (u *unit) outcomes(call syntax.Node) []values {
	return below(u.c, nil, func() []values { return u.findOutcomes(call) })
}

func (u *unit) findOutcomes(call syntax.Node) []values {
	s := u.site(call)
	t := u.typeOf(s.callee)
	switch name := u.specialCall(s, t); name {
	case "pcall", "xpcall", "coroutine.resume":
		return u.protected(s, name)
	case "string.match", "string.find":
		v, ok := u.matched(s, name)
		if !ok {
			v = anyMatch(name)
		}
		return []values{v, {list: []types.Type{types.Nil}}}
	case "":
	default:
		return nil
	}
	f, ok := t.(*types.Func)
	if !ok || len(f.Overloads) > 0 {
		return nil
	}
	if fn, ok := f.Origin.(*function); ok && !fn.told {
		return fn.outcomes()
	}
	return u.failing(s, f)
}

// outcomes are what the return statements of a function give, one by one.
func (fn *function) outcomes() []values {
	u := fn.u
	stats := u.returnsOf(fn.body)
	if len(stats) > maxReturns {
		return nil
	}
	if depth := fn.found.depth; depth > 0 {
		u.c.cut = min(u.c.cut, int(depth))
		return nil
	}
	var all []values
	for _, stat := range stats {
		v := u.returnValues(stat)
		for _, t := range v.list {
			if hasParam(t, 0) {
				return nil
			}
		}
		all = append(all, v)
	}
	if len(all) > 0 && !u.ends(u.tree.Child(fn.body, 1)) {
		all = append(all, values{})
	}
	return all
}

// failing are the outcomes of a function whose annotations say that it gives something,
// or nil and why not: io.open.
func (u *unit) failing(s site, f *types.Func) []values {
	v := u.forCall(s, f, u.results(s, f))
	if len(v.list) < 2 || !hasNil(v.list[0]) || v.more != nil {
		return nil
	}
	good := values{list: []types.Type{types.Without(v.list[0], types.Nil)}}
	bad := values{list: []types.Type{types.Nil}}
	for _, t := range v.list[1:] {
		if !hasNil(t) {
			return nil
		}
		good.list = append(good.list, types.Nil)
		bad.list = append(bad.list, types.Without(t, types.Nil))
	}
	return []values{good, bad}
}

// protected are the outcomes of pcall and the like.
func (u *unit) protected(s site, name string) []values {
	good := values{more: types.Unknown}
	bad := types.Type(types.Unknown)
	switch name {
	case "coroutine.resume":
		if len(s.args) > 0 {
			if co, ok := u.typeOf(s.args[0]).(*coroutine); ok {
				good, bad = u.c.yielded(co.f), u.c.raised(co.f)
			}
		}
	default:
		inner, ok := u.passedOn(s, name == "xpcall")
		if !ok {
			break
		}
		t := u.typeOf(inner.callee)
		if t != types.Unknown {
			good = u.apply(inner, t)
		}
		if f, ok := onlyFunc(t); ok {
			bad = u.c.raised(f)
		}
		if name == "xpcall" && len(s.args) > 1 {
			bad = types.Unknown
			if f, ok := onlyFunc(u.typeOf(s.args[1])); ok {
				handler := site{u: u, node: s.node, callee: s.args[1], indirect: true}
				bad = first(u.apply(handler, f))
			}
		}
	}
	return []values{
		{list: append([]types.Type{&types.Literal{Value: true}}, good.list...), more: good.more},
		{list: []types.Type{&types.Literal{Value: false}, bad}},
	}
}

// raised is the type of the errors that a function raises. Those of Lua and of the
// kernel are strings; a script may raise anything.
func (c *checker) raised(f *types.Func) types.Type {
	if f.Special == "error" {
		return types.Unknown
	}
	var found []types.Type
	sure := c.eachBody(f, func(u *unit, body syntax.Node) {
		u.eachCall(body, func(call syntax.Node) {
			s := u.site(call)
			if len(s.args) == 0 || u.specialCall(s, u.typeOf(s.callee)) != "error" {
				return
			}
			found = append(found, u.typeOf(s.args[0]))
		})
	})
	if !sure {
		return types.Unknown
	}
	for i, t := range found {
		if t == types.Unknown || t == types.Any {
			return types.Unknown
		}
		if typeName(t) == "string" {
			found[i] = types.String // with the position in front
		}
	}
	return types.Join(append(found, types.String)...)
}

// joined are outcomes in one.
func joined(all []values) values {
	if len(all) == 1 {
		return all[0]
	}
	return joinValues(all)
}

// correlated is the type of a variable that a call gives together with others, where
// conditions on those tell how the call has ended:
//
//	local ok, r = pcall(f)
//	if not ok then return nil, r end
func (u *unit) correlated(v scope.Var, n syntax.Node, ty types.Type) types.Type {
	t := u.tree
	x := &u.file.Vars().Vars[v]
	if x.Kind != scope.Local || u.file.library {
		return ty
	}
	names := t.Parent(x.Decl)
	if t.Next(t.First(names)) == syntax.None || len(u.writes(v)) > 0 {
		return ty
	}
	call, base := t.First(t.Next(names)), 0
	for t.Next(call) != syntax.None {
		call = t.Next(call)
		base++
	}
	if t.Kind(call) != syntax.Call {
		return ty
	}
	var all []values
	asked, left := false, []values(nil)
	mine := -1
	at := 0
	for name := t.First(names); name != syntax.None; name = t.Next(name) {
		i := at - base
		at++
		if name == x.Decl {
			mine = i
			continue
		}
		w := u.file.Vars().Var(name)
		if i < 0 || w == scope.NoVar || len(u.writes(w)) > 0 {
			continue
		}
		for g := range u.guards(root{v: w}).at(t.Start(n)) {
			if n >= g.condition && n <= g.last {
				continue
			}
			if !asked {
				asked = true
				all = u.outcomes(call)
				left = all
			}
			left = u.compatible(left, i, name, *g)
		}
	}
	if mine < 0 || len(left) == 0 || len(left) == len(all) {
		return ty
	}
	var found []types.Type
	for _, v := range left {
		found = append(found, v.at(mine))
	}
	if r := joinKnown(found); r != types.Unknown {
		return r
	}
	return types.Any
}

// compatible are those outcomes whose value number i can be such that a condition on
// the variable that has it is as it was found.
func (u *unit) compatible(all []values, i int, name syntax.Node, g guard) []values {
	whole := make([]types.Type, len(all))
	for k, v := range all {
		whole[k] = v.at(i)
	}
	test := narrowing{unit: u, path: name}
	kept := test.narrow(g.condition, g.holds, types.Join(whole...))
	if kept == types.Never {
		return all
	}
	var left []values
	for k, v := range all {
		if whole[k] == types.Unknown || assignable(whole[k], kept, 0) {
			left = append(left, v)
		}
	}
	return left
}
