package syntax_test

import (
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/llmspell/llmspell/runtime/syntax"
)

func TestLines(t *testing.T) {
	const text = "ab\r\ncé😀x\rd\n\n"
	l := syntax.NewLines(text)
	if l.Count() != 5 {
		t.Fatalf("%d lines", l.Count())
	}
	for _, c := range []struct {
		offset, line, utf8, utf16, utf32 int
	}{
		{0, 0, 0, 0, 0}, {2, 0, 2, 2, 2}, {4, 1, 0, 0, 0}, {5, 1, 1, 1, 1}, {7, 1, 3, 2, 2}, {11, 1, 7, 4, 3}, {12, 1, 8, 5, 4}, {13, 2, 0, 0, 0}, {14, 2, 1, 1, 1}, {15, 3, 0, 0, 0}, {16, 4, 0, 0, 0},
	} {
		for enc, column := range map[syntax.Encoding]int{syntax.UTF8: c.utf8, syntax.UTF16: c.utf16, syntax.UTF32: c.utf32} {
			if line, got := l.Position(c.offset, enc); line != c.line || got != column {
				t.Errorf("offset %d in encoding %d: %d:%d, not %d:%d", c.offset, enc, line, got, c.line, column)
			}
			if got := l.Offset(c.line, column, enc); got != c.offset {
				t.Errorf("%d:%d in encoding %d: %d, not %d", c.line, column, enc, got, c.offset)
			}
		}
	}
	// What lies outside or inside of something is moved.
	for _, c := range []struct{ offset, line, column int }{{-5, 0, 0}, {3, 0, 2}, {6, 1, 1}, {8, 1, 2}, {10, 1, 2}, {99, 4, 0}} {
		if line, column := l.Position(c.offset, syntax.UTF16); line != c.line || column != c.column {
			t.Errorf("offset %d: %d:%d, not %d:%d", c.offset, line, column, c.line, c.column)
		}
	}
	for _, c := range []struct {
		line, column int
		enc          syntax.Encoding
		offset       int
	}{{-1, 3, 0, 0}, {0, -1, 0, 0}, {0, 99, syntax.UTF16, 2}, {1, 3, syntax.UTF16, 7}, {1, 2, syntax.UTF8, 5}, {1, 99, syntax.UTF32, 12}, {4, 9, 0, 16}, {5, 0, 0, 16}, {99, 99, 0, 16}} {
		if got := l.Offset(c.line, c.column, c.enc); got != c.offset {
			t.Errorf("%d:%d in encoding %d: %d, not %d", c.line, c.column, c.enc, got, c.offset)
		}
	}
	for line, want := range []string{"ab", "cé😀x", "d", "", ""} {
		if got := text[l.Start(line):l.End(line)]; got != want {
			t.Errorf("line %d is %q, not %q", line, got, want)
		}
	}
	if l.Start(-1) != 0 || l.End(-1) != 0 || l.Start(9) != len(text) || l.End(9) != len(text) {
		t.Error("lines that are not there have a place")
	}
}

func TestLinesOfOtherBytes(t *testing.T) {
	// A lone surrogate of three bytes is one unit, a byte of no sequence too.
	for _, c := range []struct {
		text  string
		units int
	}{{"\xed\xa0\x80", 1}, {"\xff", 1}, {"\xed\xa0", 2}, {"\xc3", 1}, {"\xef\xbf\xbd", 1}, {"\xf0\x9f\x98", 3}} {
		l := syntax.NewLines("é" + c.text + "x")
		if _, column := l.Position(2+len(c.text), syntax.UTF16); column != 1+c.units {
			t.Errorf("%q: %d units, not %d", c.text, column-1, c.units)
		}
		if got := l.Offset(0, 1+c.units, syntax.UTF16); got != 2+len(c.text) {
			t.Errorf("%q: offset %d", c.text, got)
		}
	}
}

