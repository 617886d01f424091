package lsp_test

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// Inline values are what the frame that has stopped can see, each where it means that
// variable, and expressions that only read. The stop is in front of the mark «» of a text.
// A variable that the client looks up by its name has a "?" here, an expression a "!", and
// all have their lines, which count from 0.
func TestInlineValues(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a function": {
			"local a, t = 1, {x = {y = 2}}\nlocal function f(b)\n  local c = a + b\n  do local gone = c end\n  «»print(c, t.x.y, g)\n  local later = 1\nend\n",
			"1?b 2?c 2?a 2?b 3?c 4?c 4?t 4!t.x 4!t.x.y 4!g",
		},
		"the chunk does not show what is inside of functions": {
			"local a = 1\nlocal function f(b)\n  local c = a + b\nend\n«»print(a)\n", "0?a 4?a",
		},
		"a name that means another variable elsewhere": {
			"local x = 1\nprint(x)\ndo\n  local x = 2\n  «»print(x)\nend\n", "3?x 4?x",
		},
		"the outer one after the block": {
			"local x = 1\ndo\n  local x = 2\nend\n«»print(x)\n", "0?x 4?x",
		},
		"a declaration that has not run yet": {
			"local x = 1\n«»local x = x + 1\nprint(x)\n", "0?x 1?x",
		},
		"loops": {
			"for i = 1, 3 do\n  for k, v in pairs(t) do\n    «»print(i, k, v)\n  end\nend\n", "0?i 1?k 1?v 1!t 2?i 2?k 2?v",
		},
		"calls are not made": {
			"local o, i = {}, 1\nlocal n = o.next().value + o[i] + f(i)[i] + #o\n«»o:go(i)\n", "0?o 0?i 1?n 1?o 1?i 2?o 2?i",
		},
		"names of functions, labels and fields": {
			"local function f(...)\n  local t = {f = 1, ...}\n  ::t::\n  «»t.f = select('#', ...)\n  goto t\nend\n", "1?t 3?t 3!t.f",
		},
		"a method's self": {
			"local M = {}\nfunction M:go(n)\n  «»self.n = n\nend\n", "1?n 2?self 2!self.n 2?n",
		},
		"the library is left out": {
			"«»x = string.format('%d', math.pi)\n", "0!x",
		},
		"a stop that is the whole line's": {
			"local function f(b)\n«»  return b\nend\n", "0?b 1?b",
		},
		"a loop's first line, as the whole line": {
			"local sum = 0\nfor i = 1, 3 do\n«»\t sum = sum + i\nend\n", "0?sum 1?i 2?sum 2?i",
		},
		"a repeat's condition sees its locals": {
			"repeat\n  local done = true\n«»until done\n", "1?done 2?done",
		},
		"what does not parse": {
			"local a = 1\n«»print(a, \n", "0?a 1?a",
		},
	} {
		t.Run(name, func(t *testing.T) {
			before, after, _ := strings.Cut(c.text, "«»")
			cl := start(t)
			cl.Initialize(nil)
			cl.Open(uri, before+after)
			at := protocol.Position{Line: uint32(strings.Count(before, "\n")), Character: uint32(len(before) - strings.LastIndex(before, "\n") - 1)}
			var list []protocol.InlineValueExpression // or lookups
			var names []protocol.InlineValueLookup
			params := protocol.InlineValueParams{
				DocumentParams: protocol.DocumentParams{TextDocument: lsptest.Document(uri)},
				Range:          protocol.Range{End: protocol.Position{Line: 99}}, Context: protocol.InlineValueContext{FrameID: 7, StoppedLocation: protocol.Range{Start: at, End: at}},
			}
			cl.Call("textDocument/inlineValue", params, &list)
			cl.Call("textDocument/inlineValue", params, &names)
			lines := strings.Split(before+after, "\n")
			var out []string
			for i, v := range list {
				text, mark := v.Expression, "!"
				if text == "" {
					text, mark = names[i].VariableName, "?"
				}
				line := int(v.Range.Start.Line)
				if got := lines[line][v.Range.Start.Character:v.Range.End.Character]; got != text {
					t.Errorf("%s is at %q", text, got)
				}
				out = append(out, string(rune('0'+line))+mark+text)
			}
			if got := strings.Join(out, " "); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}
