package lint

import (
	"fmt"
	"strings"

	"github.com/llmspell/llmspell/internal/plural"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// strings reports formats and patterns that are wrong.
func (p *pass) strings() {
	t := p.tree
	for n := range p.nodes(syntax.Call) {
		callee := t.First(n)
		args := p.count(t.Child(n, 1))
		name, text := "", syntax.None
		switch t.Kind(callee) {
		case syntax.Index:
			if t.Source(t.First(callee)) != "string" || !p.untouched("string", t.First(callee)) || len(args) == 0 {
				continue
			}
			if name = t.NameOf(t.Child(callee, 1)); name == "format" {
				text, args = args[0], args[1:]
			} else if len(args) > 1 {
				text, args = args[1], args[1:]
			}
		case syntax.Method:
			of := t.First(callee)
			for t.Kind(of) == syntax.Paren {
				of = t.First(of)
			}
			if t.Kind(of) != syntax.String && !p.surelyText(of) || p.storedNames()[t.NameOf(t.Child(callee, 1))] {
				continue
			}
			if name = t.NameOf(t.Child(callee, 1)); name == "format" {
				text = of
			} else if len(args) > 0 {
				text = args[0]
			}
		}
		value, ok := t.String(text)
		if !ok {
			continue
		}
		switch name {
		case "format":
			p.format(text, value, args, t.Kind(callee) == syntax.Method)
		case "find", "match", "gmatch", "gsub":
			if name == "find" && len(args) > 2 {
				continue // it may be a plain text
			}
			if problem := patternProblem(value); problem != "" {
				p.at("pattern", text, "malformed pattern: "+problem)
			} else if name == "gsub" && len(args) > 1 {
				p.replacement(args[1], value)
			}
		}
	}
}

// surelyText tells whether an expression is a string whatever the program does.
func (p *pass) surelyText(n syntax.Node) bool {
	t := p.snap.TypeOf(p.file, n)
	if l, ok := t.(*types.Literal); ok {
		_, text := l.Value.(string)
		return text && p.snap.Certain(p.file, n)
	}
	return t == types.String && p.snap.Certain(p.file, n)
}

// replacement reports one of gsub that names a capture which the pattern has not. %1 of a
// pattern without captures is the whole match.
func (p *pass) replacement(n syntax.Node, pattern string) {
	text, ok := p.tree.String(n)
	if !ok {
		return
	}
	captures := max(1, captureCount(pattern))
	for i := 0; i+1 < len(text); i++ {
		if text[i] != '%' {
			continue
		}
		if i++; '0' <= text[i] && text[i] <= '9' && int(text[i]-'0') > captures {
			p.at("pattern", n, fmt.Sprintf("the replacement has %%%c, and the pattern has %s: write %%%% for a percent sign", text[i], map[bool]string{true: "1 capture", false: fmt.Sprintf("%d captures", captureCount(pattern))}[captureCount(pattern) == 1]))
			return
		}
	}
}

// captureCount is how many captures a pattern has that is well formed.
func captureCount(s string) (n int) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(':
			n++
		case '[':
			i = max(i, classEnd(s, i))
		case '%':
			if i++; i < len(s) && s[i] == 'b' {
				i += 2
			}
		}
	}
	return n
}

// format compares the conversions of a format with the arguments.
func (p *pass) format(n syntax.Node, text string, args []syntax.Node, method bool) {
	want, before := 0, 1 // the arguments before those that the conversions take
	if method {
		before = 0
	}
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			continue
		}
		if i++; i < len(text) && text[i] == '%' {
			continue
		}
		for i < len(text) && strings.IndexByte("-+ #0123456789.", text[i]) >= 0 {
			i++
		}
		if i >= len(text) {
			p.at("format-string", n, "the format ends with an unfinished conversion: write %% for a percent sign")
			return
		}
		if strings.IndexByte("cdiouxXeEfgGqsabtvTpU", text[i]) < 0 {
			p.at("format-string", n, fmt.Sprintf("the format has the conversion %%%c, which there is not: write %%%% for a percent sign", text[i]))
			return
		}
		if want++; want <= len(args) {
			p.conversion(args[want-1], want+before, text[i])
		}
	}
	if len(args) > 0 {
		if k := p.tree.Kind(args[len(args)-1]); k == syntax.Call || k == syntax.Vararg {
			return // it may give any number
		}
	}
	if want > len(args) {
		p.at("format-string", n, fmt.Sprintf("the format has %s, but gets %s", plural.Of(want, "conversion"), plural.Of(len(args), "argument")))
	}
}

// conversion reports an argument of a kind that a conversion does not take.
func (p *pass) conversion(arg syntax.Node, number int, verb byte) {
	v, ok := p.snap.Sure(p.file, arg)
	if !ok {
		return
	}
	want := "number"
	switch {
	case verb == 'q':
		if want = "string"; v.Kind == "number" || v.Kind == "string" {
			return
		}
	case strings.IndexByte("cdiouxXeEfgG", verb) < 0 || numeric(v):
		return
	}
	p.at("format-string", arg, fmt.Sprintf("bad argument #%d to 'format' (%s expected, got %s)", number, want, v.Kind))
}

// patternProblem says what is malformed in a pattern of Lua 5.1, "" if nothing is.
func patternProblem(s string) string {
	open, captures := 0, 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(':
			open++
			captures++
		case ')':
			if open--; open < 0 {
				return "it has a ) without a ("
			}
		case '[':
			end := classEnd(s, i)
			if end < 0 {
				return "a [ has no ]"
			}
			i = end
		case '%':
			if i++; i >= len(s) {
				return "it ends with %"
			}
			if s[i] == 'b' && i+2 >= len(s) {
				return "%b needs two characters"
			}
			switch {
			case s[i] == 'b':
				i += 2
			case s[i] == 'f' && (i+1 >= len(s) || s[i+1] != '['):
				return "%f needs a set such as [%w] behind it"
			case '0' <= s[i] && s[i] <= '9' && int(s[i]-'0') > captures || s[i] == '0':
				return "%" + s[i:i+1] + " names a capture that there is not"
			}
		}
	}
	switch {
	case open > 0:
		return "a ( has no )"
	case captures > 32:
		return "it has more than 32 captures"
	}
	return ""
}

// classEnd is where the ] of the class at i is, -1 if there is none.
func classEnd(s string, i int) int {
	if i++; i < len(s) && s[i] == '^' {
		i++
	}
	for first := true; i < len(s); first = false {
		switch {
		case s[i] == '%':
			i++
		case s[i] == ']' && !first:
			return i
		}
		i++
	}
	return -1
}
