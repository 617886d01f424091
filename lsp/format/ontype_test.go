package format_test

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/format"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// TestOnType types at the |.
func TestOnType(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"after then", "if x then\n|", "if x then\n  "},
		{"after then, in front of more", "if x then\n|\ny()\n", "if x then\n  \ny()\n"},
		{"after do", "for i = 1, 2 do\n|", "for i = 1, 2 do\n  "},
		{"after else", "if x then\n  y()\nelse\n|\nend", "if x then\n  y()\nelse\n  \nend"},
		{"after repeat", "repeat\n|", "repeat\n  "},
		{"in a function", "function f(a)\n|\nend", "function f(a)\n  \nend"},
		{"in a callback", "f(function()\n|\nend)", "f(function()\n  \nend)"},
		{"deeper", "do\n  while x do\n|", "do\n  while x do\n    "},
		{"behind a statement", "do\n  x()\n|\nend", "do\n  x()\n  \nend"},
		{"behind an end", "do\n  if x then\n    y()\n  end\n|", "do\n  if x then\n    y()\n  end\n  "},
		{"behind a comment", "do\n  x() -- then\n|", "do\n  x() -- then\n  "},
		{"at the top", "x()\n|", "x()\n"},
		{"at the top, too deep", "x()\n    |", "x()\n"},
		{"in a table", "t = {\n|\n}", "t = {\n  \n}"},
		{"behind a field", "t = {\n  a = 1,\n|\n}", "t = {\n  a = 1,\n  \n}"},
		{"behind a closed table", "t = {\n  a = {},\n|", "t = {\n  a = {},\n  "},
		{"in arguments", "f(\n|\n)", "f(\n  \n)"},
		{"behind =", "local x =\n|", "local x =\n  "},
		{"behind and", "local x = a and\n|", "local x = a and\n  "},
		{"behind a continued line", "do\n  local x = a\n    and b\n|", "do\n  local x = a\n    and b\n  "},
		{"other indentation above", "do\n      x()\n|", "do\n      x()\n      "},
		{"before the } that an editor puts", "t = {\n|}", "t = {\n}"},
		{"before an end", "do\n|end", "do\nend"},
		{"end", "do\n  x()\n  end|", "do\n  x()\nend"},
		{"end of a function", "function f()\n  if x then\n    y()\n  end\n  end|", "function f()\n  if x then\n    y()\n  end\nend"},
		{"end of an if that is open", "function f()\n  if x then\n    y()\n    end|", "function f()\n  if x then\n    y()\n  end"},
		{"else", "if x then\n  y()\n  else|\nend", "if x then\n  y()\nelse\nend"},
		{"elseif", "if x then\n  y()\n  elseif|", "if x then\n  y()\nelseif"},
		{"until", "repeat\n  y()\n  until|", "repeat\n  y()\nuntil"},
		{"}", "t = {\n  a = 1,\n  }|", "t = {\n  a = 1,\n}"},
		{")", "f(\n  a\n  )|", "f(\n  a\n)"},
		{"an end that begins no line", "  do x() end|", "  do x() end"},
		{"a word that ends like one", "do\n    append|", "do\n    append"},
		{"in a long string", "x = [[\n  |", "x = [[\n  "},
		{"in a long comment", "--[[\n   end|", "--[[\n   end"},
		{"nothing", "|", ""},
		{"an end too many", "x()\n  end|", "x()\n  end"},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := strings.IndexByte(c.text, '|')
			text := c.text[:at] + c.text[at+1:]
			if got := format.Apply(text, format.OnType(syntax.Parse(text), format.Default(), at)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	opts := format.Default()
	opts.Indent = "tabs"
	if got := format.OnType(syntax.Parse("do\n\tdo\n"), opts, 8); len(got) != 1 || got[0].Text != "\t\t" {
		t.Errorf("%+v", got)
	}
	if format.OnType(syntax.Parse("do\n"), format.Options{}, 3) != nil {
		t.Error("options that are wrong indent something")
	}
}

// TestOnTypeAgreesWithFormat: a line of a formatted text whose indentation is taken away
// gets it back when its end or bracket is typed.
func TestOnTypeAgreesWithFormat(t *testing.T) {
	n := 0
	for name, text := range scripts(t) {
		text = check(t, text, format.Default())
		tree := syntax.Parse(text)
		for _, tok := range tree.Tokens() {
			switch tok.Kind {
			case syntax.End, syntax.Until, syntax.Else, syntax.ElseIf, syntax.RightBrace:
			default:
				continue
			}
			line := strings.LastIndexByte(text[:tok.Start], '\n') + 1
			if strings.Trim(text[line:tok.Start], " ") != "" || strings.Contains(text, "fmt: off") {
				continue
			}
			n++
			if e := format.OnType(tree, format.Default(), int(tok.End)); len(e) > 0 {
				t.Errorf("%s: %q is moved: %+v", name, text[line:tok.End], e)
			}
			flat := text[:line] + text[tok.Start:]
			end := line + int(tok.End-tok.Start)
			if got := format.Apply(flat, format.OnType(syntax.Parse(flat), format.Default(), end)); got != text {
				t.Errorf("%s: %q at %d does not get its indentation back", name, text[line:tok.End], line)
			}
		}
	}
	if n < 300 {
		t.Errorf("only %d lines were tried", n)
	}
}
