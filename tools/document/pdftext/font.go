package pdftext

import (
	"strings"
	"unicode/utf16"

	corefont "github.com/pdfcpu/pdfcpu/pkg/font"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
	"golang.org/x/text/encoding/charmap"
)

// font says what the codes of a font mean, and how wide they are.
type font struct {
	composite    bool // codes have more bytes than one
	utf16        bool // the codes of a composite font are UTF-16
	unicode      *cmap
	codes        *[256]string // of a simple font
	widths       map[uint32]float64
	defaultWidth float64 // in thousandths of the font's size
	core         string  // the name of a standard font that says no widths
}

// maxFontStream bounds a ToUnicode map, maxWidths the widths of one font.
const (
	maxFontStream = 8 << 20
	maxWidths     = 100_000
)

// readFont reads a font's dictionary. What is missing or wrong in it is left out.
func readFont(x *model.XRefTable, d types.Dict) *font {
	f := &font{widths: map[uint32]float64{}, defaultWidth: 500}
	subtype := nameOf(x, d, "Subtype")
	if data := streamOf(x, d["ToUnicode"]); data != nil {
		f.unicode = readCMap(data)
	}
	if subtype == "Type0" {
		f.readComposite(x, d)
		return f
	}
	f.codes = baseEncoding(nameOf(x, d, "Encoding"))
	if enc, _ := x.DereferenceDict(d["Encoding"]); enc != nil {
		f.codes = baseEncoding(nameOf(x, enc, "BaseEncoding"))
		f.differences(x, enc)
	}
	first := intOf(x, d["FirstChar"])
	widths, _ := x.DereferenceArray(d["Widths"])
	for i, w := range widths {
		if v, err := x.DereferenceNumber(w); err == nil && i < 256 {
			f.widths[uint32(first+i)] = v
		}
	}
	base := nameOf(x, d, "BaseFont")
	if len(widths) == 0 && corefont.IsCoreFont(base) {
		f.core = base
	}
	if subtype == "Type3" { // whose widths are in units of their own
		if m, _ := x.DereferenceArray(d["FontMatrix"]); len(m) == 6 {
			if scale, err := x.DereferenceNumber(m[0]); err == nil {
				for c := range f.widths {
					f.widths[c] *= scale * 1000
				}
			}
		}
	}
	return f
}

// differences reads the codes that mean other glyphs than the encoding says.
func (f *font) differences(x *model.XRefTable, enc types.Dict) {
	list, _ := x.DereferenceArray(enc["Differences"])
	code := 0
	for _, o := range list {
		o, err := x.Dereference(o)
		if err != nil {
			return
		}
		switch o := o.(type) {
		case types.Integer:
			code = o.Value()
		case types.Name:
			if code >= 0 && code < 256 {
				f.codes[code] = ofGlyph(o.Value())
			}
			code++
		}
	}
}

func (f *font) readComposite(x *model.XRefTable, d types.Dict) {
	f.composite, f.defaultWidth = true, 1000
	encoding := nameOf(x, d, "Encoding")
	f.utf16 = strings.Contains(encoding, "UTF16") || strings.Contains(encoding, "UCS2")
	list, _ := x.DereferenceArray(d["DescendantFonts"])
	if len(list) == 0 {
		return
	}
	below, _ := x.DereferenceDict(list[0])
	if below == nil {
		return
	}
	if v, err := x.DereferenceNumber(below["DW"]); err == nil && below["DW"] != nil {
		f.defaultWidth = v
	}
	widths, _ := x.DereferenceArray(below["W"])
	for i := 0; i+1 < len(widths) && len(f.widths) < maxWidths; {
		first := intOf(x, widths[i])
		if each, err := x.DereferenceArray(widths[i+1]); err == nil && each != nil { // c [w1 w2 …]
			for n, w := range each {
				if v, err := x.DereferenceNumber(w); err == nil {
					f.widths[uint32(first+n)] = v
				}
			}
			i += 2
			continue
		}
		if i+2 >= len(widths) { // c1 c2 w
			return
		}
		last := intOf(x, widths[i+1])
		if v, err := x.DereferenceNumber(widths[i+2]); err == nil {
			for c := first; c <= last && len(f.widths) < maxWidths; c++ {
				f.widths[uint32(c)] = v
			}
		}
		i += 3
	}
}

func nameOf(x *model.XRefTable, d types.Dict, key string) string {
	o, err := x.Dereference(d[key])
	if n, ok := o.(types.Name); ok && err == nil {
		return n.Value()
	}
	return ""
}

func intOf(x *model.XRefTable, o types.Object) int {
	if v, err := x.DereferenceNumber(o); err == nil && v > -1e9 && v < 1e9 {
		return int(v)
	}
	return 0
}

// streamOf returns the decoded content of a stream, or nil.
func streamOf(x *model.XRefTable, o types.Object) []byte {
	o, err := x.Dereference(o)
	if sd, ok := o.(types.StreamDict); ok && err == nil {
		if err := sd.DecodeWithLimit(maxFontStream); err == nil {
			return sd.Content
		}
	}
	return nil
}

// decode calls do for each code of a string: what it means, and its width in
// thousandths; known tells whether the font says that width, and space whether
// it is the single byte 32, which Tw widens.
func (f *font) decode(s text, do func(meaning string, width float64, known, space bool)) {
	for len(s) > 0 {
		n := f.length(s)
		code := s[:n]
		s = s[n:]
		v := value(code)
		width, known := f.widths[v]
		if !known {
			width = f.defaultWidth
		}
		meaning := f.meaning(code)
		if f.core != "" && meaning != "" {
			width, known = f.coreWidth(meaning), true
		}
		do(meaning, width, known, n == 1 && v == 32)
	}
}

// coreWidth returns the width of a glyph of a standard font; a ligature is taken
// to be as wide as its letters, and what is not listed to be narrow.
func (f *font) coreWidth(meaning string) float64 {
	width := 0.0
	for _, r := range meaning {
		w := 278
		if code, ok := charmap.Windows1252.EncodeRune(r); ok { // the metrics are kept by code
			if found, err := corefont.CharWidth(f.core, rune(code)); err == nil && found > 0 {
				w = found
			}
		}
		width += float64(w)
	}
	return width
}

// length returns how many bytes the next code has.
func (f *font) length(s text) int {
	if !f.composite {
		return 1
	}
	if f.unicode != nil {
		for n := 1; n <= 4 && n <= len(s); n++ {
			if f.unicode.lengths[n] {
				if _, ok := f.unicode.lookup(s[:n]); ok {
					return n
				}
			}
		}
	}
	return min(2, len(s))
}

func (f *font) meaning(code text) string {
	if f.unicode != nil {
		if s, ok := f.unicode.lookup(code); ok {
			return s
		}
	}
	if !f.composite {
		if s := f.codes[code[0]]; s != "" {
			return s
		}
		return "\ufffd"
	}
	if f.utf16 {
		return string(utf16.Decode(units(code)))
	}
	return "\ufffd"
}
