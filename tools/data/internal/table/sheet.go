package table

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// sheetSource streams the rows of a sheet. Rows that the file leaves out are
// empty, and skipped.
type sheetSource struct {
	book    *Workbook
	dec     *xml.Decoder
	columns []string
	first   []Cell
	row     []Cell
	tokens  int
}

func (s *sheetSource) names() []string { return s.columns }

func (s *sheetSource) token(ctx context.Context) (xml.Token, error) {
	if s.tokens++; s.tokens&255 == 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	t, err := s.dec.RawToken()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("the sheet is damaged: %w", err)
	}
	return t, err
}

func (s *sheetSource) next(ctx context.Context) ([]Cell, error) {
	if s.first != nil {
		row := s.first
		s.first = nil
		return row, nil
	}
	for {
		t, err := s.token(ctx)
		if err != nil {
			return nil, err
		}
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == "row" {
			if err := s.readRow(ctx); err != nil {
				return nil, unexpected(err)
			}
			if len(s.row) > 0 {
				for len(s.row) < len(s.columns) { // trailing empty cells are left out
					s.row = append(s.row, Cell{})
				}
				return s.row, nil
			}
		}
	}
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("the sheet is damaged: %w", io.ErrUnexpectedEOF)
	}
	return err
}

func (s *sheetSource) readRow(ctx context.Context) error {
	s.row = s.row[:0]
	for {
		t, err := s.token(ctx)
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.EndElement:
			if t.Name.Local == "row" {
				return nil
			}
		case xml.StartElement:
			if t.Name.Local != "c" {
				continue
			}
			at, cell, err := s.readCell(ctx, t)
			if err != nil {
				return err
			}
			if at >= MaxColumns {
				if cell.Kind == Empty {
					continue
				}
				return tooManyColumns(at + 1)
			}
			for len(s.row) <= at {
				s.row = append(s.row, Cell{})
			}
			s.row[at] = cell
		}
	}
}

// readCell reads a c element: where it stands and what it holds.
func (s *sheetSource) readCell(ctx context.Context, c xml.StartElement) (int, Cell, error) {
	at, style, kind := len(s.row), -1, ""
	for _, a := range c.Attr {
		switch a.Name.Local {
		case "r":
			if i, ok := columnOf(a.Value); ok {
				at = i
			}
		case "s":
			if n, err := strconv.Atoi(a.Value); err == nil {
				style = n
			}
		case "t":
			kind = a.Value
		}
	}
	text, inValue := "", false
	for {
		t, err := s.token(ctx)
		if err != nil {
			return 0, Cell{}, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "v":
				inValue = true
			case "is":
				if text, err = richText(s.dec, "is"); err != nil {
					return 0, Cell{}, err
				}
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "v":
				inValue = false
			case "c":
				cell, err := s.cell(text, kind, style)
				return at, cell, err
			}
		case xml.CharData:
			if inValue {
				if len(text)+len(t) > maxCell {
					return 0, Cell{}, fmt.Errorf("a cell of the sheet holds more than %d MB", maxCell>>20)
				}
				text += string(t)
			}
		}
	}
}

func (s *sheetSource) cell(text, kind string, style int) (Cell, error) {
	switch kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || i < 0 || i >= len(s.book.strings) {
			return Cell{}, fmt.Errorf("the sheet is damaged: it refers to the shared string %q of %d", text, len(s.book.strings))
		}
		return textCell(s.book.strings[i]), nil
	case "str", "inlineStr":
		return textCell(text), nil
	case "d":
		return Of(text), nil
	case "b":
		return Cell{Value: text == "1", Kind: Boolean}, nil
	case "e": // an error such as #N/A
		return Cell{}, nil
	}
	if text == "" {
		return Cell{}, nil
	}
	c := number(text)
	if style >= 0 && style < len(s.book.dates) && s.book.dates[style] {
		var serial float64
		switch v := c.Value.(type) {
		case int64:
			serial = float64(v)
		case float64:
			serial = v
		}
		if d, ok := s.book.dateText(serial); ok {
			return d, nil
		}
	}
	return c, nil
}

func textCell(s string) Cell {
	if s == "" {
		return Cell{}
	}
	return Cell{Value: s, Kind: stringKind(s)}
}
