// Package glob matches names with the patterns of hooks and events.
package glob

import (
	"strings"
	"unicode/utf8"
)

// IsPattern tells whether a text has wildcards.
func IsPattern(s string) bool { return strings.ContainsAny(s, "*?") }

// Match tells whether a pattern matches all of a name. * stands for any text, also
// for none and across dots; ** is the same; ? stands for one
// character, or one byte that is not UTF-8. The time is at most the product of the
// lengths.
func Match(pattern, name string) bool {
	p, n := 0, 0
	star, from := -1, 0 // the last *, and where the text that it stands for ends
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, n
			p++
		case p < len(pattern) && pattern[p] == '?':
			_, size := utf8.DecodeRuneInString(name[n:])
			p++
			n += size
		case p < len(pattern) && pattern[p] == name[n]:
			p++
			n++
		case star >= 0:
			_, size := utf8.DecodeRuneInString(name[from:])
			from += size
			p, n = star+1, from
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
