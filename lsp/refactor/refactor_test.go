package refactor_test

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/lint"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// TestActions makes one change in a text, at what stands between « and », or at |.
func TestActions(t *testing.T) {
	for _, tt := range []struct{ title, text, want string }{ // want "": not offered; "! …": the reason
		{"Extract to local variable", "print(«t.name»)", "local name = t.name\nprint(name)"},
		{"Extract to local variable", "  print(« t.name »)", "  local name = t.name\n  print( name )"},
		{"Extract to local variable", "-- why\nprint(«1 + 2»)", "local result = 1 + 2\n-- why\nprint(result)"},
		{"Extract to local variable", "if x then return «a.b» end", "if x then local b = a.b; return b end"},
		{"Extract to local variable", "print «'it'»", "local text = 'it'\nprint(text)"},
		{"Extract to local variable", "(«f»)()", "local value = f;\n(value)()"},
		{"Extract to local variable", "local x = a and «f()»", "! it is not always evaluated"},
		{"Extract to local variable", "local x = g() + «f()»", "! calls are made in between"},
		{"Extract to local variable", "while «f()» do end", "! it is evaluated in each turn of the loop"},
		{"Extract to local variable", "print(«f()»)", "! it may give several values"},
		{"Extract to local variable", "print((«f()»))", "local f2 = (f())\nprint(f2)"},
		{"Extract to local variable", "local x = «get_user(1)»", "local user = get_user(1)\nlocal x = user"},
		{"Extract to local variable", "«f()»", ""},
		{"Extract to local variable", "«t.x» = 1", ""},
		{"Extract to local variable", "print(1 + «2 + 3»)", ""},
		{"Extract all equal expressions to local variable", "print(«t.n», t.n)\nlocal x = t.n", "local n = t.n\nprint(n, n)\nlocal x = t.n"},
		{"Extract all equal expressions to local variable", "local t = {n = 1}\nlocal x = «t.n»\nif x then x = t.n * t.n end", "local t = {n = 1}\nlocal n = t.n\nlocal x = n\nif x then x = n * n end"},
		{"Extract all equal expressions to local variable", "local x = «t.n»\nt.n = 2\nlocal y = t.n", ""},
		{"Extract all equal expressions to local variable", "local f = function() return «'key'» end\nprint('key')", "local text = 'key'\nlocal f = function() return text end\nprint(text)"},
		{"Extract all equal expressions to local variable", "local P = {}\nfunction P.neg(a) return «P.mk»(-a) end\nfunction P.mk(k) return k end\nprint(P.mk(1), P.neg(2))", ""},
		{"Extract all equal expressions to local variable", "local P = {}\nP.mk = function(k) return k end\nprint(«P.mk»(1))\nP.mk = tostring\nprint(P.mk(2))", ""},
		{"Extract all equal expressions to local variable", "local P = {}\nfunction P.mk(k) return k end\nprint(«P.mk»(1))\nprint(P.mk(2))", ""},
		{"Extract all equal expressions to local variable", "local P = {}\nfunction P.mk(k) return k end\nlocal a = «P.mk»\nlocal b = P.mk\nprint(a, b)", "local P = {}\nfunction P.mk(k) return k end\nlocal mk = P.mk\nlocal a = mk\nlocal b = mk\nprint(a, b)"},
		{"Extract to local function", "local function f(a)\n  «local b = a + 1\n  print(b)»\n  return b\nend",
			"local function extracted(a)\n  local b = a + 1\n  print(b)\n  return b\nend\n\nlocal function f(a)\n  local b = extracted(a)\n  return b\nend"},
		{"Extract to local function", "local n = 0\nfor i = 1, 3 do\n  «n = n + i»\nend", "local n = 0\nlocal function extracted(i)\n  n = n + i\nend\n\nfor i = 1, 3 do\n  extracted(i)\nend"},
		{"Extract to local function", "local function f(x)\n  «x = x + 1»\n  return x\nend", "local function extracted(x)\n  x = x + 1\n  return x\nend\n\nlocal function f(x)\n  x = extracted(x)\n  return x\nend"},
		{"Extract to local function", "local function f(x)\n  while true do\n    «x = x + 1\n    print(x)»\n  end\nend", "local function extracted(x)\n  x = x + 1\n  print(x)\n  return x\nend\n\nlocal function f(x)\n  while true do\n    x = extracted(x)\n  end\nend"},
		{"Extract to local function", "local function f(...)\n  return «select('#', ...) + 1»\nend", "local function extracted(...)\n  return select('#', ...) + 1\nend\n\nlocal function f(...)\n  return extracted(...)\nend"},
		{"Extract to local function", "function A:f()\n  «self.x = 1\n  return self»\nend", "local function extracted(self)\n  self.x = 1\n  return self\nend\n\nfunction A:f()\n  return extracted(self)\nend"},
		{"Extract to local function", "for i = 1, 2 do\n  «if i then break end»\nend", "! it breaks out of a loop that is not selected"},
		{"Extract to local function", "local function f(x)\n  «if x then return 1 end»\n  print(x)\nend", "! it returns, and code follows that would run all the same"},
		{"Extract to local function", "local function f(x)\n  «print(x)\n  error('no', 2)»\nend", "! it raises an error in the name of another function"},
		{"Extract to local function", "do\n  «goto out»\n  ::out::\nend", "! a goto leads out of it or into it"},
		{"Inline local variable", "local x| = 1 + 2\nprint(x * 2)", "print((1 + 2) * 2)"},
		{"Inline local variable", "local a, b = ...\nlocal x| = a\nprint(x, b, x)", "local a, b = ...\nprint(a, b, a)"},
		{"Inline local variable", "local v| = f()\nprint(v)", "print((f()))"},
		{"Inline local variable", "local v| = f()\ng()\nprint(v)", "! calls are made in between"},
		{"Inline local variable", "local v| = t.x\nlocal f = function() return v end", "! a function uses it, which may run later or more than once"},
		{"Inline local variable", "local v| = 1\nv = 2\nprint(v)", "! it is assigned again"},
		{"Inline local variable", "local v| = y\nlocal y = 2\nprint(v)", "! y means something else where it is used"},
		{"Inline local variable", "local m| = 'x'\nprint(m:rep(2))", "print(('x'):rep(2))"},
		{"Inline call", "local function sq(x) return x * x end\nprint(|sq(3) + 1)", "local function sq(x) return x * x end\nprint((3 * 3) + 1)"},
		{"Inline call", "local function sq(x) return x * x end\nprint(|sq(f()))", "! an argument is not used exactly once, and may do something"},
		{"Inline call", "local function up(s, n) return s:rep(n) end\nprint(|up('a' .. 'b', 2))", "local function up(s, n) return s:rep(n) end\nprint(('a' .. 'b'):rep(2))"},
		{"Invert if and else", "|if not a then\n  b()\nelse\n  c() -- d\nend", "if a then\n  c() -- d\nelse\n  b()\nend"},
		{"Invert if and else", "if a| < b then c() else d() end", "if not (a < b) then d() else c() end"},
		{"Invert if and else", "if a| == b then c() else d() end", "if a ~= b then d() else c() end"},
		{"Invert if and else", "if a| then c() elseif b then d() end", ""},
		{"Invert if and return early", "local function f(a)\n  |if a then\n    local b = a\n    -- why\n    print(b)\n  end\nend", "local function f(a)\n  if not a then\n    return\n  end\n  local b = a\n  -- why\n  print(b)\nend"},
		{"Split the declaration", "local a|, b, c = 1, f()", "! there are not as many values as variables"},
		{"Split the declaration", "local a|, b = 1, f()", "local a = 1\nlocal b = f()"},
		{"Split the declaration", "local a = 5\nlocal a|, b = 1, a", "! a value names a variable of the same name"},
		{"Merge with the next declaration", "local a| = f()\nlocal b, c = g()", "local a, b, c = f(), g()"},
		{"Merge with the next declaration", "local a| = 1\nlocal b = a", ""},
		{"Declare g as local", "g| = 1\nprint(g)", "local g = 1\nprint(g)"},
		{"Declare g as local", "function g|() return g end", "local function g() return g end"},
		{"Declare g as local", "print(_G)\ng| = 1", "! the file uses _G, which can reach globals by name"},
		{"Declare g as local", "do g| = 1 end", ""},
		{"Write as an assignment", "function a.b|(x) return x end", "a.b = function(x) return x end"},
		{"Write as an assignment", "local function f|() return f end", ""},
		{"Write as a function declaration", "local f| = function(x) return x end", "local function f(x) return x end"},
		{"Write as a function declaration", "a.b| = function() end", "function a.b() end"},
		{"Write the parameter self", "function a:b|(x) return self, x end", "function a.b(self, x) return self, x end"},
		{"Write as a method with a colon", "function a.b|(self, x) return self, x end", "function a:b(x) return self, x end"},
		{"Call with a dot", "local s = 'x'\nprint(s:rep|(2))", "local s = 'x'\nprint(s.rep(s, 2))"},
		{"Call with a colon", "local s = 'x'\nprint(s.rep|(s, 2))", "local s = 'x'\nprint(s:rep(2))"},
		{"Add annotations", "local function f|(a)\n  local n = 1\n  return n\nend", "---@param a any\n---@return integer\nlocal function f(a)\n  local n = 1\n  return n\nend"},
		{"Add annotations", "local function f|()\n  if x then return 1.5, 'a' end\n  return 2, true\nend", "---@return number\n---@return string|boolean\nlocal function f()\n  if x then return 1.5, 'a' end\n  return 2, true\nend"},
		{"Add annotations", "local function f|()\n  print(1)\nend", ""},
		{"Add annotations", "local function f|(n)\n  return 'x' .. n\nend", "---@param n any\n---@return string\nlocal function f(n)\n  return 'x' .. n\nend"},
		{"Organize require declarations", "local b = require('b')\nlocal b = require('b')\nprint(b)|\n", "local b = require('b')\nprint(b)\n"},
		{"Organize require declarations", "local b = require('b')\nprint(b)\nlocal a = require('a')|\n", ""},
		{"Organize require declarations", "local x = require('b')\nlocal x = require('a')|\n", ""},
	} {
		t.Run(tt.title, func(t *testing.T) {
			text := tt.text
			start := strings.IndexAny(text, "|«")
			end := start
			if strings.HasPrefix(text[start:], "«") {
				text = strings.Replace(text, "«", "", 1)
				end = strings.Index(text, "»")
				text = strings.Replace(text, "»", "", 1)
			} else {
				text = text[:start] + text[start+1:]
			}
			if errs := syntax.Parse(text).Errors(); len(errs) > 0 {
				t.Fatal(text, errs)
			}
			got := ""
			for _, a := range actionsAt(text, start, end) {
				if a.Title != tt.title {
					continue
				}
				if got = "! " + a.Disabled; a.Disabled == "" {
					got = lint.Apply(text, a.Edits)
				}
				break
			}
			if got != tt.want {
				t.Errorf("%s\ngot\n%s\nwanted\n%s", tt.text, got, tt.want)
			}
		})
	}
}

