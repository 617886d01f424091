package lualib

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
)

func FuzzStrftime(f *testing.F) {
	for _, format := range []string{"%c", "%Y-%m-%d", "%", "%%", "a%", "%E%O", "\xff%Z\x00"} {
		f.Add(format, int64(1e9))
	}
	f.Add("%G %V", int64(math.MinInt64))
	f.Fuzz(func(t *testing.T, format string, when int64) {
		got := strftime(format, time.Unix(when, 0).UTC())
		if !strings.Contains(format, "%") && got != format {
			t.Errorf("strftime(%q) without a conversion is %q", format, got)
		}
		const longest = 64 // of one conversion's results
		if len(got) > longest*(len(format)+1) {
			t.Errorf("strftime(%q) gives %d bytes", format, len(got))
		}
	})
}

func FuzzTonumber(f *testing.F) {
	for _, s := range []string{"", "10", "-ff", "0x1F", " 12\n", "zz", "18446744073709551616", "1\x002"} {
		f.Add(s, 16)
	}
	f.Fuzz(func(t *testing.T, s string, base int) {
		if base < 2 || base > 36 {
			return
		}
		got, ok := parseUnsigned(s, base, func(int) {})
		if math.Abs(got) > 1<<64 || got != math.Trunc(got) {
			t.Errorf("tonumber(%q, %d) is %v", s, base, got)
		}
		if n, err := strconv.ParseUint(s, base, 64); err == nil && (!ok || got != float64(n)) {
			t.Errorf("tonumber(%q, %d) is %v, %v; want %d", s, base, got, ok, n)
		}
	})
}
