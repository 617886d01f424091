package flow

import (
	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// maxNumeric is how many variables deep a key is looked into.
const maxNumeric = 5

// numeric tells whether an expression is surely no string: a number or a boolean. As a
// key it names no field.
func (c *collector) numeric(n syntax.Node, depth int) bool {
	t := c.t
	switch t.Kind(n) {
	case syntax.Number, syntax.True, syntax.False:
		return true
	case syntax.Paren:
		return c.numeric(t.First(n), depth)
	case syntax.Unary:
		return !c.mayCall(n)
	case syntax.Binary:
		left := t.First(n)
		right := t.Next(left)
		switch t.TokenKind(t.Token(n)) {
		case syntax.Concat:
			return false
		case syntax.And, syntax.Or:
			return c.numeric(left, depth) && c.numeric(right, depth)
		case syntax.Equal, syntax.NotEqual, syntax.Less, syntax.LessEqual, syntax.Greater, syntax.GreaterEqual:
			return true
		}
		return !c.mayCall(n) || c.numeric(left, depth) && c.numeric(right, depth)
	case syntax.Call:
		return c.numericCall(n)
	case syntax.Name:
		v := c.file.Vars.Var(n)
		return v != scope.NoVar && depth < maxNumeric && c.numericVar(&c.file.Vars.Vars[v], depth+1)
	}
	return false
}

// numericCall tells whether a call of a library function gives a number.
func (c *collector) numericCall(n syntax.Node) bool {
	callee := c.t.First(n)
	switch c.t.Kind(callee) {
	case syntax.Index:
		lib := c.t.First(callee)
		return c.t.Source(lib) == "math" && c.file.Vars.Var(lib) == scope.NoVar
	case syntax.Name:
		return c.t.Source(callee) == "tonumber" && c.file.Vars.Var(callee) == scope.NoVar
	}
	return false
}

// numericVar tells whether all that a variable is given is a number.
func (c *collector) numericVar(x *scope.Variable, depth int) bool {
	t := c.t
	parent := t.Parent(x.Decl)
	switch x.Kind {
	case scope.LoopVar:
		if t.Kind(parent) != syntax.NumericFor && !(t.First(parent) == x.Decl && c.countsUp(t.Parent(parent))) {
			return false
		}
	case scope.Local:
		values := t.Next(parent)
		if values != syntax.None {
			at := 0
			for name := t.First(parent); name != x.Decl; name = t.Next(name) {
				at++
			}
			if value := t.Child(values, at); value == syntax.None || !c.numeric(value, depth) {
				return false
			}
		}
	case scope.Param:
		if !c.annotatedNumber(x) {
			return false
		}
	default:
		return false
	}
	for _, use := range x.Uses {
		if use.Write && !c.numericWrite(use.Node, depth) {
			return false
		}
	}
	return true
}

func (c *collector) numericWrite(name syntax.Node, depth int) bool {
	t := c.t
	list := t.Parent(name)
	if t.Kind(list) != syntax.ExprList {
		return false
	}
	at := 0
	for n := t.First(list); n != name; n = t.Next(n) {
		at++
	}
	value := t.Child(t.Next(list), at)
	return value != syntax.None && c.numeric(value, depth)
}

// countsUp tells whether a loop goes over ipairs.
func (c *collector) countsUp(loop syntax.Node) bool {
	t := c.t
	call := t.First(t.Child(loop, 1))
	callee := t.First(call)
	return t.Kind(call) == syntax.Call && t.Source(callee) == "ipairs" && c.file.Vars.Var(callee) == scope.NoVar
}

// annotatedNumber tells whether @param says that a parameter is a number.
func (c *collector) annotatedNumber(x *scope.Variable) bool {
	b := c.functionNote(x.Function)
	if b == nil {
		return false
	}
	for _, tag := range b.Tags {
		if p, ok := tag.(*luacats.ParamTag); ok && p.Name.Text == x.Name {
			n, ok := p.Type.(*luacats.NameType)
			return ok && (n.Name.Text == "integer" || n.Name.Text == "number")
		}
	}
	return false
}
