package data

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/llmspell/llmspell/tools/data/internal/table"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// tableSource is a table that is being read.
type tableSource struct {
	table.Rows
	format  string
	text    *table.DelimitedInfo // of delimited text
	sheets  []string             // of a workbook
	closers []io.Closer
}

func (s *tableSource) close() {
	for _, c := range s.closers {
		c.Close()
	}
}

// open opens the input of a call.
func (c *csvCall) open(ctx context.Context) (*tableSource, error) {
	delimiter, err := c.delimiter("delimiter")
	if err != nil {
		return nil, err
	}
	o := tableOptions{format: c.p.String("input_format"), sheet: c.p.String("sheet"), dialect: table.Dialect{Delimiter: delimiter, Encoding: c.p.String("encoding")}}
	if q := c.p.String("quote"); q != "" {
		o.dialect.Quote = rune(q[0])
	}
	if h, ok := c.p["has_header"].(bool); ok {
		o.dialect.Header = &h
	}
	input, given := c.p["input"]
	switch file := c.p.String("input_file"); {
	case given && file != "":
		return nil, &schema.FieldError{Path: "input_file", Problem: "cannot be given together with input; pass one of them"}
	case file != "":
		return openTableFile(ctx, c.Sandbox, file, o)
	case given:
		return openTableValue(ctx, "input", input, o)
	}
	return nil, c.Missing("input", "input_file")
}

type tableOptions struct {
	format, sheet string
	dialect       table.Dialect
}

// openTableValue reads a table from a parameter: text, or a list of objects.
func openTableValue(ctx context.Context, name string, input any, o tableOptions) (*tableSource, error) {
	wrong := func(err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &schema.FieldError{Path: name, Problem: "cannot be read: " + err.Error()}
	}
	if list, ok := input.([]any); ok {
		rows, err := table.Values(ctx, list)
		if err != nil {
			return nil, wrong(err)
		}
		return &tableSource{Rows: rows, format: "values"}, nil
	}
	text, ok := input.(string)
	if !ok {
		return nil, &schema.FieldError{Path: name, Expected: "text, or an array of objects", Value: input}
	}
	if len(text) > maxTableText {
		return nil, tool.Errorf(tool.LimitExceeded, "the text has more than %d MB; write it to a file and pass input_file, which is streamed", maxTableText>>20)
	}
	if o.format == "" {
		o.format = sniffFormat([]byte(text[:min(len(text), 64)]))
	}
	s, err := o.read(ctx, strings.NewReader(text), int64(len(text)))
	if err != nil {
		return nil, wrong(err)
	}
	return s, nil
}

// openTableFile reads a table from a file.
func openTableFile(ctx context.Context, box *sandbox.Sandbox, path string, o tableOptions) (*tableSource, error) {
	f, err := box.OpenFile(path)
	if err != nil {
		return nil, err
	}
	s, err := o.readFile(ctx, path, f)
	if err != nil {
		f.Close()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, tool.Errorf(tool.ExecutionFailed, "%q cannot be read: %w", path, err)
	}
	s.closers = append(s.closers, f)
	return s, nil
}

func (o tableOptions) readFile(ctx context.Context, path string, f *os.File) (*tableSource, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if o.format == "" {
		o.format = formatOfName(path)
	}
	if o.format == "" {
		head := make([]byte, 64)
		n, err := f.ReadAt(head, 0)
		if err != nil && err != io.EOF {
			return nil, err
		}
		o.format = sniffFormat(head[:n])
	}
	return o.read(ctx, f, info.Size())
}

type fileReader interface {
	io.Reader
	io.ReaderAt
}

func (o tableOptions) read(ctx context.Context, r fileReader, size int64) (*tableSource, error) {
	s := &tableSource{format: o.format}
	var err error
	switch o.format {
	case table.JSONArray, table.JSONLines:
		s.Rows, err = table.JSON(ctx, r)
	case table.XLSX:
		var book *table.Workbook
		if book, err = table.OpenWorkbook(ctx, r, size); err != nil {
			return nil, err
		}
		s.sheets = book.Sheets
		var c io.Closer
		if s.Rows, c, err = book.Rows(ctx, o.sheet, o.dialect.Header == nil || *o.dialect.Header); err == nil {
			s.closers = append(s.closers, c)
		}
	case table.Parquet:
		var c io.Closer
		if s.Rows, c, err = table.OpenParquet(ctx, r, size); err == nil {
			s.closers = append(s.closers, c)
		}
	default:
		if o.format == table.TSV && o.dialect.Delimiter == 0 {
			o.dialect.Delimiter = '\t'
		}
		s.Rows, s.text, err = table.Delimited(ctx, r, o.dialect)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

func formatOfName(path string) string {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".csv":
		return table.CSV
	case ".tsv", ".tab":
		return table.TSV
	case ".json":
		return table.JSONArray
	case ".jsonl", ".ndjson":
		return table.JSONLines
	case ".md", ".markdown":
		return table.Markdown
	case ".xlsx", ".xlsm":
		return table.XLSX
	case ".parquet":
		return table.Parquet
	}
	return ""
}

func sniffFormat(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return table.XLSX
	case bytes.HasPrefix(head, []byte("PAR1")):
		return table.Parquet
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(head) > 1 && (head[0] == '{' || head[0] == '[') {
		if next := bytes.TrimLeft(head[1:], " \t\r\n"); len(next) > 0 && strings.IndexByte(`"{}]`, next[0]) >= 0 {
			return table.JSONArray
		}
	}
	return table.CSV
}
