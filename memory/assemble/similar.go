package assemble

import (
	"hash/maphash"
	"slices"
	"strings"
	"unicode"
)

// phrases finds texts that say the same as one before: most of the phrases of three words of the shorter
// stand in the other too.
type phrases struct {
	similar float64
	seed    maphash.Seed
	ids     []string
	sizes   []int
	first   map[uint64]int   // phrase to the first text that has it
	others  map[uint64][]int // to those after it; few phrases have any
}

func newPhrases(similar float64) *phrases {
	return &phrases{similar: similar, seed: maphash.MakeSeed(), first: map[uint64]int{}, others: map[uint64][]int{}}
}

// add takes a text in, or answers the id of the one that says the same.
func (p *phrases) add(id, text string) (of string) {
	set := p.shingles(text)
	common := make([]int, len(p.ids))
	for _, s := range set {
		if i, ok := p.first[s]; ok {
			common[i]++
			for _, i := range p.others[s] {
				common[i]++
			}
		}
	}
	for i, n := range common { // the best that says the same, since the best came first
		if n > 0 {
			union := len(set) + p.sizes[i] - n
			if float64(n) >= p.similar*float64(union) || n == len(set) && len(set) > 3 {
				return p.ids[i]
			}
		}
	}
	for _, s := range set {
		if _, ok := p.first[s]; ok {
			p.others[s] = append(p.others[s], len(p.ids))
		} else {
			p.first[s] = len(p.ids)
		}
	}
	p.ids, p.sizes = append(p.ids, id), append(p.sizes, len(set))
	return ""
}

// shingles hashes all runs of three words of a text, each once; a shorter text is one run.
func (p *phrases) shingles(text string) []uint64 {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) })
	if len(words) == 0 {
		words = []string{text} // signs only
	}
	out := make([]uint64, max(1, len(words)-2))
	var h maphash.Hash
	h.SetSeed(p.seed)
	for i := range out {
		h.Reset()
		for _, word := range words[i:min(i+3, len(words))] {
			h.WriteString(word)
			h.WriteByte(0)
		}
		out[i] = h.Sum64()
	}
	slices.Sort(out)
	return slices.Compact(out)
}
