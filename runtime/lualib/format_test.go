package lualib

import (
	"math"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

func TestFormat(t *testing.T) {
	runStringsCases(t, []stringsCase{
		{chunk: `return string.format("%d %i %u", 3.7, -3.7, 42)`, want: `"3 -3 42"`},
		{chunk: `return string.format("%d %d", 2^63, 0/0)`, want: `"-9223372036854775808 -9223372036854775808"`},
		{chunk: `return string.format("%x %X %o", 255, 255, 8)`, want: `"ff FF 10"`},
		{chunk: `return string.format("%x %x %x", -1, 2^63, 2^64)`, want: `"ffffffffffffffff 8000000000000000 0"`},
		{chunk: `return string.format("[%5d][%-5d][%05d][%+d][% d][%.3d][%5.3d][%.0d]", 42, 42, 42, 42, 42, 7, 7, 0)`,
			want: `"[   42][42   ][00042][+42][ 42][007][  007][]"`},
		{chunk: `return string.format("%#x %#X %#o %#.0o %#x", 255, 255, 8, 0, 0)`, want: `"0xff 0XFF 010 0 0"`},
		{chunk: `return string.format("[%e][%.0e][%#.0e][%E]", 12345.678, 5, 5, 1e-10)`, want: `"[1.234568e+04][5e+00][5.e+00][1.000000E-10]"`},
		{chunk: `return string.format("[%f][%.0f][%#.0f][%010.2f][%+.1f]", 0.5, 2.5, 2.5, -3.14159, 1)`, want: `"[0.500000][2][2.][-000003.14][+1.0]"`},
		{chunk: `return string.format("[%g][%g][%g][%.3g][%#g][%G]", 1e15, 0.0001, 1e-5, 1234, 1.5, 1e-20)`,
			want: `"[1e+15][0.0001][1e-05][1.23e+03][1.50000][1E-20]"`},
		// C11 7.21.6.1p8: the exponent is that of the rounded value; glibc drops the zeros here.
		{chunk: `return string.format("%#g %g", 999999.5, 999999.5)`, want: `"1.00000e+06 1e+06"`},
		{chunk: `return string.format("%#g %#.0g %#.3g", 0, 5, 1e-5)`, want: `"0.00000 5. 1.00e-05"`},
		{chunk: `return string.format("[%5.1f][%-8g][%08g][%G]", 1/0, -1/0, 1/0, 1/0)`, want: `"[  inf][-inf    ][     inf][INF]"`},
		{chunk: `return string.format("%c%c%c", 76, 117, 97)`, want: `"Lua"`},
		{chunk: `return string.format("[%5c][%-3c][%c][%c]", 65, 66, 0, 321)`, want: `"[    A][B  ][\000][A]"`},
		{chunk: `return string.format("[%5s][%-5s][%.2s][%05s]", "ab", "ab", "abc", "ab")`, want: `"[   ab][ab   ][ab][   ab]"`},
		{chunk: `return string.format("%s %s %s", nil, true, 0.1)`, want: `"nil true 0.1"`},
		{chunk: `return string.format("%.4s|%10s", setmetatable({}, {__tostring = function() return "object" end}), "a\0b")`, want: `"obje|       a\000b"`},
		{chunk: `return string.format("%s", setmetatable({}, {__tostring = function() return {} end}))`, wantErr: `'__tostring' must return a string`},
		{chunk: `return string.format("%q", 'a "b" \\ \n \r \0 c')`, want: `"\034a \092\034b\092\034 \092\092 \092\010 \092r \092000 c\034"`},
		{chunk: `return string.format("100%%")`, want: `"100%"`},
		{chunk: `return string.format("%d", "0x10")`, want: `"16"`},
		{chunk: `return string.format("%d", "x")`, wantErr: `bad argument #2 to 'format' (number expected, got string)`},
		{chunk: `return string.format("%q", {})`, wantErr: `bad argument #2 to 'format' (string expected, got table)`},
		{chunk: `return string.format("%s")`, wantErr: `bad argument #2 to 'format' (no value)`},
		{chunk: `return string.format("%")`, wantErr: `bad argument #2 to 'format' (no value)`},
		{chunk: `return string.format("%", 1)`, wantErr: `invalid option '%' to 'format'`},
		{chunk: `return string.format("%y", 1)`, wantErr: `invalid option '%y' to 'format'`},
		{chunk: `return string.format("%123d", 1)`, wantErr: `invalid format (width or precision too long)`},
		{chunk: `return string.format("%.123d", 1)`, wantErr: `invalid format (width or precision too long)`},
		{chunk: `return string.format("%------d", 1)`, wantErr: `invalid format (repeated flags)`},
		{chunk: `return #string.format("%99.99f", 1e308)`, want: `409`},
	})
}

func TestFormatNumber(t *testing.T) {
	for _, c := range []struct {
		n    float64
		want string
	}{
		{0, "0"}, {math.Copysign(0, -1), "-0"}, {42, "42"}, {-42, "-42"}, {0.1, "0.1"}, {1.0 / 3, "0.33333333333333"},
		{99999999999999, "99999999999999"}, {-99999999999999, "-99999999999999"}, {1e14, "1e+14"}, {-1e14, "-1e+14"},
		{1e15, "1e+15"}, {123456789012345, "1.2345678901234e+14"}, {1 << 53, "9.007199254741e+15"},
		{1e100, "1e+100"}, {1e-5, "1e-05"}, {0.0001, "0.0001"}, {5e-324, "4.9406564584125e-324"}, {math.MaxFloat64, "1.7976931348623e+308"},
		{math.Inf(1), "inf"}, {math.Inf(-1), "-inf"}, {math.NaN(), "nan"}, {math.Copysign(math.NaN(), -1), "-nan"},
	} {
		if got := FormatNumber(lua.LNumber(c.n)); got != c.want {
			t.Errorf("FormatNumber(%v) = %q, want %q", c.n, got, c.want)
		}
	}
}

func TestParseNumber(t *testing.T) {
	for _, c := range []struct {
		s    string
		want float64
		ok   bool
	}{
		{"10", 10, true}, {" \t\n10\v\f\r", 10, true}, {"-0x1F", -31, true}, {"+5", 5, true}, {"010", 10, true},
		{".5", .5, true}, {"5.", 5, true}, {"1e2", 100, true}, {"1E-2", .01, true}, {"0x.8p1", 1, true}, {"0xA.", 10, true},
		{"1e400", math.Inf(1), true}, {"-1e400", math.Inf(-1), true}, {"1e-400", 0, true}, {"Infinity", math.Inf(1), true},
		{"10\x00junk", 10, true}, {"99999999999999999999", 1e20, true},
		{"", 0, false}, {" ", 0, false}, {".", 0, false}, {"1e", 0, false}, {"1e+", 0, false}, {"0x", 0, false},
		{"0x.p1", 0, false}, {"1_000", 0, false}, {"0b1", 0, false}, {"0o7", 0, false}, {"- 1", 0, false}, {"--1", 0, false},
		{"1 2", 0, false}, {"infi", 0, false}, {"nan(", 0, false}, {"nan(-)", 0, false}, {"0x1_0", 0, false}, {"1..2", 0, false},
	} {
		if got, ok := ParseNumber(c.s); got != c.want && ok || ok != c.ok {
			t.Errorf("ParseNumber(%q) = %v, %v, want %v, %v", c.s, got, ok, c.want, c.ok)
		}
	}
	for _, s := range []string{"nan", "-NaN", "nan(12_a)"} {
		if got, ok := ParseNumber(s); !ok || !math.IsNaN(got) || math.Signbit(got) != strings.HasPrefix(s, "-") {
			t.Errorf("ParseNumber(%q) = %v, %v", s, got, ok)
		}
	}
}

func TestCasts(t *testing.T) {
	for _, c := range []struct {
		f      float64
		signed int64
		bits   uint64
		char   byte
	}{
		{3.9, 3, 3, 3}, {-3.9, -3, math.MaxUint64 - 2, 253}, {1 << 62, 1 << 62, 1 << 62, 0},
		{1 << 63, math.MinInt64, 1 << 63, 0}, {-(1 << 63), math.MinInt64, 1 << 63, 0}, {3 << 62, math.MinInt64, 3 << 62, 0},
		{1 << 64, math.MinInt64, 0, 0}, {math.Inf(1), math.MinInt64, 0, 0}, {math.Inf(-1), math.MinInt64, 1 << 63, 0},
		{math.NaN(), math.MinInt64, 1 << 63, 0}, {321, 321, 321, 65}, {1<<32 + 65, 1<<32 + 65, 1<<32 + 65, 0},
	} {
		if i, u, b := castInt(c.f), castUint(c.f), castChar(c.f); i != c.signed || u != c.bits || b != c.char {
			t.Errorf("%v is cast to %d, %d, %d, want %d, %d, %d", c.f, i, u, b, c.signed, c.bits, c.char)
		}
	}
}
