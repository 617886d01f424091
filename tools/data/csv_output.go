package data

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/tools/data/internal/table"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// Bounds of what is returned rather than written to a file.
const (
	maxReturned     = 16 << 20 // bytes
	maxReturnedRows = 100_000
)

// emit gives the rows in the form that the call asks for: objects, text of a
// format, or a file.
func (c *csvCall) emit(ctx context.Context, o *outcome) (*tool.Result, error) {
	format, file := c.p.String("format"), c.p.String("output_file")
	if format == "" && file != "" {
		if format = formatOfName(file); format == "" {
			format = table.CSV
		}
	}
	if format == "" && c.Operation == "convert" {
		format = table.JSONArray
	}
	columns := renamed(o.rows.Columns(), c.p.Map("rename"))
	if names := table.Names(columns); !slices.Equal(table.Unique(names), names) {
		return nil, &schema.FieldError{Path: "rename", Problem: fmt.Sprintf("leads to columns without a name, or with the same: %q", names)}
	}
	delimiter, err := c.delimiter("output_delimiter")
	if err != nil {
		return nil, err
	}
	switch {
	case format == "":
		return o.values(ctx, columns)
	case file == "" && table.Binary(format):
		return nil, &schema.FieldError{Path: "output_file", Problem: "is missing", Help: fmt.Sprintf("%s is not text: it can only be written to a file", format)}
	case file == "":
		return o.text(ctx, format, columns, delimiter)
	}
	place, err := c.Sandbox.Place(sandbox.Write, file)
	if err != nil {
		return nil, err
	}
	defer place.Close()
	size := &counter{}
	var rows int64
	err = place.Replace(func(w io.Writer) error {
		size.w = w
		rows, err = o.copyTo(ctx, format, size, columns, delimiter)
		return err
	}, 0o644)
	if err != nil {
		return nil, err
	}
	return o.result(fmt.Sprintf("wrote %d rows to %s", rows, place.Path), columns, rows, map[string]any{
		"format": format, "output_file": place.Path, "size": size.n}), nil
}

// outcome is the rows of an operation, before they are given to the caller.
type outcome struct {
	rows   table.Rows
	inputs int64 // rows that were read
	ragged int64 // of them, those with more or fewer cells than columns
}

func (o *outcome) result(message string, columns []table.Column, rows int64, value map[string]any) *tool.Result {
	value["columns"], value["row_count"], value["input_rows"] = anyStrings(table.Names(columns)), rows, o.inputs
	if o.ragged > 0 {
		value["ragged_rows"] = o.ragged
		message += fmt.Sprintf("; %d rows have more or fewer cells than the header: missing ones are empty, further ones left out", o.ragged)
	}
	return &tool.Result{Message: message, Value: value}
}

func (o *outcome) copyTo(ctx context.Context, format string, to io.Writer, columns []table.Column, delimiter rune) (int64, error) {
	w, err := table.NewWriter(format, to, columns, delimiter)
	if err != nil {
		return 0, err
	}
	n, err := each(ctx, o.rows, func(_ int64, row []table.Cell) error { return w.Write(row) })
	if err != nil {
		return n, err
	}
	return n, w.Close()
}

func renamed(columns []table.Column, names map[string]any) []table.Column {
	out := make([]table.Column, len(columns))
	for i, c := range columns {
		if name, ok := names[c.Name].(string); ok {
			c.Name = name
		}
		out[i] = c
	}
	return out
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

func (o *outcome) text(ctx context.Context, format string, columns []table.Column, delimiter rune) (*tool.Result, error) {
	var b bytes.Buffer
	rows, err := o.copyTo(ctx, format, &boundedWriter{w: &b, left: maxReturned}, columns, delimiter)
	if err != nil {
		return nil, err
	}
	text := b.String()
	r := o.result(fmt.Sprintf("%d rows", rows), columns, rows, map[string]any{"format": format, "output": text})
	r.Text = &text
	return r, nil
}

type boundedWriter struct {
	w    io.Writer
	left int
}

func (b *boundedWriter) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, tooMuchReturned()
	}
	return b.w.Write(p)
}

func tooMuchReturned() error {
	return tool.Errorf(tool.LimitExceeded, "the outcome has more than %d MB or %d rows, which is too much to return; pass a limit, or an output_file",
		maxReturned>>20, maxReturnedRows)
}

// values gives the rows as objects.
func (o *outcome) values(ctx context.Context, columns []table.Column) (*tool.Result, error) {
	out, size := []any{}, 0
	n, err := each(ctx, o.rows, func(_ int64, row []table.Cell) error {
		m := make(map[string]any, len(columns))
		for i, c := range columns {
			size += 16
			if i >= len(row) {
				m[c.Name] = nil
				continue
			}
			m[c.Name] = row[i].Value
			if text, ok := row[i].Value.(string); ok {
				m[c.Name] = strings.Clone(text) // not the whole record that it is a part of
				size += len(text)
			}
		}
		if out = append(out, m); size > maxReturned || len(out) > maxReturnedRows {
			return tooMuchReturned()
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return o.result(fmt.Sprintf("%d of %d rows", n, o.inputs), columns, n, map[string]any{"rows": out}), nil
}

func anyStrings(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}
