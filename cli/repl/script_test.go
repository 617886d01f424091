package repl

import (
	"strings"
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
		"expressions":                     {[]string{"1 + 1", `"x"`, "#t", `#"abc" + 1`, "-x", "not x", "(f())"}, showResults + "show_results(1 + 1)\nshow_results(\"x\")\nshow_results(#t)\nshow_results(#\"abc\" + 1)\nshow_results(-x)\nshow_results(not x)\nshow_results((f()))\n"},
		"any number of results":           {[]string{"a, b", "f()", "x.y:z'a' -- why"}, showResults + "show_results(a, b)\nshow_results(f())\nshow_results(x.y:z'a') -- why\n"},
		"the name is taken":               {[]string{"show_results()"}, strings.ReplaceAll(showResults, "show_results", "show_results_") + "show_results_(show_results())\n"},
		"results":                         {[]string{"return a", "b = 1 return b, a;", "return", ";", "return f() -- all"}, showResults + "show_results(a)\nb = 1 show_results(b, a)\n\n;\nshow_results(f()) -- all\n"},
		"an expression and a comment":     {[]string{"a -- what it is", "b"}, showResults + "show_results(a) -- what it is\nshow_results(b)\n"},
		"locals end with their input":     {[]string{"local x = 1", "local function f() end return f", "x"}, showResults + "do\nlocal x = 1\nend\ndo\nlocal function f() end show_results(f)\nend\nshow_results(x)\n"},
		"labels":                          {[]string{"::top::", "::top::"}, "do\n::top::\nend\ndo\n::top::\nend\n"},
		"a bracket begins an input":       {[]string{"a = b", "(f).x = 1", "--[[ c ]] (f).x = 2"}, "a = b\ndo end\n(f).x = 1\ndo end\n--[[ c ]] (f).x = 2\n"},
		"a bracket begins the first":      {[]string{"(f).x = 1"}, "(f).x = 1\n"},
		"a comment alone, and a long one": {[]string{"-- one", "--[[ two\n]]", "a = 1"}, "-- one\n--[[ two\n]]\na = 1\n"},
		"a return inside of a block":      {[]string{"do return end", "function g() return 1 end"}, showResults + "show_results((function()\ndo return end\nend)())\nfunction g() return 1 end\n"},
	} {
		t.Run(name, func(t *testing.T) {
			inputs := make([]input, len(c.inputs))
			for i, text := range c.inputs {
				inputs[i] = input{text: text}
			}
			got := script(inputs)
			if got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
			if e := syntax.Parse(got).Errors(); len(e) > 0 {
				t.Errorf("it does not compile: %v in\n%s", e, got)
			}
		})
	}
}
