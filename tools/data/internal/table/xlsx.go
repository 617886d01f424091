package table

import (
	"archive/zip"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"strconv"
	"strings"
	"time"
)

// Bounds of a workbook, whose parts are compressed and may unpack to anything.
const (
	maxSheet   = 2 << 30   // bytes of a sheet's XML, which is streamed
	maxStrings = 128 << 20 // bytes of the list of shared strings, which is held
	maxPart    = 16 << 20  // bytes of any other part
	maxCell    = 1 << 20   // bytes of one cell
	lastColumn = 16_384    // XFD
)

// Workbook is an Excel file (Office Open XML, .xlsx) open for reading.
type Workbook struct {
	zip     *zip.Reader
	Sheets  []string // names in order
	parts   []string // of the sheets
	strings []string
	dates   []bool // whether a cell style shows numbers as dates
	epoch   time.Time
}

// OpenWorkbook reads what a workbook's sheets share.
func OpenWorkbook(ctx context.Context, r io.ReaderAt, size int64) (*Workbook, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("the file is not an Excel workbook (.xlsx): %w", err)
	}
	w := &Workbook{zip: z, epoch: time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)}
	if err := w.readSheets(); err != nil {
		return nil, err
	}
	if err := w.readStyles(); err != nil {
		return nil, err
	}
	return w, w.readStrings(ctx)
}

func (w *Workbook) part(name string, limit int64) (io.ReadCloser, error) {
	for _, f := range w.zip.File {
		if f.Name == name {
			rc, err := f.Open()
			if err != nil {
				return nil, fmt.Errorf("the workbook is damaged: %w", err)
			}
			return struct {
				io.Reader
				io.Closer
			}{&capped{r: rc, left: limit, name: name}, rc}, nil
		}
	}
	return nil, nil
}

// capped fails, rather than ends, when there is more.
type capped struct {
	r    io.Reader
	left int64
	name string
}

func (c *capped) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, fmt.Errorf("the workbook's part %s is too large when unpacked", c.name)
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

func (w *Workbook) decodePart(name string, into any) error {
	r, err := w.part(name, maxPart)
	if err != nil || r == nil {
		return err
	}
	defer r.Close()
	if err := xml.NewDecoder(r).Decode(into); err != nil {
		return fmt.Errorf("the workbook's part %s is damaged: %w", name, err)
	}
	return nil
}

