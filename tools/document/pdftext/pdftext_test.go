package pdftext

import (
	"reflect"
	"testing"
)

func TestLexer(t *testing.T) {
	l := &lexer{data: []byte("12 -.5 (a\\(b\\051(c)\\n\\\r\nd\\101) <48 656C6> /Na#20me [1 [2]] <</K true /L null>> Tj 'x % c\n\" ) BI")}
	for _, want := range []object{12.0, -.5, text("a(b)(c)\ndA"), text("Hel`"), name("Na me"), []object{1.0, []object{2.0}}, map[string]object{"K": true, "L": nil},
		operator("Tj"), operator("'x"), operator(`"`), end{}, operator("BI"), end{}} {
		if got := l.next(); !reflect.DeepEqual(got, want) {
			t.Errorf("got %#v; want %#v", got, want)
		}
	}
}

func TestGlyphs(t *testing.T) {
	for glyph, want := range map[string]string{"A": "A", "eacute": "é", "Zcaron": "Ž", "uni00E9": "é", "uni65E5672C": "日本", "u1D400": "𝐀", "fi": "fi", "a.alt": "a", "space": " ", "nothing": "", "": "", ".notdef": "", "uniXYZW": "", "uD800": "\ufffd"} {
		if got := ofGlyph(glyph); got != want {
			t.Errorf("%q is %q; want %q", glyph, got, want)
		}
	}
	if e := baseEncoding(""); e[0xc6] != "˘" || e[0xfb] != "ß" || e[0xe1] != "Æ" || e['A'] != "A" || e[0x27] != "’" || e[0xa1] != "¡" {
		t.Errorf("StandardEncoding is wrong: %q %q %q", e[0xc6], e[0xfb], e[0xe1])
	}
}

func TestCMap(t *testing.T) {
	m := readCMap([]byte("1 begincodespacerange <00> <80> <8100> <FFFF> endcodespacerange 1 beginbfchar <41> <0042> endbfchar " +
		"3 beginbfrange <50> <5F> <0061> <8140> <8150> <3042> <90> <91> [<0078> <0079007A>] endbfrange"))
	for code, want := range map[text]string{"\x41": "B", "\x50": "a", "\x5f": "p", "\x60": "", "\x81\x40": "あ", "\x81\x41": "ぃ", "\x81\x51": "", "\x91": "yz", "\x92": ""} {
		if got, _ := m.lookup(code); got != want {
			t.Errorf("%x is %q; want %q", code, got, want)
		}
	}
	if !m.lengths[1] || !m.lengths[2] || m.lengths[3] {
		t.Errorf("lengths %v", m.lengths)
	}
}

func FuzzCMap(f *testing.F) {
	f.Add([]byte("1 beginbfrange <00> <FF> [<41>] endbfrange [[<<"), []byte("\x00\x01"))
	f.Fuzz(func(_ *testing.T, data, code []byte) {
		m := readCMap(data)
		fo := &font{composite: true, unicode: m}
		fo.decode(text(code), func(string, float64, bool, bool) {})
	})
}
