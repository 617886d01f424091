package analysis

import (
	"slices"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/library"
)

// required tells whether a parameter must be given. The library's functions look whether
// there is a value even where any will do.
func (u *unit) required(p types.Parameter, fromLibrary bool) bool {
	switch p.Type {
	case types.Any:
		return fromLibrary && !p.Optional
	case types.Unknown, nil:
		return false
	}
	return !p.Optional && !hasNil(p.Type) && (!hasParam(p.Type, 0) || refuses(p.Type, types.Nil, 0))
}

// takesExactly tells whether a parameter may be given a value of a type if nothing is
// converted: the kernel's functions want the types that they name. The state takes numbers
// for names, as tables do.
func takesExactly(p types.Parameter, f *types.Func, got types.Type) bool {
	name := typeName(got)
	names := name == "number" && f.Decl.URI == library.URI("state.lua")
	switch name {
	case "nil", "boolean", "number", "string":
	default: // a table may be called, a function have fields
		return true
	}
	if got == types.Nil && p.Optional {
		return true
	}
	var exact func(t types.Type, depth int) bool
	exact = func(t types.Type, depth int) bool {
		if union, ok := t.(*types.Union); ok && depth < maxTypeDepth {
			return slices.ContainsFunc(union.Of, func(of types.Type) bool { return exact(of, depth+1) })
		}
		want := typeName(t)
		return want == "" || want == name || names && want == "string"
	}
	return p.Type == nil || exact(p.Type, 0)
}

// takes tells whether a parameter may be given a value of a type. What Lua converts
// passes, and what is in doubt. own: it is a function of the program's.
func (u *unit) takes(p types.Parameter, got types.Type, own bool) bool {
	if refuses(p.Type, got, 0) { // also of types that calls choose
		return got == types.Nil && p.Optional
	}
	if p.Type == nil || hasParam(p.Type, 0) || got == types.Nil && p.Optional || assignable(got, p.Type, 0) {
		return true
	}
	wants := func(t types.Type) bool {
		switch typeName(t) {
		case "boolean": // anything is true or false
			return true
		case "string":
			_, one := t.(*types.Literal)
			return !one && typeName(got) == "number"
		case "number":
			if l, ok := got.(*types.Literal); ok {
				if s, ok := l.Value.(string); ok {
					return NumberText(s)
				}
			}
			return got == types.Type(types.String) || typeName(got) == "number"
		}
		return false
	}
	if union, ok := p.Type.(*types.Union); ok {
		for _, of := range union.Of {
			// The library tells a boolean apart from what else it takes.
			if wants(of) && (own || of != types.Boolean || typeName(got) == "boolean" || onlyBoolean(union)) {
				return true
			}
		}
		return false
	}
	return wants(p.Type)
}

func onlyBoolean(t *types.Union) bool {
	return !slices.ContainsFunc(t.Of, func(of types.Type) bool { return of != types.Boolean && of != types.Nil })
}

// NumberText tells whether Lua takes a text for a number where it needs one.
func NumberText(s string) bool {
	text := strings.ToLower(strings.TrimSpace(s))
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return true
	}
	return strings.HasPrefix(strings.TrimLeft(text, "+-"), "0x")
}

// refuses tells whether a type is one of tables or functions, and a value is none.
func refuses(t, got types.Type, depth int) bool {
	if depth > maxTypeDepth {
		return false
	}
	switch t := t.(type) {
	case *types.Array, *types.Map, *types.Tuple, *types.Object:
	case *types.Func:
		switch typeName(got) {
		case "nil", "number", "string", "boolean":
			return true
		}
		return false // a table may be called
	case types.Basic:
		if t != types.TableType {
			return false
		}
	case *types.Param:
		return t.Bound != nil && refuses(t.Bound, got, depth+1)
	case *types.Union:
		for _, of := range t.Of {
			if of == types.Nil && got == types.Nil || of != types.Nil && !refuses(of, got, depth+1) {
				return false
			}
		}
		return true
	default:
		return false
	}
	switch typeName(got) {
	case "nil", "number", "string", "boolean":
		return true
	case "function":
		_, object := t.(*types.Object)
		return !object
	}
	return false
}
