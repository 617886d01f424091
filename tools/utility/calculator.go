package utility

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/internal/lru"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// maxExpression bounds an expression's length. Its number of operations is
// bounded too, so the tool cannot run long.
const maxExpression = 64 << 10

func calculatorDefinition() tool.Definition {
	formula := schema.Text("The expression, such as 2 * (x + 1) ^ 2")
	formula.MaxLength = schema.Ptr(maxExpression)
	return tool.Definition{
		Descriptor: &tool.Descriptor{
			Name: "calculator", Category: "utility", Version: "1.0.0", Security: tool.Safe,
			Tags: []string{"math", "arithmetic", "expression", "evaluate"},
			Description: "Evaluates arithmetic and logical expressions with variables: + - * / % ^, comparisons, && || !, ?:, " +
				"and functions such as sqrt, sin, log(base, x), min, max, round, pi(), e()",
			Parameters: schema.Map("",
				schema.Optional("operation", schema.Choice("What to do with the expression", "evaluate", "validate", "functions").WithDefault("evaluate")),
				schema.Optional("input", formula, "expression"),
				schema.Optional("variables", schema.Map("Values of the names in the expression: numbers, booleans or strings"))),
			Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
				schema.Optional("input", schema.Text("The expression")),
				schema.Optional("result", &schema.Schema{Types: []schema.Type{schema.Number, schema.Boolean, schema.String}, Description: "Its value (evaluate)"}),
				schema.Optional("result_type", schema.Choice("The type of the value (evaluate)", "number", "boolean", "string")),
				schema.Optional("variables", &schema.Schema{Description: "The variables given (evaluate), or the names that the expression uses (validate)"}),
				schema.Optional("valid", schema.Flag("Whether the expression can be evaluated (validate)")),
				schema.Optional("error", schema.Text("Why it cannot (validate)")),
				schema.Optional("functions", schema.List("The functions and their use (functions)", nil)),
				schema.Optional("operators", schema.List("The operators (functions)", nil)),
			}},
			Examples: []tool.Example{
				{Description: "Arithmetic", Params: map[string]any{"input": "2 + 3 * 4"}, Want: object("result", 14.0, "result_type", "number")},
				{Description: "Variables and functions", Params: map[string]any{
					"input": "sqrt(x ^ 2 + y ^ 2)", "variables": map[string]any{"x": 3.0, "y": 4.0}}, Want: object("result", 5.0)},
				{Description: "Check without evaluating", Params: map[string]any{"operation": "validate", "input": "2 +"}, Want: object("valid", false)},
				{Description: "List the functions", Params: map[string]any{"operation": "functions"}},
			},
		},
		New: func() (tool.Tool, error) {
			return &calculator{functions: calculatorFunctions(), cache: newExpressionCache()}, nil
		},
	}
}

func newExpressionCache() *lru.Cache[*expression] { return lru.New[*expression](1024) }

type calculator struct {
	functions map[string]function
	cache     *lru.Cache[*expression]
}

// Quick tells that a formula of ordinary length is computed in microseconds.
func (c *calculator) Quick(call *tool.Call) bool { return len(call.Params.String("input")) <= 512 }

// Run does one operation.
func (c *calculator) Run(_ context.Context, call *tool.Call) (*tool.Result, error) {
	if call.Operation == "functions" {
		return tool.Value(c.list()), nil
	}
	input, ok := call.Params["input"].(string)
	if !ok || strings.TrimSpace(input) == "" {
		return nil, call.Missing("input")
	}
	x, err := c.compile(input)
	if call.Operation == "validate" {
		return tool.Value(validated(input, x, err)), nil
	}
	if err != nil {
		return nil, asCalculatorError(input, err)
	}
	variables := call.Params.Map("variables")
	v, err := x.eval(variables)
	if err == nil {
		err = finite(v)
	}
	if err != nil {
		return nil, asCalculatorError(input, err)
	}
	if variables == nil {
		variables = map[string]any{}
	}
	return tool.Value(map[string]any{
		"input": input, "result": v.plain(), "result_type": v.kind.String(), "variables": variables,
	}), nil
}

// compile is cached because scripts evaluate one expression for many values.
func (c *calculator) compile(input string) (*expression, error) {
	if x, ok := c.cache.Get(input); ok {
		return x, nil
	}
	x, err := compileExpression(input, c.functions)
	if err == nil && len(input) <= 1024 { // a cache full of huge ones would cost megabytes
		c.cache.Put(input, x)
	}
	return x, err
}

func validated(input string, x *expression, err error) map[string]any {
	if err != nil {
		return map[string]any{"input": input, "valid": false, "error": err.Error()}
	}
	names := make([]any, len(x.names))
	for i, n := range x.names {
		names[i] = n
	}
	return map[string]any{"input": input, "valid": true, "variables": names}
}

func (c *calculator) list() map[string]any {
	var names []string
	for name := range c.functions {
		names = append(names, name)
	}
	slices.Sort(names)
	out := make([]any, len(names))
	for i, name := range names {
		f := c.functions[name]
		out[i] = map[string]any{"name": name, "usage": f.usage, "description": f.about}
	}
	ops := []any{"+", "-", "*", "/", "%", "^", "==", "!=", "<", "<=", ">", ">=", "&&", "||", "!", "?:"}
	return map[string]any{"functions": out, "operators": ops}
}

// finite refuses results that JSON has no number for.
func finite(v value) error {
	switch {
	case v.kind != numberKind:
		return nil
	case math.IsNaN(v.num):
		return errors.New("the result is not a real number")
	case math.IsInf(v.num, 0):
		return errors.New("the result is too large for a number (infinity)")
	}
	return nil
}

func asCalculatorError(input string, err error) error {
	e := tool.Errorf(tool.ExecutionFailed, "%w", err)
	if len(input) > 200 {
		input = strings.ToValidUTF8(input[:200], "") + "…"
	}
	e.Details = map[string]any{"input": input}
	var at *positionError
	if errors.As(err, &at) {
		e.Details["column"] = at.column
	}
	return e
}
