package utility

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"

	"github.com/llmspell/llmspell/tools/schema"
)

// An expression is parsed by expr-lang and turned into closures here. expr's
// own compiler and machine compute 7 / 2 * 2 in a mix of integers and floats,
// wrap at 64 bits, refuse 7.5 % 2, and know a whole language of lists, maps and
// predicates that would have to be fenced off one by one. A calculator wants
// one kind of number; with closures an expression that was never seen before
// costs a quarter of expr.Compile as well.
type expression struct {
	run   node
	names []string // of the variables, sorted
}

// node computes one part of an expression.
type node func(vars map[string]any) (value, error)

// kind is the type of a value.
type kind uint8

const (
	numberKind kind = iota
	booleanKind
	stringKind
)

func (k kind) String() string {
	return [...]string{"number", "boolean", "string"}[k]
}

// value is what an expression computes with; an interface would allocate for
// every number on the way.
type value struct {
	kind kind
	yes  bool
	num  float64
	text string
}

func number(f float64) value { return value{kind: numberKind, num: f} }
func boolean(b bool) value   { return value{kind: booleanKind, yes: b} }

// plain returns whole numbers as int64, as far as they are exact.
func (v value) plain() any {
	switch v.kind {
	case booleanKind:
		return v.yes
	case stringKind:
		return v.text
	}
	if v.num == math.Trunc(v.num) && math.Abs(v.num) < 1<<53 {
		return int64(v.num)
	}
	return v.num
}

// positionError is an error at a column of the expression, counted from 1.
type positionError struct {
	column int
	text   string
}

func (e *positionError) Error() string { return fmt.Sprintf("column %d: %s", e.column, e.text) }

func errorAt(n ast.Node, format string, args ...any) error {
	return &positionError{column: n.Location().From + 1, text: fmt.Sprintf(format, args...)}
}

// maxOperations bounds the parts of one expression.
const maxOperations = 10_000

func compileExpression(input string, functions map[string]function) (x *expression, err error) {
	// The parser guards against most nonsense, but it is fed by strangers.
	defer func() {
		if v := recover(); v != nil {
			x, err = nil, fmt.Errorf("the expression cannot be parsed: %v", v)
		}
	}()
	if column := commentIn(input); column > 0 {
		return nil, &positionError{column: column, text: "comments are not understood here; to divide and round down, write floor(a / b)"}
	}
	tree, err := parser.ParseWithConfig(floatIntegers(input), &conf.Config{MaxNodes: maxOperations, DisableIfOperator: true})
	if err != nil {
		if e := (*file.Error)(nil); errors.As(err, &e) {
			return nil, &positionError{column: e.From + 1, text: parserWords(e.Message)}
		}
		return nil, err
	}
	c := compiler{functions: functions}
	run, err := c.compile(tree.Node)
	if err != nil {
		return nil, err
	}
	slices.Sort(c.names)
	return &expression{run: run, names: slices.Compact(c.names)}, nil
}

func (x *expression) eval(vars map[string]any) (value, error) { return x.run(vars) }

type compiler struct {
	functions map[string]function
	names     []string
}

func (c *compiler) compile(n ast.Node) (node, error) {
	switch n := n.(type) {
	case *ast.IntegerNode:
		return constant(number(float64(n.Value))), nil
	case *ast.FloatNode:
		return constant(number(n.Value)), nil
	case *ast.BoolNode:
		return constant(boolean(n.Value)), nil
	case *ast.StringNode:
		return constant(value{kind: stringKind, text: n.Value}), nil
	case *ast.IdentifierNode:
		return c.variable(n), nil
	case *ast.UnaryNode:
		return c.unary(n)
	case *ast.BinaryNode:
		return c.binary(n)
	case *ast.ConditionalNode:
		return c.conditional(n)
	case *ast.CallNode:
		if id, ok := n.Callee.(*ast.IdentifierNode); ok {
			return c.call(n, id.Value, n.Arguments)
		}
	case *ast.BuiltinNode: // the parser's name for calls of functions that expr has too
		return c.call(n, n.Name, n.Arguments)
	}
	return nil, errorAt(n, "only numbers, booleans, strings, variables, operators and functions are understood here")
}

