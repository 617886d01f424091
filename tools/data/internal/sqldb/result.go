package sqldb

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Request is one statement to run.
type Request struct {
	SQL      string
	Params   []any
	Named    map[string]any // instead of Params, by the names without : @ $; SQLite only
	Write    bool           // whether the statement may change something
	MaxRows  int
	MaxBytes int
}

// Column is a column of an outcome.
type Column struct{ Name, Type string }

// Result is the outcome of a statement.
type Result struct {
	Columns   []Column
	Rows      []any // map[string]any
	Truncated bool  // there were more rows
	Affected  int64
	LastID    int64 // of the row that was inserted, where the database says so; else 0
	size      int
	max       Request
}

// Table describes one table or view.
type Table struct {
	Schema, Name, Type string
	Columns            []TableColumn
}

// TableColumn describes a column of a table.
type TableColumn struct {
	Name, Type string
	Nullable   bool
	Default    any // its expression, or nil
	PrimaryKey bool
}

// Conn is a connection to a database. It is used by one goroutine.
type Conn interface {
	Dialect() Dialect
	Run(ctx context.Context, r Request) (*Result, error)
	Schema(ctx context.Context, table string) ([]Table, error)
	Close()
}

// MaxTables and MaxSchemaColumns bound what Schema lists.
const (
	MaxTables        = 1000
	MaxSchemaColumns = 20_000
)

// setColumns names the columns; names that occur twice get a number.
func (r *Result) setColumns(columns []Column) {
	seen := map[string]bool{}
	for i, c := range columns {
		name := c.Name
		if name == "" || name == "?column?" {
			name = "column_" + strconv.Itoa(i+1)
		}
		base := name
		for n := 2; seen[name]; n++ {
			name = base + "_" + strconv.Itoa(n)
		}
		seen[name] = true
		columns[i].Name = name
	}
	r.Columns = columns
}

// add adds a row, and tells whether there is room for another.
func (r *Result) add(values []any) (bool, error) {
	if len(r.Rows) >= r.max.MaxRows {
		r.Truncated = true
		return false, nil
	}
	row := make(map[string]any, len(values))
	for i, v := range values {
		r.size += 32 + sizeOf(v)
		row[r.Columns[i].Name] = v
	}
	if r.size > r.max.MaxBytes {
		if len(r.Rows) == 0 {
			return false, fmt.Errorf("one row of the result has more than %d MB; select fewer columns, or parts of them", r.max.MaxBytes>>20)
		}
		r.Truncated = true
		return false, nil
	}
	r.Rows = append(r.Rows, row)
	return true, nil
}

func sizeOf(v any) int {
	switch v := v.(type) {
	case string:
		return len(v)
	case []any:
		n := 24
		for _, e := range v {
			n += 16 + sizeOf(e)
		}
		return n
	case map[string]any:
		n := 48
		for k, e := range v {
			n += 32 + len(k) + sizeOf(e)
		}
		return n
	}
	return 8
}

// Decimal gives an exact number as a number where a float64 holds it exactly
// as written, and as text beyond.
func Decimal(text string) any {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return text
	}
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 && !strings.ContainsAny(text, ".eE") {
		return int64(f)
	}
	exact, ok := new(big.Rat).SetString(text)
	shortest, ok2 := new(big.Rat).SetString(strconv.FormatFloat(f, 'g', -1, 64))
	if !ok || !ok2 || exact.Cmp(shortest) != 0 {
		return text
	}
	return f
}

func floating(f float64) any {
	if math.IsNaN(f) || math.IsInf(f, 0) { // JSON has no such numbers
		return fmt.Sprint(f)
	}
	return f
}

func timeText(t time.Time) string {
	if t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 && t.Nanosecond() == 0 && t.Location() == time.UTC {
		return t.Format("2006-01-02")
	}
	return t.Format(time.RFC3339Nano)
}

// Bytes are base64; JSON has no other way.
func binary(b []byte) any { return base64.StdEncoding.EncodeToString(b) }

func text(b []byte) any {
	if utf8.Valid(b) {
		return string(b)
	}
	return binary(b)
}

func jsonValue(b []byte) any {
	var v any
	if json.Unmarshal(b, &v) == nil {
		return v
	}
	return string(b)
}

// params makes values of JSON into what drivers take: whole numbers are
// integers, lists and objects are JSON text.
func params(list []any) []any {
	out := make([]any, len(list))
	for i, v := range list {
		switch v := v.(type) {
		case float64:
			if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
				out[i] = int64(v)
				continue
			}
		case []any, map[string]any:
			b, err := json.Marshal(v)
			if err == nil {
				out[i] = string(b)
				continue
			}
		}
		out[i] = v
	}
	return out
}
