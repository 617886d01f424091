package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// coroutine is a thread of which the function is known.
type coroutine struct{ f *types.Func }

func (*coroutine) String() string { return types.Thread.String() }

// wrapped is the function that coroutine.wrap makes of another: it takes what that
// takes, and gives what it yields or returns.
func (u *unit) wrapped(f *types.Func) types.Type {
	v := u.c.yielded(f)
	n := &types.Func{Name: f.Name, Doc: f.Doc, Decl: f.Decl, Params: f.Params, Vararg: f.Vararg, VarResult: v.more}
	if n.Vararg == nil {
		n.Vararg = types.Unknown // later calls give what yield returns
	}
	for _, t := range v.list {
		n.Results = append(n.Results, types.Result{Type: t})
	}
	return n
}

// yielded are the values that a coroutine of a function gives, one turn with another:
// what it yields, and what it returns in the end.
func (c *checker) yielded(f *types.Func) values {
	var lists []values
	known := c.eachBody(f, func(u *unit, body syntax.Node) {
		u.eachCall(body, func(call syntax.Node) {
			s := u.site(call)
			if u.specialCall(s, u.typeOf(s.callee)) == "coroutine.yield" {
				lists = append(lists, u.argumentValues(s.args))
			}
		})
	})
	if fn, ok := f.Origin.(*function); ok {
		if v := fn.results(); len(v.list) > 0 || v.more != nil {
			lists = append(lists, v)
		}
	}
	if len(lists) == 0 && !known {
		return unknown
	}
	if len(lists) == 0 {
		return values{}
	}
	return joinValues(lists)
}

// maxBodies is how many functions are looked into that one calls, and maxCalls how many
// calls in each of them.
const (
	maxBodies = 24
	maxCalls  = 400
)

// eachBody visits a function of the scripts and those that it calls. It tells whether
// all that is called is known.
func (c *checker) eachBody(f *types.Func, visit func(u *unit, body syntax.Node)) (known bool) {
	seen := map[*function]bool{}
	known = true
	var add func(t types.Type)
	add = func(t types.Type) {
		f, ok := onlyFunc(t)
		if !ok {
			known = known && t != types.Unknown && t != types.Any
			return
		}
		fn, ok := f.Origin.(*function)
		if !ok || fn.u.file.library || seen[fn] {
			return
		}
		if len(seen) == maxBodies {
			known = false
			return
		}
		seen[fn] = true
		visit(fn.u, fn.body)
		fn.u.eachCall(fn.body, func(call syntax.Node) { add(fn.u.typeOf(fn.u.tree.First(call))) })
	}
	add(f)
	return known
}

// eachCall visits the calls in a function, also those in functions in it, but for
// functions that run as coroutines of their own.
func (u *unit) eachCall(body syntax.Node, visit func(call syntax.Node)) {
	t := u.tree
	_, end := t.Range(body)
	count := 0
	for n := body + 1; int(n) < t.Len() && count < maxCalls; n++ {
		if first, _ := t.Range(n); first >= end {
			return
		}
		if t.Kind(n) != syntax.Call {
			continue
		}
		count++
		if !u.inOtherCoroutine(n, body) {
			visit(n)
		}
	}
}

// inOtherCoroutine tells whether a function between a node and the body around it is
// given to coroutine.create or wrap.
func (u *unit) inOtherCoroutine(n, body syntax.Node) bool {
	t := u.tree
	for ; n > body; n = t.Parent(n) {
		if t.Kind(n) != syntax.Function || t.Kind(t.Parent(n)) != syntax.Args {
			continue
		}
		switch t.Source(t.First(t.Parent(t.Parent(n)))) {
		case "coroutine.create", "coroutine.wrap":
			return true
		}
	}
	return false
}
