package table

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
)

// Dialect is how delimited text is written. Zero fields are detected.
type Dialect struct {
	Delimiter rune
	Quote     rune  // " or '
	Header    *bool // whether the first row names the columns
	Encoding  string
}

// DelimitedInfo is what was found in delimited text.
type DelimitedInfo struct {
	Delimiter, Quote, Encoding string
	BOM, Header                bool
}

// Delimited reads delimited text. Rows may be ragged, and quoted fields may
// hold line ends.
func Delimited(ctx context.Context, r io.Reader, d Dialect) (Rows, *DelimitedInfo, error) {
	br := bufio.NewReaderSize(r, sniffSize)
	text, encoding, bom, err := decodeText(br, d.Encoding)
	if err != nil {
		return nil, nil, err
	}
	br = bufio.NewReaderSize(text, sniffSize)
	sample, err := br.Peek(sniffSize)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, nil, fmt.Errorf("the text cannot be read as %s: %w", encoding, err)
	}
	complete := errors.Is(err, io.EOF)
	if d.Quote == 0 {
		d.Quote = sniffQuote(sample)
	}
	if d.Delimiter == 0 {
		d.Delimiter = sniffDelimiter(sample, d.Quote, complete)
	}
	header := true
	if d.Header != nil {
		header = *d.Header
	} else {
		header = sniffHeader(sample, d.Delimiter, d.Quote, complete)
	}
	src := newCSV(br, d.Delimiter, d.Quote)
	if err := src.start(ctx, header); err != nil {
		return nil, nil, err
	}
	info := &DelimitedInfo{Delimiter: string(d.Delimiter), Quote: string(d.Quote), Encoding: encoding, BOM: bom, Header: header}
	t, err := newTyped(ctx, src)
	return t, info, err
}

// csvSource reads records with encoding/csv, whose memory it bounds: a quote
// that is never closed would make the rest of the file one field.
type csvSource struct {
	csv     *csv.Reader
	meter   *meter
	swap    bool // ' is the quote: it is swapped with " on both sides of encoding/csv
	columns []string
	first   []string // the first record, when it is data
	row     []Cell
	rows    int64
}

func newCSV(r io.Reader, delimiter, quote rune) *csvSource {
	s := &csvSource{swap: quote == '\''}
	if s.swap {
		r = swapper{r}
	}
	s.meter = &meter{r: r}
	s.csv = csv.NewReader(s.meter)
	s.csv.Comma = delimiter
	s.csv.FieldsPerRecord = -1
	s.csv.LazyQuotes = true
	s.csv.ReuseRecord = true
	return s
}

func (s *csvSource) start(ctx context.Context, header bool) error {
	record, err := s.record(ctx)
	if errors.Is(err, io.EOF) {
		return errors.New("the table is empty")
	}
	if err != nil {
		return err
	}
	if len(record) > MaxColumns {
		return tooManyColumns(len(record))
	}
	if header {
		s.columns = Unique(record)
		return nil
	}
	s.columns = Unique(make([]string, len(record)))
	s.first = append([]string(nil), record...)
	return nil
}

func (s *csvSource) names() []string { return s.columns }

func (s *csvSource) record(ctx context.Context) ([]string, error) {
	if s.rows++; s.rows&63 == 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	s.meter.allow = s.csv.InputOffset() + MaxRow
	record, err := s.csv.Read()
	if err != nil {
		if errors.Is(err, errRowTooLong) {
			return nil, fmt.Errorf("a row is longer than %d MB; a quote is probably never closed", MaxRow>>20)
		}
		return nil, err
	}
	if s.swap {
		for i, f := range record {
			record[i] = swapQuotes(f)
		}
	}
	return record, nil
}

func (s *csvSource) next(ctx context.Context) ([]Cell, error) {
	record := s.first
	s.first = nil
	if record == nil {
		var err error
		if record, err = s.record(ctx); err != nil {
			return nil, err
		}
	}
	if len(record) > 4*MaxColumns {
		return nil, tooManyColumns(len(record))
	}
	s.row = s.row[:0]
	for _, f := range record {
		s.row = append(s.row, Infer(f))
	}
	return s.row, nil
}

var errRowTooLong = errors.New("row too long")

// meter fails when more is read than allow.
type meter struct {
	r     io.Reader
	n     int64
	allow int64
}

func (m *meter) Read(p []byte) (int, error) {
	if m.n > m.allow+sniffSize { // what bufio reads ahead does not count
		return 0, errRowTooLong
	}
	n, err := m.r.Read(p)
	m.n += int64(n)
	return n, err
}

type swapper struct{ r io.Reader }

func (s swapper) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	for i, c := range p[:n] {
		switch c {
		case '"':
			p[i] = '\''
		case '\'':
			p[i] = '"'
		}
	}
	return n, err
}

func swapQuotes(s string) string {
	b := []byte(s)
	for i, c := range b {
		switch c {
		case '"':
			b[i] = '\''
		case '\'':
			b[i] = '"'
		}
	}
	return string(b)
}
