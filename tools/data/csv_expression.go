package data

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"

	"github.com/llmspell/llmspell/tools/data/internal/table"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

const (
	maxExpressionText  = 8 << 10
	maxExpressionNodes = 500
)

// rowExpression is an expression over the columns of a row. It has no loops
// and calls only functions that are quick, so that evaluating it is.
type rowExpression struct {
	field   string // the parameter that holds it
	program *vm.Program
	uses    []int // the columns that it reads; nil when it may read any
	columns []table.Column
	env     map[string]any
	row     map[string]any // what row is in the expression, when it is used
	unread  bool           // float or int met what is no number, which counts as missing
}

// compileRow compiles an expression over columns.
func compileRow(field, text string, columns []table.Column) (*rowExpression, error) {
	x := &rowExpression{field: field, columns: columns, env: make(map[string]any, len(columns)+1)}
	index := make(map[string]int, len(columns))
	for i, c := range columns {
		index[c.Name], x.env[c.Name] = i, nil
	}
	used := map[int]bool{}
	whole := false
	loops := ""
	watch := &visitor{func(n ast.Node) {
		switch n := n.(type) {
		case *ast.PredicateNode:
			loops = "a function with a predicate, such as all or filter,"
		case *ast.BinaryNode:
			if n.Operator == ".." {
				loops = "the operator .."
			}
		}
		if id, ok := n.(*ast.IdentifierNode); ok {
			if i, ok := index[id.Value]; ok {
				used[i] = true
			} else if id.Value == "row" {
				whole = true
			}
		}
	}}
	// A column called row is meant by row.
	if _, taken := index["row"]; !taken {
		x.row = make(map[string]any, len(columns))
		x.env["row"] = x.row
	}
	options := []expr.Option{expr.Env(anyTyped(x.env)), expr.MaxNodes(maxExpressionNodes), expr.DisableAllBuiltins(), expr.Patch(watch)}
	for _, name := range []string{"lower", "upper", "trim", "len", "abs", "round", "ceil", "floor", "string", "min", "max", "split", "replace", "indexOf"} {
		options = append(options, expr.EnableBuiltin(name))
	}
	options = append(options, expr.Function("year", datePart(time.Time.Year), new(func(string) int)),
		expr.Function("month", datePart(func(t time.Time) int { return int(t.Month()) }), new(func(string) int)),
		expr.Function("day", datePart(time.Time.Day), new(func(string) int)))
	options = append(options, expr.Function("float", x.number(false), new(func(any) any)), expr.Function("int", x.number(true), new(func(any) any)))
	program, err := expr.Compile(text, options...)
	if err != nil {
		return nil, &schema.FieldError{Path: field, Problem: "cannot be compiled: " + err.Error(), Help: fmt.Sprintf("the columns are %q", table.Names(columns))}
	}
	if loops != "" {
		return nil, &schema.FieldError{Path: field, Problem: "uses " + loops + " which expressions over rows cannot have"}
	}
	x.program = program
	if !whole {
		x.row = nil
		x.uses = slices.Sorted(maps.Keys(used))
	}
	return x, nil
}

// anyTyped is the environment to compile with: any name may hold any type.
func anyTyped(env map[string]any) types.Map {
	out := make(types.Map, len(env))
	for name := range env {
		out[name] = types.Any
	}
	return out
}

type visitor struct{ visit func(ast.Node) }

func (v *visitor) Visit(n *ast.Node) { v.visit(*n) }

func datePart(part func(time.Time) int) func(...any) (any, error) {
	return func(args ...any) (any, error) {
		text, _ := args[0].(string)
		t, err := table.ParseTime(text)
		if err != nil {
			return nil, fmt.Errorf("%q is not a date", text)
		}
		return part(t), nil
	}
}

// eval evaluates the expression for a row. missing tells that it could not be
// evaluated because a value that it reads is missing.
func (x *rowExpression) eval(n int64, row []table.Cell) (v any, missing bool, err error) {
	if x.uses != nil {
		for _, i := range x.uses {
			v, ok := x.value(row, i)
			missing = missing || !ok
			x.env[x.columns[i].Name] = v
		}
	} else {
		for i, c := range x.columns {
			v, ok := x.value(row, i)
			missing = missing || !ok
			x.env[c.Name] = v
			if x.row != nil {
				x.row[c.Name] = v
			}
		}
	}
	x.unread = false
	v, err = expr.Run(x.program, x.env)
	if err != nil {
		if missing || x.unread {
			return nil, true, nil
		}
		if x.texts() && strings.Contains(err.Error(), "string") && strings.Contains(err.Error(), "invalid operation") {
			err = fmt.Errorf("%w; text cannot be calculated or compared with numbers: float(column) makes a number of it, and skips what is none", err)
		}
		return nil, false, tool.Errorf(tool.ExecutionFailed, "%s fails in row %d: %w", x.field, n, err)
	}
	return v, false, nil
}

// number makes the function float or int. A value that is no number counts as
// missing, as an empty one does.
func (x *rowExpression) number(whole bool) func(...any) (any, error) {
	return func(args ...any) (any, error) {
		f := 0.0
		switch v := args[0].(type) {
		case int:
			f = float64(v)
			if whole {
				return v, nil
			}
		case float64:
			f = v
		case bool:
			if v {
				f = 1
			}
		case string:
			text := strings.TrimSpace(v)
			if i, err := strconv.Atoi(text); err == nil && whole {
				return i, nil
			}
			var err error
			if f, err = strconv.ParseFloat(text, 64); err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
				x.unread = true
				return nil, nil
			}
		default:
			x.unread = true
			return nil, nil
		}
		if !whole {
			return f, nil
		}
		if math.IsNaN(f) || math.Abs(f) >= 1<<62 {
			x.unread = true
			return nil, nil
		}
		return int(f), nil
	}
}

// texts tells whether the expression reads a column that holds text.
func (x *rowExpression) texts() bool {
	for i, c := range x.columns {
		if (x.uses == nil || slices.Contains(x.uses, i)) && c.Kind != table.Integer && c.Kind != table.Number {
			return true
		}
	}
	return false
}

// value is what an expression sees of a cell. Text in a column of numbers
// cannot be compared with numbers, and counts as missing.
func (x *rowExpression) value(row []table.Cell, i int) (any, bool) {
	if i >= len(row) || row[i].Kind == table.Empty {
		return nil, false
	}
	c := row[i]
	switch x.columns[i].Kind {
	case table.Integer, table.Number:
		if c.Kind != table.Integer && c.Kind != table.Number {
			return nil, false
		}
	}
	if v, ok := c.Value.(int64); ok {
		return int(v), true
	}
	return c.Value, true
}

// cellOf makes a cell of an expression's value.
func cellOf(v any) table.Cell {
	switch v := v.(type) {
	case int:
		return table.Of(int64(v))
	case []string:
		return table.Of(anyStrings(v))
	case float64:
		if c := table.Of(v); c.Kind != table.Empty {
			return table.Cell{Value: v, Kind: table.Number}
		}
		return table.Cell{}
	}
	return table.Of(v)
}

func typeName(v any) string {
	switch v.(type) {
	case string:
		return "string"
	case int, int64, float64:
		return "number"
	case bool:
		return "boolean"
	case nil:
		return "nothing"
	}
	return "a " + strconv.Quote(fmt.Sprintf("%T", v))
}
