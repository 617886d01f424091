package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// infer works out the type of a node; typeOf keeps it.
func (u *unit) infer(n syntax.Node) types.Type {
	if as, ok := u.as(n); ok {
		return as
	}
	t := u.tree
	switch t.Kind(n) {
	case syntax.Name:
		return u.name(n)
	case syntax.Vararg:
		return u.vararg(n)
	case syntax.Nil:
		return types.Nil
	case syntax.True:
		return &types.Literal{Value: true}
	case syntax.False:
		return &types.Literal{Value: false}
	case syntax.Number:
		if v, ok := t.Number(n); ok {
			return &types.Literal{Value: v}
		}
		return types.Number
	case syntax.String:
		if v, ok := t.String(n); ok && len(v) <= maxLiteral {
			return &types.Literal{Value: v}
		}
		return types.String
	case syntax.Function:
		return u.typeOf(t.First(n))
	case syntax.FuncBody:
		return u.function(n)
	case syntax.Index, syntax.IndexKey, syntax.Method:
		return u.index(n)
	case syntax.Call:
		v := u.call(n)
		u.multis[n] = v
		return first(v)
	case syntax.Table:
		return u.table(n)
	case syntax.Paren:
		return u.typeOf(t.First(n))
	case syntax.Binary:
		return u.binary(n)
	case syntax.Unary:
		return u.unary(n)
	case syntax.Chunk:
		return u.module()
	}
	return types.Unknown
}

// maxLiteral is how long a string may be whose value is its type.
const maxLiteral = 200

func first(v values) types.Type {
	if t := v.at(0); t != nil {
		return t
	}
	return types.Unknown
}

// name is the type of a Name: of what it reads, writes or declares.
func (u *unit) name(n syntax.Node) types.Type {
	t := u.tree
	parent := t.Parent(n)
	switch t.Kind(parent) {
	case syntax.Index, syntax.Method:
		if t.First(parent) != n {
			return u.typeOf(parent)
		}
	case syntax.NameField:
		if t.First(parent) == n {
			return u.typeOf(t.Child(parent, 1))
		}
	case syntax.LabelStat, syntax.GotoStat:
		return types.Unknown
	}
	return u.variable(n)
}

func (u *unit) unary(n syntax.Node) types.Type {
	t := u.tree
	operand := t.First(n)
	switch t.TokenKind(t.Token(n)) {
	case syntax.Not:
		return types.Boolean
	case syntax.Hash:
		if r := u.operator(u.typeOf(operand), "len", "__len"); r != nil {
			return r
		}
		return types.Integer
	}
	of := u.typeOf(operand)
	if l, ok := of.(*types.Literal); ok {
		if v, ok := l.Value.(float64); ok {
			return &types.Literal{Value: -v}
		}
	}
	if of == types.Integer {
		return of
	}
	if r := u.operator(of, "unm", "__unm"); r != nil {
		return r
	}
	return types.Number
}

var operators = map[syntax.TokenKind][2]string{
	syntax.Plus: {"add", "__add"}, syntax.Minus: {"sub", "__sub"}, syntax.Star: {"mul", "__mul"},
	syntax.Slash: {"div", "__div"}, syntax.Percent: {"mod", "__mod"}, syntax.Caret: {"pow", "__pow"},
	syntax.Concat: {"concat", "__concat"},
}

func (u *unit) binary(n syntax.Node) types.Type {
	t := u.tree
	left := t.First(n)
	right := t.Next(left)
	op := t.TokenKind(t.Token(n))
	switch op {
	case syntax.And:
		l := u.typeOf(left)
		switch {
		case l == types.Unknown:
			// What is not known may be false, but what is wanted of x and x.y is x.y.
			return u.typeOf(right)
		case truthy(l) == never:
			return l
		}
		r := u.typeOf(right)
		if r == types.Unknown {
			return r // nil or false is not all that it can be
		}
		return types.Join(falsyPart(l), r)
	case syntax.Or:
		l, r := u.typeOf(left), u.typeOf(right)
		if l == types.Unknown {
			return u.orUnknown(widened(r))
		}
		if truthy(l) == always && !u.mayFail(left) {
			return l
		}
		if l = truthyPart(l); isList(l) && t.Kind(right) == syntax.Table && t.First(right) == syntax.None {
			return l // {} is one without elements
		}
		if r == types.Unknown {
			return u.orUnknown(l)
		}
		return types.Join(l, r)
	case syntax.Equal, syntax.NotEqual, syntax.Less, syntax.LessEqual, syntax.Greater, syntax.GreaterEqual:
		return types.Boolean
	}
	l, r := u.typeOf(left), u.typeOf(right)
	names := operators[op]
	for _, of := range [2]types.Type{l, r} {
		if res := u.operator(of, names[0], names[1]); res != nil {
			return res
		}
	}
	if op == syntax.Concat {
		return types.String
	}
	if op == syntax.Slash || op == syntax.Caret {
		return types.Number
	}
	if isInteger(l) && isInteger(r) {
		return types.Integer
	}
	// In t.n = t.n + 1 the operand is what is being found out: it is no other thing.
	if u.c.lacking && (l == types.Unknown && isInteger(r) || r == types.Unknown && isInteger(l)) {
		return types.Integer
	}
	return types.Number
}

