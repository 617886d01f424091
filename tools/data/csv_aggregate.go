package data

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/tools/data/internal/table"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

const (
	maxGroups       = 500_000
	maxGroupNumbers = 20_000_000 // numbers held for medians and distinct counts, in all groups
)

// aggregation is one function of one column.
type aggregation struct {
	name, function string
	column         int // -1 for count()
}

// state is an aggregation's state for one group.
type state struct {
	moments  moments
	numbers  []float64
	distinct map[uint64]struct{}
	first    table.Cell
	last     table.Cell
	least    table.Cell
	most     table.Cell
	count    int64
}

type group struct {
	key    []table.Cell
	states []state
}

// aggregate replaces rows by one row for each group, in the order in which the
// groups first occur.
func (c *csvCall) aggregate(ctx context.Context, columns []table.Column, next puller) ([]table.Column, puller, error) {
	var keys []int
	var out []table.Column
	names, _ := c.p["group_by"].([]any)
	for _, name := range names {
		i, err := columnIndex("group_by", name.(string), columns)
		if err != nil {
			return nil, nil, err
		}
		keys, out = append(keys, i), append(out, columns[i])
	}
	aggregations, err := c.aggregations(columns)
	if err != nil {
		return nil, nil, err
	}
	for _, a := range aggregations {
		out = append(out, table.Column{Name: a.name})
	}
	if names := table.Names(out); !slices.Equal(table.Unique(names), names) {
		return nil, nil, &schema.FieldError{Path: "aggregate", Problem: "has the name of a column of group_by; choose another"}
	}
	groups, order := map[string]*group{}, []*group(nil)
	if len(keys) == 0 { // one group, also of no rows
		g := &group{states: make([]state, len(aggregations))}
		groups[""], order = g, append(order, g)
	}
	held := 0
	var text strings.Builder
	for {
		row, err := next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		text.Reset()
		for _, i := range keys {
			text.WriteByte(byte('0' + row[i].Kind))
			text.WriteString(row[i].String())
			text.WriteByte(0)
		}
		g := groups[text.String()]
		if g == nil {
			if len(order) == maxGroups {
				return nil, nil, tool.Errorf(tool.LimitExceeded, "there are more than %d groups; group by fewer columns", maxGroups)
			}
			g = &group{states: make([]state, len(aggregations))}
			for _, i := range keys {
				g.key = append(g.key, kept(row[i]))
			}
			groups[strings.Clone(text.String())], order = g, append(order, g)
		}
		for i, a := range aggregations {
			cell := table.Cell{Kind: table.Integer}
			if a.column >= 0 {
				cell = row[a.column]
			}
			held += g.states[i].add(a.function, cell)
		}
		if held > maxGroupNumbers {
			return nil, nil, tool.Errorf(tool.LimitExceeded, "median and count_distinct need to hold more than %d values; filter the rows first", maxGroupNumbers)
		}
	}
	return out, func(context.Context) ([]table.Cell, error) {
		if len(order) == 0 {
			return nil, io.EOF
		}
		g := order[0]
		order = order[1:]
		row := g.key
		for i, a := range aggregations {
			row = append(row, g.states[i].result(a.function))
		}
		return row, nil
	}, nil
}

// kept is a cell that holds on to no more than itself.
func kept(c table.Cell) table.Cell {
	c.Text = strings.Clone(c.Text)
	if s, ok := c.Value.(string); ok {
		c.Value = strings.Clone(s)
	}
	return c
}

var aggregateFunctions = []string{"count", "count_distinct", "sum", "mean", "avg", "min", "max", "median", "stddev", "first", "last"}

func (c *csvCall) aggregations(columns []table.Column) ([]aggregation, error) {
	given := c.p.Map("aggregate")
	var out []aggregation
	for _, name := range slices.Sorted(maps.Keys(given)) {
		text := given[name].(string)
		function, rest, ok := strings.Cut(text, "(")
		argument, closed := strings.CutSuffix(strings.TrimSpace(rest), ")")
		function, argument = strings.TrimSpace(function), strings.Trim(strings.TrimSpace(argument), `"`)
		if !ok || !closed || !slices.Contains(aggregateFunctions, function) {
			return nil, &schema.FieldError{Path: "aggregate." + name, Expected: "function(column), the function one of " + strings.Join(aggregateFunctions, ", "), Value: text}
		}
		a := aggregation{name: name, function: function, column: -1}
		if argument != "" && argument != "*" || function != "count" {
			i, err := columnIndex("aggregate."+name, argument, columns)
			if err != nil {
				return nil, err
			}
			a.column = i
		}
		out = append(out, a)
	}
	if len(out) == 0 && !c.p.Has("group_by") {
		return nil, c.Missing("aggregate", "group_by")
	}
	return out, nil
}

// add counts a cell, and returns how many values more are held.
func (s *state) add(function string, c table.Cell) int {
	if c.Kind == table.Empty {
		return 0
	}
	s.count++
	held := 0
	switch function {
	case "sum", "mean", "avg", "stddev", "median":
		v, ok := numeric(c)
		if !ok {
			return 0
		}
		s.moments.add(v)
		if function == "median" {
			s.numbers = append(s.numbers, v)
			held = 1
		}
	case "count_distinct":
		if s.distinct == nil {
			s.distinct = map[uint64]struct{}{}
		}
		h := hashText(c.String())
		if _, ok := s.distinct[h]; !ok {
			s.distinct[h] = struct{}{}
			held = 4 // what a map costs
		}
	case "min":
		if s.count == 1 || compareCells(c, s.least, false) < 0 {
			s.least = kept(c)
		}
	case "max":
		if s.count == 1 || compareCells(c, s.most, false) > 0 {
			s.most = kept(c)
		}
	case "first":
		if s.count == 1 {
			s.first = kept(c)
		}
	case "last":
		s.last = kept(c)
	}
	return held
}

func (s *state) result(function string) table.Cell {
	switch function {
	case "count":
		return table.Of(s.count)
	case "count_distinct":
		return table.Of(len(s.distinct))
	case "min":
		return s.least
	case "max":
		return s.most
	case "first":
		return s.first
	case "last":
		return s.last
	}
	if s.moments.n == 0 {
		return table.Cell{}
	}
	switch function {
	case "sum":
		return table.Of(s.moments.sum())
	case "median":
		slices.Sort(s.numbers)
		return cellOf(quantile(s.numbers, 0.5))
	case "stddev":
		return cellOf(s.moments.stddev())
	}
	return cellOf(s.moments.mean)
}
