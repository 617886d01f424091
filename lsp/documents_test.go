package lsp

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// model is a client's text: units of one of the encodings.
type model struct {
	enc   syntax.Encoding
	units []uint32
}

// unitsOf are the units of a text as a client of the encoding has them.
func unitsOf(enc syntax.Encoding, text string) []uint32 {
	var out []uint32
	switch enc {
	case syntax.UTF8:
		for _, b := range []byte(text) {
			out = append(out, uint32(b))
		}
	case syntax.UTF16:
		for _, u := range utf16.Encode([]rune(text)) {
			out = append(out, uint32(u))
		}
	default:
		for _, r := range text {
			out = append(out, uint32(r))
		}
	}
	return out
}

// text is what a client sends of units.
func (m *model) text() string {
	switch m.enc {
	case syntax.UTF8:
		b := make([]byte, len(m.units))
		for i, u := range m.units {
			b[i] = byte(u)
		}
		return string(b)
	case syntax.UTF16:
		b := make([]uint16, len(m.units))
		for i, u := range m.units {
			b[i] = uint16(u)
		}
		return string(utf16.Decode(b)) // lone halves become U+FFFD, as in JSON
	}
	b := make([]rune, len(m.units))
	for i, u := range m.units {
		b[i] = rune(u)
	}
	return string(b)
}

// position is the position of a unit. ok: a client can name it: it is not inside of a
// line end, nor, in UTF-8, inside of a character.
func (m *model) position(at int) (p protocol.Position, ok bool) {
	if at > 0 && at < len(m.units) && (m.units[at-1] == '\r' && m.units[at] == '\n' || m.enc == syntax.UTF8 && !utf8.RuneStart(byte(m.units[at]))) {
		return p, false
	}
	start := 0
	for i := range at {
		if u := m.units[i]; u == '\n' || u == '\r' && (i+1 >= len(m.units) || m.units[i+1] != '\n') {
			p.Line++
			start = i + 1
		}
	}
	p.Character = uint32(at - start)
	return p, true
}

var pieces = []string{"", "a", "local x = 1", "\n", "\r\n", "\r", "é", "日本", "😀", "😀😀", "\uFFFD", "--\n\n", "\"\t\"", "end\r\nend"}

