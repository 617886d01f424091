package lint_test

import (
	"context"
	"testing"

	"github.com/llmspell/llmspell/lsp/lint"
)

// TestMend: a fix that would break the text is left out alone, and words stay apart.
func TestMend(t *testing.T) {
	for text, want := range map[string]string{
		"local n = ...\nif not(n==5)then print(1) end":           "local n = ...\nif n ~= 5 then print(1) end",
		"local x = ...\nif not(x==nil)and x.y then print(1) end": "local x = ...\nif x ~= nil and x.y then print(1) end",
		"local x, t = ...\nprint(x and not(t[1]==t[2])or x)":     "local x, t = ...\nprint(x and t[1] ~= t[2]or x)",
		"local function f(...) return not(...==nil)end return f": "local function f(...) return ... ~= nil end return f",
		// What is taken out joins nothing, and makes no call of what stood apart.
		"local a, f, g = ...\nlocal b = f ::x:: (g or a)()\nprint(b)":        "local a, f, g = ...\nlocal b = f ; (g or a)()\nprint(b)",
		"local a, f, g = ...\nlocal b = f\n::y:: -- c\n(g or a)()\nprint(b)": "local a, f, g = ...\nlocal b = f\n; -- c\n(g or a)()\nprint(b)",
		"local a = ...\nlocal t = a::o::local u = 1 print(t, u)":             "local a = ...\nlocal t = a local u = 1 print(t, u)",
		"do::a::end\nif ... then::z::print(1)end":                            "do end\nif ... then print(1)end",
		"for i = 1, 2 do\n  print(i)\n  ::next::\nend":                       "for i = 1, 2 do\n  print(i)\nend",
		"print(1);;\nlocal f = ...;;(f or print)()":                          "print(1);\nlocal f = ...;(f or print)()",
		"repeat;until ...\n;;\ndo;end":                                       "repeat until ...\n;\ndo end",
		"local x = ...\nwhile not(x==1)do x = 1 end\nreturn not(x==2)":       "local x = ...\nwhile x ~= 1 do x = 1 end\nreturn x ~= 2",
	} {
		m := lint.Mend(context.Background(), text, check(t, text, nil))
		if got := lint.Apply(text, m.Edits); got != want || len(m.Refused) > 0 {
			t.Errorf("%q becomes %q %v", text, got, m.Refused)
		}
	}
	text := "local a, b, c = 1, 2, 3\nprint(a, b, c)\n"
	var list []lint.Finding
	for i, put := range []string{"x", "= =", "y", "goto z", "z"} {
		list = append(list, lint.Finding{Start: 2 * i, Fixes: []lint.Fix{{Sure: true, Edits: []lint.Edit{{Start: 30 + 3*(i/2), End: 31 + 3*(i/2), Text: put}}}}})
	}
	list[1].Fixes[0].Edits[0] = lint.Edit{Start: 6, End: 7, Text: "1"}
	list[3].Fixes[0].Edits[0] = lint.Edit{Start: len(text), End: len(text), Text: "break"}
	m := lint.Mend(context.Background(), text, list)
	if got := lint.Apply(text, m.Edits); got != "local a, b, c = 1, 2, 3\nprint(x, y, z)\n" || len(m.Made) != 3 || len(m.Refused) != 2 || m.Refused[0] != &list[1] || m.Refused[1] != &list[3] {
		t.Errorf("%q %v %v", got, m.Made, m.Refused)
	}
}
