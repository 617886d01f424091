package data

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/llmspell/llmspell/tools/data/internal/table"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

const maxUniqueValues = 10_000_000

// ruleSchema describes the rules for one column.
func ruleSchema() *schema.Schema {
	count := func(description string) *schema.Schema { return schema.Int(description, 0, 1e9) }
	bound := &schema.Schema{Types: []schema.Type{schema.Number, schema.String}, Description: "A number, or a date"}
	pattern := schema.Text("A regular expression (RE2) that the value must match")
	pattern.MaxLength = schema.Ptr(4096)
	return schema.Map("",
		schema.Optional("required", &schema.Schema{Types: []schema.Type{schema.Boolean}, Description: "A value must be there"}, "not_null"),
		schema.Optional("type", schema.Choice("The type", "integer", "number", "boolean", "date", "datetime", "string").
			WithAliases(map[string]string{"int": "integer", "float": "number", "bool": "boolean", "text": "string"})),
		schema.Optional("min", bound), schema.Optional("max", bound),
		schema.Optional("min_length", count("Characters")), schema.Optional("max_length", count("Characters")),
		schema.Optional("pattern", pattern, "regex"),
		schema.Optional("enum", schema.List("The values allowed", nil), "values"),
		schema.Optional("unique", &schema.Schema{Types: []schema.Type{schema.Boolean}, Description: "No value twice"}))
}

// columnRules are the rules for one column, ready to check.
type columnRules struct {
	column   int
	name     string
	required bool
	kind     string
	low      *table.Cell
	high     *table.Cell
	shortest int
	longest  int // -1 for any
	pattern  *regexp.Regexp
	enum     map[string]bool
	seen     map[uint64]int64 // hash of a value, to the row where it stands
}

func newColumnRules(name string, given map[string]any, columns []table.Column) (*columnRules, error) {
	i, err := columnIndex("rules", name, columns)
	if err != nil {
		return nil, err
	}
	p := tool.Params(given)
	r := &columnRules{column: i, name: name, required: p.Bool("required"), kind: p.String("type"), shortest: p.Int("min_length"), longest: -1}
	if p.Has("max_length") {
		r.longest = p.Int("max_length")
	}
	for field, to := range map[string]**table.Cell{"min": &r.low, "max": &r.high} {
		if v, ok := given[field]; ok {
			c := table.Of(v)
			if _, isNumber := numeric(c); !isNumber && c.Kind != table.Date && c.Kind != table.DateTime {
				return nil, &schema.FieldError{Path: "rules." + name + "." + field, Expected: "a number, or a date such as 2024-05-31", Value: v}
			}
			*to = &c
		}
	}
	if text := p.String("pattern"); text != "" {
		if r.pattern, err = regexp.Compile(text); err != nil {
			return nil, &schema.FieldError{Path: "rules." + name + ".pattern", Problem: "is not a regular expression: " + err.Error()}
		}
	}
	if list, ok := given["enum"].([]any); ok {
		r.enum = map[string]bool{}
		for _, v := range list {
			r.enum[table.Of(v).String()] = true
		}
	}
	if p.Bool("unique") {
		r.seen = map[uint64]int64{}
	}
	return r, nil
}

// violation is one rule that one cell breaks.
type violation struct{ rule, message string }

func (r *columnRules) check(n int64, c table.Cell) (out []violation) {
	fail := func(rule, format string, args ...any) {
		out = append(out, violation{rule, fmt.Sprintf(format, args...)})
	}
	if c.Kind == table.Empty {
		if r.required {
			fail("required", "a value is missing")
		}
		return out
	}
	text := c.String()
	if r.kind != "" && !fits(r.kind, c) {
		fail("type", "expected %s, got %q", r.kind, clipText(text))
	}
	if r.low != nil && !ordered(*r.low, c) {
		fail("min", "expected at least %s, got %q", r.low, clipText(text))
	}
	if r.high != nil && !ordered(c, *r.high) {
		fail("max", "expected at most %s, got %q", r.high, clipText(text))
	}
	if length := utf8.RuneCountInString(text); length < r.shortest {
		fail("min_length", "expected at least %d characters, got %d", r.shortest, length)
	} else if r.longest >= 0 && length > r.longest {
		fail("max_length", "expected at most %d characters, got %d", r.longest, length)
	}
	if r.pattern != nil && !r.pattern.MatchString(text) {
		fail("pattern", "%q does not match %s", clipText(text), r.pattern)
	}
	if r.enum != nil && !r.enum[strings.TrimSpace(text)] && !r.enum[text] {
		fail("enum", "%q is not one of the values allowed", clipText(text))
	}
	if r.seen != nil {
		h := hashText(text)
		if first, ok := r.seen[h]; ok {
			fail("unique", "%q stands in row %d already", clipText(text), first)
		} else {
			r.seen[h] = n
		}
	}
	return out
}

