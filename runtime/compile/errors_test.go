package compile_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime/compile"
)

// differs are sources for which our message is not PUC Lua's: it says more, or
// a call may begin on a new line (as for gopher-lua, except behind ')').
var differs = map[string]string{
	"x = !y":            "src:1: operator '!' is of other languages: use not near '!'",
	"x = 1 ~ = 2":       "src:1: operator '~' is of Lua 5.3, this is Lua 5.1 with goto: use bit32.bxor(a, b) or bit32.bnot(a) near '~'",
	"local a <x> = 1 2": "src:1: variable attributes such as <const> and <close> are of Lua 5.4, this is Lua 5.1 with goto: leave the attribute out near '<'",
	"x = '\\300'":       "src:1: escape sequence too large near ''\\300'",
	"\x00":              "src:1: unexpected symbol near 'char(0)'",
	"f\n()\n= 1":        "src:3: unexpected symbol near '='",
	"a:b\n(1":           "src:2: ')' expected near '<eof>'",
}

func TestMessagesArePUCs(t *testing.T) {
	want := pucLoad(t, "=src", broken)
	for i, source := range broken {
		got := message(source, "=src")
		expected, ok := differs[source]
		if !ok {
			expected = want[i]
		} else if got == want[i] {
			t.Errorf("%q is listed as a difference and is none", source)
		}
		if got != expected {
			t.Errorf("%q:\n got %q\nwant %q", source, got, expected)
		}
	}
}

func TestAcceptedBeyondPUC(t *testing.T) {
	for _, source := range []string{
		`x = "\x41"`, `x = "a\z   b"`, `x = "\u{48}"`, "goto done ::done::", "::a::",
		";", ";;", "x = 1;;", "x();;y()", "do ; end", "local x; ; local y",
		"f\n(1)", "a = b\n(c).d()", "f\n(1)\n.x = 2", "function f(...) goto e do return end ::e:: end",
	} {
		if msg := message(source, "=src"); msg != "" {
			t.Errorf("%q: %s", source, msg)
		}
	}
}

func TestNewerOperators(t *testing.T) {
	for _, c := range []struct{ source, operator, instead string }{
		{"x = 7 // 2", "//", "math.floor(a / b)"},
		{"x = a & b", "&", "bit32.band(a, b)"},
		{"x = a | b", "|", "bit32.bor(a, b)"},
		{"x = a ~ b", "~", "bit32.bxor(a, b)"},
		{"x = ~a", "~", "bit32.bnot(a)"},
		{"x = a << 1", "<<", "bit32.lshift(a, n)"},
		{"x = a >> 1", ">>", "bit32.rshift(a, n)"},
		{"local x <const> = 1", "<", "leave the attribute out"},
		{"local a, f <close> = 1", "<", "leave the attribute out"},
	} {
		msg := message("\n"+c.source, "=src")
		for _, part := range []string{"src:2: ", "this is Lua 5.1 with goto", c.instead, "near '" + c.operator + "'"} {
			if !strings.Contains(msg, part) {
				t.Errorf("%q: %q does not hold %q", c.source, msg, part)
			}
		}
	}
}

func TestUnfinishedInput(t *testing.T) {
	for _, c := range []struct {
		source string
		more   bool
	}{
		{"x =", true}, {"f(", true}, {"if x then", true}, {"function f()", true}, {"x = {", true}, {"x = [[a", true},
		{"--[[ a", true}, {"for i = 1, 2 do", true}, {"repeat x()", true}, {"x = 'a", true}, {"x", true}, {"return 1 +", true},
		{"x = = 1", false}, {"end", false}, {"x = 'a\n'", false}, {"x = )", false}, {"goto nowhere", false}, {"x = 3x", false},
	} {
		_, err := compile.Compile(c.source, "=stdin", env())
		var se *compile.SyntaxError
		if !errors.As(err, &se) {
			t.Errorf("%q: %v is not a SyntaxError", c.source, err)
		} else if se.EOF != c.more {
			t.Errorf("%q: EOF is %v: %v", c.source, se.EOF, se)
		}
	}
}

func TestOperatorsOfOtherLanguages(t *testing.T) {
	for source, want := range map[string]string{
		"if a != b then end":    "src:2: operator '!=' is of other languages: use ~= near '!='",
		"x = !a":                "src:2: operator '!' is of other languages: use not near '!'",
		"x = a && b":            "src:2: operator '&&' is of other languages: use and near '&&'",
		"x = a || b":            "src:2: operator '||' is of other languages: use or near '||'",
		"x = '!= && || !' -- !": "",
	} {
		if msg := message("\n"+source, "=src"); msg != want {
			t.Errorf("%q: %q, wanted %q", source, msg, want)
		}
	}
}

func TestChunkID(t *testing.T) {
	names := []string{"=stdin", "=", "@", "@a.lua", "x = 1", "", "x = 1\ny = 2", "\nx", "a\rb", "return\t1"}
	for _, n := range []int{40, 59, 60, 61, 62, 63, 64, 65, 66, 67, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 600} {
		long := strings.Repeat("abcdefghij", 60)[:n]
		names = append(names, long, "="+long, "@"+long, long+"\nmore")
	}
	for _, name := range names {
		want := strings.TrimSuffix(pucLoad(t, name, []string{"="})[0], ":1: unexpected symbol near '='")
		if got := compile.ChunkID(name); got != want {
			t.Errorf("ChunkID(%q) is %q, want %q", name, got, want)
		}
	}
}

func TestPrecompiledChunks(t *testing.T) {
	if msg := message("\x1bLuaQ", "=src"); !strings.Contains(msg, "precompiled chunks cannot be loaded") {
		t.Errorf("got %q", msg)
	}
}
