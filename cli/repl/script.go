package repl

import (
	"slices"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// showResults prints results as the loop shows them: one a line, and nothing where there is
// none. It begins a script that needs it, so it knows the functions that it calls before
// the script can change them.
const showResults = `local show_results
do
  local show, select, stdout = Debug.show, select, io.stdout
  function show_results(...)
    for i = 1, select("#", ...) do stdout:write(show((select(i, ...))), "\n") end
  end
end
`

// input is something that was executed, as Lua code. before and after surround it in a
// script; what is local in before is in after too.
type input struct{ text, before, after string }

// script joins inputs to one that does what they have done: each was a chunk of its own,
// which one file is not. What was shown as a result is printed.
func script(inputs []input) string {
	show := "show_results"
	for slices.ContainsFunc(inputs, func(in input) bool { return strings.Contains(in.text, show) }) {
		show += "_"
	}
	var b strings.Builder
	for _, in := range inputs {
		text := statements(in.text, show)
		if in.before != "" {
			text = "do\n" + in.before + "\n" + text + "\n" + in.after + "\nend"
		}
		if beginsWithBracket(text) && b.Len() > 0 {
			b.WriteString("do end\n") // or it would go on with the statement before
		}
		b.WriteString(text + "\n")
	}
	if out := b.String(); !strings.Contains(out, show) {
		return out
	}
	return strings.ReplaceAll(showResults, "show_results", show) + b.String()
}

func beginsWithBracket(text string) bool {
	t := syntax.Parse(text)
	first := t.First(t.First(t.Root()))
	return first != syntax.None && strings.HasPrefix(text[t.Start(first):], "(")
}

// statements is an input that more can follow in the same chunk. show is the name of the
// function that prints results.
func statements(input, show string) string {
	// As the kernel takes it: what can be an expression is one, such as a call.
	if expression := "return " + input; len(syntax.Parse(expression).Errors()) == 0 && hasResults(expression) {
		input = expression
	}
	t := syntax.Parse(input)
	scoped, out := false, input
	block := t.First(t.Root())
	for n := t.First(block); n != syntax.None; n = t.Next(n) {
		switch t.Kind(n) {
		case syntax.LocalStat, syntax.LocalFunc, syntax.LabelStat:
			scoped = true
		case syntax.ReturnStat:
			out = input[:t.Start(n)]
			if list := t.First(n); list != syntax.None {
				out += show + "(" + t.Source(list) + ")"
			}
			rest := input[t.End(n):]
			if end, ok := strings.CutPrefix(strings.TrimLeft(rest, " \t\r\n"), ";"); ok {
				rest = end
			}
			out += rest
		default:
			if returns(t, n) { // from the middle: that must not end the whole script
				if strings.Contains(input, "...") {
					return show + "(" + chunk(input, "=input") + "())"
				}
				return show + "((function()\n" + input + "\nend)())"
			}
		}
	}
	if scoped {
		return "do\n" + out + "\nend"
	}
	return out
}

// hasResults tells whether what a chunk returns is a list of expressions.
func hasResults(chunk string) bool {
	t := syntax.Parse(chunk)
	n := t.First(t.First(t.Root()))
	return t.Kind(n) == syntax.ReturnStat && t.First(n) != syntax.None
}

// returns tells whether a statement may end its chunk.
func returns(t *syntax.Tree, n syntax.Node) bool {
	switch t.Kind(n) {
	case syntax.ReturnStat:
		return true
	case syntax.Function, syntax.FuncStat, syntax.LocalFunc:
		return false
	}
	for c := t.First(n); c != syntax.None; c = t.Next(c) {
		if returns(t, c) {
			return true
		}
	}
	return false
}

// loaded is the input that does what a file has done that was run with arguments. Its
// text is in it: a script may not read files elsewhere.
func loaded(path, content string, args []string) input {
	return called(chunk(runtime.FileSource(content), "@"+path), path, args)
}

// called is the input that calls a function, an expression, as a script with arguments.
// They are its arg and ARGS, as long as it runs.
func called(function, path string, args []string) input {
	list := make([]string, len(args))
	for i, a := range args {
		list[i] = quote(a)
	}
	items := strings.Join(list, ", ")
	at := map[string]int{} // in members: a name that comes again has its latest value
	var members []string
	for _, a := range kernel.NamedArguments(path, args) {
		i, again := at[a.Name]
		if !again {
			i = len(members)
			at[a.Name], members = i, append(members, "")
		}
		members[i] = "[" + quote(a.Name) + "] = " + quote(a.Value)
	}
	return input{
		before: "local arg_before, ARGS_before = arg, ARGS\n" +
			"arg = {[0] = " + strings.TrimSuffix(quote(path)+", "+items, ", ") + "}\n" +
			"ARGS = {" + strings.TrimSuffix(strings.Join(members, ", ")+", "+items, ", ") + "}",
		text:  "return " + function + "(" + items + ")",
		after: "arg, ARGS = arg_before, ARGS_before",
	}
}

// chunk is an expression, the function that a text is as a chunk of its own. A function
// that is written out is not the same: one with "..." has a local arg.
func chunk(text, name string) string {
	level := ""
	for strings.Contains(text+"]", "]"+level+"]") {
		level += "="
	}
	if strings.HasPrefix(text, "\n") || strings.HasPrefix(text, "\r") {
		text = "\n" + text // the first is not part of it
	}
	return "assert(loadstring([" + level + "[" + text + "]" + level + "], " + quote(name) + "))"
}

// quote is a Lua string.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range []byte(s) {
		switch {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(rune(c)))
		case c < ' ' || c == 0x7f:
			n := strconv.Itoa(int(c))
			b.WriteString(`\` + "000"[len(n):] + n)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
