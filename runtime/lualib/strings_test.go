package lualib

import (
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

func TestStringFunctions(t *testing.T) {
	runStringsCases(t, []stringsCase{
		{chunk: `return ("hello"):sub(2, -2)`, want: `"ell"`},
		{chunk: `return ("hello"):sub(1, math.huge)`, want: `""`}, // as PUC Lua 5.1 on x86-64
		{chunk: `return ("hello"):byte(-1)`, want: `111`},
		{chunk: `return ("abc"):byte(1, -1)`, want: `97 98 99`},
		{chunk: `return ("abc"):byte(10)`, want: ``},
		{chunk: `return string.char(72, "105")`, want: `"Hi"`},
		{chunk: `return string.char()`, want: `""`},
		{chunk: `return string.char(256)`, wantErr: `bad argument #1 to 'char' (invalid value)`},
		{chunk: `return string.char(2^32 + 65)`, wantErr: `bad argument #1 to 'char' (invalid value)`},
		{chunk: `return ("ÄbÇ"):lower(), ("Äbç"):upper()`, want: `"\195\132b\195\135" "\195\132B\195\167"`},
		{chunk: `return ("abc\0d"):reverse(), ("abc\0d"):len()`, want: `"d\000cba" 5`},
		{chunk: `return ("ab"):rep(3), ("ab"):rep(-1), (""):rep(1e300), ("x"):rep(0/0)`, want: `"ababab" "" "" ""`},
		{chunk: `return string.rep("x", math.huge)`, want: `""`},
		{chunk: `return string.rep("x", 1e18)`, wantErr: `not enough memory`},
		{chunk: `return string.rep("xx", 2^62)`, wantErr: `not enough memory`},
		{chunk: `return string.rep("x", 1e10)`, wantErr: `not enough memory`},
		{chunk: `return string.dump(function() end)`, wantErr: `unable to dump given function`},
		{chunk: `return string.dump(1)`, wantErr: `bad argument #1 to 'dump' (function expected, got number)`},
		{chunk: `return select("#", (("x"):rep(2e6)):byte(1, -1))`, wantErr: `stack overflow (string slice too long)`},
		{chunk: `return string.gfind == string.gmatch`, want: `true`},
		{chunk: `return string.__index, getmetatable("").__index == string`, want: `nil true`},
		{chunk: `string.shout = function(s) return s:upper() .. "!" end return ("hi"):shout()`, want: `"HI!"`},
		{chunk: `return (5):rep(2)`, wantErr: `attempt to index a non-table object(number) with key 'rep'`},
	})
}

func TestFind(t *testing.T) {
	runStringsCases(t, []stringsCase{
		{chunk: `return ("a.b"):find(".", 2, true)`, want: `2 2`},
		{chunk: `return ("a.b"):find("%.")`, want: `2 2`},
		{chunk: `return ("abc"):find("")`, want: `1 0`},
		{chunk: `return ("abc"):find("", 10)`, want: `4 3`},
		{chunk: `return ("abc"):find("c$", -1)`, want: `3 3`},
		{chunk: `return ("key = value"):find("^(%w+)%s*=%s*(%w+)$")`, want: `1 11 "key" "value"`},
		{chunk: `return ("abc"):find("()b()")`, want: `2 2 2 3`},
		{chunk: `return ("abc"):match("^b")`, want: `nil`},
		{chunk: `return ("abc"):match("^b", 2)`, want: `"b"`},
		{chunk: `return ("f(a(b)c)d"):match("%b()")`, want: `"(a(b)c)"`},
		{chunk: `return ("THE (quick) fox"):find("%f[%a]%a+%f[%A]", 5)`, want: `6 10`},
		{chunk: `return ([["it's" 'x']]):match([[(["'])(.-)%1]])`, want: `"\034" "it's"`},
		{chunk: `return ("a\0b"):find("\0"), ("a\0b"):find("%z"), ("a\0b"):find("[\0]b")`, want: `2 2 2 3`},
		{chunk: `return ("caf\195\169"):match("..$")`, want: `"\195\169"`},
		{chunk: `return ("x"):find("%g")`, want: `nil`},  // no class in Lua 5.1
		{chunk: `return ("a)"):find("a)")`, want: `1 2`}, // ')' alone is no special
		{chunk: `return ("ab"):find("b[")`, wantErr: `malformed pattern (missing ']')`},
		{chunk: `return ("xx"):find("b[")`, want: `nil`}, // never reached
		{chunk: `return ("a"):find("[a")`, wantErr: `malformed pattern (missing ']')`},
		{chunk: `return ("a"):find("[]")`, wantErr: `malformed pattern (missing ']')`},
		{chunk: `return ("a"):find("[^]")`, wantErr: `malformed pattern (missing ']')`},
		{chunk: `return ("a"):find("[a%")`, wantErr: `malformed pattern (missing ']')`},
		{chunk: `return ("a"):find("%")`, wantErr: `malformed pattern (ends with '%')`},
		{chunk: `return ("a"):find("%f")`, wantErr: `missing '[' after '%f' in pattern`},
		{chunk: `return ("a"):find("%b(")`, wantErr: `unbalanced pattern`},
		{chunk: `return ("a"):find("(a")`, wantErr: `unfinished capture`},
		{chunk: `return ("a"):find(".)")`, wantErr: `invalid pattern capture`},
		{chunk: `return ("a"):find("%1")`, wantErr: `invalid capture index`},
		{chunk: `return ("a"):find("(a%1)")`, wantErr: `invalid capture index`},
		{chunk: `return ("a"):find(("()"):rep(33))`, wantErr: `too many captures`},
		{chunk: `return select("#", ("a"):find(("()"):rep(32)))`, want: `34`},
		{chunk: `return ("a"):rep(1e5):find(("a?"):rep(1e5) .. "b")`, wantErr: `pattern too complex`},
		{chunk: `return #("a"):rep(1e6):match(".-$")`, want: `1000000`},
		{chunk: `return #("a"):rep(1e6):match("^(a*)$")`, want: `1000000`},
	})
}

func TestGmatch(t *testing.T) {
	collect := func(args string) string {
		return `local r = {} for a, b in string.gmatch(` + args + `) do r[#r + 1] = a .. "|" .. tostring(b) end return table.concat(r, ";")`
	}
	runStringsCases(t, []stringsCase{
		{chunk: collect(`"one two", "%a+"`), want: `"one|nil;two|nil"`},
		{chunk: collect(`"a=1, b=2", "(%w+)=(%w+)"`), want: `"a|1;b|2"`},
		{chunk: collect(`"abc", ""`), want: `"|nil;|nil;|nil;|nil"`},
		{chunk: collect(`"ab", "()"`), want: `"1|nil;2|nil;3|nil"`},
		{chunk: collect(`"^a a", "^a"`), want: `"^a|nil"`},
		{chunk: `local f = ("a"):gmatch("a") return f(), f(), (f())`, want: `"a" nil nil`},
		{chunk: `local f = ("ab"):gmatch(".") local co = coroutine.wrap(function() return f() end) return co(), f()`, want: `"a" "b"`},
		{chunk: `return ("a"):gmatch("%")()`, wantErr: `malformed pattern (ends with '%')`},
		{chunk: `local f = ("a"):gmatch("%") pcall(f) return pcall(f)`, want: `false "malformed pattern (ends with '%')"`},
		{chunk: `return ("a"):gmatch()`, wantErr: `bad argument #1 to 'gmatch' (string expected, got no value)`},
	})
}

// TestGmatchIsLazy checks that asking for one match does not look for all.
func TestGmatchIsLazy(t *testing.T) {
	steps := 0
	h := NewHost()
	L := newStringState(t, h)
	L.SetGlobal("text", lua.LString(strings.Repeat("a b ", 1<<20)))
	h.Charge = func(_ *lua.LState, n int) { steps += n }
	if err := L.DoString(`for word in text:gmatch("%a+") do return end`); err != nil {
		t.Fatal(err)
	}
	if steps > chargeSteps {
		t.Errorf("one match of gmatch took %d steps", steps)
	}
}

// TestCancelledMatch checks that the host can end a pattern that explodes.
func TestCancelledMatch(t *testing.T) {
	for _, chunk := range []string{
		`return ("a"):rep(40):find(("a?"):rep(40) .. ("a"):rep(40) .. "b")`,
		`return ("a"):rep(3000):match(".-.-.-.-b")`,
		`return ("a"):rep(3000):gsub(".*.*.*.*b", "")`,
		`return ("a"):rep(3000):gmatch(".*.*.*.*b")()`,
		`return ("("):rep(1e5):gsub("%b()", "")`,
	} {
		h := NewHost()
		spent := 0
		h.Charge = func(L *lua.LState, n int) {
			if spent += n; spent > 1000000 {
				L.RaiseError("interrupted")
			}
		}
		if _, err := evalStrings(t, h, chunk); err != "interrupted" {
			t.Errorf("%s: error %q after %d steps", chunk, err, spent)
		}
	}
}

// TestStringAlloc checks that results whose size the script chooses are
// announced before they exist.
func TestStringAlloc(t *testing.T) {
	for _, chunk := range []string{
		`return ("x"):rep(2e6)`,
		`local s = ("x"):rep(9e5) return s:gsub(".", "%0%0%0")`,
		`local s = ("x"):rep(9e5) return string.format("%s%s", s, s)`,
		`local s = ("x"):rep(9e5) return string.format("%q%q", s, s)`,
		`return string.pack("c2000000", "")`,
		`local s = ("x"):rep(9e5) return string.pack("zz", s, s)`,
	} {
		h := NewHost()
		h.Alloc = func(L *lua.LState, n int64) {
			if n > 1500000 {
				L.RaiseError("not enough memory")
			}
		}
		if _, err := evalStrings(t, h, chunk); err != "not enough memory" {
			t.Errorf("%s: error %q", chunk, err)
		}
	}
}

// TestSubstringIsCopied checks that a word of a large text does not hold the text.
func TestSubstringIsCopied(t *testing.T) {
	var part string
	large := strings.Repeat("x", allocFrom)
	if n := testing.AllocsPerRun(100, func() { part = substring(large, 10, 20) }); n != 1 {
		t.Errorf("%v allocations for a small part of a large string, want 1", n)
	}
	if n := testing.AllocsPerRun(100, func() { part = substring(large, 10, 60000) }); n != 0 {
		t.Errorf("%v allocations for a large part, want 0", n)
	}
	if part != large[10:60000] {
		t.Error("a large part comes out wrong")
	}
}
