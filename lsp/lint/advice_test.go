package lint_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/lint"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// TestAdvice: what beginners and habits of other languages write. What is advised is said once; mended
// is what --fix makes of it.
func TestAdvice(t *testing.T) {
	const (
		table = "a field of a table gets its value with =: {name = value}"
		block = "a block has no braces: it ends with end"
		text  = `a text of which a method is called, or a field taken, stands in parentheses: ("abc"):upper()`
	)
	for code, tt := range map[string]struct{ want, mended string }{
		"local x = ... if x != 2 then print(x) end":                             {"1:20 operator '!=' is of other languages: use ~= near '!='", "local x = ... if x ~= 2 then print(x) end"},
		"local x, y = ... print(!x && y|| !(x))":                                {"1:24 operator '!' is of other languages: use not near '!'\n1:27 operator '&&' is of other languages: use and near '&&'\n1:31 operator '||' is of other languages: use or near '||'\n1:34 operator '!' is of other languages: use not near '!'", "local x, y = ... print(not x and y or not(x))"},
		"local n = 0\nn += 1\nprint(n)":                                         {"2:3 '=' expected near '+'; write n = n + 1", "local n = 0\nn = n + 1\nprint(n)"},
		"local n, m = {}, 2\nn.x ..= m\nprint(n)":                               {"2:5 '=' expected near '..'; write n.x = n.x .. m", "local n, m = {}, 2\nn.x = n.x .. m\nprint(n)"},
		"local n, m = 0, 2\nn *= m + 1\nprint(n)":                               {"2:3 '=' expected near '*'; write n = n * …", ""},
		"local n = 0\nn++\nprint(n)":                                            {"2:2 '=' expected near '+'; write n = n + 1", "local n = 0\nn = n + 1\nprint(n)"},
		"local n = 0\nn--\nprint(n)":                                            {"3:1 '=' expected near 'print'; -- begins a comment: write n = n - 1", ""},
		"local x = ... if x = 5 then print(x) end":                              {"1:20 'then' expected near '='; = assigns: a comparison is written ==", "local x = ... if x == 5 then print(x) end"},
		"local x = ... while x = 5 do x = x() end":                              {"1:23 'do' expected near '='; = assigns: a comparison is written ==", "local x = ... while x == 5 do x = x() end"},
		"local x = ... if x === 5 then print(x) end":                            {"1:22 unexpected symbol near '='; == is enough", "local x = ... if x == 5 then print(x) end"},
		"local x = ... if x <> 5 then print(x) end":                             {"1:21 unexpected symbol near '>'; ~= is what <> is in other languages", "local x = ... if x ~= 5 then print(x) end"},
		"local x = ... if x => 5 then print(x) end":                             {"1:20 'then' expected near '='; greater or equal is >=", ""},
		"local x = ...\nif x then print(1)\nelse if x == 2 then print(2) end\n": {"4:1 'end' expected (to close 'if' at line 2) near '<eof>'; else if begins an if of its own: write elseif", ""},
		"for i = 1, 3 do\n  if i == 2 then continue end\n  print(i)\nend":       {"2:27 '=' expected near 'end'; Lua has no continue: write goto continue, and ::continue:: as the last statement of the loop", ""},
		"var x = 1\nprint(1)":                                                   {"1:5 '=' expected near 'x'; a variable is declared with local", ""},
		"import os\nprint(1)":                                                   {"1:8 '=' expected near 'os'; a module is loaded with local name = require(\"name\")", ""},
		"// one two\nprint(1)":                                                  {"1:1 operator '//' is of Lua 5.3, this is Lua 5.1 with goto: use math.floor(a / b) near '//'; a comment begins with --", "-- one two\nprint(1)"},
		"local x = 1 // one\nprint(x)":                                          {"1:13 operator '//' is of Lua 5.3, this is Lua 5.1 with goto: use math.floor(a / b) near '//'; a comment begins with --", "local x = 1 -- one\nprint(x)"},
		"local x, y = 5, 2\nprint(x // y, x // 2)":                              {"2:9 operator '//' is of Lua 5.3, this is Lua 5.1 with goto: use math.floor(a / b) near '//'\n2:17 operator '//' is of Lua 5.3, this is Lua 5.1 with goto: use math.floor(a / b) near '//'", ""},
		"/* one\n   two */\nprint(1)":                                           {"1:1 unexpected symbol near '/'; a comment is written --[[ … ]]", ""},
		"print(1)\n# one\nprint(2)":                                             {"2:1 unexpected symbol near '#'; a comment begins with --", ""},
		"local t = [1, 2]\nprint(t)":                                            {"1:11 unexpected symbol near '['; a list is written {1, 2, 3}, with braces", ""},
		"local t = {a: 1, b: 2}\nprint(t)":                                      {"1:15 '<name>' expected near '1'; " + table, ""},
		"local t = {\"a\": 1}\nprint(t)":                                        {"1:15 '}' expected near ':'; " + table, ""},
		"local b = 1\nlocal t = {a: b}\nprint(t, b)":                            {"2:16 function arguments expected near '}'; " + table, ""},
		"function F(a) {\n  print(a)\n}":                                        {"1:15 unexpected symbol near '{'; " + block + "\n3:1 'end' expected (to close 'function' at line 1) near '}'; " + block, ""},
		"local x = ... print(x == 5 ? 'a' : 'b')":                               {"1:28 unexpected symbol near '?'; a choice is written x and a or b, or with if", ""},
		"for i = 1 to 10 do print(i) end":                                       {"1:11 ',' expected near 'to'; the bounds of a loop stand with a comma between them: for i = 1, 10 do", "for i = 1 , 10 do print(i) end"},
		"print(\"abc\":upper())":                                                {"1:12 ')' expected near ':'; " + text, ""},
		"print('abc'[1])":                                                       {"1:12 ')' expected near '['; " + text, ""},
		"repeat\n  print(1)\nwhile true\n":                                      {"3:1 'until' expected (to close 'repeat' at line 1) near 'while'; repeat ends with until and a condition: it goes on as long as that is false", ""},
		"print(1)\nend\n":                                                       {"2:1 '<eof>' expected near 'end'; this end closes nothing", ""},
		"function F()\n  return 1\n  print(2)\nend":                             {"3:3 'end' expected (to close 'function' at line 1) near 'print'; nothing can stand behind return and break in their block: an end is missing in front of this, or this is never reached", ""},
		"local s = 'ab\nprint(s)":                                               {"1:11 unfinished string near ''ab'; a text ends in its line: write \\n for the end of a line, or [[…]]", ""},
		"return 5\nprint(1)":                                                    {"2:1 '<eof>' expected near 'print'; nothing can stand behind return and break in their block: an end is missing in front of this, or this is never reached", ""},
		"local x = ...\nif (x > 5) {\n  print(x)\n} else {\n  print(1)\n}":      {"4:3 'then' expected near 'else'; a block has no braces: it begins with then or do, and ends with end\n4:8 unexpected symbol near '{'; " + block + "\n6:1 'end' expected (to close 'if' at line 2) near '}'; " + block, ""},
		"for (i = 0; i < 10; i++) do print(1) end":                              {"1:5 '<name>' expected near '('; a loop over numbers is written for i = 1, 10 do\n1:41 'end' expected near '<eof>'", ""},
		"local f = function g() end\nf()":                                       {"1:20 '(' expected near 'g'; a function that is a value has no name", ""},
		"local x = ...\nx == 7":                                                 {"2:3 '=' expected near '=='; == compares: = assigns", ""},
		"local s = 'it's fine'\nprint(s)":                                       {"1:17 '=' expected near 'fine'; the text ends at its second quote: write \\\" or \\' for one in it", ""},
		"local x = ...\nprint x":                                                {"2:7 '=' expected near 'x'; arguments stand in parentheses: print(x)", ""},
		"local x = ...\nprint(x->y)":                                            {"2:9 unexpected symbol near '>'; a field is taken with a dot", "local x = ...\nprint(x.y)"},
		"print(`a`)":                                                            {"1:7 unexpected symbol near '`'; a text stands between two \" or ', or in [[…]]", ""},
		"local t = {1}\nt[1] += 2":                                              {"2:6 '=' expected near '+'; write t[1] = t[1] + 2", ""},
		"local t = {1} t[#t] += 2":                                              {"1:21 '=' expected near '+'; write n = n + 2", ""},
		// These are not like that.
		"local x = ... if x then print(x)\n": {"2:1 'end' expected (to close 'if' at line 1) near '<eof>'", ""},
		"local x = {} x.var y = 1":           {"1:20 '=' expected near 'y'", ""},
		"local n = 0 n + 1":                  {"1:15 '=' expected near '+'", ""},
		"local x = 0\nx--[[ y ]] z = 1":      {"2:12 '=' expected near 'z'", ""},
		"local o = ... print(o:)":            {"1:23 '<name>' expected near ')'", ""},
	} {
		var got []string
		at := syntax.NewLines(code)
		list := check(t, code, nil)
		for _, x := range list {
			if x.Code == "syntax" {
				line, column := at.Position(x.Start, syntax.UTF8)
				got = append(got, fmt.Sprintf("%d:%d %s", line+1, column+1, x.Message))
			} else if x.Code == "undefined-global" {
				t.Errorf("%q: %s", code, x.Message)
			}
		}
		if strings.Join(got, "\n") != tt.want {
			t.Errorf("%q:\n%q, wanted\n%q", code, strings.Join(got, "\n"), tt.want)
		}
		mended := ""
		if m := lint.Mend(t.Context(), code, list); len(m.Edits) > 0 {
			mended = lint.Apply(code, m.Edits)
		}
		if mended != tt.mended {
			t.Errorf("%q is mended as %q, wanted %q", code, mended, tt.mended)
		}
		if mended != "" && len(syntax.Parse(mended).Errors()) > 0 {
			t.Errorf("%q is no Lua", mended)
		}
	}
}

