package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// guard is a condition, and the bytes where it is known to have held, or not.
type guard struct {
	condition syntax.Node
	holds     bool
	from, to  int
}

// guards returns the conditions that mention a root, in the order of the text.
func (u *unit) guards(r root) []guard {
	if g, ok := u.guarded[r]; ok {
		return g
	}
	var uses []scope.Use
	if r.v == scope.NoVar {
		uses = u.file.Vars().Globals[r.global]
	} else {
		uses = u.file.Vars().Vars[r.v].Uses
	}
	var list []guard
	seen := map[syntax.Node]bool{}
	for _, use := range uses {
		if !use.Write {
			list = u.guardsOf(use.Node, list, seen)
		}
	}
	if u.guarded == nil {
		u.guarded = map[root][]guard{}
	}
	u.guarded[r] = list
	return list
}

// guardsOf adds the guards of the conditions that a use is in.
func (u *unit) guardsOf(n syntax.Node, list []guard, seen map[syntax.Node]bool) []guard {
	t := u.tree
	add := func(condition syntax.Node, holds bool, from, to int) {
		if from < to {
			list = append(list, guard{condition, holds, from, to})
		}
	}
	for {
		parent := t.Parent(n)
		switch t.Kind(parent) {
		case syntax.Binary:
			if t.First(parent) == n && !seen[parent] {
				switch t.TokenKind(t.Token(parent)) {
				case syntax.And:
					seen[parent] = true
					right := t.Next(n)
					add(n, true, t.Start(right), t.End(right)+1)
				case syntax.Or:
					seen[parent] = true
					right := t.Next(n)
					add(n, false, t.Start(right), t.End(right)+1)
				}
			}
		case syntax.Unary, syntax.Paren, syntax.Index, syntax.IndexKey:
		case syntax.Args:
			call := t.Parent(parent)
			callee := t.First(call)
			if t.Kind(callee) != syntax.Name {
				return list
			}
			switch t.Source(callee) {
			case "assert":
				if t.First(parent) == n && !seen[call] {
					seen[call] = true
					add(n, true, t.End(call), t.End(u.block(call))+1)
				}
				return list
			case "type":
				n = call
				continue
			}
			return list
		case syntax.IfClause, syntax.ElseIfClause:
			if t.First(parent) != n || seen[parent] {
				return list
			}
			seen[parent] = true
			return u.clauseGuards(n, parent, list)
		case syntax.WhileStat:
			if t.First(parent) == n && !seen[parent] {
				seen[parent] = true
				b := t.Next(n)
				add(n, true, t.Start(b), t.End(b)+1)
				if !u.hasBreak(parent) {
					add(n, false, t.End(parent), t.End(u.block(parent))+1)
				}
			}
			return list
		case syntax.RepeatStat:
			if t.First(parent) != n && !seen[parent] {
				seen[parent] = true
				if !u.hasBreak(parent) {
					add(n, true, t.End(parent), t.End(u.block(parent))+1)
				}
			}
			return list
		default:
			return list
		}
		n = parent
	}
}

// clauseGuards adds the guards of the condition of one clause of an if.
func (u *unit) clauseGuards(condition, clause syntax.Node, list []guard) []guard {
	t := u.tree
	stat := t.Parent(clause)
	b := t.Next(condition)
	list = append(list, guard{condition, true, t.Start(b), u.blockEnd(b)})
	// The later clauses are tried only if it did not hold.
	if next := t.Next(clause); next != syntax.None {
		list = append(list, guard{condition, false, t.Start(next), t.End(stat)})
	}
	// So is what follows, if this clause and those before it leave.
	for c := t.First(stat); ; c = t.Next(c) {
		if !u.leaves(t.Child(c, 1)) {
			return list
		}
		if c == clause {
			break
		}
	}
	return append(list, guard{condition, false, t.End(stat), u.blockEnd(u.block(stat))})
}

// blockEnd is where a block ends, with the white space behind it.
func (u *unit) blockEnd(b syntax.Node) int {
	_, end := u.tree.Range(b)
	count := u.tree.TokenCount()
	for end < count && u.tree.TokenKind(end) == syntax.Comment {
		end++
	}
	if end < count {
		start, _ := u.tree.TokenSpan(end)
		return start + 1
	}
	return len(u.file.text) + 1
}

