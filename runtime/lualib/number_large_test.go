package lualib

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

// sameNumber has the reader of long texts say of a short one what the other says.
func sameNumber(t *testing.T, s string) {
	t.Helper()
	want, wantOK := parseShort(s)
	cut, _, _ := strings.Cut(s, "\x00")
	got, ok := parseLong(trimSpace(cut, func(int) {}), func(int) {})
	if ok != wantOK || ok && math.Float64bits(got) != math.Float64bits(want) {
		t.Errorf("%.80q: %v, %v, want %v, %v", s, got, ok, want, wantOK)
	}
}

func TestLongNumbers(t *testing.T) {
	for _, s := range []string{"", "0", "-0", "+1", "+-1", "-", ".", ".5", "5.", "1.2.3", "1e", "1e+", "1e5", "1E-5", "1e999", "1e-999", "0e999999999999999999999", "1p5",
		"0x", "0x.", "0xp1", "0x1p4", "0X.8", "0xABC.DEFp-12", "0x1e5", "0x1e+5", "1x", "x1", "inf", "-Infinity", "infinityx", "nan", "nan()", "nan(ab_1)", "NAN(aaaaaaaaa)", "nan(abcd)zzz", "nan(a b)aaaaa)",
		" \t1\n", "1 1", "1\x002", "\v", "5e-324", "2e-324", "2.4703282292062328e-324", "1.7976931348623159e308", "9007199254740993", "9007199254740992.9999999999999999999999"} {
		sameNumber(t, s)
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		var b strings.Builder
		const letters = "0123456789012345678900000.eE+-xXpPaf "
		for range 1 + r.IntN(24) {
			b.WriteByte(letters[r.IntN(len(letters))])
		}
		sameNumber(t, b.String())
		sameNumber(t, "0x"+b.String())
	}
	// Digits beyond those that decide, on and beside the middle of two numbers.
	for _, tail := range []string{"", "0", "1", strings.Repeat("0", 2000), strings.Repeat("0", 2000) + "1", strings.Repeat("9", 2000)} {
		for _, s := range []string{"9007199254740993." + tail, "9007199254740992." + tail, "." + tail + "1", "1" + tail, "0." + tail + "5e2000", "1" + tail + "e-2001", "0x20000000000001" + tail, "0x1.00000000000008" + tail, "0x1" + tail + "p-8000", "0x." + tail + "1p8000"} {
			exact, _, err := big.ParseFloat(s, 0, 20_000, big.ToNearestEven)
			if err != nil {
				t.Fatal(err)
			}
			want, _ := exact.Float64()
			if got, ok := parseLong(s, func(int) {}); !ok || got != want {
				t.Errorf("%.30q… of %d bytes: %v, %v, want %v", s, len(s), got, ok, want)
			}
		}
	}
	for s, want := range map[string]float64{
		"1" + strings.Repeat("0", 2000) + "e-2000": 1, strings.Repeat("1", 1<<20): math.Inf(1), "-" + strings.Repeat("1", 1<<20): math.Inf(-1), "0." + strings.Repeat("0", 1<<20) + "1": 0,
		"0." + strings.Repeat("0", 1<<20) + "1e1048577": 1, "1" + strings.Repeat("0", 1<<20) + "e-1048576": 1, strings.Repeat("0", 1<<20) + "7": 7,
		"0x1" + strings.Repeat("0", 1<<20) + "p-4194304": 1, strings.Repeat(" ", 1<<20) + "5" + strings.Repeat("\n", 1<<20): 5,
	} {
		if got, ok := ParseNumber(s); !ok || got != want {
			t.Errorf("%.20q…, of %d bytes: %v, %v, want %v", s, len(s), got, ok, want)
		}
	}
}
