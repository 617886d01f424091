package syntax_test

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// broken are texts with one error each in every place where there can be one.
var broken = []string{
	"x = ", "= 1", "x", "x y", "x.y", "x[1]", "x:y", "x:y = 1", "x.y.", "x.1", "x[", "x[1", "x[1 =", "f(", "f(1", "f(1,", "f(1,)",
	"f() = 1", "(f)()= 1", "(x) = 1", "a, f() = 1, 2", "a, b", "a, = 1", "a,b += 1", "local", "local 1", "local x =", "local x, = 1",
	"local x.y = 1", "local function", "local function f", "local function f(", "local function f()", "local function a.b() end",
	"function", "function f", "function f(", "function f(a", "function f(a,", "function f(a,) end", "function f(..., a) end",
	"function f(1) end", "function f() ", "function a.b:c.d() end", "function a[1]() end", "function () end",
	"if", "if x", "if x then", "if x then else", "if x then else else end", "if x then elseif", "if x then elseif y", "if x then\n\n",
	"while", "while x", "while x do", "while x do\ny()\n", "repeat", "repeat until", "repeat x() until", "repeat\nx()\n",
	"for", "for 1", "for i", "for i =", "for i = 1", "for i = 1 do end", "for i = 1, 2", "for i = 1, 2, 3, 4 do end", "for i = 1, 2 do",
	"for i in", "for i in x", "for i in x do", "for i, in x do end", "for i, j = 1, 2 do end", "for i.x = 1, 2 do end", "for a.b in x do end",
	"do", "do do end", "do\n\nx()\n", "end", "until x", "else", "elseif x then", "then", "return return", "return 1 x = 2", "return 1,",
	"return 1; x()", "break", "do break end", "function f() break end while true do function g() break end end",
	"while true do break x() end", "x = {", "x = {1", "x = {1,", "x = {1 2}", "x = {[1]}", "x = {[1] 2}", "x = {a = }", "x = {,}", "x = {1,,2}",
	"x = {\n1,\n2\n", "x = {[1 = 2}", "x = (1", "x = (\n1\n", "x = ()", "x = (1,2)", "x = 1 +", "x = 1 + * 2", "x = not", "x = #", "x = -", "x = 1 1",
	"x = a.b:c", "x = a:b.c()", "x = 'abc", "x = \"abc\ndef\"", "x = 'a\\", "x = [[abc", "x = [==[abc]=]", "x = [=abc", "x = '\\300'", "--[[ abc", "--[==[ abc\n\n]]",
	"x = 3x", "x = 0xg", "x = 1e", "x = 1e+", "x = 1..2", "x = 1.2.3", "x = 0x", "x = 1e5e5", "x = 12abc", "x = .5.5", "x = @", "x = $", "x = !y", "x = ?",
	"x = 'a' 'b' = 1", "x = function", "x = function(", "x = function()", "x = function(a b) end", "x = ... ...", "function f() return ... end",
	"f\n()\n= 1", "x = }", "x = )", "x = ]", "]", ")", "}", "x = and", "x = 1 and", "x = or 1", "nil = 1", "true()", "'abc'", "'abc':rep(2)", "1()", "{}", "{}()",
	"x = 1 ~ = 2", "a.b:c = 1", "a.b:c", "a:b\n(1", "local x = 1 = 2", "x, y = 1, 2, 3 = 4", "x\n=\n\n", "for i = 1, 2 do local x = end",
	"x = a..", "x = ..a", "x = a...", "(f)\n(1)", "local a <x> = 1 2", "x = \x80", "x = \x01", "x = 'a\x00", "\x00", "x = `a`",
	"while 1 do end end", "if x then end end", "repeat local x until x end", "x = function() return 1 2 end", "x = function() return end end", "in", "x in y",
	"local end = 1", "local function end() end", "x.end = 1", "x = {end = 1}", "function end() end", "goto = 1 goto", "return;;",
	"function f(a, b\nc) end", "f{", "f{1", "f'a", "f[[a", "x = f{", "a.b['c'", "a.b['c'].", "local s = \"\\\n\"\nx = ", "x = 'a\r\nb'", "x = \"\\\r\n\" y", "\r\n\r\nx = =", "\n\r\n\rx = =", "\r\rx = =",
	"goto", "goto 1", "::", "::a", "::1::", "x = 1 // 2", "x = 1 << 2", "x = a & b", "...", "x = [=", "(f())", "x = (1 2)", "local x = y z = ",
	"f(a b)", "f(a = 1)", "if x = 1 then end", "if x do end", "while x then end", "for i 1, 2 do end", "for k, v pairs(t) do end", "x = a.\nb = 1", "a:\nb.c()",
	"return\nx = 1 y", "x =\ny = 2", "x = {\na = 1\nb = 2\n}", "f(\na\nb\n)", "x and y then z() end", "until", "x = f(\nlocal y", "é = 1",
	"function !0000", "f function!0", "function -- c\nx()", "function !end",
	// Labels and gotos.
	"\ngoto nowhere", "do ::a:: end goto a", "goto a do ::a:: end", "function f() goto a end ::a::", "::a:: function f() goto a end", "::a::\n::a::",
	"goto a local x ::a:: print(x)", "repeat goto a local x ::a:: until x", "do goto a end local x ::a:: print(x)",
	"for i = 1, 2 do goto a end local x ::a:: print(x)", "goto a local function f() end ::a:: f()", "do goto a local x do ::a:: end end",
	"while true do goto a end local x, y ::a:: ; ::b:: x()", "x = function(a, ...) goto b local c ::b:: c() end", "f(function() goto q end)",
}

