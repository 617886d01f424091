package luacats

import "strings"

// modifiers are what LDoc writes between a tag and what it is about: @param[opt=5] n text.
type modifiers struct {
	optional bool
	// byDefault is what counts where nothing is given, as it is written.
	byDefault string
	// there: the tag is one of LDoc's, where no type stands behind a name.
	there bool
}

// modifiers reads those that stand right behind the keyword, if there are any.
func (r *reader) modifiers() (m modifiers) {
	line := r.text[r.pos:r.lines[r.line].End]
	inner, _, closed := strings.Cut(line, "]")
	if !closed || !strings.HasPrefix(inner, "[") {
		return m
	}
	r.pos += len(inner) + 1
	r.end = r.pos
	m.there = true
	for part := range strings.SplitSeq(inner[1:], ",") {
		name, value, _ := strings.Cut(part, "=")
		switch strings.TrimSpace(name) {
		case "opt":
			m.optional, m.byDefault = true, strings.TrimSpace(value)
		case "optchain":
			m.optional = true
		}
	}
	return m
}
