package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// adoption is the parameter whose table a function makes an instance of a class and returns:
//
//	function C:new(o) o = o or {} setmetatable(o, self) return o end
type adoption struct {
	known bool
	param int // its number, -1 if there is none
}

// adopted adds to what a constructor returns the fields of the table that it is given.
func (u *unit) adopted(s site, f *types.Func, v values) values {
	fn, ok := f.Origin.(*function)
	if !ok || fn.u.file.library || fn.told || len(v.list) == 0 {
		return v
	}
	base, ok := v.list[0].(*types.Object)
	if !ok {
		return v
	}
	i := fn.adopts()
	if at := i - s.shift(f); i >= 0 && at >= 0 && at < len(s.args) && u.tree.Kind(s.args[at]) == syntax.Table {
		list := append([]types.Type{u.instanceWith(base, s.args[at])}, v.list[1:]...)
		return values{list: list, more: v.more}
	}
	return v
}

// instanceWith is an instance of a class that begins as a table.
func (u *unit) instanceWith(class *types.Object, table syntax.Node) types.Type {
	key := adoptedKey{table, class}
	if o := u.adoptees[key]; o != nil {
		return o.t
	}
	o := u.c.newObject(class.Name, class.Decl)
	o.over = class
	o.t.Doc, o.t.Tool, o.t.Role = class.Doc, class.Tool, class.Role
	o.parts = []part{{u: u, tables: []syntax.Node{table}}}
	if len(o.names()) == 0 {
		return class
	}
	if u.adoptees == nil {
		u.adoptees = map[adoptedKey]*object{}
	}
	u.adoptees[key] = o
	return o.t
}

type adoptedKey struct {
	table syntax.Node
	class *types.Object
}

// adopts returns the number of the parameter whose table becomes the instance that the function
// returns, -1 if there is none.
func (fn *function) adopts() int {
	if fn.adoption.known {
		return fn.adoption.param
	}
	fn.adoption = adoption{known: true, param: -1}
	u := fn.u
	u.stores()
	for _, stat := range u.returnsOf(fn.body) {
		v := u.instanceFrom(u.tree.First(u.tree.First(stat)))
		if v == scope.NoVar || u.file.Vars().Vars[v].Function != fn.body {
			continue
		}
		for i, p := range fn.t.Params {
			if p.Name == u.file.Vars().Vars[v].Name {
				fn.adoption.param = i
			}
		}
	}
	return fn.adoption.param
}

// instanceFrom returns the parameter whose table is the instance of a class that an expression
// is, NoVar if there is none.
func (u *unit) instanceFrom(n syntax.Node) scope.Var {
	t := u.tree
	if t.Kind(n) == syntax.Name {
		v := u.file.Vars().Var(n)
		if v == scope.NoVar || u.instanceOf[v] == nil && !u.madeFromSelf(v) {
			return scope.NoVar
		}
	} else if t.Kind(n) != syntax.Call {
		return scope.NoVar
	}
	for range maxPlaceDepth {
		switch t.Kind(n) {
		case syntax.Paren:
			n = t.First(n)
		case syntax.Binary: // o or {}
			if t.TokenKind(t.Token(n)) != syntax.Or {
				return scope.NoVar
			}
			n = t.First(n)
		case syntax.Call:
			if callee := t.First(n); t.Kind(callee) != syntax.Name || t.Source(callee) != "setmetatable" {
				return scope.NoVar
			}
			n = t.First(t.Child(n, 1))
		case syntax.Name:
			v := u.file.Vars().Var(n)
			if v == scope.NoVar {
				return scope.NoVar
			}
			x := &u.file.Vars().Vars[v]
			switch x.Kind {
			case scope.Param:
				return v
			case scope.Local:
				n = u.initial(x)
			default:
				return scope.NoVar
			}
		default:
			return scope.NoVar
		}
	}
	return scope.NoVar
}
