package tools

import (
	"cmp"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/tools/tool"
)

// Hit is one result of a search.
type Hit struct {
	Descriptor *tool.Descriptor
	Score      float64 // higher is better; only its order means something
}

// Search ranks tools by how well their names, aliases, tags, descriptions and
// parameters match the words of a query, and returns the best, limit at most
// (0: all that match). A tool that matches more of the words comes first.
func (r *Registry) Search(query string, f Filter, limit int) []Hit {
	r.loadAll(f.Category)
	hits := r.view().index().search(query, 0)
	hits = slices.DeleteFunc(hits, func(h Hit) bool { return !f.Matches(h.Descriptor) })
	if limit > 0 && len(hits) > limit {
		hits = hits[:limit]
	}
	return hits
}

// searchIndex maps each word to the tools that have it, with the weight of the
// best place where it stands. Beside the words as they stand it has their
// stems.
type searchIndex struct {
	tools []*tool.Descriptor
	words []indexWord // sorted by text, so that a prefix is one run
	stems map[string][]weighted
}

type indexWord struct {
	text  string
	tools []weighted
}

type weighted struct {
	tool   int32
	weight float32
}

// Where a word stands says how much it tells about the tool.
const (
	inName        = 10
	inAlias       = 8
	inTag         = 6
	inOperation   = 4
	inParameter   = 3
	inDescription = 2.5
)

// How a word of a query was found says how sure it is. A whole word counts
// fully.
const (
	byStem    = 0.9
	bySynonym = 0.7
	byPrefix  = 0.5 // the query's word only begins one
	bySpell   = 0.4 // it is one letter off
)

// perWord outweighs any place: a tool that has more of the words comes first. A
// word that most tools have tells less than one that few have.
const perWord = 12

func newSearchIndex(sorted []*tool.Descriptor) *searchIndex {
	whole, stems := postings{}, postings{}
	for i, d := range sorted {
		add := func(text string, weight float32) {
			for _, w := range words(text) {
				whole.add(w, i, weight)
				stems.add(stem(w), i, weight)
			}
		}
		add(d.Name, inName)
		for _, a := range d.Aliases {
			add(a, inAlias)
		}
		for _, t := range d.Tags {
			add(t, inTag)
		}
		add(d.Category, inTag)
		add(d.Description, inDescription)
		for _, p := range d.Parameters.Properties {
			add(p.Name, inParameter)
			for _, a := range p.Aliases {
				add(a, inParameter)
			}
			add(p.Description, inDescription/2)
			for _, e := range p.Enum {
				if s, ok := e.(string); ok {
					add(s, inOperation)
				}
			}
		}
	}
	x := &searchIndex{tools: sorted, words: make([]indexWord, 0, len(whole)), stems: stems}
	for text, list := range whole {
		x.words = append(x.words, indexWord{text, list})
	}
	slices.SortFunc(x.words, func(a, b indexWord) int { return strings.Compare(a.text, b.text) })
	return x
}

// postings are lists in the order of the tools, for each word.
type postings map[string][]weighted

func (p postings) add(word string, tool int, weight float32) {
	list := p[word]
	if n := len(list); n > 0 && int(list[n-1].tool) == tool {
		list[n-1].weight = max(list[n-1].weight, weight)
		return
	}
	p[word] = append(list, weighted{int32(tool), weight})
}

// search ranks all tools that have one of the query's words.
func (x *searchIndex) search(query string, limit int) []Hit {
	scores, best := make([]float32, len(x.tools)), make([]float32, len(x.tools))
	for _, q := range words(clip(query)) {
		clear(best)
		found := func(list []weighted, factor float32) {
			for _, w := range list {
				best[w.tool] = max(best[w.tool], w.weight*factor)
			}
		}
		if !x.each(q, found) {
			x.misspelt(q, found)
		}
		x.count(scores, best)
	}
	var hits []Hit
	for t, s := range scores {
		if s > 0 {
			hits = append(hits, Hit{x.tools[t], float64(s)})
		}
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(b.Score, a.Score) }) // stable: equal scores stay in order of name
	if limit > 0 && len(hits) > limit {
		hits = hits[:limit]
	}
	return hits
}

// count adds what one word of the query has found.
func (x *searchIndex) count(scores, best []float32) {
	n := 0
	for _, w := range best {
		if w > 0 {
			n++
		}
	}
	if n == 0 {
		return
	}
	rarity := 1 - 0.8*float32(n)/float32(len(x.tools)+1)
	for t, w := range best {
		if w > 0 {
			scores[t] += (w + perWord) * rarity
		}
	}
}

// each reports the tools that have the word q, its stem or a synonym, or a word
// that begins with it, and tells whether there are any.
func (x *searchIndex) each(q string, found func(list []weighted, factor float32)) (any bool) {
	report := func(list []weighted, factor float32) {
		any = any || len(list) > 0
		found(list, factor)
	}
	for i := x.at(q); i < len(x.words) && strings.HasPrefix(x.words[i].text, q); i++ {
		factor := float32(byPrefix)
		if x.words[i].text == q {
			factor = 1
		} else if len(q) < 3 {
			continue // two letters begin too many words
		}
		report(x.words[i].tools, factor)
	}
	report(x.stems[stem(q)], byStem)
	for _, s := range synonyms(q) {
		report(x.stems[stem(s)], bySynonym)
	}
	return any
}

// at is where the words that begin with q begin.
func (x *searchIndex) at(q string) int {
	i, _ := slices.BinarySearchFunc(x.words, q, func(w indexWord, q string) int { return strings.Compare(w.text, q) })
	return i
}

// misspelt reports the tools that have a word one slip away from q: a letter
// too many or too few, another one, or two that have changed places.
func (x *searchIndex) misspelt(q string, found func(list []weighted, factor float32)) {
	if len(q) < 4 {
		return
	}
	for i := range x.words {
		if oneSlip(q, x.words[i].text) {
			found(x.words[i].tools, bySpell)
		}
	}
}

// oneSlip compares bytes: nearly all words of tools are ASCII.
func oneSlip(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 || len(a) < 3 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	switch {
	case len(a) < len(b):
		return a[i:] == b[i+1:]
	case i == len(a):
		return true
	case a[i+1:] == b[i+1:]:
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
