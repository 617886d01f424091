package debug_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/debug"
)

const completed = `
counter, calls, counts = 1, 0, {}
local Base = {basic = 1} Base.__index = Base
function Base:hello() return self end
local Object = setmetatable({}, Base) Object.__index = Object
function Object.new() calls = calls + 1 return {} end
function Object:method() return self end
local obj = setmetatable({field = "v", fn = function() end, Field2 = 2, callable = setmetatable({}, {__call = print}), ["two words"] = {deep = {x = 1}}, [1] = {one = 1}, [2.5] = 0, ["end"] = 1}, Object)
local function get() return obj end
local count = "up"
local function f(arg1, ...)
  local count, local2 = "inner", nil
  local s = "text"
  print(count, local2, s, obj, get, Base, Object, calls, ...)
end
f(1)
`

func stopAtCompleted(t *testing.T) *session {
	t.Helper()
	s := breakAt(t, completed, 13)
	s.stopped(debug.ReasonBreakpoint, 13)
	return s
}

// complete completes at the mark | in a text and gives labels and kinds.
func (s *session) complete(marked string) []debug.Completion {
	s.t.Helper()
	before, after, _ := strings.Cut(marked, "|")
	out, err := s.e.Completions(s.t.Context(), s.top(), before+after, len(before))
	s.do(err)
	return out
}

func labels(cs []debug.Completion) string {
	var out []string
	for _, c := range cs {
		out = append(out, c.Label)
	}
	return strings.Join(out, " ")
}

func TestCompletions(t *testing.T) {
	s := stopAtCompleted(t)
	const fields = "Field2 callable field fn __index method new basic hello"
	for text, want := range map[string]string{
		"obj.|": fields, "obj.f|": "field fn Field2", "obj.F|": "Field2 field fn", "obj.me|": "method", "obj.x|": "", "#obj.fi|": "field Field2", "print(obj.fi|": "field Field2",
		"obj:|": "callable fn method new hello", "obj:he|": "hello", "obj:fi|": "", "obj .  fi|": "field Field2", "obj\n.fi|": "field Field2", "local x = 1\nreturn obj.fi|": "field Field2",
		`obj["two words"].|`: "deep", "obj['two words'].deep.|": "x", "obj[1].|": "one", "obj[ 1 ].o|ne": "one", "(obj).fi|": "field Field2", "(obj or {}).fi|": "field Field2",
		"get().fi|": "field Field2", "get():method().fi|": "field Field2", "get(1, {2}, 'x').fi|": "field Field2", "get'x'.fi|": "field Field2", "get{1}.fi|": "field Field2",
		"Object.new().|": "", "x = Object.new().|": "", // would change something
		"obj[|": `[1] [2.5] ["Field2"] ["callable"] ["end"] ["field"] ["fn"] ["two words"]`, `obj["t|`: `["two words"]`, `obj['two w|`: `["two words"]`, "obj[2|": "[2.5]",
		`obj["t|"]`: `["two words"]`, `obj["x"|`: "", "obj[co|": "count counter counts collectgarbage coroutine",
		"s:up|": "upper", "s.upp|": "upper", "('x'):rep|": "rep", "s:up|x": "upper", "string.up|": "upper", "math.|pi": labels(s.complete("math.|")),
		"co|": "count counter counts collectgarbage coroutine", "x = co|": "count counter counts collectgarbage coroutine", "loc|": "local2 local", "arg1|": "arg1", "wh|": "while", "get|": "get getfenv getmetatable",
		"obj.field.|": labels(s.complete("s.|")), "nope.|": "", "nope.x.|": "", "1.|": "", "1|": "", "x..co|": "count counter counts collectgarbage coroutine",
		"'co|": "", `"obj.|`: "", "-- co|": "", "--[[ co|": "", "[[co|": "", "x = [[a]] -- b\nco|": "count counter counts collectgarbage coroutine", "--[[ x ]] obj.fi|": "field Field2",
		"'x' .. obj.fi|": "field Field2", "{obj.fi|": "field Field2", "'a\\'b' .. obj.fi|": "field Field2", "obj)|": "", "}.|": "", ").|": "", "..|": labels(s.complete("|")), ".|": "", ":|": "", "[|": "",
		"obj:method.|": "", "obj.end.|": "", "[=[ ]] ]=]|": "", "obj.field:|": labels(s.complete("s:|")), "if obj.fi|": "field Field2", "goto x ::co|": "count counter counts collectgarbage coroutine",
		"f(obj.fi|eld, 2)": "field Field2", "é .. obj.fi|": "field Field2", "x = {[obj.fi|": "field Field2", "obj[1|]": "[1]",
	} {
		if got := labels(s.complete(text)); got != want {
			t.Errorf("%s\n got  %s\n want %s", text, got, want)
		}
	}
	equal(t, "calls", s.eval("calls"), "0")
	equal(t, "output", s.output(), "")
	if n := len(s.complete("")); n < 50 {
		t.Errorf("%d completions of nothing", n)
	}
	for _, offset := range []int{-1, 2} {
		if _, err := s.e.Completions(t.Context(), s.top(), "x", offset); err == nil {
			t.Errorf("offset %d is taken", offset)
		}
	}
	cs, err := s.e.Completions(t.Context(), 0, "count", 5)
	s.do(err)
	equal(t, "global scope", labels(cs), "counter counts")
}

