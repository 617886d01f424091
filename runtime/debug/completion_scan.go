package debug

import "strings"

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
	for i := 0; i < len(s); {
		c := s[i]
		start := i
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
			continue
		case strings.HasPrefix(s[i:], "--"):
			if end, long := longBracket(s, i+2); long {
				if end < 0 {
					return tokens, false
				}
				i = end
				continue
			}
			n := strings.IndexByte(s[i:], '\n')
			if n < 0 {
				return tokens, false
			}
			i += n
			continue
		case isNameByte(c) && !isDigit(c):
			for i < len(s) && isNameByte(s[i]) {
				i++
			}
			kind := tokenName
			if keywords[s[start:i]] {
				kind = tokenKeyword
			}
			tokens = append(tokens, token{kind: kind, start: start, end: i, value: s[start:i]})
			continue
		case isDigit(c) || c == '.' && i+1 < len(s) && isDigit(s[i+1]):
			i = numberEnd(s, i)
			tokens = append(tokens, token{kind: tokenNumber, start: start, end: i, value: s[start:i]})
			continue
		case c == '"' || c == '\'':
			t := quotedToken(s, i)
			tokens, i = append(tokens, t), t.end
			continue
		}
		if end, long := longBracket(s, i); long {
			if end < 0 {
				return tokens, false
			}
			i = end
			inner := s[strings.IndexByte(s[start+1:], '[')+start+2 : end-(strings.IndexByte(s[start+1:], '[')+2)]
			tokens = append(tokens, token{kind: tokenString, start: start, end: i, value: inner})
			continue
		}
		i++
		for _, symbol := range []string{"...", "..", "::", "==", "~=", "<=", ">="} {
			if strings.HasPrefix(s[start:], symbol) {
				i = start + len(symbol)
				break
			}
		}
		tokens = append(tokens, token{start: start, end: i, value: s[start:i]})
	}
	return tokens, true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isNameByte(c byte) bool { return c == '_' || isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' }

// numberEnd is where the number at i ends.
func numberEnd(s string, i int) int {
	hex := strings.HasPrefix(s[i:], "0x") || strings.HasPrefix(s[i:], "0X")
	for ; i < len(s); i++ {
		c := s[i]
		sign := (c == '+' || c == '-') && !hex && s[i-1]|0x20 == 'e'
		if c == '.' && i+1 < len(s) && s[i+1] == '.' || !isNameByte(c) && c != '.' && !sign {
			break
		}
	}
	return i
}

// longBracket tells whether [[ or [=[ stands at i, and where it ends; -1 if it
// does not.
func longBracket(s string, i int) (end int, long bool) {
	if i >= len(s) || s[i] != '[' {
		return 0, false
	}
	level := 0
	for i+1+level < len(s) && s[i+1+level] == '=' {
		level++
	}
	if i+1+level >= len(s) || s[i+1+level] != '[' {
		return 0, false
	}
	closing := "]" + strings.Repeat("=", level) + "]"
	n := strings.Index(s[i:], closing)
	if n < 0 {
		return -1, true
	}
	return i + n + len(closing), true
}

// quotedToken reads the string that begins at i. It ends with its line.
func quotedToken(s string, i int) token {
	t := token{kind: tokenString, start: i}
	quote := s[i]
	var b strings.Builder
	for i++; i < len(s) && s[i] != quote && s[i] != '\n'; i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		n := 0
		for n < 3 && i+n < len(s) && isDigit(s[i+n]) {
			n++
		}
		switch at := strings.IndexByte("abfnrtv", s[i]); {
		case n > 0:
			code := 0
			for _, d := range s[i : i+n] {
				code = code*10 + int(d-'0')
			}
			b.WriteByte(byte(code))
			i += n - 1
		case at >= 0:
			b.WriteByte("\a\b\f\n\r\t\v"[at])
		default:
			b.WriteByte(s[i])
		}
	}
	t.open = i >= len(s) || s[i] != quote
	t.end = min(i+1, len(s))
	if t.open {
		t.end = min(i, len(s))
	}
	t.value = b.String()
	return t
}

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
