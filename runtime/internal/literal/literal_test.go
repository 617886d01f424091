package literal

import (
	"math"
	"testing"
)

func TestNumeral(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want float64
		ok   bool
	}{
		{"0", 0, true},
		{"3.25", 3.25, true},
		{".5", 0.5, true},
		{"5.", 5, true},
		{"1e3", 1000, true},
		{"1E-2", 0.01, true},
		{"1e999", math.Inf(1), true},
		{"0x10", 16, true},
		{"0XfF", 255, true},
		{"0x1p4", 16, true},
		{"0x.8", 0.5, true},
		{"0x1ffffffffffffffff", 0x1p65, true},
		{"0x", 0, false},
		{"0xg", 0, false},
		{"0x1_0p1", 0, false},
		{"1_000", 0, false},
		{"1e", 0, false},
		{"1..2", 0, false},
		{"inf", 0, false},
		{"nan", 0, false},
	} {
		got, ok := Numeral(tt.in)
		if ok != tt.ok || ok && got != tt.want {
			t.Errorf("Numeral(%q) = %v, %v, want %v, %v", tt.in, got, ok, tt.want, tt.ok)
		}
	}
}

func TestEscape(t *testing.T) {
	for _, tt := range []struct {
		in, want string
		n        int
		ok       bool
	}{
		{`\n!`, "\n", 2, true},
		{`\\!`, `\`, 2, true},
		{`\q`, "q", 2, true},
		{`\65b`, "A", 3, true},
		{`\0651`, "A", 4, true},
		{`\255`, "\xff", 4, true},
		{`\256`, "\x00", 4, false},
		{`\x41f`, "A", 4, true},
		{`\x4`, "x", 2, true},
		{`\u{20AC}.`, "€", 8, true},
		{`\u{110000}`, "u", 2, true},
		{`\u{`, "u", 2, true},
		{"\\z \t\r\n x", "", 7, true},
		{"\\\r\nx", "\n", 3, true},
		{"\\\n\nx", "\n", 2, true},
		{`\`, "", 1, true},
	} {
		got, n, ok := Escape(tt.in)
		if got != tt.want && tt.ok || n != tt.n || ok != tt.ok {
			t.Errorf("Escape(%q) = %q, %d, %v, want %q, %d, %v", tt.in, got, n, ok, tt.want, tt.n, tt.ok)
		}
	}
}
