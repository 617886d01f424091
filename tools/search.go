package tools

import (
	"slices"
	"strings"
	"unicode"

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
	hits := r.cur.Load().index().search(query, 0)
	hits = slices.DeleteFunc(hits, func(h Hit) bool { return !f.matches(h.Descriptor) })
	if limit > 0 && len(hits) > limit {
		hits = hits[:limit]
	}
	return hits
}

// searchIndex maps each word to the tools that have it, with the weight of the
// best place where it stands.
type searchIndex struct {
	tools []*tool.Descriptor
	words []indexWord // sorted by text, so that a prefix is one run
}

type indexWord struct {
	text  string
	tools []weighted
}

type weighted struct {
	tool   int
	weight float64
}

// Where a word stands says how much it tells about the tool.
const (
	inName        = 10
	inAlias       = 8
	inTag         = 6
	inOperation   = 4
	inParameter   = 3
	inDescription = 2
	partOfWord    = 0.5 // factor for a query word that only begins an indexed word
)

func newSearchIndex(sorted []*tool.Descriptor) *searchIndex {
	postings := map[string]map[int]float64{}
	for i, d := range sorted {
		add := func(text string, weight float64) {
			for _, w := range words(text) {
				if postings[w] == nil {
					postings[w] = map[int]float64{}
				}
				postings[w][i] = max(postings[w][i], weight)
			}
		}
		add(d.Name, inName)
		add(strings.Join(d.Aliases, " "), inAlias)
		add(strings.Join(d.Tags, " ")+" "+d.Category, inTag)
		add(d.Description, inDescription)
		for _, p := range d.Parameters.Properties {
			add(p.Name+" "+strings.Join(p.Aliases, " "), inParameter)
			add(p.Description, inDescription)
			for _, e := range p.Enum {
				if s, ok := e.(string); ok {
					add(s, inOperation)
				}
			}
		}
	}
	x := &searchIndex{tools: sorted}
	for text, by := range postings {
		w := indexWord{text: text}
		for i, weight := range by {
			w.tools = append(w.tools, weighted{i, weight})
		}
		x.words = append(x.words, w)
	}
	slices.SortFunc(x.words, func(a, b indexWord) int { return strings.Compare(a.text, b.text) })
	return x
}

func (x *searchIndex) search(query string, limit int) []Hit {
	scores := make([]float64, len(x.tools))
	best := make([]float64, len(x.tools)) // for the word in hand
	for _, q := range words(clip(query)) {
		clear(best)
		x.each(q, func(t int, weight float64) { best[t] = max(best[t], weight) })
		for t, w := range best {
			if w > 0 {
				scores[t] += w + 100 // one more word matched outweighs any place
			}
		}
	}
	var hits []Hit
	for t, s := range scores {
		if s > 0 {
			hits = append(hits, Hit{x.tools[t], s})
		}
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { // stable: equal scores stay in order of name
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return 0
	})
	if limit > 0 && len(hits) > limit {
		hits = hits[:limit]
	}
	return hits
}

// each calls found for every tool that has the word q, or one that begins
// with it.
func (x *searchIndex) each(q string, found func(tool int, weight float64)) {
	i, _ := slices.BinarySearchFunc(x.words, q, func(w indexWord, q string) int { return strings.Compare(w.text, q) })
	for ; i < len(x.words) && strings.HasPrefix(x.words[i].text, q); i++ {
		factor := 1.0
		if x.words[i].text != q {
			factor = partOfWord
		}
		for _, w := range x.words[i].tools {
			found(w.tool, w.weight*factor)
		}
	}
}

// words splits text at everything but letters and digits, in lower case. A
// plural "s" is dropped, so that "hashes" finds "hash" and "dates" "date".
func words(text string) []string {
	list := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, w := range list {
		switch {
		case len(w) > 4 && strings.HasSuffix(w, "shes"):
			list[i] = w[:len(w)-2]
		case len(w) > 3 && w[len(w)-1] == 's' && w[len(w)-2] != 's':
			list[i] = w[:len(w)-1]
		}
	}
	return list
}
