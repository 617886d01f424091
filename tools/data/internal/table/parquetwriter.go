package table

import (
	"fmt"
	"io"
	"reflect"

	"github.com/parquet-go/parquet-go"
)

// groupRows is how many rows a row group of a written file has: it is held
// until it is complete.
const groupRows = 50_000

// parquetWriter writes each column with the type that the first rows have.
type parquetWriter struct {
	w       *parquet.GenericWriter[any]
	columns []Column
	row     parquet.Row
	rows    int
}

// orderedGroup is a group whose members keep their order; parquet.Group sorts
// them by name.
type orderedGroup struct {
	parquet.Group
	fields []parquet.Field
}

func (g orderedGroup) Fields() []parquet.Field { return g.fields }

type groupField struct {
	parquet.Node
	name string
}

func (f groupField) Name() string { return f.name }
func (f groupField) Value(base reflect.Value) reflect.Value {
	return base.MapIndex(reflect.ValueOf(f.name))
}

func newParquetWriter(w io.Writer, columns []Column) (Writer, error) {
	p := &parquetWriter{columns: columns}
	group := orderedGroup{Group: parquet.Group{}}
	for _, c := range columns {
		var node parquet.Node
		switch c.Kind {
		case Boolean:
			node = parquet.Leaf(parquet.BooleanType)
		case Integer:
			node = parquet.Int(64)
		case Number:
			node = parquet.Leaf(parquet.DoubleType)
		case Date:
			node = parquet.Date()
		case DateTime:
			node = parquet.Timestamp(parquet.Millisecond)
		case Nested:
			node = parquet.JSON()
		default:
			node = parquet.String()
		}
		node = parquet.Compressed(parquet.Optional(node), &parquet.Snappy)
		group.Group[c.Name] = node
		group.fields = append(group.fields, groupField{node, c.Name})
	}
	err := guarded("table", func() error {
		p.w = parquet.NewGenericWriter[any](w, parquet.NewSchema("table", group))
		return nil
	})
	return p, err
}

func (p *parquetWriter) Write(row []Cell) error {
	p.row = p.row[:0]
	p.rows++
	for i, c := range p.columns {
		var cell Cell
		if i < len(row) {
			cell = row[i]
		}
		v, ok := parquetValue(c.Kind, cell)
		if !ok {
			return fmt.Errorf("row %d: the column %q holds values of type %s, and this is %q; make the column text, with derive for example",
				p.rows, c.Name, c.Kind, cell.String())
		}
		definition := 1
		if v.IsNull() {
			definition = 0
		}
		p.row = append(p.row, v.Level(0, definition, i))
	}
	if _, err := p.w.WriteRows([]parquet.Row{p.row}); err != nil {
		return err
	}
	if p.rows%groupRows == 0 {
		return p.w.Flush()
	}
	return nil
}

func parquetValue(kind Kind, c Cell) (parquet.Value, bool) {
	if c.Kind == Empty {
		return parquet.NullValue(), true
	}
	switch kind {
	case Boolean, Integer:
		return parquet.ValueOf(c.Value), c.Kind == kind
	case Number:
		switch v := c.Value.(type) {
		case float64:
			return parquet.ValueOf(v), true
		case int64:
			return parquet.ValueOf(float64(v)), true
		}
		return parquet.Value{}, false
	case Date, DateTime:
		t, err := ParseTime(c.String())
		if err != nil {
			return parquet.Value{}, false
		}
		if kind == Date {
			return parquet.ValueOf(int32(t.Unix() / 86400)), c.Kind == Date
		}
		return parquet.ValueOf(t.UnixMilli()), true
	case Nested:
		return parquet.ValueOf(marshal(c.Value)), true
	}
	return parquet.ValueOf(c.String()), true
}

func (p *parquetWriter) Close() error { return p.w.Close() }
