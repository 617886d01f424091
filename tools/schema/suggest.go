package schema

import (
	"strings"
	"unicode"
)

// Nearest returns the candidate that name is most likely a misspelling of, or
// "" when none is close. Case, hyphens and underscores do not count.
func Nearest(name string, candidates []string) string {
	best, bestDistance := "", 1+max(1, len(name)/3)
	folded := fold(name)
	if len(folded) > maxSuggest {
		return ""
	}
	for _, c := range candidates {
		f := fold(c)
		if len(f) > maxSuggest {
			continue
		}
		if d := distance(folded, f); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// maxSuggest keeps the comparison of names cheap when a name is megabytes long.
const maxSuggest = 64

func fold(s string) string {
	if len(s) > 2*maxSuggest {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case '-', '_', ' ':
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// distance counts the insertions, deletions, substitutions and swaps of
// neighbours that turn a into b (optimal string alignment), over bytes: the
// names compared are nearly always ASCII.
func distance(a, b string) int {
	var rows [3][maxSuggest + 1]int // neither name is longer
	before, prev, cur := rows[0][:len(b)+1], rows[1][:len(b)+1], rows[2][:len(b)+1]
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(b)]
}
