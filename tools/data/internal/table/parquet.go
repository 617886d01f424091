package table

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// parquetSource reads row groups one after the other.
type parquetSource struct {
	file    *parquet.File
	columns []parquetColumn
	titles  []string
	group   int
	rows    parquet.Rows
	batch   []parquet.Row
	at, n   int
	row     []Cell
}

type parquetColumn struct {
	list    bool
	logical format.LogicalTypeValue
	kind    parquet.Kind
}

// OpenParquet reads a Parquet file. Members of structs are columns of their
// own (address.city), and a list of simple values is an array.
func OpenParquet(ctx context.Context, r io.ReaderAt, size int64) (rows Rows, end io.Closer, err error) {
	s := &parquetSource{batch: make([]parquet.Row, 64)}
	err = guarded("Parquet file", func() error {
		if err := checkFooter(r, size); err != nil {
			return err
		}
		s.file, err = parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
		if err != nil {
			return fmt.Errorf("the file is not a Parquet file that can be read: %w", err)
		}
		if err := checkPages(ctx, r, size, s.file.Metadata()); err != nil {
			return err
		}
		return s.describe()
	})
	if err != nil {
		return nil, nil, err
	}
	t, err := newTyped(ctx, s)
	if err != nil {
		s.Close()
		return nil, nil, err
	}
	return t, s, nil
}

func (s *parquetSource) describe() error {
	schema := s.file.Schema()
	for _, path := range schema.Columns() {
		leaf, ok := schema.Lookup(path...)
		if !ok {
			return fmt.Errorf("the Parquet file is damaged: it has no column %q", path)
		}
		if leaf.MaxRepetitionLevel > 1 {
			return fmt.Errorf("the column %q holds lists of lists, which a table cannot hold", strings.Join(path, "."))
		}
		name := strings.Join(path, ".")
		for _, tail := range []string{".list.element", ".list.item", ".bag.array_element"} {
			name = strings.TrimSuffix(name, tail)
		}
		c := parquetColumn{list: leaf.MaxRepetitionLevel > 0, kind: leaf.Node.Type().Kind()}
		if l := leaf.Node.Type().LogicalType(); l != nil {
			c.logical = l.Value
		}
		s.columns, s.titles = append(s.columns, c), append(s.titles, name)
	}
	if len(s.titles) == 0 {
		return errors.New("the Parquet file has no columns")
	}
	if len(s.titles) > MaxColumns {
		return tooManyColumns(len(s.titles))
	}
	s.titles = Unique(s.titles)
	return nil
}

func (s *parquetSource) names() []string { return s.titles }

// Close ends the reading of the row group at hand.
func (s *parquetSource) Close() error {
	if s.rows == nil {
		return nil
	}
	rows := s.rows
	s.rows = nil
	return guarded("Parquet file", rows.Close)
}

func (s *parquetSource) next(ctx context.Context) (row []Cell, err error) {
	if s.at == s.n {
		if err := guarded("Parquet file", func() error { return s.fill(ctx) }); err != nil {
			return nil, err
		}
	}
	s.at++
	err = guarded("Parquet file", func() error { return s.convert(s.batch[s.at-1]) })
	return s.row, err
}

func (s *parquetSource) fill(ctx context.Context) error {
	s.at, s.n = 0, 0
	for s.n == 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		if s.rows == nil {
			groups := s.file.RowGroups()
			if s.group == len(groups) {
				return io.EOF
			}
			s.rows = groups[s.group].Rows()
			s.group++
		}
		n, err := s.rows.ReadRows(s.batch)
		s.n = n
		if errors.Is(err, io.EOF) || err == nil && n == 0 {
			rows := s.rows
			s.rows, err = nil, nil
			rows.Close()
		}
		if err != nil {
			return fmt.Errorf("the Parquet file is damaged: %w", err)
		}
	}
	return nil
}

