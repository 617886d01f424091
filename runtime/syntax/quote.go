package syntax

// Quote says how a String is written: text[Start:End] is what stands between its
// delimiters.
type Quote struct {
	Open       string // ", ', [[, [==[ …
	Start, End int
	// Closed is false for a string that does not end; End is then the end of its
	// line, or of the text.
	Closed bool
}

// Long tells whether the string is in long brackets: there are no escapes.
func (q Quote) Long() bool { return q.Open != "" && q.Open[0] == '[' }

// Close returns the delimiter that ends the string.
func (q Quote) Close() string {
	if !q.Long() {
		return q.Open
	}
	return "]" + q.Open[1:len(q.Open)-1] + "]"
}

// Quote says how a String is written; ok is false for all other nodes.
func (t *Tree) Quote(n Node) (q Quote, ok bool) {
	if t.Kind(n) != String {
		return q, false
	}
	return t.QuoteOf(t.Token(n)), true
}

// QuoteOf is Quote of a token, which must be a StringToken or BadString.
func (t *Tree) QuoteOf(token int) Quote {
	tok := t.token(int32(token))
	s := t.TokenText(token)
	open := 1
	if s[0] == '[' {
		for s[open] == '=' {
			open++
		}
		open++
	}
	q := Quote{Open: s[:open], Start: int(tok.Start) + open, End: int(tok.End), Closed: tok.Kind == StringToken}
	if q.Closed {
		q.End -= open
	}
	return q
}

// String returns the value of a String, of one that does not end as far as it is
// written; ok is false for all other nodes.
func (t *Tree) String(n Node) (value string, ok bool) {
	q, ok := t.Quote(n)
	if !ok {
		return "", false
	}
	return t.decode(q, q.End), true
}

// TokenString is String of a token, "" if it is no string.
func (t *Tree) TokenString(token int) string {
	if k := t.TokenKind(token); k != StringToken && k != BadString {
		return ""
	}
	q := t.QuoteOf(token)
	return t.decode(q, q.End)
}

// Closed tells whether a comment or string ends with its own delimiter, so that what
// is written behind it is not part of it.
func (t *Tree) Closed(token int) bool {
	s := t.TokenText(token)
	switch t.TokenKind(token) {
	case StringToken:
		return true
	case Comment:
		lx := lexer{text: s, pos: 2}
		if len(s) < 3 || s[0] != '-' || s[2] != '[' {
			return false
		}
		level := lx.longLevel()
		return level >= 0 && lx.long(level)
	}
	return false
}

// StringBefore returns the part of the value of a String that is written before an
// offset. An escape that the offset lies in counts as far as it goes by then.
func (t *Tree) StringBefore(n Node, offset int) string {
	q, ok := t.Quote(n)
	if !ok {
		return ""
	}
	return t.decode(q, offset)
}

func (t *Tree) decode(q Quote, end int) string {
	s := t.text[q.Start:max(q.Start, min(end, q.End))]
	if q.Long() {
		return unbracket(s)
	}
	return unquote(s)
}
