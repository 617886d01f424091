package memory

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// TextIndex finds episodes by their words. Its methods may be called by any goroutine.
type TextIndex interface {
	// Put adds an episode, or replaces the one with its row.
	Put(e *Episode)
	// Delete removes what is known of a row, and tells whether there was something.
	Delete(row int64) bool
	// Search returns at most k rows that keep allows, the best first; equally good ones
	// by their rows. A nil keep allows all.
	Search(query string, k int, keep func(row int64) bool) []Hit
	Len() int
}

// Hit is a row that fits, and how well.
type Hit struct {
	Row   int64
	Score float64
}

// scan is an index that looks at all it has.
type scan struct {
	mu    sync.RWMutex
	docs  map[int64]map[string]int
	words map[string]int // in how many documents
}

func newScan() *scan { return &scan{docs: map[int64]map[string]int{}, words: map[string]int{}} }

// Words splits a text where no letter or digit is, in small letters.
func Words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

func (s *scan) Put(e *Episode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(e.Row)
	doc := map[string]int{}
	for _, w := range append(Words(e.Content), Words(e.Role)...) {
		if doc[w]++; doc[w] == 1 {
			s.words[w]++
		}
	}
	s.docs[e.Row] = doc
}

func (s *scan) Delete(row int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.remove(row)
}

func (s *scan) remove(row int64) bool {
	doc, ok := s.docs[row]
	for w := range doc {
		if s.words[w]--; s.words[w] == 0 {
			delete(s.words, w)
		}
	}
	delete(s.docs, row)
	return ok
}

func (s *scan) Len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.docs)
}

func (s *scan) Search(query string, k int, keep func(int64) bool) []Hit {
	s.mu.RLock()
	defer s.mu.RUnlock()
	words := Words(query)
	slices.Sort(words)
	words = slices.Compact(words)
	var hits []Hit
	for row, doc := range s.docs {
		score := 0.0
		for _, w := range words {
			if n := doc[w]; n > 0 {
				score += math.Log(1+float64(len(s.docs))/float64(s.words[w])) * float64(n) / (float64(n) + 1)
			}
		}
		if score > 0 && (keep == nil || keep(row)) {
			hits = append(hits, Hit{row, score})
		}
	}
	slices.SortFunc(hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Row, b.Row))
	})
	return hits[:min(k, len(hits))]
}
