package luacats

import "github.com/llmspell/llmspell/runtime/syntax"

// FunctionOwner returns the statement or field whose annotations are those of a function,
// given its FuncBody: local f = function, f = function, {f = function}, function f, return
// function. It is None for a function that is given to a call, and others without a name.
func FunctionOwner(t *syntax.Tree, body syntax.Node) syntax.Node {
	n := t.Parent(body)
	if t.Kind(n) == syntax.Function {
		switch list := t.Parent(n); t.Kind(list) {
		case syntax.NameField, syntax.KeyField, syntax.PosField:
			n = list
		case syntax.ExprList:
			n = t.Parent(list)
		default:
			return syntax.None
		}
	}
	switch t.Kind(n) {
	case syntax.Chunk, syntax.Invalid:
		return syntax.None
	}
	return n
}
