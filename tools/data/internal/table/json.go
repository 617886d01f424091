package table

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

func marshal(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return string(bytes.TrimRight(b.Bytes(), "\n"))
}

// JSON reads an array of objects, or objects one after the other (JSON lines).
func JSON(ctx context.Context, r io.Reader) (Rows, error) {
	m := &meter{r: r}
	br := bufio.NewReader(m)
	m.allow = MaxRow
	s := &jsonSource{meter: m}
	for {
		c, err := br.ReadByte()
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the table is empty")
		}
		if err != nil {
			return nil, err
		}
		if c == 0xEF { // a byte order mark
			br.Discard(2)
			continue
		}
		if c > ' ' {
			br.UnreadByte()
			s.array = c == '['
			break
		}
	}
	s.dec = json.NewDecoder(br)
	if s.array {
		if _, err := s.dec.Token(); err != nil {
			return nil, err
		}
	}
	return fromObjects(ctx, s.object, s.dec.InputOffset)
}

type jsonSource struct {
	dec   *json.Decoder
	meter *meter
	array bool
	rows  int
}

// object is one row as its members, in the order in which they are written.
type object struct {
	keys   []string
	values []any
}

func (s *jsonSource) object(ctx context.Context) (*object, error) {
	if s.rows++; s.rows&63 == 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	s.meter.allow = s.dec.InputOffset() + MaxRow
	if s.array && !s.dec.More() {
		if _, err := s.dec.Token(); err != nil {
			return nil, s.wrong(err)
		}
		return nil, io.EOF
	}
	t, err := s.dec.Token()
	if errors.Is(err, io.EOF) && !s.array {
		return nil, io.EOF
	}
	if err != nil {
		return nil, s.wrong(err)
	}
	if t != json.Delim('{') {
		return nil, fmt.Errorf("row %d is not a JSON object but begins with %v; a table is an array of objects, or one object a line", s.rows, t)
	}
	o := &object{}
	for s.dec.More() {
		key, err := s.dec.Token()
		if err != nil {
			return nil, s.wrong(err)
		}
		var v any
		if err := s.dec.Decode(&v); err != nil {
			return nil, s.wrong(err)
		}
		o.keys, o.values = append(o.keys, key.(string)), append(o.values, v)
	}
	if _, err := s.dec.Token(); err != nil {
		return nil, s.wrong(err)
	}
	return o, nil
}

func (s *jsonSource) wrong(err error) error {
	switch {
	case errors.Is(err, errRowTooLong):
		return fmt.Errorf("row %d is longer than %d MB", s.rows, MaxRow>>20)
	case errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("row %d is not JSON: %w", s.rows, err)
}

// Values makes rows of a list of objects.
func Values(ctx context.Context, list []any) (Rows, error) {
	i := 0
	return fromObjects(ctx, func(ctx context.Context) (*object, error) {
		if i >= len(list) {
			return nil, io.EOF
		}
		m, ok := list[i].(map[string]any)
		if i++; !ok {
			return nil, fmt.Errorf("row %d is not an object; a table is an array of objects", i)
		}
		o := &object{}
		for k := range m {
			o.keys = append(o.keys, k)
		}
		slices.Sort(o.keys) // an object has no order
		for _, k := range o.keys {
			o.values = append(o.values, m[k])
		}
		return o, nil
	}, func() int64 { return 0 })
}

// objects gives rows to objects whose members differ: the columns are those of
// the first rows.
type objects struct {
	read    func(context.Context) (*object, error)
	head    []*object
	end     error
	columns []string
	index   map[string]int
	count   int
	row     []Cell
}

func fromObjects(ctx context.Context, read func(context.Context) (*object, error), consumed func() int64) (Rows, error) {
	s := &objects{read: read, index: map[string]int{}}
	for len(s.head) < inferFrom && consumed() < inferBytes {
		o, err := read(ctx)
		if err != nil {
			if !errors.Is(err, io.EOF) {
				return nil, err
			}
			s.end = err
			break
		}
		for _, k := range o.keys {
			if _, ok := s.index[k]; !ok {
				s.index[k] = len(s.columns)
				s.columns = append(s.columns, k)
			}
		}
		if len(s.columns) > MaxColumns {
			return nil, tooManyColumns(len(s.columns))
		}
		s.head = append(s.head, o)
	}
	return newTyped(ctx, s)
}

func (s *objects) names() []string { return s.columns }

func (s *objects) next(ctx context.Context) ([]Cell, error) {
	var o *object
	switch {
	case len(s.head) > 0:
		o, s.head = s.head[0], s.head[1:]
	case s.end != nil:
		return nil, s.end
	default:
		var err error
		if o, err = s.read(ctx); err != nil {
			return nil, err
		}
	}
	s.count++
	if s.row == nil {
		s.row = make([]Cell, len(s.columns))
	}
	clear(s.row)
	for i, k := range o.keys {
		column, ok := s.index[k]
		if !ok {
			return nil, fmt.Errorf("row %d has a member %q, which none of the first rows has", s.count, k)
		}
		s.row[column] = Of(o.values[i])
	}
	return s.row, nil
}
