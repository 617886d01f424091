package lint

import (
	"context"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// Edit replaces the bytes Start to End of a text.
type Edit struct {
	Start, End int
	Text       string
}

// Apply returns a text with edits made, which must be in order and apart.
func Apply(text string, edits []Edit) string {
	var b strings.Builder
	at := 0
	for _, e := range edits {
		b.WriteString(text[at:e.Start])
		b.WriteString(e.Text)
		at = e.End
	}
	return b.String() + text[at:]
}

// Mending is what the fixes that need no question make of a text.
type Mending struct {
	Edits []Edit // in order and apart
	// Made are the findings whose fixes the edits are, in the order of the text. Refused
	// are those whose fix would make of the text what is no Lua: it is left out.
	Made, Refused []*Finding
}

// Mend returns the edits of all fixes of a text that need no question; of fixes that
// touch each other the first one, as the next check finds the others again. Each fix
// that would break the text is left out alone.
func Mend(ctx context.Context, text string, list []Finding) Mending {
	var m Mending
	var sure []*Finding
	var taken []Edit
	for i := range list {
		x := &list[i]
		if len(x.Fixes) == 0 || !x.Fixes[0].Sure {
			continue
		}
		edits := x.Fixes[0].Edits
		if !slices.ContainsFunc(edits, func(e Edit) bool {
			return slices.ContainsFunc(taken, func(o Edit) bool { return e.Start <= o.End && o.Start <= e.End })
		}) {
			taken, sure = append(taken, edits...), append(sure, x)
		}
	}
	errs := len(syntax.Parse(text).Errors())
	compiled := errs == 0 && compileFault(ctx, text) == nil
	// Nearly always all fit: the halves are only tried where they do not.
	var try func(some []*Finding)
	try = func(some []*Finding) {
		edits := slices.Clone(m.Edits)
		for _, x := range some {
			edits = append(edits, x.Fixes[0].Edits...)
		}
		slices.SortFunc(edits, func(a, b Edit) int { return a.Start - b.Start })
		next := Apply(text, edits)
		switch {
		case len(syntax.Parse(next).Errors()) <= errs && (!compiled || compileFault(ctx, next) == nil):
			m.Edits, m.Made = edits, append(m.Made, some...)
		case len(some) == 1:
			m.Refused = append(m.Refused, some[0])
		default:
			try(some[:len(some)/2])
			try(some[len(some)/2:])
		}
	}
	if len(sure) > 0 {
		try(sure)
	}
	return m
}

// apart is a text for the bytes start to end, with a blank where it would make one word
// with what stands next to it: not(n==5)then is no n ~= 5then.
func (p *pass) apart(start, end int, text string) string {
	if text == "" {
		return text
	}
	if start > 0 && joins(p.text[start-1], text[0]) {
		text = " " + text
	}
	if end < len(p.text) && joins(text[len(text)-1], p.text[end]) {
		text += " "
	}
	return text
}

// joins tells whether two bytes next to each other may belong to one token.
func joins(a, b byte) bool {
	word := func(c byte) bool {
		return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
	}
	return (word(a) || a == '.') && (word(b) || b == '.') || a == '[' && b == '[' || a == '-' && b == '-'
}
