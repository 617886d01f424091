package lint

import (
	"slices"
	"strings"
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

// SureEdits returns the edits of all fixes that need no question, in order; of fixes
// that touch each other the first one, as the next check finds the others again.
func SureEdits(list []Finding, want func(*Finding) bool) []Edit {
	var out []Edit
	for i := range list {
		x := &list[i]
		if len(x.Fixes) == 0 || !x.Fixes[0].Sure || want != nil && !want(x) {
			continue
		}
		edits := x.Fixes[0].Edits
		if !slices.ContainsFunc(edits, func(e Edit) bool {
			return slices.ContainsFunc(out, func(o Edit) bool { return e.Start <= o.End && o.Start <= e.End })
		}) {
			out = append(out, edits...)
		}
	}
	slices.SortFunc(out, func(a, b Edit) int { return a.Start - b.Start })
	return out
}
