package lualib

import (
	"runtime"
	"strconv"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

func TestGsub(t *testing.T) {
	runStringsCases(t, []stringsCase{
		{chunk: `return ("hello world"):gsub("o", "0")`, want: `"hell0 w0rld" 2`},
		{chunk: `return ("hello world"):gsub("(%w+) (%w+)", "%2 %1")`, want: `"world hello" 1`},
		{chunk: `return ("abc"):gsub("%w", "%0%0", 2)`, want: `"aabbc" 2`},
		{chunk: `return ("abc"):gsub("%w", "<%1>")`, want: `"<a><b><c>" 3`},
		{chunk: `return ("abc"):gsub("", "-")`, want: `"-a-b-c-" 4`},
		{chunk: `return ("abc"):gsub("b*", "-")`, want: `"-a--c-" 4`},
		{chunk: `return ("aaa"):gsub("^a", "b")`, want: `"baa" 1`},
		{chunk: `return ("abc"):gsub("$", "!")`, want: `"abc!" 1`},
		{chunk: `return ("abc"):gsub("b", "%")`, want: `"a\000c" 1`}, // as PUC Lua 5.1
		{chunk: `return ("abc"):gsub("b", "%%%x")`, want: `"a%xc" 1`},
		{chunk: `return ("abc"):gsub("(b)()", "%2")`, want: `"a3c" 1`},
		{chunk: `return ("$a $b"):gsub("%$(%w+)", {a = 1, b = false})`, want: `"1 $b" 2`},
		{chunk: `return ("$a"):gsub("%$(%w+)", setmetatable({}, {__index = function(_, k) return k .. k end}))`, want: `"aa" 1`},
		{chunk: `return ("ab"):gsub("()", {"x", "y"})`, want: `"xayb" 3`},
		{chunk: `return ("a1"):gsub("(%a)(%d)", function(a, d) return d .. a end)`, want: `"1a" 1`},
		{chunk: `return ("ab"):gsub(".", function() end)`, want: `"ab" 2`},
		{chunk: `return ("ab"):gsub(".", function(c) return c:gsub("a", "x") end)`, want: `"xb" 2`},
		{chunk: `return ("ab"):gsub("x", {}, 5)`, want: `"ab" 0`},
		{chunk: `return (12):gsub(1)`, wantErr: `attempt to index a non-table object(number) with key 'gsub'`},
		{chunk: `return string.gsub(121, 1, 7)`, want: `"727" 2`},
		{chunk: `return ("x"):gsub("x", "y", 0)`, want: `"x" 0`},
		{chunk: `return ("x"):gsub("x", "%2")`, wantErr: `invalid capture index`},
		{chunk: `return ("x"):gsub("x", {x = {}})`, wantErr: `invalid replacement value (a table)`},
		{chunk: `return ("x"):gsub("x", function() return true end)`, wantErr: `invalid replacement value (a boolean)`},
		{chunk: `return ("x"):gsub("x", function() error("mine", 0) end)`, wantErr: `mine`},
		{chunk: `return ("x"):gsub("x")`, wantErr: `bad argument #2 to 'gsub' (string/function/table expected)`},
		{chunk: `return string.gsub("x", "x", true)`, wantErr: `bad argument #3 to 'gsub' (string/function/table expected)`},
	})
}

// TestGsubIsLinear counts what is allocated: where each of 200,000 matches copies
// the text, that is 80 GB.
func TestGsubIsLinear(t *testing.T) {
	L := newStringState(t, NewHost())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := L.DoString(`
		local s = ("a b "):rep(100000)
		assert(select(2, s:gsub("%a", "<%0>")) == 200000)
		assert(select(2, s:gsub("%a", {a = "x"})) == 200000)
		assert(select(2, s:gsub("%a", function(c) return c end)) == 200000)`)
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 2000 {
		t.Errorf("600,000 replacements allocated %d MB", mb)
	}
}

// benchmarkLua runs the chunk, a function of the number of turns, with
// gopher-lua's library and with ours.
func benchmarkLua(b *testing.B, chunk string) {
	for _, name := range []string{"stock", "llmspell"} {
		b.Run(name, func(b *testing.B) {
			L := lua.NewState()
			defer L.Close()
			if name == "llmspell" {
				openString(L, NewHost())
			}
			if err := L.DoString("function run(n) " + chunk + " end"); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			if err := L.CallByParam(lua.P{Fn: L.GetGlobal("run"), Protect: true}, lua.LNumber(b.N)); err != nil {
				b.Fatal(err)
			}
		})
	}
}

func BenchmarkGsub(b *testing.B) {
	for _, matches := range []int{10, 2000} {
		b.Run(strconv.Itoa(matches), func(b *testing.B) {
			benchmarkLua(b, `local s = ("ab "):rep(`+strconv.Itoa(matches)+`) for i = 1, n do s:gsub("%a+", "<%0>") end`)
		})
	}
}

func BenchmarkGmatch(b *testing.B) {
	benchmarkLua(b, `local s = ("key=value, "):rep(100) for i = 1, n do for k, v in s:gmatch("(%w+)=(%w+)") do end end`)
}

func BenchmarkFind(b *testing.B) {
	b.Run("pattern", func(b *testing.B) {
		benchmarkLua(b, `local s = ("x"):rep(1000) .. "id=42" for i = 1, n do s:find("(%a+)=(%d+)", 900) end`)
	})
	b.Run("plain", func(b *testing.B) {
		benchmarkLua(b, `local s = ("x"):rep(1000) .. "id=42" for i = 1, n do s:find("id=", 1, true) end`)
	})
	b.Run("short", func(b *testing.B) {
		benchmarkLua(b, `for i = 1, n do local k, v = ("key = value"):match("^(%w+)%s*=%s*(%w+)$") end`)
	})
}

func BenchmarkFormat(b *testing.B) {
	benchmarkLua(b, `for i = 1, n do string.format("%5d %s %.2f", i, "name", i / 3) end`)
}

func BenchmarkRep(b *testing.B) {
	benchmarkLua(b, `for i = 1, n do string.rep("ab", 500) end`)
}

func BenchmarkSub(b *testing.B) {
	benchmarkLua(b, `local s = "hello world" for i = 1, n do s:sub(3, 7) end`)
}
