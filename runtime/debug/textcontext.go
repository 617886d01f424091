package debug

import (
	"maps"
	"slices"
)

// ExpressionAt finds the expression whose last name is at an offset in bytes:
// a.b of a.b.c at the b. ok is false where there is none, as in strings and
// comments. A method t:m is written t.m, which is its value.
func ExpressionAt(text string, offset int) (expr string, start, end int, ok bool) {
	if offset < 0 || offset > len(text) {
		return "", 0, 0, false
	}
	for end = offset; end < len(text) && isNameByte(text[end]); end++ {
	}
	tokens, ok := scan(text[:end])
	n := len(tokens)
	if !ok || n == 0 || tokens[n-1].kind != tokenName || tokens[n-1].end != end {
		return "", 0, 0, false
	}
	first := prefixStart(tokens)
	if first < 0 {
		return "", 0, 0, false
	}
	start = tokens[first].start
	expr = text[start:end]
	if n > 1 && n-2 > first && tokens[n-2].value == ":" && tokens[n-2].kind == tokenSymbol {
		colon := tokens[n-2].start
		expr = text[start:colon] + "." + text[colon+1:end]
	}
	return expr, start, end, true
}

// Call is an unfinished call around a place in a text.
type Call struct {
	Callee  string   // the expression that is called, a method as t:m
	Arg     int      // the argument at the place, from 0
	Strings []string // the arguments before it, "" for those that are no plain strings
	// String: the place is in a string that is the argument so far. Table: it is in
	// a table constructor that is the argument, where a key could begin; Keys are
	// those that it has.
	String, Table bool
	Keys          []string
	Partial       string // what was typed of the string or key
	Start         int    // where Partial begins, a string's after its quote
}

// CallAt finds the innermost call around an offset in bytes, if a string or the key
// of a table could be completed there.
func CallAt(text string, offset int) (c Call, ok bool) {
	if offset < 0 || offset > len(text) {
		return c, false
	}
	tokens, ok := scan(text[:offset])
	n := len(tokens)
	if !ok || n == 0 {
		return c, false
	}
	last := tokens[n-1]
	c.Start = offset
	switch {
	case last.open && last.kind == tokenString:
		c.String, c.Partial, c.Start = true, last.value, last.start+1
		n--
	case (last.kind == tokenName || last.kind == tokenKeyword) && last.end == offset: // `in` may become a longer name
		c.Partial, c.Start = last.value, last.start
		n--
	}
	open := openers(tokens[:n])
	if len(open) == 0 {
		if c.String && n > 0 && endsPrefix(tokens[n-1]) { // f "text
			return c.of(text, tokens[:n])
		}
		return c, false
	}
	at := open[len(open)-1]
	switch tokens[at].value {
	case "(":
		if c.arguments(tokens[at+1 : n]); !c.String {
			return c, false
		}
		if n > at+1 && tokens[n-1].value != "," { // "a" .. "b, or f("text
			return c, false
		}
		return c.of(text, tokens[:at])
	case "{":
		if c.String || !c.keyed(tokens[at+1:n]) {
			return c, false
		}
		c.Table = true
		if at > 0 && endsPrefix(tokens[at-1]) { // f{
			return c.of(text, tokens[:at])
		}
		if len(open) < 2 || tokens[open[len(open)-2]].value != "(" {
			return c, false
		}
		outer := open[len(open)-2]
		if at > outer+1 && tokens[at-1].value != "," {
			return c, false
		}
		c.arguments(tokens[outer+1 : at])
		return c.of(text, tokens[:outer])
	}
	return c, false
}

// openers are the places of the brackets that are not closed.
func openers(tokens []token) (open []int) {
	for i, t := range tokens {
		if t.kind != tokenSymbol {
			continue
		}
		switch t.value {
		case "(", "{", "[":
			open = append(open, i)
		case ")", "}", "]":
			if len(open) > 0 {
				open = open[:len(open)-1]
			}
		}
	}
	return open
}

// arguments reads the arguments of a call before the place.
func (c *Call) arguments(tokens []token) {
	depth, from := 0, 0
	for i, t := range tokens {
		if t.kind != tokenSymbol {
			continue
		}
		switch t.value {
		case "(", "{", "[":
			depth++
		case ")", "}", "]":
			depth--
		case ",":
			if depth == 0 {
				s := ""
				if i == from+1 && tokens[from].kind == tokenString {
					s = tokens[from].value
				}
				c.Strings = append(c.Strings, s)
				c.Arg, from = c.Arg+1, i+1
			}
		}
	}
}

// keyed reads the keys of a table constructor before the place, and tells whether
// another could begin there.
func (c *Call) keyed(tokens []token) bool {
	depth := 0
	for i, t := range tokens {
		if t.kind != tokenSymbol {
			continue
		}
		switch t.value {
		case "(", "{", "[":
			depth++
		case ")", "}", "]":
			depth--
		case "=":
			if depth == 0 && i > 0 && tokens[i-1].kind == tokenName {
				c.Keys = append(c.Keys, tokens[i-1].value)
			}
		}
	}
	n := len(tokens)
	return n == 0 || tokens[n-1].kind == tokenSymbol && (tokens[n-1].value == "," || tokens[n-1].value == ";")
}

// of sets what is called: the expression at the end of tokens.
func (c Call) of(text string, tokens []token) (Call, bool) {
	first := prefixStart(tokens)
	if first < 0 {
		return c, false
	}
	c.Callee = text[tokens[first].start:tokens[len(tokens)-1].end]
	return c, true
}

// BlockDepth is how many blocks, brackets and braces Lua source has opened and not
// closed, at least 0.
func BlockDepth(text string) int {
	tokens, _ := scan(text)
	depth := 0
	for _, t := range tokens {
		switch t.kind {
		case tokenKeyword:
			switch t.value {
			case "function", "do", "then", "repeat":
				depth++
			case "end", "until", "elseif":
				depth = max(depth-1, 0)
			}
		case tokenSymbol:
			switch t.value {
			case "(", "{", "[":
				depth++
			case ")", "}", "]":
				depth = max(depth-1, 0)
			}
		}
	}
	return depth
}

// Keywords returns Lua's keywords, sorted.
func Keywords() []string { return slices.Sorted(maps.Keys(keywords)) }

// IsKeyword tells whether a word is one of Lua's keywords.
func IsKeyword(word string) bool { return keywords[word] }