// checkLines compares with the simplest way there is.
func checkLines(t testing.TB, text string) {
	l := syntax.NewLines(text)
	valid := utf8.ValidString(text)
	lines := strings.Split(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n"), "\n")
	if l.Count() != len(lines) {
		t.Fatalf("%q: %d lines, not %d", text, l.Count(), len(lines))
	}
	for i, want := range lines {
		if got := text[l.Start(i):l.End(i)]; got != want {
			t.Fatalf("%q: line %d is %q, not %q", text, i, got, want)
		}
	}
	for at := 0; at <= len(text); at++ {
		for _, enc := range []syntax.Encoding{syntax.UTF8, syntax.UTF16, syntax.UTF32} {
			line, column := l.Position(at, enc)
			back := l.Offset(line, column, enc)
			if back > at || back < l.Start(line) || back > l.End(line) {
				t.Fatalf("%q: offset %d is %d:%d is %d", text, at, line, column, back)
			}
			if l2, c2 := l.Position(back, enc); l2 != line || c2 != column {
				t.Fatalf("%q: %d:%d is %d is %d:%d", text, line, column, back, l2, c2)
			}
			if !valid {
				continue
			}
			if back < at && utf8.RuneStart(text[at]) && at <= l.End(line) {
				t.Fatalf("%q: offset %d begins a character, and becomes %d", text, at, back)
			}
			head := text[l.Start(line):back]
			want := len(head)
			switch enc {
			case syntax.UTF16:
				want = len(utf16.Encode([]rune(head)))
			case syntax.UTF32:
				want = utf8.RuneCountInString(head)
			}
			if column != want {
				t.Fatalf("%q: offset %d in encoding %d: column %d, not %d", text, at, enc, column, want)
			}
			if got := l.Offset(line, column+1, enc); got < back {
				t.Fatalf("%q: column %d is before column %d", text, column+1, column)
			}
		}
	}
}

func TestLinesAgainstTheSimplest(t *testing.T) {
	for _, text := range []string{"", "\n", "\r", "\r\n", "\n\r", "a\r\r\nb", "é\n😀\r\n\xff", "\xed\xa0\x80\xed\xb0\x80", "x\n", "\n\n\r\r"} {
		checkLines(t, text)
	}
}

func FuzzLines(f *testing.F) {
	f.Add("ab\r\ncé😀x\rd\n\n")
	f.Add("\xed\xa0\x80é\xff")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) < 200 {
			checkLines(t, text)
		}
	})
}

func BenchmarkLines(b *testing.B) {
	text := kernelScript(10_000)
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			syntax.NewLines(text)
		}
	})
	l := syntax.NewLines(text)
	b.Run("there and back", func(b *testing.B) {
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			i = (i + 7919) % len(text)
			line, column := l.Position(i, syntax.UTF16)
			l.Offset(line, column, syntax.UTF16)
		}
	})
}

// TestLongLines finds columns behind the marks of long lines: at them, and around them.
func TestLongLines(t *testing.T) {
	for _, piece := range []string{"a", "é", "x😀", "\xed\xa0\x80y", "\xff", "ab\xf0\x9f\x98", strings.Repeat("z", 1023) + "é", strings.Repeat("z", 1500) + "\n"} {
		long := strings.Repeat(piece, 1+1800/len(piece))
		checkLines(t, "short\r\n"+long+"\n"+long[1:]+"é\r\rend")
	}
}

// TestManyColumns asks for so many columns of one line that counting each would take minutes.
func TestManyColumns(t *testing.T) {
	text := strings.Repeat("1,", 3<<20) + "é" + strings.Repeat("2,", 1<<20)
	l := syntax.NewLines(text)
	for at := 0; at < len(text); at += 64 {
		want := at
		if at > 6<<20 {
			want-- // é has two bytes
		}
		if line, column := l.Position(at, syntax.UTF16); line != 0 || column != want {
			t.Fatalf("offset %d is at %d:%d, not in column %d", at, line, column, want)
		}
		if got := l.Offset(0, want, syntax.UTF16); got != at {
			t.Fatalf("column %d is at %d, not %d", want, got, at)
		}
	}
}
