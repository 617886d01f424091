package utility

import (
	"math"

	"github.com/expr-lang/expr/ast"
)

func (c *compiler) unary(n *ast.UnaryNode) (node, error) {
	run, err := c.compile(n.Node)
	if err != nil {
		return nil, err
	}
	switch n.Operator {
	case "-":
		return func(vars map[string]any) (value, error) {
			v, err := want(numberKind, run, vars, n.Node, "the operand of -")
			v.num = -v.num
			return v, err
		}, nil
	case "+":
		return func(vars map[string]any) (value, error) {
			return want(numberKind, run, vars, n.Node, "the operand of +")
		}, nil
	case "!", "not":
		return func(vars map[string]any) (value, error) {
			v, err := want(booleanKind, run, vars, n.Node, "the operand of "+n.Operator)
			v.yes = !v.yes
			return v, err
		}, nil
	}
	return nil, errorAt(n, "the operator %s is not supported", n.Operator)
}

func (c *compiler) binary(n *ast.BinaryNode) (node, error) {
	left, err := c.compile(n.Left)
	if err != nil {
		return nil, err
	}
	right, err := c.compile(n.Right)
	if err != nil {
		return nil, err
	}
	switch n.Operator {
	case "&&", "and":
		return logical(n, left, right, false), nil
	case "||", "or":
		return logical(n, left, right, true), nil
	case "==":
		return equality(left, right, true), nil
	case "!=":
		return equality(left, right, false), nil
	case "<", "<=", ">", ">=":
		return comparison(n, left, right), nil
	}
	apply, ok := arithmetic(n)
	if !ok {
		return nil, errorAt(n, "the operator %s is not supported", n.Operator)
	}
	return func(vars map[string]any) (value, error) {
		l, err := left(vars)
		if err != nil {
			return l, err
		}
		r, err := right(vars)
		if err != nil {
			return r, err
		}
		if l.kind != numberKind || r.kind != numberKind {
			return l, errorAt(n, "the operator %s needs two numbers, not a %s and a %s", n.Operator, l.kind, r.kind)
		}
		return apply(l.num, r.num)
	}, nil
}

func arithmetic(n *ast.BinaryNode) (func(l, r float64) (value, error), bool) {
	switch n.Operator {
	case "+":
		return func(l, r float64) (value, error) { return number(l + r), nil }, true
	case "-":
		return func(l, r float64) (value, error) { return number(l - r), nil }, true
	case "*":
		return func(l, r float64) (value, error) { return number(l * r), nil }, true
	case "/":
		return func(l, r float64) (value, error) {
			if r == 0 {
				return value{}, errorAt(n, "division by zero")
			}
			return number(l / r), nil
		}, true
	case "%": // the remainder has the sign of the dividend, as in C and in the original
		return func(l, r float64) (value, error) {
			if r == 0 {
				return value{}, errorAt(n, "the remainder of a division by zero")
			}
			return number(math.Mod(l, r)), nil
		}, true
	case "^", "**":
		return func(l, r float64) (value, error) {
			p := math.Pow(l, r)
			if math.IsNaN(p) {
				return value{}, errorAt(n, "%v ^ %v has no real value", l, r)
			}
			return number(p), nil
		}, true
	}
	return nil, false
}

// logical is && (decided by false) or || (decided by true). The right side
// runs only when the left does not decide.
func logical(n *ast.BinaryNode, left, right node, decided bool) node {
	what := "an operand of " + n.Operator
	return func(vars map[string]any) (value, error) {
		l, err := want(booleanKind, left, vars, n.Left, what)
		if err != nil || l.yes == decided {
			return l, err
		}
		return want(booleanKind, right, vars, n.Right, what)
	}
}

// equality compares any two values; those of different kinds are unequal.
func equality(left, right node, equal bool) node {
	return func(vars map[string]any) (value, error) {
		l, err := left(vars)
		if err != nil {
			return l, err
		}
		r, err := right(vars)
		if err != nil {
			return r, err
		}
		return boolean((l == r) == equal), nil
	}
}

func comparison(n *ast.BinaryNode, left, right node) node {
	return func(vars map[string]any) (value, error) {
		l, err := left(vars)
		if err != nil {
			return l, err
		}
		r, err := right(vars)
		if err != nil {
			return r, err
		}
		if l.kind != r.kind || l.kind == booleanKind {
			return l, errorAt(n, "the operator %s needs two numbers or two strings, not a %s and a %s", n.Operator, l.kind, r.kind)
		}
		less, equal := l.num < r.num, l.num == r.num
		if l.kind == stringKind {
			less, equal = l.text < r.text, l.text == r.text
		}
		switch n.Operator {
		case "<":
			return boolean(less), nil
		case "<=":
			return boolean(less || equal), nil
		case ">":
			return boolean(!less && !equal), nil
		}
		return boolean(!less), nil
	}
}
