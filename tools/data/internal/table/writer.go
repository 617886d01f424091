package table

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
)

// Writer writes a table. Close completes it; the io.Writer stays open.
type Writer interface {
	Write(row []Cell) error
	Close() error
}

// Formats that NewWriter knows.
const (
	CSV       = "csv"
	TSV       = "tsv"
	JSONArray = "json"
	JSONLines = "jsonl"
	Markdown  = "markdown"
	XLSX      = "xlsx"
	Parquet   = "parquet"
)

// Binary tells whether a format is not text.
func Binary(format string) bool { return format == XLSX || format == Parquet }

// NewWriter makes a writer of one of the formats. The delimiter is that of
// CSV; 0 is a comma.
func NewWriter(format string, w io.Writer, columns []Column, delimiter rune) (Writer, error) {
	switch format {
	case CSV, TSV:
		return newCSVWriter(format, w, columns, delimiter)
	case JSONArray, JSONLines:
		return newJSONWriter(format, w, columns), nil
	case Markdown:
		return newMarkdownWriter(w, columns)
	case XLSX:
		return newXLSXWriter(w, columns)
	case Parquet:
		return newParquetWriter(w, columns)
	}
	return nil, fmt.Errorf("the format %q cannot be written", format)
}

type csvWriter struct {
	w    *csv.Writer
	line []string
}

func newCSVWriter(format string, w io.Writer, columns []Column, delimiter rune) (Writer, error) {
	c := &csvWriter{w: csv.NewWriter(w)}
	switch {
	case format == TSV:
		c.w.Comma = '\t'
	case delimiter != 0:
		c.w.Comma = delimiter
	}
	return c, c.w.Write(Names(columns))
}

func (c *csvWriter) Write(row []Cell) error {
	c.line = c.line[:0]
	for _, cell := range row {
		c.line = append(c.line, cell.String())
	}
	return c.w.Write(c.line)
}

func (c *csvWriter) Close() error {
	c.w.Flush()
	return c.w.Error()
}

type jsonWriter struct {
	w     *bufio.Writer
	keys  []string // quoted, with the colon
	array bool
	rows  int
}

func newJSONWriter(format string, w io.Writer, columns []Column) Writer {
	j := &jsonWriter{w: bufio.NewWriter(w), array: format == JSONArray}
	for _, c := range columns {
		j.keys = append(j.keys, marshal(c.Name)+":")
	}
	return j
}

func (j *jsonWriter) Write(row []Cell) error {
	switch {
	case j.array && j.rows == 0:
		j.w.WriteString("[\n")
	case j.array:
		j.w.WriteString(",\n")
	}
	j.rows++
	j.w.WriteByte('{')
	for i, key := range j.keys {
		if i > 0 {
			j.w.WriteByte(',')
		}
		j.w.WriteString(key)
		if i < len(row) && row[i].Kind != Empty {
			j.w.WriteString(marshal(row[i].Value))
		} else {
			j.w.WriteString("null")
		}
	}
	j.w.WriteByte('}')
	if j.array {
		return nil
	}
	return j.w.WriteByte('\n') // reports the error of all writes before it
}

func (j *jsonWriter) Close() error {
	switch {
	case j.array && j.rows == 0:
		j.w.WriteString("[]\n")
	case j.array:
		j.w.WriteString("\n]\n")
	}
	return j.w.Flush()
}

type markdownWriter struct {
	w       *bufio.Writer
	columns int
}

func newMarkdownWriter(w io.Writer, columns []Column) (Writer, error) {
	m := &markdownWriter{w: bufio.NewWriter(w), columns: len(columns)}
	m.line(Names(columns))
	rule := make([]string, len(columns))
	for i, c := range columns {
		rule[i] = "---"
		if c.Kind == Integer || c.Kind == Number {
			rule[i] = "---:"
		}
	}
	return m, m.line(rule)
}

func (m *markdownWriter) line(cells []string) error {
	for i := range m.columns {
		m.w.WriteString("| ")
		if i < len(cells) {
			m.w.WriteString(cells[i])
		}
		m.w.WriteByte(' ')
	}
	_, err := m.w.WriteString("|\n")
	return err
}

func (m *markdownWriter) Write(row []Cell) error {
	escape := strings.NewReplacer("|", `\|`, "\r\n", "<br>", "\n", "<br>", "\r", "<br>")
	cells := make([]string, len(row))
	for i, c := range row {
		cells[i] = escape.Replace(c.String())
	}
	return m.line(cells)
}

func (m *markdownWriter) Close() error { return m.w.Flush() }