// fits tells whether a cell is of a type. The column may have made text of a
// number, so text is looked at again.
func fits(kind string, c table.Cell) bool {
	if s, ok := c.Value.(string); ok && c.Kind == table.Text {
		c = table.Infer(s)
	}
	switch kind {
	case "integer":
		if f, ok := c.Value.(float64); ok { // in a column of numbers
			return f == float64(int64(f))
		}
		return c.Kind == table.Integer
	case "number":
		return c.Kind == table.Integer || c.Kind == table.Number
	case "boolean":
		return c.Kind == table.Boolean
	case "date":
		return c.Kind == table.Date
	case "datetime":
		return c.Kind == table.DateTime || c.Kind == table.Date
	}
	return true
}

// ordered tells whether a is not above b. Values that cannot be compared are
// not ordered.
func ordered(a, b table.Cell) bool {
	x, xok := numeric(inferred(a))
	y, yok := numeric(inferred(b))
	if xok != yok {
		return false
	}
	if xok {
		return x <= y
	}
	s, err := table.ParseTime(a.String())
	t, err2 := table.ParseTime(b.String())
	return err == nil && err2 == nil && !s.After(t)
}

func inferred(c table.Cell) table.Cell {
	if s, ok := c.Value.(string); ok {
		return table.Infer(s)
	}
	return c
}

func (c *csvCall) validate(ctx context.Context, src *tableSource) (*tool.Result, error) {
	given := c.p.Map("rules")
	most := 100
	if c.p.Has("max_errors") {
		most = c.p.Int("max_errors")
	}
	columns := src.Columns()
	var rules []*columnRules
	for _, name := range slices.Sorted(maps.Keys(given)) {
		r, err := newColumnRules(name, given[name].(map[string]any), columns)
		if err != nil {
			return nil, err
		}
		rules = append(rules, r)
	}
	slices.SortFunc(rules, func(a, b *columnRules) int { return a.column - b.column })
	errorCount, list := int64(0), []any{}
	fail := func(row int64, column string, value any, v violation) {
		if errorCount++; len(list) < most {
			list = append(list, map[string]any{"row": row, "column": column, "value": value, "rule": v.rule, "message": v.message})
		}
	}
	held := 0
	rows, err := each(ctx, src, func(n int64, row []table.Cell) error {
		if len(row) != len(columns) { // so much is wrong with any table
			fail(n, "", nil, violation{"columns", fmt.Sprintf("the row has %d cells, and there are %d columns", len(row), len(columns))})
		}
		for _, r := range rules {
			var cell table.Cell
			if r.column < len(row) {
				cell = row[r.column]
			}
			for _, v := range r.check(n, cell) {
				var value any
				if cell.Kind != table.Empty {
					value = clipText(cell.String())
				}
				fail(n, r.name, value, v)
			}
			if r.seen != nil {
				held++
			}
		}
		if held > maxUniqueValues {
			return tool.Errorf(tool.LimitExceeded, "the rule unique is checked for %d values at most", maxUniqueValues)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	message := "the table is valid"
	if errorCount > 0 {
		message = fmt.Sprintf("the table breaks the rules %d times", errorCount)
	}
	return &tool.Result{Message: message, Value: map[string]any{"valid": errorCount == 0, "row_count": rows, "error_count": errorCount, "errors": list}}, nil
}
