package data

import (
	"context"
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/tools/data/internal/table"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// puller gives the next row, or io.EOF.
type puller func(ctx context.Context) ([]table.Cell, error)

// pipeline filters, derives, aggregates, sorts, cuts and selects, in this
// order, and emits what comes out.
func (c *csvCall) pipeline(ctx context.Context, src *tableSource) (*tool.Result, error) {
	o := &outcome{}
	columns, next, err := c.rowStages(src, o)
	if err != nil {
		return nil, err
	}
	if c.p.Has("group_by") || c.p.Has("aggregate") {
		if columns, next, err = c.aggregate(ctx, columns, next); err != nil {
			return nil, err
		}
	}
	if keys, _ := c.p["sort"].([]any); len(keys) > 0 {
		keep := int64(-1)
		if c.p.Has("limit") {
			keep = int64(c.p.Float("offset")) + int64(c.p.Float("limit"))
		}
		if next, err = sortRows(ctx, keys, columns, next, keep); err != nil {
			return nil, err
		}
	}
	next = cut(next, int64(c.p.Float("offset")), c.p.Has("limit"), int64(c.p.Float("limit")))
	if names, ok := c.p["select"].([]any); ok && len(names) > 0 {
		if columns, next, err = selectColumns(names, columns, next); err != nil {
			return nil, err
		}
	}
	for _, old := range slices.Sorted(maps.Keys(c.p.Map("rename"))) {
		if _, err := columnIndex("rename", old, columns); err != nil {
			return nil, err
		}
	}
	if o.rows, err = table.Stream(ctx, table.Names(columns), next); err != nil {
		return nil, err
	}
	return c.emit(ctx, o)
}

// rowStages are those that look at one row at a time.
func (c *csvCall) rowStages(src *tableSource, o *outcome) ([]table.Column, puller, error) {
	columns := src.Columns()
	width := len(columns)
	var filter *rowExpression
	var err error
	if text := c.p.String("filter"); text != "" {
		if filter, err = compileRow("filter", text, columns); err != nil {
			return nil, nil, err
		}
	}
	derived := c.p.Map("derive")
	var derive []*rowExpression
	columns = slices.Clone(columns)
	for _, name := range slices.Sorted(maps.Keys(derived)) {
		if slices.Contains(table.Names(columns), name) {
			return nil, nil, &schema.FieldError{Path: "derive." + name, Problem: "is a column already; choose another name, and rename or select afterwards"}
		}
		x, err := compileRow("derive."+name, derived[name].(string), columns)
		if err != nil {
			return nil, nil, err
		}
		derive = append(derive, x)
		columns = append(columns, table.Column{Name: name, Kind: table.Empty})
	}
	row := make([]table.Cell, 0, len(columns))
	return columns, func(ctx context.Context) ([]table.Cell, error) {
		for {
			in, err := src.Next(ctx)
			if err != nil {
				return nil, err
			}
			o.inputs++
			if len(in) != width {
				o.ragged++
			}
			row = append(row[:0], in[:min(len(in), width)]...)
			for len(row) < width {
				row = append(row, table.Cell{})
			}
			if filter != nil {
				keep, err := filter.true(o.inputs, row)
				if err != nil {
					return nil, err
				}
				if !keep {
					continue
				}
			}
			for _, x := range derive {
				v, _, err := x.eval(o.inputs, row)
				if err != nil {
					return nil, err
				}
				row = append(row, cellOf(v))
			}
			return row, nil
		}
	}, nil
}

func (x *rowExpression) true(n int64, row []table.Cell) (bool, error) {
	v, missing, err := x.eval(n, row)
	if err != nil || missing || v == nil {
		return false, err
	}
	keep, ok := v.(bool)
	if !ok {
		return false, &schema.FieldError{Path: x.field, Problem: "must be true or false for a row, and gives a " + typeName(v)}
	}
	return keep, nil
}

func cut(next puller, offset int64, limited bool, limit int64) puller {
	n := int64(0)
	return func(ctx context.Context) ([]table.Cell, error) {
		for {
			if limited && n >= offset+limit {
				return nil, io.EOF
			}
			row, err := next(ctx)
			if err != nil {
				return nil, err
			}
			if n++; n > offset {
				return row, nil
			}
		}
	}
}

func columnIndex(field, name string, columns []table.Column) (int, error) {
	names := table.Names(columns)
	if i := slices.Index(names, name); i >= 0 {
		return i, nil
	}
	return 0, &schema.FieldError{Path: field, Problem: "names the column " + quoted(name) + ", which is not there", Suggestion: schema.Nearest(name, names),
		Help: "the columns are " + quoted(names...)}
}

func quoted(names ...string) string {
	if len(names) > 40 {
		names = append(slices.Clone(names[:40]), "…")
	}
	return `"` + strings.Join(names, `", "`) + `"`
}

func selectColumns(names []any, columns []table.Column, next puller) ([]table.Column, puller, error) {
	var indexes []int
	var out []table.Column
	for _, name := range names {
		i, err := columnIndex("select", name.(string), columns)
		if err != nil {
			return nil, nil, err
		}
		indexes, out = append(indexes, i), append(out, columns[i])
	}
	selected := make([]table.Cell, len(indexes))
	return out, func(ctx context.Context) ([]table.Cell, error) {
		row, err := next(ctx)
		if err != nil {
			return nil, err
		}
		for i, from := range indexes {
			selected[i] = row[from]
		}
		return selected, nil
	}, nil
}

// maxHeld bounds the memory of rows that have to be held, for sorting for one.
const maxHeld = 256 << 20

func cellSize(row []table.Cell) int {
	size := 24
	for i := range row {
		size += 56 + len(row[i].Text)
		if s, ok := row[i].Value.(string); ok && row[i].Text == "" {
			size += len(s)
		}
	}
	return size
}

// sortRows sorts all rows, or those that come first of them: with keep at least
// 0 it holds little more than twice as many as that.
func sortRows(ctx context.Context, keys []any, columns []table.Column, next puller, keep int64) (puller, error) {
	type key struct {
		column int
		down   bool
	}
	var by []key
	for _, k := range keys {
		name, down := strings.CutPrefix(k.(string), "-")
		if i := slices.Index(table.Names(columns), k.(string)); i >= 0 { // the column -x
			name, down = k.(string), false
		}
		i, err := columnIndex("sort", name, columns)
		if err != nil {
			return nil, err
		}
		by = append(by, key{i, down})
	}
	compared := 0
	compare := func(a, b []table.Cell) int {
		if compared++; compared&0xfff == 0 && ctx.Err() != nil {
			return 0
		}
		for _, k := range by {
			if order := compareCells(a[k.column], b[k.column], k.down); order != 0 {
				return order
			}
		}
		return 0
	}
	var rows [][]table.Cell
	var worst []table.Cell // no row from this one on is among the first keep
	size := 0
	prune := func() {
		slices.SortStableFunc(rows, compare)
		clear(rows[keep:])
		rows, size = rows[:keep], 0
		for _, row := range rows {
			size += cellSize(row)
		}
		if keep > 0 {
			worst = rows[keep-1]
		}
	}
	for {
		row, err := next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if keep == 0 || worst != nil && compare(row, worst) >= 0 {
			continue
		}
		rows = append(rows, slices.Clone(row))
		size += cellSize(row)
		if n := int64(len(rows)); keep >= 0 && n > keep && (n/2 > keep+500 || size > maxHeld) {
			prune()
		}
		if size > maxHeld {
			return nil, tooMuchHeld("sort")
		}
	}
	slices.SortStableFunc(rows, compare)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return func(context.Context) ([]table.Cell, error) {
		if len(rows) == 0 {
			return nil, io.EOF
		}
		row := rows[0]
		rows = rows[1:]
		return row, nil
	}, nil
}

// compareCells orders numbers before text; missing values come last either way.
func compareCells(a, b table.Cell, down bool) int {
	switch {
	case a.Kind == table.Empty && b.Kind == table.Empty:
		return 0
	case a.Kind == table.Empty:
		return 1
	case b.Kind == table.Empty:
		return -1
	}
	order := 0
	x, xok := numeric(a)
	y, yok := numeric(b)
	switch {
	case xok && yok:
		switch {
		case x < y:
			order = -1
		case x > y:
			order = 1
		}
	case xok:
		order = -1
	case yok:
		order = 1
	default:
		order = strings.Compare(a.String(), b.String())
	}
	if down {
		return -order
	}
	return order
}

func numeric(c table.Cell) (float64, bool) {
	switch v := c.Value.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// sample draws rows at random, each with the same chance, in one pass
// (reservoir sampling), and gives them in their order.
func (c *csvCall) sample(ctx context.Context, src *tableSource) (*tool.Result, error) {
	size, seed := 10, int64(1)
	if c.p.Has("size") {
		size = c.p.Int("size")
	}
	if c.p.Has("seed") {
		seed = int64(c.p.Float("seed"))
	}
	type drawn struct {
		n   int64
		row []table.Cell
	}
	var rows []drawn
	held := 0
	random := rand.New(rand.NewPCG(uint64(seed), 0))
	o := &outcome{}
	columns, next, err := c.rowStages(src, o)
	if err != nil {
		return nil, err
	}
	for n := int64(0); ; n++ {
		row, err := next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		at := len(rows)
		if at == size {
			if at = int(random.Int64N(n + 1)); at >= size {
				continue
			}
			held -= cellSize(rows[at].row)
			rows[at] = drawn{n, slices.Clone(row)}
		} else {
			rows = append(rows, drawn{n, slices.Clone(row)})
		}
		if held += cellSize(row); held > maxHeld {
			return nil, tooMuchHeld("sample")
		}
	}
	slices.SortFunc(rows, func(a, b drawn) int { return int(a.n - b.n) })
	give := func(context.Context) ([]table.Cell, error) {
		if len(rows) == 0 {
			return nil, io.EOF
		}
		row := rows[0].row
		rows = rows[1:]
		return row, nil
	}
	if o.rows, err = table.Stream(ctx, table.Names(columns), give); err != nil {
		return nil, err
	}
	return c.emit(ctx, o)
}

func tooMuchHeld(what string) error {
	return tool.Errorf(tool.LimitExceeded, "the rows to %s have more than %d MB; filter them, or take fewer with limit or size", what, maxHeld>>20)
}
