package repl

import (
	"strings"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// script joins inputs to one that does what they have done: each was a chunk of its own,
// which one file is not. What was shown as a result is printed.
func script(inputs []string) string {
	var b strings.Builder
	for _, input := range inputs {
		text := statements(input)
		if strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "(") && b.Len() > 0 {
			b.WriteString("do end\n") // or it would go on with the statement before
		}
		b.WriteString(text + "\n")
	}
	return b.String()
}

// statements is an input that more can follow in the same chunk.
func statements(input string) string {
	t := syntax.Parse(input)
	if len(t.Errors()) > 0 { // an expression; nothing else has been executed
		input = "return " + input
		if t = syntax.Parse(input); len(t.Errors()) > 0 {
			return input
		}
	}
	scoped, out := false, input
	block := t.First(t.Root())
	for n := t.First(block); n != syntax.None; n = t.Next(n) {
		switch t.Kind(n) {
		case syntax.LocalStat, syntax.LocalFunc, syntax.LabelStat:
			scoped = true
		case syntax.ReturnStat:
			out = input[:t.Start(n)]
			if list := t.First(n); list != syntax.None {
				out += "print(" + t.Source(list) + ")"
			}
			rest := input[t.End(n):]
			if end, ok := strings.CutPrefix(strings.TrimLeft(rest, " \t\r\n"), ";"); ok {
				rest = end
			}
			out += rest
		}
	}
	if scoped {
		return "do\n" + out + "\nend"
	}
	return out
}
