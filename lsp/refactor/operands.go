package refactor

import (
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// operator notes what an operator does: with numbers and texts it has a value and no more.
func (p *place) operator(e *effects, n syntax.Node) {
	op := p.TokenKind(p.Token(n))
	switch op {
	case syntax.And, syntax.Or, syntax.Not:
		return
	}
	left := p.First(n)
	if p.plain(left) && (p.Next(left) == syntax.None || p.plain(p.Next(left))) {
		switch op {
		case syntax.Equal, syntax.NotEqual:
			return
		case syntax.Plus, syntax.Minus, syntax.Star, syntax.Slash, syntax.Percent, syntax.Caret:
			if p.number(left) && (p.Next(left) == syntax.None || p.number(p.Next(left))) {
				return
			}
		case syntax.Less, syntax.LessEqual, syntax.Greater, syntax.GreaterEqual:
			if p.number(left) && p.number(p.Next(left)) {
				return
			}
		case syntax.Concat, syntax.Hash:
			if op == syntax.Concat {
				return
			}
		}
	}
	e.heap, e.fails = true, true
	switch op {
	case syntax.Plus, syntax.Minus, syntax.Star, syntax.Slash, syntax.Percent, syntax.Caret, syntax.Concat:
		e.fresh = true // a metamethod could make a table
	}
}

// plain tells whether an expression is surely a number or text.
func (p *place) plain(n syntax.Node) bool {
	return p.Kind(n) == syntax.String || p.is(n, types.String) || p.number(n)
}

// number tells whether an expression is surely a number.
func (p *place) number(n syntax.Node) bool { return p.is(n, types.Number) || p.is(n, types.Integer) }

// is tells whether all values that an expression can have are of a basic type. Only
// literals, and variables that are never assigned again and begin as such values, count:
// what annotations say need not be so.
func (p *place) is(n syntax.Node, want types.Basic) bool {
	for range maxLookup {
		switch p.Kind(n) {
		case syntax.Paren:
			n = p.First(n)
			continue
		case syntax.Number:
			return want == types.Number
		case syntax.String:
			return want == types.String
		case syntax.Name:
			v := p.vars.Var(n)
			if v == scope.NoVar || p.written(v) {
				return false
			}
			decl := p.vars.Vars[v].Decl
			if p.Kind(p.Parent(decl)) == syntax.NumericFor {
				return want == types.Number
			}
			if n = p.valueOf(v); n == syntax.None {
				return false
			}
			continue
		case syntax.Binary:
			switch p.TokenKind(p.Token(n)) {
			case syntax.Plus, syntax.Minus, syntax.Star, syntax.Slash, syntax.Percent, syntax.Caret:
				return want == types.Number && p.is(p.First(n), want) && p.is(p.Child(n, 1), want)
			}
		}
		return false
	}
	return false
}

// maxLookup is through how many variables a value is looked for.
const maxLookup = 20

// valueOf returns the expression that a local variable begins with, None if it has none
// of its own.
func (p *place) valueOf(v scope.Var) syntax.Node {
	x := &p.vars.Vars[v]
	list := p.Parent(x.Decl)
	if x.Kind != scope.Local || p.Kind(list) != syntax.NameList || p.Kind(p.Parent(list)) != syntax.LocalStat {
		return syntax.None
	}
	value := p.First(p.Next(list))
	for name := p.First(list); name != x.Decl && value != syntax.None; name = p.Next(name) {
		value = p.Next(value)
	}
	if value != syntax.None && p.multiple(value) && p.Next(value) == syntax.None && p.Next(x.Decl) != syntax.None {
		return syntax.None // it gives the variables behind too
	}
	return value
}

// multiple tells whether an expression can give more or fewer values than one.
func (p *place) multiple(n syntax.Node) bool {
	return p.Kind(n) == syntax.Call || p.Kind(n) == syntax.Vararg
}

// libraryGlobal tells whether a name is a global of the library that the file leaves alone.
func (p *place) libraryGlobal(n syntax.Node) bool {
	name := p.Source(n)
	if name == "arg" { // functions with varargs may have their own
		return false
	}
	if p.Kind(n) != syntax.Name || p.vars.Var(n) != scope.NoVar || p.snap.LibraryGlobal(name) == nil {
		return false
	}
	return len(p.vars.Globals["setfenv"]) == 0 && !known(&p.known.replaced, name, func() bool {
		return slices.ContainsFunc(p.vars.Globals[name], func(u scope.Use) bool { return u.Write })
	})
}

// library tells whether an expression is a function of a library: math.floor.
func (p *place) library(n syntax.Node) bool {
	if p.Kind(n) != syntax.Index || !p.libraryGlobal(p.First(n)) {
		return false
	}
	lib := p.Source(p.First(n))
	switch lib {
	case "math", "string", "table", "os", "io", "coroutine", "bit32", "utf8":
	default:
		return false
	}
	return !known(&p.known.changed, lib, func() bool {
		return slices.ContainsFunc(p.vars.Globals[lib], func(use scope.Use) bool { // string.trim = …
			index := p.Parent(use.Node)
			return p.Kind(index) != syntax.Index || p.assignedTo(index)
		})
	})
}

// assignedTo tells whether an expression is what a statement assigns.
func (p *place) assignedTo(n syntax.Node) bool {
	up := p.Parent(n)
	return p.Kind(up) == syntax.FuncStat && p.First(up) == n ||
		p.Kind(up) == syntax.ExprList && p.Kind(p.Parent(up)) == syntax.AssignStat && p.First(p.Parent(up)) == up
}
