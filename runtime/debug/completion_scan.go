package debug

import (
	"strings"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// tokenKind is what sort of Lua token there is.
type tokenKind int

const (
	tokenSymbol tokenKind = iota
	tokenName
	tokenKeyword
	tokenNumber
	tokenString
)

// token is a piece of Lua source; value is its text, for a string the text that
// it stands for. open: it is a quoted string that does not end.
type token struct {
	kind       tokenKind
	start, end int
	value      string
	open       bool
}

// scan splits Lua source that may be unfinished. ok is false if it ends within
// a comment or a long string.
func scan(s string) (tokens []token, ok bool) {
	// What begins with # is an expression here, not the first line of a file.
	tree := syntax.Parse(" " + s)
	ok = true
	for i, t := range tree.Tokens() {
		out := token{start: int(t.Start) - 1, end: int(t.End) - 1, value: tree.TokenText(i)}
		switch {
		case t.Kind == syntax.EOF:
			return tokens, ok
		case t.Kind == syntax.Comment:
			ok = out.end < len(s) || tree.Closed(i)
			continue
		case t.Kind == syntax.Ident:
			out.kind = tokenName
		case t.Kind.IsKeyword():
			out.kind = tokenKeyword
		case t.Kind == syntax.NumberToken:
			out.kind = tokenNumber
		case t.Kind == syntax.StringToken, t.Kind == syntax.BadString:
			out.kind, out.open = tokenString, !tree.Closed(i)
			out.value = tree.TokenString(i)
			if out.open && tree.QuoteOf(i).Long() {
				return tokens, false
			}
		}
		tokens = append(tokens, out)
	}
	return tokens, ok
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isNameByte(c byte) bool { return c == '_' || isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' }

// completing is what stands before the place where text is completed.
type completing struct {
	trigger string // ".", ":", "[", or "" for a name of its own
	prefix  string // the expression before the trigger
	partial string // what was typed behind it
	start   int    // where the part that is replaced begins
	quoted  bool   // partial is a string
}

// findCompletion reads the end of text. ok is false where nothing is proposed:
// in comments, strings and numbers, and behind what is no value.
func findCompletion(text string) (c completing, ok bool) {
	tokens, ok := scan(text)
	if !ok {
		return c, false
	}
	c.start = len(text)
	n := len(tokens)
	if n > 0 && tokens[n-1].end == len(text) {
		last := tokens[n-1]
		switch {
		case last.kind == tokenName || last.kind == tokenKeyword || last.open:
			c.partial, c.start, c.quoted = last.value, last.start, last.open
			n--
		case last.kind == tokenNumber && n > 1 && tokens[n-2].value == "[":
			c.partial, c.start = last.value, last.start
			n--
			return c.behind(text, tokens[:n])
		case last.kind != tokenSymbol || strings.Contains(")]}", last.value):
			return c, false
		}
	}
	if n == 0 {
		return c, !c.quoted
	}
	switch t := tokens[n-1]; {
	case t.kind == tokenSymbol && t.value == "[" && (c.partial == "" || c.quoted):
		return c.behind(text, tokens[:n])
	case c.quoted:
		return c, false
	case t.kind == tokenSymbol && (t.value == "." || t.value == ":"):
		return c.behind(text, tokens[:n])
	}
	return c, true
}

// behind finds the expression before the last token.
func (c completing) behind(text string, tokens []token) (completing, bool) {
	n := len(tokens) - 1
	c.trigger = tokens[n].value
	first := prefixStart(tokens[:n])
	if first < 0 {
		return c, false
	}
	c.prefix = text[tokens[first].start:tokens[n-1].end]
	return c, true
}

// prefixStart finds where the expression that ends with the last token begins:
// a name or parentheses, followed by fields, indexes and calls. It is -1 if
// there is none.
func prefixStart(tokens []token) int {
	for i := len(tokens) - 1; i >= 0; i-- {
		t := tokens[i]
		before := i > 0 && endsPrefix(tokens[i-1])
		switch {
		case t.kind == tokenName:
			if i == 0 || tokens[i-1].value != "." && tokens[i-1].value != ":" || tokens[i-1].kind != tokenSymbol {
				return i
			}
			i-- // the field of what comes before
		case t.kind == tokenString && before: // f"text"
		case t.kind == tokenSymbol && (t.value == ")" || t.value == "]" || t.value == "}"):
			open := opening(tokens, i)
			if open < 0 {
				return -1
			}
			called := open > 0 && endsPrefix(tokens[open-1])
			if t.value == ")" && !called {
				return open
			}
			if !called {
				return -1
			}
			i = open
		default:
			return -1
		}
	}
	return -1
}

// endsPrefix tells whether what can be indexed or called may end with a token.
func endsPrefix(t token) bool {
	return t.kind == tokenName || t.kind == tokenString || t.kind == tokenSymbol && (t.value == ")" || t.value == "]" || t.value == "}")
}

// opening finds the bracket that the one at i closes.
func opening(tokens []token, i int) int {
	depth := 0
	for ; i >= 0; i-- {
		if tokens[i].kind != tokenSymbol {
			continue
		}
		switch tokens[i].value {
		case ")", "]", "}":
			depth++
		case "(", "[", "{":
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}
