package lint

import (
	"math"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// exactArguments reports arguments of the program's own functions that Lua would take for the
// parameter, but its annotation does not: any value is true or false, and any number is one
// where a whole one is wanted. Those that are reported already are passed over.
func (p *pass) exactArguments(call syntax.Node, reported []analysis.Misfit) {
	t := p.tree
	callee, args := t.First(call), t.Child(call, 1)
	if t.Kind(args) != syntax.Args || t.First(args) == syntax.None {
		return
	}
	f, ok := p.snap.TypeOf(p.file, callee).(*types.Func)
	if !ok || fromLibrary(f.Decl) || len(f.Overloads) > 0 || !slices.ContainsFunc(f.Params, exacting) || !p.snap.CertainCallee(p.file, call) {
		return
	}
	for arg := range t.Children(args) {
		if slices.ContainsFunc(reported, func(m analysis.Misfit) bool { return m.Arg == arg }) {
			continue
		}
		param, _, ok := p.snap.ParameterOf(p.file, arg)
		if !ok || !exacting(param) {
			continue
		}
		v, ok := p.snap.Sure(p.file, arg)
		if !ok || v.Kind == "nil" {
			continue
		}
		got := p.snap.TypeOf(p.file, arg)
		if !isExactly(param.Type, v.Kind, got) {
			p.misfit(call, &analysis.Misfit{Kind: analysis.WrongArgument, Func: f, Arg: arg, Param: param, Got: ofKind(v.Kind, got)})
		}
	}
}

// exacting tells whether a parameter has a type that exactArguments judges.
func exacting(p types.Parameter) bool {
	return p.Type != nil && !isExactly(p.Type, "table", types.TableType)
}

// isExactly tells whether a value is of a type without being converted. Only booleans and
// whole numbers are judged; a text may hold a number.
func isExactly(t types.Type, kind string, got types.Type) bool {
	switch t := t.(type) {
	case types.Basic:
		switch t {
		case types.Nil:
			return kind == "nil"
		case types.Boolean:
			return kind == "boolean"
		case types.Integer:
			return kind == "string" || kind == "number" && !hasFraction(got)
		}
	case *types.Union:
		return slices.ContainsFunc(t.Of, func(of types.Type) bool { return isExactly(of, kind, got) })
	}
	return true
}

func hasFraction(t types.Type) bool {
	l, ok := t.(*types.Literal)
	if !ok {
		return false
	}
	v, ok := l.Value.(float64)
	return ok && v != math.Trunc(v)
}

// ofKind is the type of a value as messages name it: the literal, or its kind.
func ofKind(kind string, got types.Type) types.Type {
	if _, ok := got.(*types.Literal); ok {
		return got
	}
	switch kind {
	case "table":
		return types.TableType
	case "function":
		return types.FunctionType
	case "string":
		return types.String
	case "boolean":
		return types.Boolean
	}
	return types.Number
}

// label is a parameter in a message: what calls choose is named by what it must be at least.
func label(p types.Parameter) string {
	p.Type = withoutParams(p.Type, 0)
	return p.Label()
}

// maxNested is how deep type variables are looked for.
const maxNested = 8

func withoutParams(t types.Type, depth int) types.Type {
	if depth > maxNested {
		return t
	}
	in := func(t types.Type) types.Type { return withoutParams(t, depth+1) }
	switch t := t.(type) {
	case *types.Param:
		if t.Bound == nil {
			return types.Any
		}
		return in(t.Bound)
	case *types.Array:
		return &types.Array{Elem: in(t.Elem)}
	case *types.Map:
		return &types.Map{Key: in(t.Key), Value: in(t.Value)}
	case *types.Union:
		of := make([]types.Type, len(t.Of))
		for i := range t.Of {
			of[i] = in(t.Of[i])
		}
		return &types.Union{Of: of}
	}
	return t
}

// missing names the parameters that lack their arguments: all that a call must give.
func missing(m *analysis.Misfit) string {
	params := m.Func.Params
	from := slices.IndexFunc(params, func(p types.Parameter) bool { return p.Name == m.Param.Name })
	var names []string
	for i := max(from, 0); i < len(params) && i-from < m.Least-m.Given; i++ {
		if !params[i].Optional {
			names = append(names, label(params[i]))
		}
	}
	switch n := len(names); n {
	case 0, 1:
		return "argument " + label(m.Param)
	default:
		return "arguments " + strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
}
