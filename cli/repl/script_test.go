package repl

import (
	"testing"

	"github.com/llmspell/llmspell/runtime/syntax"
)

func TestScript(t *testing.T) {
	for name, c := range map[string]struct {
		inputs []string
		want   string
	}{
		"nothing":                         {nil, ""},
		"statements":                      {[]string{"a = 1", "function f()\n  return a\nend"}, "a = 1\nfunction f()\n  return a\nend\n"},
		"expressions":                     {[]string{"1 + 1", `"x"`, "a, b", "f()"}, "print(1 + 1)\nprint(\"x\")\nprint(a, b)\nf()\n"},
		"results":                         {[]string{"return a", "b = 1 return b, a;", "return", "return f() -- all"}, "print(a)\nb = 1 print(b, a)\n\nprint(f()) -- all\n"},
		"an expression and a comment":     {[]string{"a -- what it is", "b"}, "print(a) -- what it is\nprint(b)\n"},
		"locals end with their input":     {[]string{"local x = 1", "local function f() end return f", "x"}, "do\nlocal x = 1\nend\ndo\nlocal function f() end print(f)\nend\nprint(x)\n"},
		"labels":                          {[]string{"::top::", "::top::"}, "do\n::top::\nend\ndo\n::top::\nend\n"},
		"a bracket begins an input":       {[]string{"a = b", "(f or g)()", " ('x'):rep(2)"}, "a = b\ndo end\n(f or g)()\ndo end\n ('x'):rep(2)\n"},
		"a bracket begins the first":      {[]string{"(f)()"}, "(f)()\n"},
		"a comment alone, and a long one": {[]string{"-- one", "--[[ two\n]]", "a = 1"}, "-- one\n--[[ two\n]]\na = 1\n"},
		"a return inside of a block":      {[]string{"do return end", "if a then return 1 end"}, "do return end\nif a then return 1 end\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got := script(c.inputs)
			if got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
			if e := syntax.Parse(got).Errors(); len(e) > 0 {
				t.Errorf("it does not compile: %v in\n%s", e, got)
			}
		})
	}
}
