package format

import (
	"strings"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// edits returns what differs between the text and the layout.
func (l *layout) edits() []Edit {
	var out []Edit
	text := l.Text()
	at := l.begin // up to which the text is decided on
	pending := "" // a comma to be put there
	for i := range l.items {
		x, tok := &l.items[i], l.tokens[i]
		if x.gone {
			continue
		}
		gap := pending + l.newGap(i)
		if x.off {
			gap = pending + text[at:tok.Start]
		}
		out = appendEdit(out, text, at, int(tok.Start), gap)
		if s := l.newText(i); s != l.TokenText(i) {
			out = appendEdit(out, text, int(tok.Start), int(tok.End), s)
		}
		at, pending = int(tok.End), ""
		if x.comma {
			pending = ","
		}
	}
	return out
}

// newGap returns the white space before a token.
func (l *layout) newGap(i int) string {
	x := &l.items[i]
	if x.lines == 0 {
		return strings.Repeat(" ", x.spaces)
	}
	s := strings.Repeat(l.eol, x.lines)
	if l.tokens[i].Kind == syntax.EOF {
		return s
	}
	return s + l.opts.indentation(int(x.level))
}

// newText returns the text of a token.
func (l *layout) newText(i int) string {
	s := l.TokenText(i)
	if l.items[i].keep {
		return s
	}
	switch l.tokens[i].Kind {
	case syntax.Comment:
		if !isLong(s) {
			return strings.TrimRight(s, " \t\v\f")
		}
	case syntax.StringToken:
		return requote(s, l.opts.Quotes)
	}
	return s
}

// isLong tells whether a comment is in long brackets.
func isLong(comment string) bool {
	s, ok := strings.CutPrefix(comment, "--[")
	return ok && strings.HasPrefix(strings.TrimLeft(s, "="), "[")
}

// requote gives a string the wanted quotes, if it has others and not these in it.
func requote(s, quotes string) string {
	want := byte('"')
	switch {
	case quotes == "single":
		want = '\''
	case quotes != "double":
		return s
	}
	if s[0] == '[' || s[0] == want || strings.IndexByte(s, want) >= 0 {
		return s
	}
	q := string(want)
	return q + s[1:len(s)-1] + q
}

// appendEdit adds an edit without what it would leave as it is. Edits that touch
// become one.
func appendEdit(out []Edit, text string, start, end int, new string) []Edit {
	old := text[start:end]
	if old == new {
		return out
	}
	for old != "" && new != "" && old[0] == new[0] {
		old, new = old[1:], new[1:]
		start++
	}
	for old != "" && new != "" && old[len(old)-1] == new[len(new)-1] {
		old, new = old[:len(old)-1], new[:len(new)-1]
		end--
	}
	if n := len(out); n > 0 && out[n-1].End == start {
		out[n-1].End, out[n-1].Text = end, out[n-1].Text+new
		return out
	}
	return append(out, Edit{Start: start, End: end, Text: new})
}

// Merge makes one edit of several, which are in order: it replaces all from the first to the
// last.
func Merge(text string, edits []Edit) Edit {
	one := Edit{Start: edits[0].Start, End: edits[len(edits)-1].End}
	var b strings.Builder
	at := one.Start
	for _, e := range edits {
		b.WriteString(text[at:e.Start])
		b.WriteString(e.Text)
		at = e.End
	}
	one.Text = b.String()
	return one
}