// right are texts without errors.
var right = []string{
	"", " ", "--", "-- x", "--[[ x ]]", "\n", "\r\n", ";", ";;", "x = 1;;", "x();;y()", "do ; end", "local x; ; local y", "f\n(1)", "a = b\n(c).d()",
	"f\n(1)\n.x = 2", `x = "\x41"`, `x = "a\z   b"`, `x = "\u{48}"`, "goto done ::done::", "::a::", "function f(...) goto e do return end ::e:: end",
	"goto = 5 x = goto", "local t = {goto = 6} t.goto = 1", "goto a ::a:: goto a", "for i = 1, 3 do if i then goto c end local x = i ::c:: end",
	"do goto e local x ::e:: ; ; ::f:: end", "::top:: local x goto top", "while true do break end", "repeat local x break until x", "x = {1, 2; a = 1, [2] = 3;}",
	"calc.\nfoo()", "calc:\nfoo()", "x = calc.\nfoo\nbar()", "x =\ny", "x = function(...) return ... end", "return", "return;", "return 1, 2;",
	"a.b.c:d 'x' {y} (z)", "x = not not -#a ^ -b .. c", "x = a.b[1]['c']:d()", "if a then elseif b then else end", "x = 0x1p4 + 0xff + 1e3 + .5 + 5.",
	"local function f() end function a.b.c:d() end", "x = [==[a]]b]==]", "x = '\\\n'", "do goto a do goto a end ::a:: end",
	"repeat goto c local x = 1 do break end ::c:: until true do end", "a, b.c, d[1] = 1", "local a, b, c", "for k in next, t do end",
}

func TestVerdictIsThatOfCompile(t *testing.T) {
	for _, text := range broken {
		if tree := sameVerdict(t, text); len(tree.Errors()) == 0 && text != "..." {
			t.Errorf("%q is no error", text)
		}
	}
	for _, text := range right {
		if tree := sameVerdict(t, text); len(tree.Errors()) > 0 && !strings.Contains(text, "until true") {
			t.Errorf("%q: %v", text, tree.Errors())
		}
	}
	for name, text := range scripts(t) {
		t.Run(name, func(t *testing.T) {
			tree := syntax.Parse(text)
			if err := compiled(t, runtime.FileSource(text)); (err == nil) != (len(tree.Errors()) == 0) {
				t.Errorf("compile says %v, the parser %v", err, tree.Errors())
			}
		})
	}
	for seed := range int64(200) {
		if tree := sameVerdict(t, generated(seed)); len(tree.Errors()) > 0 {
			t.Errorf("seed %d: %v", seed, tree.Errors())
		}
	}
}

// refused are the messages of what gopher-lua accepts and runtime/compile does not,
// for good reasons: see its tests.
func refused(message string) bool {
	for _, reason := range []string{"unexpected symbol near ','", "unexpected symbol near ';'", "syntax error near", "malformed number", "escape sequence too large", "ambiguous syntax", "too many syntax levels"} {
		if strings.Contains(message, reason) {
			return true
		}
	}
	return false
}

// agrees fails the test if compile's verdict is another, or gopher-lua accepts what
// the parser refuses.
func agrees(t testing.TB, text string) {
	t.Helper()
	tree := sameVerdict(t, text)
	if message := first(tree); message != "" && !refused(message) && gopherAccepts(text) {
		t.Errorf("gopher-lua accepts it, the parser does not: %s\n%s", message, short(text))
	}
}

func TestVerdictOfBrokenTexts(t *testing.T) {
	step := 1
	if raceDetector {
		step = 5
	}
	n := 0
	for name, text := range scripts(t) {
		if text = runtime.FileSource(text); len(text) > 900 {
			continue
		}
		n++
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i := 0; i < len(text); i += step {
				agrees(t, text[:i])
				agrees(t, text[:i]+text[i+1:])
			}
		})
	}
	if n < 20 {
		t.Errorf("only %d scripts are short enough", n)
	}
	for _, text := range append(append([]string{}, broken...), right...) {
		for i := range len(text) {
			agrees(t, text[:i])
			agrees(t, text[:i]+text[i+1:])
			agrees(t, text[:i]+"end "+text[i:])
			agrees(t, text[:i]+"\n"+text[i:])
		}
	}
}

func TestFilesBeginAsTheyMay(t *testing.T) {
	for text, tokens := range map[string]int{
		"#!/usr/bin/lua\nx = 1": 5, "\uFEFFx = 1": 4, "\uFEFF#!lua\nx = 1": 5, "# no program": 2, "\uFEFF": 1,
	} {
		tree := syntax.Parse(text)
		if len(tree.Errors()) > 0 || len(tree.Tokens()) != tokens {
			t.Errorf("%q: %v, %d tokens", text, tree.Errors(), len(tree.Tokens()))
		}
		checkTree(t, tree)
	}
	if e := syntax.Parse("x = 1 #!").Errors(); len(e) == 0 {
		t.Error("#! is a comment in the middle of a text")
	}
}
