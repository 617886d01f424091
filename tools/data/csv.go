package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"time"
	"unicode/utf8"

	"github.com/llmspell/llmspell/tools/data/internal/table"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// maxTableText bounds a table that is passed as text. Files are streamed, and
// may be of any size.
const maxTableText = 64 << 20

func csvDefinition() tool.Definition {
	input := &schema.Schema{Types: []schema.Type{schema.String, schema.Array}, Description: "The table as text, or as an array of objects"}
	properties := csvProperties()
	parameters := append([]schema.Property{
		schema.Optional("operation", schema.Choice("analyze: types and statistics of the columns; convert: to another format; filter: the rows for which an expression is true; "+
			"transform: derive, aggregate, sort, select, rename; validate: check rules; sample: rows at random",
			"analyze", "convert", "filter", "transform", "validate", "sample").WithDefault("analyze").
			WithAliases(map[string]string{"analyse": "analyze", "stats": "analyze", "statistics": "analyze", "query": "filter", "select": "transform", "aggregate": "transform"})),
		schema.Optional("input", input, "data", "csv", "content"),
		schema.Optional("input_file", schema.Text("The file to read instead: delimited text, JSON, JSON lines, Excel (.xlsx) or Parquet"), "file", "path", "file_path"),
		schema.Optional("output_file", schema.Text("The file to write instead of returning the rows"), "target_path", "output_path"),
	}, properties...)
	parameters = append(parameters, schema.Optional("options", schema.Map("Any of the other parameters, in an object of their own", properties...)))
	return tool.Definition{
		Descriptor: &tool.Descriptor{
			Name: "csv-analyzer", Aliases: []string{"csv-processor"}, Category: "data", Version: "1.0.0", Security: tool.Safe, Needs: []tool.Need{tool.Files},
			Tags: []string{"csv", "tsv", "table", "excel", "xlsx", "parquet", "statistics", "convert", "filter", "aggregate"},
			Description: "Analyzes, converts, filters, transforms, validates and samples tables: CSV and other delimited text, JSON, Excel and Parquet. " +
				"Delimiter, quote, encoding, header and types are detected; files are streamed",
			Parameters: schema.Map("", parameters...),
			Result: schema.Map("analyze {row_count, column_count, columns: [{name, type, count, nulls, unique, min, max, mean, median, stddev, q1, q3, top_values, …}], " +
				"delimiter, quote, encoding, has_header, ragged_rows}; convert {format, row_count, output or output_file and size}; " +
				"filter, transform, sample {columns, rows, row_count, input_rows}, or as convert when a format or an output_file is given; " +
				"validate {valid, row_count, error_count, errors: [{row, column, value, rule, message}]}"),
			Timeout:  5 * time.Minute,
			Examples: csvExamples(),
			// A file may be written.
			SideEffects: true,
		},
		New: func() (tool.Tool, error) { return tool.Func(runCSV), nil },
	}
}

// csvProperties are the parameters that options may hold too.
func csvProperties() []schema.Property {
	expression := schema.Text(`An expression over the columns, such as age > 30 && city == "Oslo"; with and, or, not, in, contains, startsWith, endsWith, matches, ?:, ??, ` +
		`and the functions lower, upper, trim, len, abs, round, ceil, floor, int, float, string; columns whose names are no words: row["unit price"]. A comparison with a missing value is false`)
	expression.MaxLength = schema.Ptr(maxExpressionText)
	names := func(description string) *schema.Schema { return schema.List(description, schema.Text("A column")) }
	delimiter := schema.Text("The delimiter: one character, or tab; detected when left out")
	delimiter.MaxLength = schema.Ptr(9)
	formats := []string{table.CSV, table.TSV, table.JSONArray, table.JSONLines, table.XLSX, table.Parquet}
	aliases := map[string]string{"ndjson": "jsonl", "excel": "xlsx", "xls": "xlsx"}
	withMarkdown := maps.Clone(aliases)
	withMarkdown["md"] = table.Markdown
	return []schema.Property{
		schema.Optional("input_format", schema.Choice("What the input is; else the file's name and content tell", formats...).WithAliases(aliases), "from_format", "from"),
		schema.Optional("format", schema.Choice("What to write; else output_file's name tells. xlsx and parquet need an output_file", append(formats, table.Markdown)...).WithAliases(withMarkdown),
			"target_format", "output_format", "to_format", "to"),
		schema.Optional("delimiter", delimiter, "separator"),
		schema.Optional("output_delimiter", schema.Text("The delimiter of written csv: one character; a comma when left out")),
		schema.Optional("quote", schema.Choice("The quote; detected when left out", `"`, "'")),
		schema.Optional("encoding", schema.Text("The text's encoding, such as utf-8, utf-16le, windows-1252; detected when left out")),
		schema.Optional("has_header", &schema.Schema{Types: []schema.Type{schema.Boolean}, Description: "Whether the first row names the columns; detected when left out"}, "header"),
		schema.Optional("sheet", schema.Text("The sheet of a workbook; the first when left out")),
		schema.Optional("filter", expression, "expression", "where", "condition", "query"),
		schema.Optional("derive", &schema.Schema{Types: []schema.Type{schema.Object}, Additional: schema.Text("An expression"),
			Description: "New columns: {name: expression}, worked out in the order of their names"}, "compute", "add_columns"),
		schema.Optional("group_by", names("Columns whose equal values make a group (transform)")),
		schema.Optional("aggregate", &schema.Schema{Types: []schema.Type{schema.Object}, Additional: schema.Text("A function of a column"),
			Description: "{name: function(column)} with count(), count, count_distinct, sum, mean, min, max, median, stddev, first, last (transform)"}, "aggregations"),
		schema.Optional("sort", names("Columns to sort by, with - before the name for the largest first (transform)"), "sort_by", "order_by"),
		schema.Optional("select", names("The columns to keep, in this order (transform, filter)"), "columns"),
		schema.Optional("rename", &schema.Schema{Types: []schema.Type{schema.Object}, Additional: schema.Text("The new name"), Description: "{old name: new name} (transform, convert)"}),
		schema.Optional("offset", schema.Int("How many rows of the outcome to leave out", 0, 1e15), "skip"),
		schema.Optional("limit", schema.Int("How many rows of the outcome to give", 0, 1e15)),
		schema.Optional("rules", &schema.Schema{Types: []schema.Type{schema.Object}, Description: "{column: {required, type (integer, number, boolean, date, datetime, string), min, max, " +
			"min_length, max_length, pattern, enum, unique}} (validate)", Additional: ruleSchema()}),
		schema.Optional("max_errors", schema.Int("How many errors to list; all are counted (validate, default 100)", 1, 10_000)),
		schema.Optional("size", schema.Int("How many rows to draw (sample, default 10)", 1, 100_000), "sample_size", "n"),
		schema.Optional("seed", schema.Int("The same seed draws the same rows (sample, default 1)", 0, 1e15)),
		schema.Optional("top", schema.Int("How many of a column's most frequent values to give (analyze, default 5)", 0, 100)),
	}
}