// random is a text of some pieces.
func random(r *rand.Rand, most int) string {
	var b strings.Builder
	for range r.IntN(most + 1) {
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return b.String()
}

// After random edits the server has the client's text, in each encoding, also where an
// edit cuts a surrogate pair.
func TestApplyRandom(t *testing.T) {
	for name, enc := range map[string]syntax.Encoding{"utf-8": syntax.UTF8, "utf-16": syntax.UTF16, "utf-32": syntax.UTF32} {
		for seed := range uint64(300) {
			r := rand.New(rand.NewPCG(seed, 7))
			start := random(r, 30)
			m := &model{enc, unitsOf(enc, start)}
			server := start
			for step := range 40 {
				a, b := r.IntN(len(m.units)+1), r.IntN(len(m.units)+1)
				if r.IntN(3) > 0 { // mostly short
					b = min(a+r.IntN(4), len(m.units))
				}
				a, b = min(a, b), max(a, b)
				from, ok1 := m.position(a)
				to, ok2 := m.position(b)
				if !ok1 || !ok2 {
					continue
				}
				insert := random(r, 3)
				change := protocol.ContentChange{Range: &protocol.Range{Start: from, End: to}, Text: insert}
				if r.IntN(20) == 0 {
					change = protocol.ContentChange{Text: insert}
					a, b = 0, len(m.units)
				}
				if r.IntN(2) == 0 && change.Range != nil && enc == syntax.UTF16 {
					n := uint32(b - a)
					change.RangeLength = &n
				}
				m.units = append(append(append([]uint32{}, m.units[:a]...), unitsOf(enc, insert)...), m.units[b:]...)
				before := server
				var err error
				if server, err = apply(server, nil, change, enc); err != nil {
					t.Fatalf("%s, seed %d, step %d: %v", name, seed, step, err)
				}
				if server != m.text() {
					t.Fatalf("%s, seed %d, step %d: %q, change %+v %q:\n%q, want\n%q", name, seed, step, before, change.Range, insert, server, m.text())
				}
				// Halves that are alone stay so: nobody can tell later which they were.
				m.units = unitsOf(enc, m.text())
			}
		}
	}
}

// What does not fit is applied as near as may be, and reported.
func TestApplyWrong(t *testing.T) {
	at := func(l1, c1, l2, c2 uint32) *protocol.Range {
		return &protocol.Range{Start: protocol.Position{Line: l1, Character: c1}, End: protocol.Position{Line: l2, Character: c2}}
	}
	length := func(n uint32) *uint32 { return &n }
	const text = "one\r\ntwo\n"
	for _, tt := range []struct {
		change protocol.ContentChange
		want   string
		wrong  bool
	}{
		{protocol.ContentChange{Range: at(0, 1, 0, 2), Text: "X"}, "oXe\r\ntwo\n", false},
		{protocol.ContentChange{Range: at(0, 2, 0, 1), Text: "X"}, "oXe\r\ntwo\n", false},
		{protocol.ContentChange{Range: at(0, 99, 1, 0), Text: "X"}, "oneXtwo\n", false},
		{protocol.ContentChange{Range: at(1, 0, 3, 0)}, "one\r\n", false},
		{protocol.ContentChange{Range: at(3, 0, 3, 0), Text: "X"}, "one\r\ntwo\nX", false},
		{protocol.ContentChange{Range: at(0, 0, 4294967295, 4294967295), Text: "X"}, "X", false},
		{protocol.ContentChange{Range: at(7, 0, 8, 0), Text: "X"}, "one\r\ntwo\nX", true},
		{protocol.ContentChange{Range: at(4294967295, 4294967295, 0, 0), Text: "X"}, "X", false},
		{protocol.ContentChange{Range: at(0, 0, 1, 0), RangeLength: length(5), Text: "X"}, "Xtwo\n", false},
		{protocol.ContentChange{Range: at(0, 0, 1, 0), RangeLength: length(4), Text: "X"}, "Xtwo\n", true},
		{protocol.ContentChange{Text: "X"}, "X", false},
	} {
		got, err := apply(text, nil, tt.change, syntax.UTF16)
		if got != tt.want || (err != nil) != tt.wrong {
			t.Errorf("%+v: %q, %v; want %q", tt.change.Range, got, err, tt.want)
		}
	}
}

func FuzzApply(f *testing.F) {
	f.Add("a😀\r\nb", "x", uint32(0), uint32(2), uint32(1), uint32(0), uint8(1))
	f.Fuzz(func(t *testing.T, text, insert string, l1, c1, l2, c2 uint32, enc uint8) {
		r := protocol.Range{Start: protocol.Position{Line: l1, Character: c1}, End: protocol.Position{Line: l2, Character: c2}}
		got, _ := apply(text, nil, protocol.ContentChange{Range: &r, Text: insert}, syntax.Encoding(enc%3))
		if !strings.Contains(got, insert) {
			t.Fatalf("%q lacks %q", got, insert)
		}
		if utf8.ValidString(text) && utf8.ValidString(insert) && !utf8.ValidString(got) {
			t.Fatalf("%q is not UTF-8", got)
		}
	})
}

func BenchmarkApply(b *testing.B) {
	text := strings.Repeat("local x = compute(1, 2, 3) -- a comment\n", 5000) // 200 kB
	change := protocol.ContentChange{Range: &protocol.Range{Start: protocol.Position{Line: 2500, Character: 6}, End: protocol.Position{Line: 2500, Character: 7}}, Text: "y"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := apply(text, nil, change, syntax.UTF16); err != nil {
			b.Fatal(err)
		}
	}
}
