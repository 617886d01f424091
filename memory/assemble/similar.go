package assemble

import (
	"hash/fnv"
	"strings"
	"unicode"
)

// phrases finds texts that say the same as one before: most of the phrases of three words of the shorter
// stand in the other too.
type phrases struct {
	similar float64
	ids     []string
	sizes   []int
	where   map[uint64][]int // phrase to texts
}

func newPhrases(similar float64) *phrases {
	return &phrases{similar: similar, where: map[uint64][]int{}}
}

// add takes a text in, or answers the id of the one that says the same.
func (p *phrases) add(id, text string) (of string) {
	set := shingles(text)
	common := make(map[int]int)
	for s := range set {
		for _, i := range p.where[s] {
			common[i]++
		}
	}
	for i := range p.ids { // the best that says the same, since the best came first
		if n := common[i]; n > 0 {
			union := len(set) + p.sizes[i] - n
			if float64(n) >= p.similar*float64(union) || n == len(set) && len(set) > 3 {
				return p.ids[i]
			}
		}
	}
	for s := range set {
		p.where[s] = append(p.where[s], len(p.ids))
	}
	p.ids, p.sizes = append(p.ids, id), append(p.sizes, len(set))
	return ""
}

// shingles hashes all runs of three words of a text; a shorter text is one run.
func shingles(text string) map[uint64]bool {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) })
	if len(words) == 0 {
		words = []string{text} // signs only
	}
	out := make(map[uint64]bool, len(words))
	for i := range max(1, len(words)-2) {
		h := fnv.New64a()
		for _, word := range words[i:min(i+3, len(words))] {
			h.Write([]byte(word))
			h.Write([]byte{0})
		}
		out[h.Sum64()] = true
	}
	return out
}