// TestCompletionEdits: what a completion replaces, and how it is described.
func TestCompletionEdits(t *testing.T) {
	s := stopAtCompleted(t)
	for text, want := range map[string]string{
		"obj.fi|":     `obj.field|field|string "v"`,
		"obj.fi|eld":  `obj.fieldeld|field|string "v"`,
		"obj.fn|":     "obj.fn|function|function (main.lua:7)",
		"obj:met|":    "obj:method|method|function (main.lua:6) (inherited)",
		"obj.bas|":    "obj.basic|field|number 1 (inherited)",
		`obj["two|`:   `obj["two words"]|field|table {deep={…}}`,
		`obj['two|']`: `obj["two words"]|field|table {deep={…}}`,
		`obj["two|]`:  `obj["two words"]|field|table {deep={…}}`,
		"obj[2|":      "obj[2.5]|field|number 0",
		"obj[2|]":     "obj[2.5]|field|number 0",
		"x = arg1|":   "x = arg1|variable|number 1",
		"ge|":         "get|function|function (main.lua:8)",
		"whi|":        "while|keyword|",
		"local|":      "local2|variable|nil",
		"é = obj.ca|": "é = obj.callable|field|table {}",
	} {
		cs := s.complete(text)
		if len(cs) == 0 {
			t.Errorf("%s: nothing", text)
			continue
		}
		c, whole := cs[0], strings.Replace(text, "|", "", 1)
		got := fmt.Sprintf("%s%s%s|%s|%s", whole[:c.Start], c.Text, whole[c.Start+c.Length:], c.Kind, c.Detail)
		equal(t, text, got, want)
	}
}

// TestCompletionOfLargeTables: bounded in time and number.
func TestCompletionOfLargeTables(t *testing.T) {
	s := open(t, "\nlocal big = big\nprint('end')\n", debug.Options{})
	big := s.st.L.NewTable()
	const many = 300_000
	for i := 1; i <= many; i++ {
		big.RawSetString(fmt.Sprintf("k%07d", i), lua.LNumber(i))
		if i <= many/3 {
			big.RawSetInt(i, lua.LTrue)
		}
	}
	s.st.L.SetGlobal("big", big)
	s.setBreakpoints(debug.BreakpointSpec{Line: 2})
	s.run()
	s.stopped(debug.ReasonBreakpoint, 2)
	for text, want := range map[string]string{
		"big.|": "k0000001", "big.k00001|": "k0000100", "big.k0299999|": "k0299999", "big[|": "[1]", "big[99|": "[99]", `big["k00002|`: `["k0000200"]`, "big:|": "",
	} {
		began := time.Now()
		cs := s.complete(text)
		if took := time.Since(began); took > deadline || len(cs) > 1000 {
			t.Errorf("%s: %d completions in %v", text, len(cs), took)
		}
		first := ""
		if len(cs) > 0 {
			first = cs[0].Label
		}
		equal(t, text, first, want)
	}
}

// FuzzCompletions: any text is taken.
func FuzzCompletions(f *testing.F) {
	for _, text := range []string{"obj.fi", `obj["x`, "f().", "--[==[", "[[x", "'\\", "'\\99", "a.b:c(", ")]}.", "1e+", "0x.", "[=", "\x00é", "...", "x[[y]].", "a[=[b]=]:"} {
		f.Add(text)
	}
	s := breakAt(f, completed, 13)
	s.stopped(debug.ReasonBreakpoint, 13)
	frame := s.top()
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 200 {
			return
		}
		for offset := range len(text) + 1 {
			cs, err := s.e.Completions(t.Context(), frame, text, offset)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range cs {
				if c.Start < 0 || c.Start > offset || c.Start+c.Length < offset || c.Start+c.Length > len(text) {
					t.Fatalf("%q at %d: %+v", text, offset, c)
				}
			}
		}
	})
}
