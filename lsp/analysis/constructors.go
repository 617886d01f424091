package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// environment says what parameters stand for in one call of their function.
type environment map[scope.Var]bound

// bound is an expression, and what the parameters in it stand for.
type bound struct {
	n   syntax.Node
	env environment
}

// found is a table constructor, and the variable that it came through.
type found struct {
	n   syntax.Node
	env environment
	v   scope.Var // NoVar: none
}

// maxWrappers is how deep functions of the file that register tools are followed.
const maxWrappers = 3

// tables finds the constructors that an expression can be: itself, that of a local
// variable, of the list that a loop goes through, or that callers of the function give.
// It is not ok if there may be others.
func (r *registering) tables(n syntax.Node, env environment, depth int) (list []found, ok bool) {
	if r.work++; r.work > maxRegistering {
		return nil, false
	}
	t := r.t
	switch t.Kind(n) {
	case syntax.Paren:
		return r.tables(t.First(n), env, depth)
	case syntax.Table:
		return []found{{n, env, scope.NoVar}}, true
	case syntax.Name:
	default:
		return nil, false
	}
	v := r.f.Vars().Var(n)
	if v == scope.NoVar {
		return nil, false
	}
	if b, ok := env[v]; ok {
		return r.tables(b.n, b.env, depth)
	}
	x := &r.f.Vars().Vars[v]
	if written(x) {
		return nil, false
	}
	switch x.Kind {
	case scope.Local:
		value := initialOf(t, x)
		if t.Kind(value) == syntax.Table {
			return []found{{value, env, v}}, true
		}
		return r.tables(value, env, depth)
	case scope.LoopVar:
		return r.items(x, env, depth)
	case scope.Param:
		return r.given(x, depth)
	}
	return nil, false
}

// items finds the constructors in the list that a loop's second variable goes through.
func (r *registering) items(x *scope.Variable, env environment, depth int) (list []found, ok bool) {
	t := r.t
	names := t.Parent(x.Decl)
	if t.Kind(names) != syntax.NameList || t.Child(names, 1) != x.Decl {
		return nil, false
	}
	call := t.First(t.Next(names))
	if t.Kind(call) != syntax.Call {
		return nil, false
	}
	if callee := t.Source(t.First(call)); callee != "ipairs" && callee != "pairs" {
		return nil, false
	}
	lists, ok := r.tables(t.First(t.Child(call, 1)), env, depth)
	for _, l := range lists {
		if l.v != scope.NoVar && r.changed(l.v) {
			ok = false
		}
		for f := range t.Children(l.n) {
			value := t.First(f)
			if t.Kind(f) != syntax.PosField {
				value = t.Next(value)
			}
			more, all := r.tables(value, l.env, depth)
			list, ok = append(list, more...), ok && all
		}
	}
	return list, ok
}

// given finds what callers give a parameter of a function of this file.
func (r *registering) given(x *scope.Variable, depth int) (list []found, ok bool) {
	calls, ok := r.calls(x.Function, depth)
	for _, call := range calls {
		env := r.bind(x.Function, call)
		for v, b := range env {
			if r.f.Vars().Vars[v].Decl == x.Decl {
				more, all := r.tables(b.n, nil, depth+1)
				for i := range more {
					if more[i].env == nil {
						more[i].env = env
					}
				}
				list, ok = append(list, more...), ok && all
			}
		}
	}
	return list, ok
}

// calls finds the calls of a function with a name of its own; not ok if there may be
// others.
func (r *registering) calls(body syntax.Node, depth int) (list []syntax.Node, ok bool) {
	t := r.t
	if depth >= maxWrappers {
		return nil, false
	}
	v := scope.NoVar // also of a function whose name is missing
	switch fn := t.Parent(body); t.Kind(fn) {
	case syntax.LocalFunc:
		v = r.f.Vars().Var(t.First(fn))
	case syntax.FuncStat: // a global may be called by others too
		return nil, false
	case syntax.Function:
		names := t.Parent(fn)
		stat := t.Parent(names)
		if t.Kind(names) != syntax.ExprList || t.Kind(stat) != syntax.LocalStat || t.First(names) != fn {
			return nil, false
		}
		v = r.f.Vars().Var(t.First(t.First(stat)))
	}
	if v == scope.NoVar {
		return nil, false
	}
	ok = true
	for _, use := range r.f.Vars().Vars[v].Uses {
		call := t.Parent(use.Node)
		if use.Write || t.Kind(call) != syntax.Call || t.First(call) != use.Node {
			ok = false
			continue
		}
		list = append(list, call)
	}
	return list, ok
}

// bind says what the parameters of a function stand for in a call.
func (r *registering) bind(body, call syntax.Node) environment {
	t := r.t
	env := environment{}
	arg := t.First(t.Child(call, 1))
	for p := t.First(t.First(body)); p != syntax.None && arg != syntax.None; p, arg = t.Next(p), t.Next(arg) {
		if v := r.f.Vars().Var(p); t.Kind(p) == syntax.Name && v != scope.NoVar {
			env[v] = bound{n: arg}
		}
	}
	return env
}

// changed tells whether a table in a variable may get entries after its constructor.
func (r *registering) changed(v scope.Var) bool {
	if known, ok := r.changes[v]; ok {
		return known
	}
	if r.changes == nil {
		r.changes = map[scope.Var]bool{}
	}
	r.changes[v] = r.changing(v)
	return r.changes[v]
}

func (r *registering) changing(v scope.Var) bool {
	t := r.t
	for _, use := range r.f.Vars().Vars[v].Uses {
		parent := t.Parent(use.Node)
		switch t.Kind(parent) {
		case syntax.Unary: // its length
		case syntax.PosField, syntax.NameField, syntax.KeyField: // a part of another
		case syntax.Index, syntax.IndexKey, syntax.Method:
			if t.First(parent) == use.Node && isWritten(t, whole(t, parent)) {
				return true
			}
		case syntax.Args:
			switch t.Source(t.First(t.Parent(parent))) {
			case "ipairs", "pairs", "print", "next", "type":
			default:
				return true
			}
		default:
			return true
		}
	}
	return false
}

// whole is the longest chain of indices that begins with one: a.b.c for a.b.
func whole(t *syntax.Tree, n syntax.Node) syntax.Node {
	for {
		parent := t.Parent(n)
		if k := t.Kind(parent); k != syntax.Index && k != syntax.IndexKey && k != syntax.Method || t.First(parent) != n {
			return n
		}
		n = parent
	}
}

// isWritten tells whether an index is what an assignment or function statement sets.
func isWritten(t *syntax.Tree, n syntax.Node) bool {
	list := t.Parent(n)
	switch t.Kind(list) {
	case syntax.FuncStat:
		return t.First(list) == n
	case syntax.ExprList:
		stat := t.Parent(list)
		return t.Kind(stat) == syntax.AssignStat && t.First(stat) == list
	}
	return false
}

func written(x *scope.Variable) bool {
	for _, use := range x.Uses {
		if use.Write {
			return true
		}
	}
	return false
}

// initialOf returns the expression that a local variable begins with, or None.
func initialOf(t *syntax.Tree, x *scope.Variable) syntax.Node {
	names := t.Parent(x.Decl)
	if t.Kind(names) != syntax.NameList {
		return syntax.None
	}
	at := 0
	for c := t.First(names); c != x.Decl && c != syntax.None; c = t.Next(c) {
		at++
	}
	return t.Child(t.Next(names), at)
}
