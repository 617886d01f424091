package table

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// Rows gives the rows of a table one after the other.
type Rows interface {
	// Columns are known from the start; rows have as many cells, unless they
	// are ragged.
	Columns() []Column
	// Next gives the next row, which is valid until Next is called again, or
	// io.EOF.
	Next(ctx context.Context) ([]Cell, error)
}

// raw is a reader before its columns' types are known.
type raw interface {
	names() []string
	next(ctx context.Context) ([]Cell, error)
}

// inferFrom is how many rows decide about the types of columns, and
// inferBytes how much text.
const (
	inferFrom  = 10_000
	inferBytes = 16 << 20
)

// typed infers the types of columns from the first rows, which it then gives.
type typed struct {
	src     raw
	columns []Column
	head    [][]Cell
	end     error // what came after the head, when all of it was read
}

func newTyped(ctx context.Context, src raw) (*typed, error) {
	t := &typed{src: src}
	counts := make([]Counts, len(src.names()))
	size := 0
	for len(t.head) < inferFrom && size < inferBytes {
		row, err := src.next(ctx)
		if err != nil {
			if ctx.Err() != nil || !errors.Is(err, io.EOF) && len(t.head) == 0 {
				return nil, err
			}
			t.end = err
			break
		}
		kept := append([]Cell(nil), row...)
		for i, c := range kept {
			if i < len(counts) {
				counts[i][c.Kind]++
			}
			size += len(c.Text) + 48
			if s, ok := c.Value.(string); ok && c.Text == "" {
				size += len(s)
			}
		}
		t.head = append(t.head, kept)
	}
	for i, name := range src.names() {
		t.columns = append(t.columns, Column{Name: name, Kind: counts[i].Kind()})
	}
	return t, nil
}

func (t *typed) Columns() []Column { return t.columns }

func (t *typed) Next(ctx context.Context) ([]Cell, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var row []Cell
	switch {
	case len(t.head) > 0:
		row, t.head[0] = t.head[0], nil
		t.head = t.head[1:]
	case t.end != nil:
		return nil, t.end
	default:
		var err error
		if row, err = t.src.next(ctx); err != nil {
			return nil, err
		}
	}
	for i := range row {
		if i < len(t.columns) {
			row[i] = t.columns[i].Fit(row[i])
		}
	}
	return row, nil
}

// Limits of tables.
const (
	MaxColumns = 2000
	MaxRow     = 8 << 20 // bytes of one row
)

func tooManyColumns(n int) error {
	return fmt.Errorf("the table has %d columns; at most %d are read", n, MaxColumns)
}

// guarded turns a panic of a library over a damaged file into an error.
func guarded(what string, do func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the %s is damaged: %v", what, v)
		}
	}()
	return do()
}

// Stream makes Rows of a function that gives rows, or io.EOF, and infers the
// types of its columns.
func Stream(ctx context.Context, columns []string, next func(ctx context.Context) ([]Cell, error)) (Rows, error) {
	return newTyped(ctx, &stream{columns, next})
}

type stream struct {
	columns []string
	read    func(ctx context.Context) ([]Cell, error)
}

func (s *stream) names() []string                          { return s.columns }
func (s *stream) next(ctx context.Context) ([]Cell, error) { return s.read(ctx) }
