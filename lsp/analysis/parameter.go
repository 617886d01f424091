package analysis

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// parameter is the type of a parameter that annotations do not tell: what the place
// of its function expects.
func (u *unit) parameter(x *scope.Variable) types.Type {
	if given := u.handlerParameter(x); given != nil {
		return given
	}
	t := u.tree
	fn := t.Parent(x.Function)
	if object := u.metamethodOf(fn, x); object != types.Unknown {
		return object
	}
	if t.Kind(fn) != syntax.Function {
		if t.Kind(fn) == syntax.FuncStat {
			return u.inherited(fn, x)
		}
		return types.Unknown
	}
	want, ok := onlyFunc(u.expected(fn))
	if !ok {
		return types.Unknown
	}
	return u.c.resolved(u.paramAt(want, x, false))
}

// paramAt is what a function of a wanted type gets for a parameter; method: its self is not
// among those that are written.
func (u *unit) paramAt(want *types.Func, x *scope.Variable, method bool) types.Type {
	t := u.tree
	at := 0
	for c := t.First(t.Parent(x.Decl)); c != x.Decl && c != syntax.None; c = t.Next(c) {
		at++
	}
	if method {
		at++
	}
	if want.Self {
		at--
	}
	switch {
	case at < 0 && want.Receiver != nil:
		return want.Receiver
	case at >= 0 && at < len(want.Params):
		return want.Params[at].Type
	case at >= 0 && want.Vararg != nil:
		return want.Vararg
	}
	return types.Unknown
}

// metamethodOf is the type of the first parameter of a metamethod: the table that
// has the metatable.
func (u *unit) metamethodOf(fn syntax.Node, x *scope.Variable) types.Type {
	t := u.tree
	if first := t.First(t.Parent(x.Decl)); first != x.Decl {
		// Both operands of a comparison are of the class, and what is added mostly.
		if v := u.file.Vars().Var(first); v != scope.NoVar && t.Next(first) == x.Decl && u.takesTwo(fn) {
			return u.metamethodOf(fn, &u.file.Vars().Vars[v])
		}
		return types.Unknown
	}
	switch parent := t.Parent(fn); {
	case t.Kind(fn) == syntax.FuncStat:
		target := t.First(fn)
		if name, ok := u.keyName(target); ok && strings.HasPrefix(name, "__") {
			return u.typeOf(t.First(target))
		}
	case t.Kind(parent) == syntax.ExprList:
		stat := t.Parent(parent)
		if t.Kind(stat) != syntax.AssignStat || t.First(parent) != fn {
			break
		}
		target := t.First(t.First(stat))
		if name, ok := u.keyName(target); ok && strings.HasPrefix(name, "__") {
			return u.typeOf(t.First(target))
		}
	case t.Kind(parent) == syntax.NameField:
		name, _ := u.fieldName(parent)
		table := t.Parent(parent)
		args := t.Parent(table)
		if !strings.HasPrefix(name, "__") || t.Kind(args) != syntax.Args || t.First(args) == table {
			break
		}
		if call := t.Parent(args); t.Source(t.First(call)) == "setmetatable" {
			return u.typeOf(t.First(args))
		}
	}
	return types.Unknown
}

// takesTwo tells whether a function is a metamethod whose operands are both of its class.
func (u *unit) takesTwo(fn syntax.Node) bool {
	f, ok := u.typeOf(u.tree.Child(fn, u.bodyAt(fn))).(*types.Func)
	if !ok {
		return false
	}
	switch f.Name[strings.LastIndexByte(f.Name, '.')+1:] {
	case "__eq", "__lt", "__le":
		return true
	case "__add", "__sub":
		u.c.guessing = true
		return true
	}
	return false
}

// bodyAt is the number of the child of a function or a statement that is its FuncBody.
func (u *unit) bodyAt(fn syntax.Node) int {
	if u.tree.Kind(fn) == syntax.Function {
		return 0
	}
	return 1
}

// inherited is the type that a parent class's method of the same name gives a
// parameter.
func (u *unit) inherited(stat syntax.Node, x *scope.Variable) types.Type {
	t := u.tree
	target := t.First(stat)
	if t.Kind(target) == syntax.Name {
		return types.Unknown
	}
	o, ok := u.typeOf(t.First(target)).(*types.Object)
	if !ok {
		return types.Unknown
	}
	origin, ok := o.Origin.(*object)
	if !ok {
		return types.Unknown
	}
	name, _ := u.keyName(target)
	if origin.class != nil {
		if f := origin.class.field(name); f != nil {
			if want, ok := onlyFunc(f.Type); ok {
				if t := u.paramAt(want, x, t.Kind(target) == syntax.Method); t != types.Unknown {
					return t
				}
			}
		}
	}
	for _, base := range origin.parents().list {
		if f := u.c.field(base, name); f != nil {
			if t := paramOf(f.Type, x.Name); t != nil {
				return t
			}
		}
	}
	return types.Unknown
}

func paramOf(t types.Type, name string) types.Type {
	if f, ok := t.(*types.Func); ok {
		for _, p := range f.Params {
			if p.Name == name {
				return p.Type
			}
		}
	}
	return nil
}

// onlyFunc returns the one function among the alternatives of t.
func onlyFunc(t types.Type) (*types.Func, bool) {
	switch t := t.(type) {
	case *types.Func:
		return t, true
	case *types.Union:
		var found *types.Func
		for _, of := range t.Of {
			if f, ok := of.(*types.Func); ok {
				if found != nil {
					return nil, false
				}
				found = f
			}
		}
		return found, found != nil
	}
	return nil, false
}

// vararg is the type of `...`.
func (u *unit) vararg(n syntax.Node) types.Type {
	f := u.functionAround(n)
	if u.tree.Kind(f) == syntax.Chunk {
		// The texts that a script is given, or the name of a module. What loadfile makes may be
		// given anything.
		u.c.guessing = true
		return optional(types.String)
	}
	fn, ok := u.typeOf(f).(*types.Func)
	if !ok || fn.Vararg == nil {
		return types.Unknown
	}
	if fn.Vararg == types.Unknown && !u.file.library {
		return u.guessedVararg(f, fn)
	}
	return fn.Vararg
}
