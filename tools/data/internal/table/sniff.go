package table

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/gogs/chardet"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// sniffSize is how much of a text is looked at to find how it is written.
const sniffSize = 64 << 10

// decodeText makes UTF-8 of a text. An empty name detects the encoding: by a
// byte order mark, or because the beginning is valid UTF-8, or by statistics.
func decodeText(br *bufio.Reader, name string) (r io.Reader, found string, bom bool, err error) {
	sample, err := br.Peek(sniffSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, "", false, err
	}
	for _, b := range []struct{ mark, name string }{{"\xef\xbb\xbf", "utf-8"}, {"\xff\xfe", "utf-16le"}, {"\xfe\xff", "utf-16be"}} {
		if !bytes.HasPrefix(sample, []byte(b.mark)) {
			continue
		}
		br.Discard(len(b.mark))
		if b.name == "utf-8" {
			return br, b.name, true, nil
		}
		order := unicode.LittleEndian
		if b.name == "utf-16be" {
			order = unicode.BigEndian
		}
		return transform.NewReader(br, unicode.UTF16(order, unicode.IgnoreBOM).NewDecoder()), b.name, true, nil
	}
	if name == "" {
		if validPrefix(sample) {
			return br, "utf-8", false, nil
		}
		name = "windows-1252"
		if best, err := chardet.NewTextDetector().DetectBest(sample); err == nil {
			name = best.Charset
		}
	}
	enc, canonical, err := findEncoding(name)
	if err != nil {
		return nil, "", false, err
	}
	if canonical == "utf-8" {
		return br, canonical, false, nil
	}
	return transform.NewReader(br, enc.NewDecoder()), canonical, false, nil
}

func findEncoding(name string) (encoding.Encoding, string, error) {
	if strings.EqualFold(name, "latin1") || strings.EqualFold(name, "iso-8859-1") {
		return charmap.ISO8859_1, "iso-8859-1", nil
	}
	enc, err := htmlindex.Get(name)
	if err != nil {
		return nil, "", fmt.Errorf("the encoding %q is not known; use utf-8, utf-16le, windows-1252, iso-8859-1, shift_jis, gbk or another name of the WHATWG's list", name)
	}
	canonical, err := htmlindex.Name(enc)
	return enc, canonical, err
}

// validPrefix tells whether the bytes are UTF-8, but for a character that the
// end of the sample cuts.
func validPrefix(b []byte) bool {
	for i := 0; i < utf8.UTFMax && len(b) > 0; i++ {
		if utf8.Valid(b) {
			return true
		}
		if r, size := utf8.DecodeLastRune(b); r != utf8.RuneError || size != 1 {
			return false
		}
		b = b[:len(b)-1]
	}
	return utf8.Valid(b)
}

// sniffQuote finds ' as the quote only when fields begin with it and none with ".
func sniffQuote(sample []byte) rune {
	single, double := 0, 0
	for i, c := range sample {
		if i == 0 || strings.IndexByte(",;\t|\n", sample[i-1]) >= 0 {
			switch c {
			case '"':
				double++
			case '\'':
				single++
			}
		}
	}
	if double == 0 && single >= 2 {
		return '\''
	}
	return '"'
}

// sniffDelimiter takes the delimiter that gives the most rows the same number
// of fields, above one.
func sniffDelimiter(sample []byte, quote rune, complete bool) rune {
	best, bestScore := ',', 0.0
	for _, d := range []rune{',', ';', '\t', '|', ':'} {
		records := sampleRecords(sample, d, quote, complete, 100)
		widths := map[int]int{}
		for _, r := range records {
			widths[len(r)]++
		}
		score := 0.0
		for width, n := range widths {
			if width > 1 {
				share := float64(n) / float64(len(records))
				score = max(score, share*share*(1+min(float64(width), 20)/100))
			}
		}
		if d == ':' { // times hold it too
			score *= 0.5
		}
		if score > bestScore {
			best, bestScore = d, score
		}
	}
	return best
}

// sniffHeader finds a header: names above columns that hold something else.
func sniffHeader(sample []byte, delimiter, quote rune, complete bool) bool {
	records := sampleRecords(sample, delimiter, quote, complete, 50)
	if len(records) < 2 {
		// A row alone: names if none of it is a value.
		for _, r := range records {
			for _, f := range r {
				if k := Infer(f).Kind; k != Text && k != Empty {
					return false
				}
			}
		}
		return true
	}
	first := records[0]
	seen := map[string]bool{}
	for _, f := range first {
		if k := Infer(f).Kind; k != Text && k != Empty {
			return false // a number or a date names no column
		}
		if f != "" && seen[f] {
			return false
		}
		seen[f] = true
	}
	return true
}

func sampleRecords(sample []byte, delimiter, quote rune, complete bool, most int) [][]string {
	if !complete { // the last line may be cut
		if i := bytes.LastIndexByte(sample, '\n'); i > 0 {
			sample = sample[:i+1]
		}
	}
	var r io.Reader = bytes.NewReader(sample)
	if quote == '\'' {
		r = swapper{r}
	}
	c := csv.NewReader(r)
	c.Comma, c.FieldsPerRecord, c.LazyQuotes = delimiter, -1, true
	var out [][]string
	for len(out) < most {
		record, err := c.Read()
		if err != nil {
			break
		}
		out = append(out, record)
	}
	return out
}