func (w *Workbook) readSheets() error {
	var book struct {
		Properties struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name string     `xml:"name,attr"`
			Attr []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := w.decodePart("xl/workbook.xml", &book); err != nil {
		return err
	}
	var relations struct {
		List []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := w.decodePart("xl/_rels/workbook.xml.rels", &relations); err != nil {
		return err
	}
	if book.Properties.Date1904 == "1" || book.Properties.Date1904 == "true" {
		w.epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	targets := map[string]string{}
	for _, r := range relations.List {
		targets[r.ID] = r.Target
	}
	for _, s := range book.Sheets {
		for _, a := range s.Attr {
			target := targets[a.Value]
			if a.Name.Local != "id" || target == "" {
				continue
			}
			if strings.HasPrefix(target, "/") {
				target = target[1:]
			} else {
				target = path.Join("xl", target)
			}
			w.Sheets, w.parts = append(w.Sheets, s.Name), append(w.parts, target)
		}
	}
	if len(w.Sheets) == 0 {
		return errors.New("the file is not an Excel workbook (.xlsx), or has no sheets")
	}
	return nil
}

func (w *Workbook) readStyles() error {
	var styles struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := w.decodePart("xl/styles.xml", &styles); err != nil {
		return err
	}
	own := map[int]bool{}
	for _, f := range styles.Formats {
		own[f.ID] = isDateFormat(f.Code)
	}
	for _, c := range styles.Cells {
		date, ok := own[c.Format]
		if !ok { // the formats that every workbook has
			date = c.Format >= 14 && c.Format <= 22 || c.Format >= 27 && c.Format <= 36 || c.Format >= 45 && c.Format <= 47 || c.Format >= 50 && c.Format <= 58
		}
		w.dates = append(w.dates, date)
	}
	return nil
}

// isDateFormat tells whether a number format writes a part of a date, outside
// of quoted text and brackets.
func isDateFormat(code string) bool {
	quoted, bracket := false, false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[':
			bracket = true
		case c == ']':
			bracket = false
		case !bracket && strings.IndexByte("ymdhsYMDHS", c) >= 0:
			return !strings.HasPrefix(strings.ToLower(code[i:]), "standard")
		}
	}
	return false
}

func (w *Workbook) readStrings(ctx context.Context) error {
	r, err := w.part("xl/sharedStrings.xml", maxStrings)
	if err != nil || r == nil {
		return err
	}
	defer r.Close()
	dec := xml.NewDecoder(r)
	for n := 0; ; n++ {
		if n&1023 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		t, err := dec.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the workbook's shared strings are damaged: %w", err)
		}
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == "si" {
			s, err := richText(dec, "si")
			if err != nil {
				return err
			}
			w.strings = append(w.strings, s)
		}
	}
}

// richText collects the t elements up to the end of an element, but for the
// phonetic reading (rPh) of East Asian text.
func richText(dec *xml.Decoder, end string) (string, error) {
	var b strings.Builder
	inText, phonetic := false, 0
	for {
		t, err := dec.RawToken()
		if err != nil {
			return "", fmt.Errorf("the workbook is damaged: %w", err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "t":
				inText = phonetic == 0
			case "rPh":
				phonetic++
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "t":
				inText = false
			case "rPh":
				phonetic--
			case end:
				return b.String(), nil
			}
		case xml.CharData:
			if inText {
				if b.Len()+len(t) > maxCell {
					return "", fmt.Errorf("a cell of the workbook holds more than %d MB", maxCell>>20)
				}
				b.Write(t)
			}
		}
	}
}

// Rows reads a sheet: by name, or the first when the name is empty.
func (w *Workbook) Rows(ctx context.Context, sheet string, header bool) (Rows, io.Closer, error) {
	i := 0
	if sheet != "" {
		for i < len(w.Sheets) && !strings.EqualFold(w.Sheets[i], sheet) {
			i++
		}
		if i == len(w.Sheets) {
			return nil, nil, fmt.Errorf("the workbook has no sheet %q; it has %q", sheet, w.Sheets)
		}
	}
	r, err := w.part(w.parts[i], maxSheet)
	if err != nil {
		return nil, nil, err
	}
	if r == nil {
		return nil, nil, fmt.Errorf("the workbook is damaged: the sheet %q is missing", w.Sheets[i])
	}
	s := &sheetSource{book: w, dec: xml.NewDecoder(r)}
	first, err := s.next(ctx)
	if errors.Is(err, io.EOF) {
		err = fmt.Errorf("the sheet %q is empty", w.Sheets[i])
	}
	if err != nil {
		r.Close()
		return nil, nil, err
	}
	titles := make([]string, len(first))
	if header {
		for i, c := range first {
			titles[i] = c.String()
		}
	} else {
		s.first = append([]Cell(nil), first...)
	}
	s.columns = Unique(titles)
	t, err := newTyped(ctx, s)
	return t, r, err
}

// dateText writes a serial number as a date.
func (w *Workbook) dateText(serial float64) (Cell, bool) {
	if math.IsNaN(serial) || serial < 0 || serial > 2_958_466 { // the year 10000
		return Cell{}, false
	}
	days, part := math.Modf(serial)
	seconds := math.Round(part * 86400)
	t := w.epoch.AddDate(0, 0, int(days)).Add(time.Duration(seconds) * time.Second)
	if seconds == 0 {
		return Cell{Value: t.Format("2006-01-02"), Kind: Date}, true
	}
	if days == 0 {
		return Cell{Value: t.Format("15:04:05"), Kind: Text}, true
	}
	return Cell{Value: t.Format("2006-01-02 15:04:05"), Kind: DateTime}, true
}

// columnOf reads the letters of a reference such as BC12; A is 0.
func columnOf(ref string) (int, bool) {
	n := 0
	for i := 0; i < len(ref); i++ {
		c := ref[i]
		if c < 'A' || c > 'Z' {
			return n - 1, i > 0
		}
		if n = n*26 + int(c-'A') + 1; n > lastColumn {
			return 0, false
		}
	}
	return n - 1, n > 0
}

// columnName writes the letters of a column; 0 is A.
func columnName(i int) string {
	s := ""
	for i++; i > 0; i = (i - 1) / 26 {
		s = string(rune('A'+(i-1)%26)) + s
	}
	return s
}

func number(text string) Cell {
	f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil {
		return Cell{Value: text, Kind: Text}
	}
	return Of(f)
}
