package assemble

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// finish lays the chunks out by time, under a heading for each day.
func (p *packer) finish() *Context {
	c := p.out
	slices.SortFunc(c.Chunks, func(a, b Chunk) int {
		return cmp.Or(strings.Compare(p.dates[a.Rank-1], p.dates[b.Rank-1]), a.Time.Compare(b.Time), cmp.Compare(a.Source, b.Source),
			strings.Compare(a.Who, b.Who)*sameDocument(a, b), cmp.Compare(a.Order, b.Order), cmp.Compare(a.Rank, b.Rank))
	})
	var text strings.Builder
	last := "\x00"
	for _, chunk := range c.Chunks {
		if day := p.dates[chunk.Rank-1]; day != last {
			text.WriteString(heading(day))
			last = day
		}
		text.WriteString(p.lines[chunk.Rank-1])
		if t := chunk.Time; !t.IsZero() {
			if c.From.IsZero() || t.Before(c.From) {
				c.From = t
			}
			if t.After(c.Until) {
				c.Until = t
			}
		}
	}
	c.Text = text.String()
	if n := len(c.Chunks); n > 0 {
		c.Confidence /= float64(n)
	}
	return c
}

// sameDocument is 1 where pieces of different documents must not mix, and 0 in conversations, where those who speak take turns.
func sameDocument(a, b Chunk) int {
	if a.Source == RAG && b.Source == RAG {
		return 1
	}
	return 0
}

// dayOf is the day a chunk stands under; what has no time stands last.
func dayOf(t time.Time) string {
	if t.IsZero() {
		return "~undated"
	}
	return t.Format("2006-01-02")
}

// heading is the line above the chunks of a day.
func heading(day string) string { return "# " + strings.TrimPrefix(day, "~") + "\n" }

// prefix cites a chunk, and says who speaks.
func prefix(c Candidate) string {
	id := oneLine(c.ID)
	if who := oneLine(c.Who); who != "" {
		return "[" + id + "] " + who + ":"
	}
	return "[" + id + "]"
}

func oneLine(s string) string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(s, "\uFFFD")), " ")
}

// lineEnd tells whether whoever reads the text may see a line end there, as Unicode has them.
func lineEnd(r rune) bool {
	switch r {
	case '\n', '\v', '\f', '\r', '\u0085', '\u2028', '\u2029':
		return true
	}
	return false
}

// tidy makes a text one that no other line can be mistaken for: further lines are indented.
func tidy(text string) string {
	text = strings.TrimSpace(strings.ToValidUTF8(text, "\uFFFD"))
	if !strings.ContainsFunc(text, lineEnd) {
		return text
	}
	lines := strings.FieldsFunc(text, lineEnd)
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t")
	}
	return strings.Join(slices.DeleteFunc(lines, func(s string) bool { return s == "" }), "\n  ")
}