func constant(v value) node { return func(map[string]any) (value, error) { return v, nil } }

func (c *compiler) variable(n *ast.IdentifierNode) node {
	name := n.Value
	c.names = append(c.names, name)
	return func(vars map[string]any) (value, error) {
		switch v := vars[name].(type) {
		case float64:
			return number(v), nil
		case int64:
			return number(float64(v)), nil
		case int:
			return number(float64(v)), nil
		case bool:
			return boolean(v), nil
		case string:
			return value{kind: stringKind, text: v}, nil
		case nil:
			if f, ok := c.functions[name]; ok {
				return value{}, errorAt(n, "%s is a function: write %s; as a variable it has no value", name, f.usage)
			}
			return value{}, errorAt(n, "the variable %q has no value; pass it in variables%s", name, hint(name, vars))
		default:
			return value{}, errorAt(n, "the variable %q must be a number, a boolean or a string", name)
		}
	}
}

func hint(name string, vars map[string]any) string {
	var names []string
	for v := range vars {
		names = append(names, v)
	}
	slices.Sort(names)
	if near := schema.Nearest(name, names); near != "" {
		return fmt.Sprintf(" (did you mean %q?)", near)
	}
	return ""
}

func (c *compiler) conditional(n *ast.ConditionalNode) (node, error) {
	cond, err := c.compile(n.Cond)
	if err != nil {
		return nil, err
	}
	yes, err := c.compile(n.Exp1)
	if err != nil {
		return nil, err
	}
	no, err := c.compile(n.Exp2)
	if err != nil {
		return nil, err
	}
	return func(vars map[string]any) (value, error) {
		v, err := want(booleanKind, cond, vars, n.Cond, "the condition of ?:")
		if err != nil {
			return v, err
		}
		if v.yes {
			return yes(vars)
		}
		return no(vars)
	}, nil
}

// want runs a part that must come out as one kind of value.
func want(k kind, run node, vars map[string]any, at ast.Node, what string) (value, error) {
	v, err := run(vars)
	if err != nil {
		return v, err
	}
	if v.kind != k {
		return v, errorAt(at, "%s must be a %s, not a %s", what, k, v.kind)
	}
	return v, nil
}

func (c *compiler) call(n ast.Node, name string, args []ast.Node) (node, error) {
	f, ok := c.functions[name]
	if !ok {
		var names []string
		for known := range c.functions {
			names = append(names, known)
		}
		slices.Sort(names)
		if near := schema.Nearest(name, names); near != "" {
			return nil, errorAt(n, "there is no function %q (did you mean %q?)", name, near)
		}
		return nil, errorAt(n, "there is no function %q (the operation \"functions\" lists them)", name)
	}
	if len(args) < f.min || f.max >= 0 && len(args) > f.max {
		return nil, errorAt(n, "%s was given %d arguments; write %s", name, len(args), f.usage)
	}
	runs := make([]node, len(args))
	for i, a := range args {
		run, err := c.compile(a)
		if err != nil {
			return nil, err
		}
		runs[i] = run
	}
	what := "an argument of " + name
	return func(vars map[string]any) (value, error) {
		var few [4]float64 // keeps usual calls off the heap
		nums := few[:0]
		for i, run := range runs {
			v, err := want(numberKind, run, vars, args[i], what)
			if err != nil {
				return v, err
			}
			nums = append(nums, v.num)
		}
		r := f.apply(nums)
		if math.IsNaN(r) && !slices.ContainsFunc(nums, math.IsNaN) {
			return value{}, errorAt(n, "%s has no real value for %v", name, nums)
		}
		return number(r), nil
	}, nil
}