// orUnknown is t of values that may be something else, of which nothing is known: more than what is
// being found out.
func (u *unit) orUnknown(t types.Type) types.Type {
	if u.c.lacking && t != types.Nil {
		return t
	}
	return types.Partly(t)
}

// mayFail tells whether a value may be what `and` in it tests, of which nothing is known: c and "a".
func (u *unit) mayFail(n syntax.Node) bool {
	t := u.tree
	for n = inParens(t, n); t.Kind(n) == syntax.Binary && t.TokenKind(t.Token(n)) == syntax.And; {
		if n = inParens(t, t.First(n)); u.typeOf(n) == types.Unknown {
			return true
		}
	}
	return false
}

// isList tells whether a type is one of tables that are described by their entries alone.
func isList(t types.Type) bool {
	switch t.(type) {
	case *types.Array, *types.Map, *types.Tuple:
		return true
	}
	return false
}

func isInteger(t types.Type) bool {
	if l, ok := t.(*types.Literal); ok {
		v, ok := l.Value.(float64)
		return ok && v == float64(int64(v))
	}
	return t == types.Integer
}

// operator returns what an operator gives for a table that has a metamethod, or
// nil.
func (u *unit) operator(t types.Type, name, event string) types.Type {
	switch t := t.(type) {
	case *types.Object:
		if o, ok := t.Origin.(*object); ok {
			if r := o.operator(name, event); r != nil {
				return r
			}
		}
	case *types.Union:
		for _, of := range t.Of {
			if r := u.operator(of, name, event); r != nil {
				return r
			}
		}
	}
	return nil
}

// Whether a value counts as true.
type truth uint8

const (
	maybe truth = iota
	always
	never
)

func truthy(t types.Type) truth {
	switch t := t.(type) {
	case types.Basic:
		switch t {
		case types.Nil:
			return never
		case types.Unknown, types.Any, types.Boolean:
			return maybe
		}
		return always
	case *types.Literal:
		if t.Value == false {
			return never
		}
		return always
	case *types.Union:
		r := truthy(t.Of[0])
		for _, of := range t.Of[1:] {
			if truthy(of) != r {
				return maybe
			}
		}
		return r
	case *types.Param:
		return maybe
	}
	return always
}

// truthyPart is t after a test that it passed.
func truthyPart(t types.Type) types.Type {
	return mapUnion(t, func(of types.Type) types.Type {
		switch {
		case of == types.Boolean:
			return &types.Literal{Value: true}
		case truthy(of) == never:
			return types.Never
		}
		return of
	})
}

// falsyPart is t after a test that it did not pass.
func falsyPart(t types.Type) types.Type {
	return mapUnion(t, func(of types.Type) types.Type {
		switch {
		case of == types.Boolean:
			return &types.Literal{Value: false}
		case truthy(of) == always:
			return types.Never
		}
		return of
	})
}

// mapUnion applies f to the alternatives of t. If nothing is left that is Never.
func mapUnion(t types.Type, f func(types.Type) types.Type) types.Type {
	un, ok := t.(*types.Union)
	if !ok {
		return f(t)
	}
	left := make([]types.Type, 0, len(un.Of))
	for _, of := range un.Of {
		if r := f(of); r != types.Never {
			left = append(left, r)
		}
	}
	if len(left) == 0 {
		return types.Never
	}
	return types.Rest(types.Choice, left)
}

// widened is t without the values of numbers and booleans: what may be assigned
// again is hardly always 1.
func widened(t types.Type) types.Type {
	switch t := t.(type) {
	case *types.Literal:
		switch v := t.Value.(type) {
		case bool:
			return types.Boolean
		case float64:
			if v == float64(int64(v)) {
				return types.Integer
			}
			return types.Number
		}
	case *types.Union:
		wide := make([]types.Type, len(t.Of))
		for i, of := range t.Of {
			wide[i] = widened(of)
		}
		return types.Rest(types.Join, wide)
	}
	return t
}
