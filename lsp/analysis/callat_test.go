package analysis_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/catalog"
)

// declarations stand before each text of TestCallAt.
const declarations = `
local function foo(a, b) end
local function sum(first, ...) end
local Class = {}
Class.__index = Class
function Class.new(a, b) return setmetatable({}, Class) end
function Class:m(x, ...) end
local o = Class.new(1, 2)
local t, s = {}, "x"
`

// TestCallAt asks for the call around a place that is marked by |: while it is typed
// the closing bracket is missing, and anything may follow.
func TestCallAt(t *testing.T) {
	s := analysis.NewSnapshot(nil, catalog.Builtin())
	for text, want := range map[string]string{
		// Blanks, line ends and comments behind the last token.
		"foo(|": "foo 0", "foo( |": "foo 0", "foo(1|": "foo 0", "foo(1, |": "foo 1", "foo(1,   |   ": "foo 1", "foo(1,\n   |\n)": "foo 1",
		"foo(1, -- why\n  |": "foo 1", "foo(1, -- why |\n  2)": "foo 1", "foo(1, |)": "foo 1", "foo(|, 2)": "foo 0",
		// What follows is no argument.
		"foo(1, |\nlocal x = 2\nprint(x)": "foo 1", "foo( |\nif x then end": "foo 0", "local x = foo(1,|\nlocal y = 3": "foo 1",
		"local function f()\n  foo(1,    |\nend": "foo 1", "if foo(1, | then\n  print(1)\nend": "foo 1", "while foo(1, |\n  print()\nend": "foo 1",
		"for i = 1, foo(1, | do\nend": "foo 1", "local x = 'a' .. foo(1, | .. 'b'": "foo 1", "return foo( |": "foo 0", "foo(1, not |\nlocal z": "foo 1",
		// Nested calls, tables, functions, indexes.
		"foo(1, sum(2, |\nreturn 1": "sum 1", "foo(1, {x = sum(2, |": "sum 1", "foo(1, {x = sum(2, |})": "sum 1", "local t = { foo( | }": "foo 0",
		"foo(sum(1, 2), |": "foo 1", "foo({1, 2}, |": "foo 1", "foo(function() return 1, 2 end, |": "foo 1", "foo(1, function() end |": "foo 1",
		"foo(function()\n  sum(|\nend)": "sum 0", "foo(function()\n  | \nend)": "", "foo(1, function(|": "", "foo(1, t[ |": "foo 1", "foo(1, (2 + |": "foo 1",
		"foo(function() for i = 1, 2 do x() end repeat until y, 2 end, |": "foo 1", "foo{1, 2, |}": "foo 0",
		// Strings.
		`foo("ab|c")`: "foo 0", `foo(1, "ab|`: "foo 1", "foo [[ab|c]]": "foo 0", `foo "ab|`: "foo 0",
		// Closed.
		"foo(1, 2)  |": "", "local x = foo(1, 2)|": "", "foo |(1)": "", "fo|o(1)": "", "foo(1, 2) |\nfoo(1)": "",
		// Methods and further arguments.
		"o:m(|": "Class:m 0", "o:m(1, 2, 3, |": "Class:m 1", "o.m(o, |": "Class:m 0", "sum(1, 2, 3, |": "sum 1", "print(s:rep(3, |": "string.rep 2",
		"Class.new(1, |": "Class.new 1", "foo(1, 2, |": "foo 2",
		// What calls a function that it is given.
		"pcall(|": "pcall 0", "pcall(foo, |": "foo 0", "pcall(foo, 1, |": "foo 1", "xpcall(foo, print, 1, |": "foo 1", "pcall(pcall, foo, 1, |": "foo 1",
		"coroutine.wrap(foo)(1, |": "foo 1", "local co = coroutine.create(foo) coroutine.resume(co, 1, |": "foo 1", "coroutine.resume(|": "coroutine.resume 0",
		"local w = coroutine.wrap(function(n, m) end) w(1, |": " 1",
		// The kernel's.
		`Tool.execute("calculator", |`: "Tool.execute 1", `Tool.execute("calculator", { |`: "Tool.execute 1", `Event.on("x", |`: "Event.on 1",
		`Tool.get("calculator"):execute( |`: "execute 0", `Event.on("x", function(e) end, { |`: "Event.on 2",
	} {
		at := strings.Index(text, "|")
		f := analysis.NewFile("file:///call.lua", "", 1, declarations+text[:at]+text[at+1:])
		got := ""
		if call, ok := s.WithFile(f).CallAt(f, len(declarations)+at); ok && call.Func != nil {
			got = fmt.Sprint(call.Func.Name, " ", call.Active)
		}
		if got != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
}