// TestNamesOfOtherLanguages: what Lua has instead, where the project has nothing of that name.
func TestNamesOfOtherLanguages(t *testing.T) {
	for text, want := range map[string]string{
		"print(null)":                    "1:7 undefined-global the global variable null is defined nowhere; Lua has nil",
		"print(len({1}))":                "1:7 undefined-global the global variable len is defined nowhere; the length of x is #x",
		"null = 1 print(null)":           "",
		"local function len() end len()": "",
		"local function a() b() end\nlocal function b() a() end":          "1:20 undefined-global the global variable b is defined nowhere; the local variable of this name begins in line 2: declare it before\n2:16 unused-function the function b is never used",
		"local function a() do local x = 1 print(x) end return x end a()": "1:55 undefined-global the global variable x is defined nowhere",
	} {
		if got := lines(text, check(t, text, nil)); got != want {
			t.Errorf("%q:\n%q, wanted\n%q", text, got, want)
		}
	}
	f := analysis.NewFile("file:///proj/a.lua", "", 1, "print(null)")
	snap := analysis.NewSnapshot(nil, catalog.Builtin()).WithFile(f).WithIndexed(analysis.NewFile("file:///proj/b.lua", "", 1, "null = {}").Entry())
	if list := lint.Check(t.Context(), snap, f); len(list) > 0 {
		t.Errorf("%v", list)
	}
}