// csvCall is one call with options and parameters put together.
type csvCall struct {
	*tool.Call
	p tool.Params
}

func runCSV(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	c := &csvCall{Call: call, p: maps.Clone(call.Params)}
	for name, v := range call.Params.Map("options") {
		if first, ok := c.p[name]; ok && fmt.Sprint(first) != fmt.Sprint(v) {
			return nil, &schema.FieldError{Path: "options." + name, Problem: "is given outside of the options too, with another value; pass it once"}
		}
		c.p[name] = v
	}
	for _, name := range []string{"delimiter", "output_delimiter"} {
		if _, err := c.delimiter(name); err != nil {
			return nil, err
		}
	}
	if c.p.Has("output_file") && (call.Operation == "analyze" || call.Operation == "validate") {
		return nil, &schema.FieldError{Path: "output_file", Problem: fmt.Sprintf("is for operations that give rows, and %s gives none", call.Operation)}
	}
	src, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	defer src.close()
	switch call.Operation {
	case "analyze":
		return c.analyze(ctx, src)
	case "validate":
		return c.validate(ctx, src)
	case "filter":
		if c.p.String("filter") == "" {
			return nil, call.Missing("filter")
		}
	case "sample":
		return c.sample(ctx, src)
	}
	return c.pipeline(ctx, src)
}

func (c *csvCall) delimiter(name string) (rune, error) {
	text := c.p.String(name)
	switch text {
	case "":
		return 0, nil
	case "tab", `\t`:
		return '\t', nil
	}
	r, size := utf8.DecodeRuneInString(text)
	if size != len(text) || r == utf8.RuneError || r == '"' || r == '\'' || r == '\n' || r == '\r' {
		return 0, &schema.FieldError{Path: name, Expected: "one character that is no quote and no line end, or tab", Value: text}
	}
	return r, nil
}

// each calls do for every row, and counts them.
func each(ctx context.Context, rows table.Rows, do func(n int64, row []table.Cell) error) (int64, error) {
	n := int64(0)
	for {
		row, err := rows.Next(ctx)
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		n++
		if err := do(n, row); err != nil {
			return n, err
		}
	}
}

func csvExamples() []tool.Example {
	people := "name,age,city\nAnn,34,Oslo\nBob,28,Rome\nCem,45,Oslo\n"
	return []tool.Example{
		{Description: "Analyze the columns", Params: map[string]any{"operation": "analyze", "input": people},
			Want: map[string]any{"row_count": int64(3), "column_count": 3, "delimiter": ",", "has_header": true}},
		{Description: "Convert a file to JSON", Files: map[string]string{"people.csv": people},
			Params: map[string]any{"operation": "convert", "input_file": "people.csv", "format": "json", "limit": 1.0},
			Want:   map[string]any{"format": "json", "row_count": int64(1), "output": "[\n{\"name\":\"Ann\",\"age\":34,\"city\":\"Oslo\"}\n]\n"}},
		{Description: "Filter with an expression", Params: map[string]any{"operation": "filter", "input": people, "filter": `age > 30 && city == "Oslo"`},
			Want: map[string]any{"row_count": int64(2), "input_rows": int64(3)}},
		{Description: "Group and aggregate", Params: map[string]any{"operation": "transform", "input": people, "group_by": []any{"city"},
			"aggregate": map[string]any{"people": "count()", "mean_age": "mean(age)"}, "sort": []any{"-mean_age"}},
			Want: map[string]any{"rows": []any{map[string]any{"city": "Oslo", "people": int64(2), "mean_age": 39.5},
				map[string]any{"city": "Rome", "people": int64(1), "mean_age": 28.0}}}},
		{Description: "Validate", Params: map[string]any{"operation": "validate", "input": people, "rules": map[string]any{"age": map[string]any{"type": "integer", "max": 40.0}}},
			Want: map[string]any{"valid": false, "error_count": int64(1)}},
		{Description: "Draw rows at random", Params: map[string]any{"operation": "sample", "input": people, "size": 2.0, "seed": 7.0},
			Want: map[string]any{"row_count": int64(2), "input_rows": int64(3)}},
	}
}
