package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// narrowed is the type of a variable or path at a place, after the conditions that
// it stands behind.
func (u *unit) narrowed(n syntax.Node, t types.Type) types.Type {
	r, ok := u.rootAt(n)
	if !ok {
		return t
	}
	guards := u.guards(r)
	if len(guards.list) == 0 {
		return t
	}
	c := changes{unit: u, root: r, path: n, at: u.tree.Start(n)}
	fold := u.foldOf(r, n, len(guards.list))
	for g := range guards.at(c.at) {
		if n >= g.condition && n <= g.last || c.since(g) {
			continue
		}
		t = fold.step(u, g, n, t)
	}
	u.keepFold(r, n, fold)
	return t
}

// narrowedBy is type t of a path where one condition held, or did not.
func (u *unit) narrowedBy(g *guard, path syntax.Node, t types.Type) types.Type {
	n := narrowing{unit: u, path: path}
	t = n.narrow(g.condition, g.holds, t)
	if t == types.Never && u.asks(g.condition, path) {
		return types.Nil // where there should be something: who asks knows better
	}
	return t
}

// asks tells whether a condition is a path, or not the path.
func (u *unit) asks(condition, path syntax.Node) bool {
	t := u.tree
	for t.Kind(condition) == syntax.Paren || t.Kind(condition) == syntax.Unary {
		condition = t.First(condition)
	}
	return u.same(condition, path)
}

// narrowing narrows the type of one path by one condition.
type narrowing struct {
	*unit
	path syntax.Node
	// steps bounds the work: a condition of nested and, or is gone through on many
	// ways.
	steps int
}

// maxNarrowing is how many parts of a condition are looked at.
const maxNarrowing = 300

// narrow is type ty of the path, given that a condition held or not.
func (u *narrowing) narrow(condition syntax.Node, holds bool, ty types.Type) types.Type {
	t, path := u.tree, u.path
	if u.steps++; u.steps > maxNarrowing {
		return ty
	}
	switch t.Kind(condition) {
	case syntax.Paren:
		return u.narrow(t.First(condition), holds, ty)
	case syntax.Unary:
		if t.TokenKind(t.Token(condition)) == syntax.Not {
			return u.narrow(t.First(condition), !holds, ty)
		}
	case syntax.Name, syntax.Index, syntax.IndexKey:
		if u.same(condition, path) {
			if ty == types.Unknown {
				return ty
			}
			if holds {
				return truthyPart(ty)
			}
			return falsyPart(ty)
		}
		// if x.y then: x is not nil.
		if holds && u.prefix(path, condition) {
			return types.Without(ty, types.Nil)
		}
	case syntax.Binary:
		left := t.First(condition)
		right := t.Next(left)
		switch t.TokenKind(t.Token(condition)) {
		case syntax.And:
			if holds {
				return u.narrow(right, true, u.narrow(left, true, ty))
			}
			return types.Join(u.narrow(left, false, ty), u.narrow(right, false, u.narrow(left, true, ty)))
		case syntax.Or:
			if !holds {
				return u.narrow(right, false, u.narrow(left, false, ty))
			}
			return types.Join(u.narrow(left, true, ty), u.narrow(right, true, u.narrow(left, false, ty)))
		case syntax.Equal:
			return u.compared(left, right, holds, path, ty)
		case syntax.NotEqual:
			return u.compared(left, right, !holds, path, ty)
		}
	}
	return ty
}

// prefix tells whether condition is a field of path, or of a field of it.
func (u *unit) prefix(path, condition syntax.Node) bool {
	t := u.tree
	for {
		switch t.Kind(condition) {
		case syntax.Index, syntax.IndexKey:
			condition = t.First(condition)
			if u.same(condition, path) {
				return true
			}
		default:
			return false
		}
	}
}

// compared narrows by left == right.
func (u *unit) compared(left, right syntax.Node, equal bool, path syntax.Node, ty types.Type) types.Type {
	t := u.tree
	if k := t.Kind(left); k == syntax.Nil || k == syntax.String || k == syntax.Number || k == syntax.True || k == syntax.False {
		left, right = right, left
	}
	switch t.Kind(right) {
	case syntax.Nil, syntax.String, syntax.Number, syntax.True, syntax.False:
	default:
		return ty
	}
	if t.Kind(left) == syntax.Paren {
		left = t.First(left)
	}
	if t.Kind(left) == syntax.Call && t.Source(t.First(left)) == "type" {
		arg := t.First(t.Child(left, 1))
		if name, ok := t.String(right); ok && u.same(arg, path) {
			return byName(ty, name, equal)
		}
		return ty
	}
	value := u.typeOf(right)
	if u.same(left, path) {
		return byValue(ty, value, equal)
	}
	// x.kind == "a" tells which alternative x is.
	if name, ok := u.pathKey(left); ok && u.same(t.First(left), path) {
		if un, isUnion := ty.(*types.Union); isUnion {
			kept := mapUnion(un, func(of types.Type) types.Type {
				o, isObject := of.(*types.Object)
				if !isObject {
					return of
				}
				f := u.c.field(o, name)
				if f == nil {
					return of
				}
				if l, isLiteral := f.Type.(*types.Literal); isLiteral && types.Same(l, value) != equal {
					return types.Never
				}
				return of
			})
			if kept != types.Never {
				return kept
			}
		}
		if equal && value != types.Nil {
			ty = types.Without(ty, types.Nil)
			if what, ok := t.String(right); ok {
				ty = mapUnion(ty, func(of types.Type) types.Type { return u.about(of, name, what) })
			}
			return ty
		}
	}
	return ty
}

// byValue is t where it equals a value, or does not.
func byValue(t, value types.Type, equal bool) types.Type {
	if t == types.Unknown {
		if equal {
			return value
		}
		return t
	}
	if !equal {
		if value == types.Nil {
			return mapUnion(t, func(of types.Type) types.Type {
				if of == types.Nil {
					return types.Never
				}
				return of
			})
		}
		return mapUnion(t, func(of types.Type) types.Type {
			if _, whole := t.(*types.Union); whole && types.Same(of, value) {
				return types.Never
			}
			return of
		})
	}
	kept := mapUnion(t, func(of types.Type) types.Type {
		if types.Same(of, value) || types.Same(types.Join(of, value), of) {
			return value
		}
		return types.Never
	})
	if kept == types.Never {
		return value // what was inferred did not see all
	}
	return kept
}

// byName is t where type() gives a name, or does not.
func byName(t types.Type, name string, equal bool) types.Type {
	named, known := basics[name]
	if !known {
		return t
	}
	if t == types.Unknown || t == types.Any {
		if equal && name != "table" && name != "function" && name != "userdata" {
			return named
		}
		return t
	}
	kept := mapUnion(t, func(of types.Type) types.Type {
		switch have := typeName(of); {
		case have == "":
			return of
		case (have == name) == equal:
			return of
		}
		return types.Never
	})
	if kept == types.Never && equal {
		return named
	}
	return kept
}

// typeName is what type() gives for values of t, "" if that may be several things.
func typeName(t types.Type) string {
	switch t := t.(type) {
	case types.Basic:
		switch t {
		case types.Unknown, types.Any, types.Never:
			return ""
		case types.Integer:
			return "number"
		}
		return t.String()
	case *types.Literal:
		switch t.Value.(type) {
		case string:
			return "string"
		case bool:
			return "boolean"
		}
		return "number"
	case *types.Func:
		return "function"
	case *types.Object, *types.Array, *types.Map, *types.Tuple:
		return "table"
	case *coroutine:
		return "thread"
	}
	return ""
}