// TestNothingToRefactor: texts with errors are left alone, and so are places outside of a text.
func TestNothingToRefactor(t *testing.T) {
	for _, text := range []string{"", "x = ", "local x = 1 +\nend"} {
		for _, at := range [][2]int{{0, 0}, {0, len(text)}, {len(text), len(text) + 5}, {-1, 0}} {
			if list := actionsAt(text, at[0], at[1]); len(list) > 0 {
				t.Errorf("%q: %v", text, list)
			}
		}
	}
}

// FuzzActions: whatever is selected in whatever text, nothing panics, and what is made is Lua.
func FuzzActions(f *testing.F) {
	f.Add("local a, b = f(), t.x\nif not a then print(b, t.x) else return ... end", uint16(3), uint16(20))
	f.Add("function a:b(self, ...) return self[\"x\"], function() goto e ::e:: end end\r\nlocal c = require 'c'", uint16(0), uint16(60))
	f.Add("for i = 1, 2 do local x <const> = i; repeat local y = x until y == {} break end", uint16(15), uint16(40))
	f.Add("t\n.b = 2", uint16(2), uint16(0))
	f.Fuzz(func(t *testing.T, text string, start, size uint16) {
		if len(text) > 2000 {
			return
		}
		for _, a := range actionsAt(text, int(start), int(start)+int(size)) {
			at := 0
			for _, e := range a.Edits {
				if e.Start < at || e.End < e.Start || e.End > len(text) {
					t.Fatalf("%s of %q: edit %+v behind %d", a.Title, text, e, at)
				}
				at = e.End
			}
			if after := lint.Apply(text, a.Edits); len(syntax.Parse(after).Errors()) > 0 {
				t.Fatalf("%s of %q makes %q", a.Title, text, after)
			}
		}
	})
}
