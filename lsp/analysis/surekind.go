package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// SureValue is what an expression is whatever the program does.
type SureValue struct {
	// Kind is what type says of it: "nil", "number".
	Kind string
	// Text is the value of a string that is written out, if Literal.
	Text    string
	Literal bool
	// Var is the local variable that holds it, NoVar if the expression is none.
	Var scope.Var
}

// Sure tells what an expression is whatever the program does: a literal, a local variable
// that holds one all the time or never has a value, an operation on such, the result of a
// library function. A table may have a metatable, unless the expression is its constructor.
func (s *Snapshot) Sure(f *File, n syntax.Node) (v SureValue, ok bool) {
	return v, in(s, f, func(u *unit) bool {
		v, ok = u.sure(n, maxCertain)
		return ok
	})
}

func (u *unit) sure(n syntax.Node, depth int) (v SureValue, ok bool) {
	t := u.tree
	v.Var = scope.NoVar
	if depth == 0 {
		return v, false
	}
	if _, as := u.as(n); as {
		return v, false
	}
	switch t.Kind(n) {
	case syntax.Nil:
		v.Kind = "nil"
	case syntax.True, syntax.False:
		v.Kind = "boolean"
	case syntax.Number:
		v.Kind = "number"
	case syntax.String:
		v.Kind = "string"
		v.Text, v.Literal = t.String(n)
	case syntax.Table:
		v.Kind = "table"
	case syntax.Function:
		v.Kind = "function"
	case syntax.Paren:
		return u.sure(t.First(n), depth-1)
	case syntax.Unary:
		v.Kind = u.sureUnary(n, depth)
	case syntax.Binary:
		v.Kind = u.sureBinary(n, depth)
	case syntax.Call:
		v.Kind = u.sureCall(n)
	case syntax.Name:
		return u.sureName(n, depth)
	}
	return v, v.Kind != ""
}

func (u *unit) sureUnary(n syntax.Node, depth int) string {
	t := u.tree
	op := t.TokenKind(t.Token(n))
	if op == syntax.Not {
		return "boolean"
	}
	of, ok := u.sure(t.First(n), depth-1)
	switch {
	case !ok:
	case op == syntax.Minus && of.Kind == "number", op == syntax.Hash && of.Kind == "string":
		return "number"
	}
	return ""
}

func (u *unit) sureBinary(n syntax.Node, depth int) string {
	t := u.tree
	op := t.TokenKind(t.Token(n))
	switch op {
	case syntax.And, syntax.Or:
		return ""
	case syntax.Equal, syntax.NotEqual, syntax.Less, syntax.LessEqual, syntax.Greater, syntax.GreaterEqual:
		return "boolean"
	}
	for c := range t.Children(n) {
		of, ok := u.sure(c, depth-1)
		if !ok || of.Kind != "number" && (op != syntax.Concat || of.Kind != "string") {
			return ""
		}
	}
	if op == syntax.Concat {
		return "string"
	}
	return "number"
}

// sureCall is the kind of what a library function gives, "" if it may be several.
func (u *unit) sureCall(n syntax.Node) string {
	callee := u.tree.First(n)
	f, ok := u.typeOf(callee).(*types.Func)
	if !ok || !fromLibrary(f) || !u.calleeIsCertain(callee, f) || u.tree.Kind(callee) == syntax.Method {
		return ""
	}
	switch u.typeOf(n) {
	case types.Number, types.Integer:
		return "number"
	case types.String:
		return "string"
	case types.Boolean:
		return "boolean"
	}
	return ""
}

func (u *unit) sureName(n syntax.Node, depth int) (v SureValue, ok bool) {
	v.Var = u.file.Vars().Var(n)
	if v.Var == scope.NoVar || !u.neverWritten(n) {
		return v, false
	}
	x := &u.file.Vars().Vars[v.Var]
	switch x.Kind {
	case scope.LocalFunction:
		v.Kind = "function"
		return v, true
	case scope.Local:
		names := u.tree.Parent(x.Decl)
		if u.tree.Kind(u.tree.Parent(names)) != syntax.LocalStat {
			return v, false
		}
		if u.tree.Next(names) == syntax.None {
			v.Kind = "nil"
			return v, true
		}
		if value := u.initial(x); value != syntax.None && u.tree.Kind(value) != syntax.Vararg {
			of, ok := u.sure(value, depth-1)
			of.Var = v.Var
			return of, ok
		}
	}
	return v, false
}
