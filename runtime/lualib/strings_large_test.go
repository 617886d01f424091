package lualib

import (
	"math/rand/v2"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// Each of these works on much text, 64 KB or 1 MB at a time: the host is told in between,
// and can end it at any of these places.
func TestLargeStringsCanStop(t *testing.T) {
	const size, short = 4 << 20, 256 << 10
	for source, least := range map[string]int{
		`s:upper()`:                         size / pieceBytes,
		`digits:upper()`:                    size / pieceBytes, // nothing to change
		`s:lower()`:                         size / pieceBytes,
		`s:reverse()`:                       size / pieceBytes,
		`("x"):rep(#s)`:                     size / pieceBytes,
		`s:rep(2)`:                          2*size/largePiece - 2,
		`s:sub(1, 100000):rep(100)`:         100,
		`table.concat({s, s})`:              2*size/largePiece - 2,
		`table.concat(parts)`:               64,
		`table.concat({"a", "b"}, s)`:       size/largePiece - 1,
		`string.format("%q", s)`:            size/pieceBytes - 1,
		`string.format("%q", quotes)`:       short/pieceBytes - 1,
		`s:find("none", 1, true)`:           size/largePiece - 1,
		`s:find("none")`:                    size/largePiece - 1,
		`s:find(s:sub(2) .. "z", 1, true)`:  0, // as long as the string: at once
		`utf8.len(s)`:                       size / chargeSteps,
		`p:find("[x-z]")`:                   short / chargeSteps,
		`s:gsub("z", "y")`:                  0,
		`p:gsub("b", "B")`:                  short / 2 / chargeSteps,
		`s:match("^.*$")`:                   0,
		`p:match("^(.-)z")`:                 short / chargeSteps,
		`for w in p:gmatch("a.a") do end`:   short / 4 / chargeSteps,
		`string.format("%s!", s)`:           0,
		`s:byte(1, 200000)`:                 1,
		`string.char(s:byte(1, 200000))`:    2,
		`table.concat({s:byte(1, 200000)})`: 100,
		`tonumber(digits)`:                  size/pieceBytes - 1,
		`tonumber("0x" .. digits)`:          size/pieceBytes - 1,
		`tonumber("1e" .. digits)`:          size/pieceBytes - 1,
		`tonumber(digits, 16)`:              size/pieceBytes - 1,
		`tonumber(blanks)`:                  size/pieceBytes - 1,
		`tonumber("1" .. blanks)`:           size/pieceBytes - 1,
		`tonumber(blanks .. "1", 8)`:        size/pieceBytes - 1,
		`tonumber("nan(" .. digits .. ")")`: size/pieceBytes - 1,
	} {
		t.Run(source, func(t *testing.T) {
			w := newWorld(t)
			w.L.SetGlobal("s", lua.LString(strings.Repeat("ab", size/2)))
			w.L.SetGlobal("digits", lua.LString(strings.Repeat("12", size/2)))
			w.L.SetGlobal("blanks", lua.LString(strings.Repeat(" \t", size/2)))
			w.L.SetGlobal("p", lua.LString(strings.Repeat("ab", short/2)))
			w.L.SetGlobal("quotes", lua.LString(strings.Repeat(`"`, short)))
			parts := w.L.NewTable()
			for range 64 {
				parts.Append(lua.LString(strings.Repeat("p", size/64)))
			}
			w.L.SetGlobal("parts", parts)
			calls, end := 0, -1
			w.host.Charge = func(L *lua.LState, n int) {
				if calls++; calls == end {
					L.RaiseError("ended")
				}
			}
			if err := w.run(source); err != nil {
				t.Fatal(err)
			}
			if calls < least {
				t.Errorf("the host was told %d times, want %d or more", calls, least)
			}
			if calls == 0 {
				return
			}
			calls, end = 0, max(calls/2, 1)
			if err := w.run(source); err == nil || !strings.Contains(err.Error(), "ended") {
				t.Errorf("it was not ended half way: %v", err)
			}
		})
	}
}

// Pieces make no difference to what comes out.
func TestLargeStringsAreRight(t *testing.T) {
	w := newWorld(t)
	r := rand.New(rand.NewPCG(1, 2))
	random := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.IntN(256))
		}
		return string(b)
	}
	switched := func(s string, from, to byte) string {
		b := []byte(s)
		for i, c := range b {
			if from <= c && c <= to {
				b[i] = c ^ 0x20
			}
		}
		return string(b)
	}
	for _, n := range []int{0, 1, 2, workBytes - 1, workBytes, workBytes + 1, 3*workBytes + 7, pieceBytes - 1, pieceBytes, pieceBytes + 1, 3*pieceBytes + 300, largePiece + 1} {
		for _, s := range []string{random(n), strings.Repeat("1", n), strings.Repeat("1", max(n-1, 0)) + "a"} {
			if got, want := w.host.mapLetters(w.L, s, 'a'), switched(s, 'a', 'z'); got != want {
				t.Errorf("upper of %d bytes is wrong", n)
			}
			if got, want := w.host.mapLetters(w.L, s, 'A'), switched(s, 'A', 'Z'); got != want {
				t.Errorf("lower of %d bytes is wrong", n)
			}
			back := w.host.reversed(w.L, s)
			if len(back) != len(s) || w.host.reversed(w.L, back) != s || n > 0 && back[0] != s[n-1] {
				t.Errorf("reverse of %d bytes is wrong", n)
			}
			if n > 0 {
				for _, times := range []int{1, 2, 3, pieceBytes / n, pieceBytes/n + 1} {
					if w.host.repeat(w.L, s, times) != strings.Repeat(s, times) {
						t.Errorf("%d bytes %d times are wrong", n, times)
					}
				}
			}
		}
	}

	// A text that lies across a border of two pieces is found, and the first one only.
	for _, n := range []int{2, 3, 100, largePiece - 1, largePiece, largePiece + 5} {
		text := strings.Repeat("b", n-1) + "c"
		for _, at := range []int{0, 1, largePiece - n, largePiece - n/2, largePiece - 1, largePiece, largePiece + 1, 2*largePiece - n/2, 3*largePiece + 7} {
			if at < 0 {
				continue
			}
			s := strings.Repeat("a", at) + text + strings.Repeat("a", largePiece/2) + text
			if got := w.host.index(w.L, s, text); got != at {
				t.Errorf("%d bytes at %d were found at %d", n, at, got)
			}
			if got := w.host.index(w.L, s[:at+n-1], text); got != -1 {
				t.Errorf("%d bytes that end too early were found at %d", n, got)
			}
		}
	}
	if got := w.host.index(w.L, strings.Repeat("a", 3*largePiece), ""); got != 0 {
		t.Errorf("nothing was found at %d", got)
	}

	for _, source := range []string{
		`local t = {} for i = 1, 30000 do t[i] = i end local s = table.concat(t, ",") assert(#s == 168893 and s:sub(-6) == ",30000")`,
		`local t = {} for i = 1, 9000 do t[i] = i + 0.1234567 end local n = 0 for x in table.concat(t, " "):gmatch("%S+") do n = n + 1 assert(tonumber(x) == t[n]) end assert(n == 9000)`,
		`local s = ("ab"):rep(50000) assert(table.concat({s, 1, s}, s) == s .. s .. "1" .. s .. s)`,
		`local s = ('a"\n\r\0\\'):rep(30000) assert(loadstring("return " .. string.format("%q", s))() == s)`,
		`local s = ("é"):rep(3000) assert(utf8.len(s) == 3000 and utf8.len(s .. "\255") == nil and select(2, utf8.len(s .. "\255")) == 6001)`,
	} {
		if err := w.run(source); err != nil {
			t.Error(err)
		}
	}
}

// A safe point in the middle of concat may run something that changes the table.
func TestConcatOfAChangingTable(t *testing.T) {
	w := newWorld(t)
	if err := w.run(`t = {} local s = ("x"):rep(100000) for i = 1, 64 do t[i] = s end`); err != nil {
		t.Fatal(err)
	}
	calls := 0
	w.host.Charge = func(L *lua.LState, _ int) {
		if calls++; calls == 3 {
			L.GetGlobal("t").(*lua.LTable).RawSetInt(64, lua.LTrue)
		}
	}
	if err := w.run(`return table.concat(t)`); err == nil || !strings.Contains(err.Error(), "invalid value (boolean) at index 64 in table for 'concat'") {
		t.Error(err)
	}
}