func (s *parquetSource) convert(values parquet.Row) error {
	if s.row == nil {
		s.row = make([]Cell, len(s.columns))
	}
	clear(s.row)
	for _, v := range values {
		i := v.Column()
		if i < 0 || i >= len(s.row) {
			return fmt.Errorf("the Parquet file is damaged: a value of column %d of %d", i, len(s.row))
		}
		cell := s.columns[i].cell(v)
		if !s.columns[i].list {
			s.row[i] = cell
			continue
		}
		list, _ := s.row[i].Value.([]any)
		if cell.Kind != Empty || list != nil {
			s.row[i] = Cell{Value: append(list, cell.Value), Kind: Nested}
		}
	}
	return nil
}

func (c *parquetColumn) cell(v parquet.Value) Cell {
	if v.IsNull() {
		return Cell{}
	}
	switch l := c.logical.(type) {
	case *format.DateType:
		return Cell{Value: time.Unix(0, 0).UTC().AddDate(0, 0, int(v.Int32())).Format("2006-01-02"), Kind: Date}
	case *format.TimestampType:
		return timestamp(v.Int64(), l)
	case *format.DecimalType:
		return decimal(v, l.Scale)
	case *format.UUIDType:
		if id, err := uuid.FromBytes(v.ByteArray()); err == nil {
			return Cell{Value: id.String(), Kind: Text}
		}
	case *format.JsonType:
		var out any
		if json.Unmarshal(v.ByteArray(), &out) == nil {
			return Of(out)
		}
	}
	switch v.Kind() {
	case parquet.Boolean:
		return Cell{Value: v.Boolean(), Kind: Boolean}
	case parquet.Int32:
		return Cell{Value: int64(v.Int32()), Kind: Integer}
	case parquet.Int64:
		return Cell{Value: v.Int64(), Kind: Integer}
	case parquet.Int96: // nanoseconds of the day, and the Julian day
		raw := v.Int96()
		t := time.Unix((int64(raw[2])-2_440_588)*86400, int64(raw[0])|int64(raw[1])<<32).UTC()
		return Cell{Value: t.Format(time.RFC3339Nano), Kind: DateTime}
	case parquet.Float:
		return float(float64(v.Float()))
	case parquet.Double:
		return float(v.Double())
	}
	b := v.ByteArray()
	if len(b) > MaxRow {
		b = b[:MaxRow]
	}
	if utf8.Valid(b) {
		return Cell{Value: string(b), Kind: stringKind(string(b))}
	}
	return Cell{Value: base64.StdEncoding.EncodeToString(b), Kind: Text}
}

// float keeps 3.0 a number with a fraction: its column is one.
func float(f float64) Cell {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Cell{}
	}
	return Cell{Value: f, Kind: Number}
}

func timestamp(n int64, l *format.TimestampType) Cell {
	t := time.UnixMilli(n)
	switch l.Unit.Value.(type) {
	case *format.MicroSeconds:
		t = time.UnixMicro(n)
	case *format.NanoSeconds:
		t = time.Unix(0, n)
	}
	layout := "2006-01-02 15:04:05"
	if l.IsAdjustedToUTC {
		layout = time.RFC3339
	}
	return Cell{Value: t.UTC().Format(layout), Kind: DateTime}
}

// decimal gives a number where a float64 holds it, and text beyond.
func decimal(v parquet.Value, scale int32) Cell {
	n := new(big.Int)
	switch v.Kind() {
	case parquet.Int32:
		n.SetInt64(int64(v.Int32()))
	case parquet.Int64:
		n.SetInt64(v.Int64())
	default:
		b := v.ByteArray()
		if len(b) > 64 {
			return Cell{}
		}
		n.SetBytes(b)
		if len(b) > 0 && b[0]&0x80 != 0 { // two's complement
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(len(b))*8))
		}
	}
	if scale < 0 || scale > 100 {
		return Cell{}
	}
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)
	r := new(big.Rat).SetFrac(n, power)
	if n.BitLen() <= 50 {
		f, _ := r.Float64()
		return Cell{Value: f, Kind: Number}
	}
	return Cell{Value: r.FloatString(int(scale)), Kind: Text}
}
