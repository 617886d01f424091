package analysis

import "github.com/llmspell/llmspell/runtime/syntax"

// LiteralValue returns what a literal stands for, as a catalog.LiteralField has it: nil, a
// bool, a float64, a string. A minus is of the number that operand gives. It is not ok for
// all other expressions.
func LiteralValue(t *syntax.Tree, n syntax.Node, operand func(syntax.Node) any) (value any, ok bool) {
	switch t.Kind(n) {
	case syntax.Nil:
		return nil, true
	case syntax.True, syntax.False:
		return t.Kind(n) == syntax.True, true
	case syntax.String:
		if s, ok := t.String(n); ok {
			return s, true
		}
	case syntax.Number:
		if v, ok := t.Number(n); ok {
			return v, true
		}
	case syntax.Unary:
		if t.TokenKind(t.Token(n)) == syntax.Minus {
			if v, ok := operand(t.First(n)).(float64); ok {
				return -v, true
			}
		}
	}
	return nil, false
}