// narrowed is the type of a variable or path at a place, after the conditions that
// it stands behind.
func (u *unit) narrowed(n syntax.Node, t types.Type) types.Type {
	r, ok := u.rootAt(n)
	if !ok {
		return t
	}
	guards := u.guards(r)
	if len(guards) == 0 {
		return t
	}
	at := u.tree.Start(n)
	path := n
	for _, g := range guards {
		if at < g.from || at >= g.to || u.inside(n, g.condition) || u.changed(r, path, g, at) {
			continue
		}
		n := narrowing{unit: u, path: path}
		t = n.narrow(g.condition, g.holds, t)
		if t == types.Never && u.asks(g.condition, path) {
			t = types.Nil // where there should be something: who asks knows better
		}
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

// rootAt returns the root of a path a.b.c, unless it is very long.
func (u *unit) rootAt(n syntax.Node) (root, bool) {
	t := u.tree
	for range maxPath {
		switch t.Kind(n) {
		case syntax.Name:
			v := u.file.Vars().Var(n)
			if v == scope.NoVar {
				return root{v: v, global: t.Source(n)}, true
			}
			return root{v: v}, true
		case syntax.Index, syntax.IndexKey:
			n = t.First(n)
		default:
			return root{}, false
		}
	}
	return root{}, false
}

// changed tells whether what the path holds may have changed since a condition was
// tested.
func (u *unit) changed(r root, path syntax.Node, g guard, at int) bool {
	t := u.tree
	if r.v != scope.NoVar {
		x := &u.file.Vars().Vars[r.v]
		writes := u.writes(r.v)
		if len(writes) > 0 && u.functionAround(path) != u.functionAround(g.condition) {
			return true
		}
		for _, w := range writes {
			if s := t.Start(w); s > t.Start(g.condition) && s < at {
				return true
			}
			if u.functionAround(w) == u.functionAround(path) && w > path && !u.inside(g.condition, u.loopOf(path)) && u.sameLoop(w, path, x.Decl, syntax.None) {
				return true
			}
		}
	}
	if t.Kind(path) == syntax.Name {
		return false
	}
	f := u.path(t.First(path), false)
	name, ok := u.keyName(path)
	if f == nil || !ok {
		return !ok
	}
	for _, s := range f.named[name] {
		if w := t.Start(s.name); w > t.Start(g.condition) && w < at && u.functionAround(s.name) == u.functionAround(path) {
			return true
		}
	}
	return false
}

// loopOf returns the innermost loop around n; None is outside of everything.
func (u *unit) loopOf(n syntax.Node) syntax.Node {
	t := u.tree
	for n = t.Parent(n); n != syntax.None; n = t.Parent(n) {
		switch t.Kind(n) {
		case syntax.WhileStat, syntax.RepeatStat, syntax.NumericFor, syntax.GenericFor:
			return n
		case syntax.FuncBody:
			return syntax.Node(t.Len())
		}
	}
	return syntax.Node(t.Len())
}

// same tells whether two expressions are the same path of the same variable.
func (u *unit) same(a, b syntax.Node) bool { return u.sameWithin(a, b, maxPath) }

func (u *unit) sameWithin(a, b syntax.Node, most int) bool {
	t := u.tree
	for t.Kind(a) == syntax.Paren {
		a = t.First(a)
	}
	if t.Kind(a) == syntax.Name && t.Kind(b) == syntax.Name {
		va, vb := u.file.Vars().Var(a), u.file.Vars().Var(b)
		return va == vb && (va != scope.NoVar || t.Source(a) == t.Source(b))
	}
	ka, oka := u.pathKey(a)
	kb, okb := u.pathKey(b)
	return oka && okb && ka == kb && most > 0 && u.sameWithin(t.First(a), t.First(b), most-1)
}

func (u *unit) pathKey(n syntax.Node) (string, bool) {
	switch u.tree.Kind(n) {
	case syntax.Index, syntax.IndexKey:
		return u.keyName(n)
	}
	return "", false
}

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
			return types.Without(ty, types.Nil)
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
