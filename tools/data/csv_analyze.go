package data

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/llmspell/llmspell/tools/data/internal/table"
	"github.com/llmspell/llmspell/tools/tool"
)

// What a profile of columns may hold, over all columns.
const (
	maxDistinct     = 2_000_000 // values counted one by one
	maxDistinctEach = 100_000
	maxDistinctText = 64 << 20
	maxQuantile     = 8_000_000 // numbers kept for quantiles
	maxQuantileEach = 200_000
)

// profile collects what is said of one column. What would need all values at
// once is exact for small columns and estimated for large ones.
type profile struct {
	counts   table.Counts
	nulls    int64
	moments  moments
	numbers  reservoir
	distinct distinct
	least    string // of dates and text
	most     string
	shortest int
	longest  int
}

func (c *csvCall) analyze(ctx context.Context, src *tableSource) (*tool.Result, error) {
	columns := src.Columns()
	profiles := make([]profile, len(columns))
	for i := range profiles {
		profiles[i].numbers = newReservoir(min(maxQuantileEach, maxQuantile/len(columns)))
		profiles[i].distinct = newDistinct(min(maxDistinctEach, maxDistinct/len(columns)), maxDistinctText/len(columns))
	}
	ragged := int64(0)
	rows, err := each(ctx, src, func(n int64, row []table.Cell) error {
		if n&0xffff == 0 {
			c.Report(float64(n), 0, "rows analyzed")
		}
		if len(row) != len(columns) {
			ragged++
		}
		for i := range profiles {
			if i < len(row) {
				profiles[i].add(row[i])
			} else {
				profiles[i].nulls++
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	top := 5
	if c.p.Has("top") {
		top = c.p.Int("top")
	}
	list := make([]any, len(columns))
	for i := range profiles {
		list[i] = profiles[i].describe(columns[i].Name, top)
	}
	value := map[string]any{"row_count": rows, "column_count": len(columns), "columns": list, "ragged_rows": ragged, "format": src.format}
	if t := src.text; t != nil {
		value["delimiter"], value["quote"], value["encoding"], value["bom"], value["has_header"] = t.Delimiter, t.Quote, t.Encoding, t.BOM, t.Header
	}
	if src.sheets != nil {
		value["sheets"] = anyStrings(src.sheets)
	}
	return tool.Value(value), nil
}

func (p *profile) add(c table.Cell) {
	if c.Kind == table.Empty {
		p.nulls++
		return
	}
	p.counts[c.Kind]++
	text := c.String()
	p.distinct.add(text)
	if v, ok := numeric(c); ok {
		p.moments.add(v)
		p.numbers.add(v)
	}
	if n := p.total(); n == 1 || text < p.least {
		p.least = strings.Clone(text)
	}
	if text > p.most {
		p.most = strings.Clone(text)
	}
	length := utf8.RuneCountInString(text)
	if p.total() == 1 || length < p.shortest {
		p.shortest = length
	}
	p.longest = max(p.longest, length)
}

func (p *profile) total() int64 {
	n := int64(0)
	for _, c := range p.counts {
		n += c
	}
	return n
}

func (p *profile) describe(name string, top int) map[string]any {
	kind := p.counts.Kind()
	unique, exact := p.distinct.count()
	m := map[string]any{"name": name, "type": kind.String(), "count": p.total(), "nulls": p.nulls, "unique": unique}
	if !exact {
		m["unique_estimated"] = true
	}
	if kind == table.Text { // what stands in it, when that is not only text
		types := map[string]any{}
		for k, n := range p.counts {
			if n > 0 && table.Kind(k) != table.Text {
				types[table.Kind(k).String()] = n
			}
		}
		if len(types) > 0 {
			types["string"] = p.counts[table.Text]
			m["type_counts"] = types
		}
	}
	switch kind {
	case table.Integer, table.Number:
		slices.Sort(p.numbers.values)
		m["min"], m["max"], m["sum"] = number(p.moments.min), number(p.moments.max), number(p.moments.sum())
		m["mean"], m["stddev"] = number(p.moments.mean), number(p.moments.stddev())
		m["q1"], m["median"], m["q3"] = number(quantile(p.numbers.values, 0.25)), number(quantile(p.numbers.values, 0.5)), number(quantile(p.numbers.values, 0.75))
		if p.numbers.seen > int64(len(p.numbers.values)) {
			m["quantiles_estimated"] = true
		}
	case table.Text, table.Date, table.DateTime:
		m["min"], m["max"] = clipText(p.least), clipText(p.most)
		m["min_length"], m["max_length"] = p.shortest, p.longest
	}
	if top > 0 && kind != table.Empty {
		m["top_values"] = p.distinct.top(top)
	}
	return m
}

// number is nil for what JSON cannot hold: a sum that overflows.
func number(f float64) any { return table.Of(f).Value }

func clipText(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	for i := range s {
		if i > most {
			return s[:i] + "…"
		}
	}
	return s
}
