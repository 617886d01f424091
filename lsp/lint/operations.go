package lint

import (
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// operations reports operations that always fail, in the words of the error.
func (p *pass) operations() {
	t := p.tree
	if !p.on("invalid-operation") || p.notes.Meta {
		return
	}
	for n := range p.nodes(syntax.Binary, syntax.Unary, syntax.Call, syntax.Index, syntax.Method, syntax.IndexKey, syntax.NumericFor, syntax.GenericFor, syntax.KeyField) {
		switch t.Kind(n) {
		case syntax.KeyField:
			if message := p.badKey(t.First(n)); message != "" {
				p.failure(t.First(n), message)
			}
		case syntax.Binary:
			p.binary(n)
		case syntax.Unary:
			p.unary(n)
		case syntax.Call:
			if callee := t.First(n); t.Kind(callee) != syntax.Method {
				p.calledValue(callee)
			}
		case syntax.NumericFor:
			p.numericFor(n)
		case syntax.GenericFor:
			first := t.First(t.Child(n, 1))
			if v, ok := p.sure(first); ok && v.Kind != "function" {
				p.failure(first, "attempt to call a "+v.Kind+" value")
			}
		default:
			p.indexed(n)
		}
	}
}

// sure is what an expression surely is, if it has no metatable of a script's.
func (p *pass) sure(n syntax.Node) (analysis.SureValue, bool) {
	v, ok := p.snap.Sure(p.file, n)
	if !ok || p.overloaded(v.Kind) {
		return v, false
	}
	if v.Var != scope.NoVar {
		x := &p.vars.Vars[v.Var]
		switch v.Kind {
		case "table":
			return v, p.staysHere(x)
		case "nil":
			return v, !p.askedAbout(x) // what it guards never runs
		}
	}
	return v, true
}

// askedAbout tells whether the code asks for a variable anywhere.
func (p *pass) askedAbout(v *scope.Variable) bool {
	is, known := p.askedVars[v]
	if !known {
		if p.askedVars == nil {
			p.askedVars = map[*scope.Variable]bool{}
		}
		is = slices.ContainsFunc(v.Uses, func(u scope.Use) bool { return p.askedFor(u.Node).is })
		p.askedVars[v] = is
	}
	return is
}

// fails reports an operation on an operand.
func (p *pass) fails(operand syntax.Node, what string, v analysis.SureValue) {
	p.failure(operand, "attempt to "+what+" "+p.valueName(operand, v))
}

func (p *pass) failure(at syntax.Node, message string) {
	if !p.misread(p.tree.Start(at)) {
		p.at("invalid-operation", at, message)
	}
}

// valueName is how an error names a value.
func (p *pass) valueName(n syntax.Node, v analysis.SureValue) string {
	value := "a " + v.Kind + " value"
	switch k := p.tree.Kind(n); {
	case k == syntax.Index:
		return "field '" + p.tree.NameOf(p.tree.Child(n, 1)) + "' (" + value + ")"
	case k != syntax.Name:
		return value
	case v.Var == scope.NoVar:
		return "global '" + p.tree.NameOf(n) + "' (" + value + ")"
	}
	kind := "local"
	if p.vars.Vars[v.Var].Function != p.functionAround(n) {
		kind = "upvalue"
	}
	return kind + " '" + p.vars.Vars[v.Var].Name + "' (" + value + ")"
}

// numeric tells whether a value can be a number: a string may hold one.
func numeric(v analysis.SureValue) bool {
	if v.Kind != "string" {
		return v.Kind == "number"
	}
	if !v.Literal {
		return true
	}
	return analysis.NumberText(v.Text)
}

func (p *pass) binary(n syntax.Node) {
	t := p.tree
	left := t.First(n)
	right := t.Next(left)
	if right == syntax.None {
		return
	}
	op := t.TokenKind(t.Token(n))
	switch op {
	case syntax.And, syntax.Or, syntax.Equal, syntax.NotEqual:
		return
	}
	a, ok := p.sure(left)
	if !ok {
		return
	}
	b, ok := p.sure(right)
	if !ok {
		return
	}
	switch op {
	case syntax.Concat:
		text := func(v analysis.SureValue) bool { return v.Kind == "string" || v.Kind == "number" }
		if !text(a) {
			p.fails(left, "concatenate", a)
		} else if !text(b) {
			p.fails(right, "concatenate", b)
		}
	case syntax.Greater, syntax.GreaterEqual:
		p.compared(n, b.Kind, a.Kind)
	case syntax.Less, syntax.LessEqual:
		p.compared(n, a.Kind, b.Kind)
	default:
		if !numeric(a) {
			p.fails(left, "perform arithmetic on", a)
		} else if !numeric(b) {
			p.fails(right, "perform arithmetic on", b)
		}
	}
}

func (p *pass) compared(n syntax.Node, a, b string) {
	switch {
	case a != b:
		p.failure(n, "attempt to compare "+a+" with "+b)
	case a != "number" && a != "string":
		p.failure(n, "attempt to compare two "+a+" values")
	}
}

func (p *pass) unary(n syntax.Node) {
	operand := p.tree.First(n)
	op := p.tree.TokenKind(p.tree.Token(n))
	if op == syntax.Not || operand == syntax.None {
		return
	}
	v, ok := p.sure(operand)
	switch {
	case !ok:
	case op == syntax.Minus && !numeric(v):
		p.fails(operand, "perform arithmetic on", v)
	case op == syntax.Hash && v.Kind != "string" && v.Kind != "table":
		p.fails(operand, "get length of", v)
	}
}

// indexed reports a field of what has none.
func (p *pass) indexed(n syntax.Node) {
	of := p.tree.First(n)
	v, ok := p.sure(of)
	if ok && v.Kind != "table" && (v.Kind != "string" || p.written(n)) {
		p.fails(of, "index", v)
	}
	if v.Kind != "table" || v.Var == scope.NoVar || p.tree.Kind(n) != syntax.IndexKey || !p.written(n) {
		return
	}
	if key := p.tree.Child(n, 1); p.badKey(key) != "" && p.findStaying(&p.vars.Vars[v.Var], true) {
		p.failure(key, p.badKey(key))
	}
}

// numericFor reports bounds of a loop that are no numbers.
func (p *pass) numericFor(n syntax.Node) {
	bound := p.tree.Next(p.tree.First(n))
	for _, what := range [...]string{"initial value", "limit", "step"} {
		if k := p.tree.Kind(bound); bound == syntax.None || k == syntax.Block {
			return
		}
		if v, ok := p.sure(bound); ok && !numeric(v) {
			p.failure(bound, "'for' "+what+" must be a number")
			return
		}
		bound = p.tree.Next(bound)
	}
}
