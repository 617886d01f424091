package lualib

import (
	"errors"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// fuzzState is a state in which a call may take a million steps and a megabyte.
func fuzzState(t testing.TB) (L *lua.LState, call func(name string, args ...lua.LValue) error) {
	h := NewHost()
	spent := 0
	h.Charge = func(L *lua.LState, n int) {
		if spent += n; spent > 1000000 {
			L.RaiseError("interrupted")
		}
	}
	h.Alloc = func(L *lua.LState, n int64) {
		if n > 1<<20 {
			L.RaiseError("not enough memory")
		}
	}
	L = newStringState(t, h)
	return L, func(name string, args ...lua.LValue) error {
		spent = 0
		fn := L.GetField(L.GetGlobal("string"), name)
		err := L.CallByParam(lua.P{Fn: fn, NRet: 1, Protect: true}, args...)
		if err == nil {
			return nil
		}
		// PCall turns a Go panic into an error that keeps the panic's text.
		var apiErr *lua.ApiError
		if !errors.As(err, &apiErr) || strings.Contains(err.Error(), "runtime error") {
			t.Fatalf("%s%q: %v", name, args, err)
		}
		return err
	}
}

func FuzzMatch(f *testing.F) {
	for _, seed := range [][2]string{
		{"key = value", "^(%w+)%s*=%s*(%w+)$"}, {"f(a(b)c)", "%b()"}, {"the fox", "%f[%w]%w+"}, {"aXbXa", "(.)X.-%1"},
		{"a", "[]"}, {"a", "[^]"}, {"a", "[%"}, {"a", "%"}, {"a", "%f"}, {"a", "%b("}, {"a", "(()"}, {"a", "[a-"}, {"\x00", "%z[\x00-\xff]"},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", ".-.-.-.-.-.-.-b"}, {"", "^$"}, {"x", "x-?*+"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, subject, pattern string) {
		L, call := fuzzState(t)
		s, p := lua.LString(subject), lua.LString(pattern)
		found := call("find", s, p)
		if found == nil {
			if start, ok := L.Get(-1).(lua.LNumber); ok && (start < 1 || int(start) > len(subject)+1) {
				t.Errorf("find(%q, %q) starts at %v", subject, pattern, start)
			}
		}
		if err := call("match", s, p); (err == nil) != (found == nil) && strings.ContainsAny(pattern, patternSpecials) {
			t.Errorf("find(%q, %q): %v, but match: %v", subject, pattern, found, err)
		}
		if err := call("gsub", s, p, lua.LString("%0")); err == nil {
			if got := L.Get(-1); got != s {
				t.Errorf("gsub(%q, %q, '%%0') is %q", subject, pattern, got)
			}
		}
		if err := call("gmatch", s, p); err != nil {
			t.Errorf("gmatch(%q, %q): %v", subject, pattern, err)
		}
	})
}

func FuzzFormat(f *testing.F) {
	for _, seed := range []string{"%d", "%5.2f|%-10s|%q", "%#x %#o %+i", "%%", "%", "%y", "%99.99g", "%-+ #0e", "%c", "%1.", "%.123d"} {
		f.Add(seed, 1.5, "text\x00")
	}
	f.Fuzz(func(t *testing.T, format string, n float64, s string) {
		L, call := fuzzState(t)
		if len(format) > 1000 || len(s) > 1000 {
			return
		}
		args := []lua.LValue{lua.LString(format)}
		for range strings.Count(format, "%") {
			args = append(args, lua.LNumber(n))
		}
		if err := call("format", args...); err == nil && len(L.Get(-1).String()) > 512*(len(format)+1) {
			t.Errorf("format(%q, %v) has %d bytes", format, n, len(L.Get(-1).String()))
		}
		if err := call("format", lua.LString("%q%s"), lua.LString(s), lua.LString(s)); err != nil {
			t.Error(err)
		}
	})
}

func FuzzUnpack(f *testing.F) {
	for _, seed := range []string{"bBhHiIlLjJ", "<i3>I16", "s1zc3", "!8 b d Xi4 x", "s", "c2147483647", "i99999999999999999999"} {
		f.Add(seed, "\x02ab\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")
	}
	f.Fuzz(func(t *testing.T, format, data string) {
		_, call := fuzzState(t)
		// Any outcome but a panic will do; the errors are the script's.
		if err := call("unpack", lua.LString(format), lua.LString(data)); err != nil && err.Error() == "" {
			t.Error("an error without a message")
		}
		if err := call("packsize", lua.LString(format)); err != nil && err.Error() == "" {
			t.Error("an error without a message")
		}
	})
}

func FuzzParseNumber(f *testing.F) {
	for _, seed := range []string{"10", "0x1p4", " -1e5 ", "inf", "nan(1)", "0x.", "1e", "\x00", "9e999999999999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, ok := ParseNumber(s)
		if !ok {
			return
		}
		text := FormatNumber(lua.LNumber(n))
		if again, ok := ParseNumber(text); !ok || FormatNumber(lua.LNumber(again)) != text {
			t.Errorf("ParseNumber(%q) = %v, printed %q, read back as %v", s, n, text, again)
		}
	})
}
