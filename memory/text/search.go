package text

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"time"
)

// Options say what to search for.
type Options struct {
	// K is how many hits are wanted; 10 if it is 0.
	K int
	// Session, Speaker and Role keep only documents that have these, if they are not empty.
	Session, Speaker, Role string
	// From and Until keep only documents of that time: from From on, before Until. A document
	// whose time is unknown is of no time. The zero value is no limit.
	From, Until time.Time
	// IDs, if it is not nil, keeps only these documents.
	IDs []int64
	// Filter, if it is not nil, keeps only the documents that it accepts. It is called
	// while the index is locked, and must not use it.
	Filter func(id int64) bool
}

// Hit is a document that was found. Scores compare within one search only.
type Hit struct {
	ID    int64
	Score float32
}

// Search finds the documents that answer a query best, the best first; equal ones by their ids.
// What a filter keeps out is not found, but its neighbours still have a part in its score.
func (ix *Index) Search(query string, o Options) ([]Hit, error) {
	switch {
	case o.K < 0:
		return nil, errors.New("text search: K, the number of hits wanted, is negative")
	case o.K == 0:
		o.K = 10
	}
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	q := ix.query(query)
	if len(q.terms) == 0 {
		return nil, nil
	}
	keep, any := ix.keeper(o)
	if !any {
		return nil, nil
	}
	acc := ix.accumulator()
	defer func() {
		acc.reset()
		ix.scratch.Put(acc)
	}()
	ix.score(acc, q)
	best := top{k: min(o.K, len(ix.slots))}
	consider := func(slots []int32) {
		for _, slot := range slots {
			if score := ix.rank(acc, q, slot); score > 0 && best.admits(score) {
				if id := ix.docs[slot].id; keep(slot, id) {
					best.add(Hit{ID: id, Score: score})
				}
			}
		}
	}
	consider(acc.reached)
	matched := len(acc.reached)
	ix.spread(acc, ix.weak(acc, q, best.least()))
	consider(acc.reached[matched:])
	return best.sorted(), nil
}

// query is what of a query the index knows.
type query struct {
	terms    []queryTerm
	speakers []bool // by number: named in the query; nil if none or all are
	when     bool   // it asks for a time
}

type queryTerm struct {
	number int32
	weight float32 // inverse document frequency, times the occurrences in the query
}

// query takes a query apart. Stop words count only if there is nothing else.
func (ix *Index) query(text string) query {
	var all, content []string
	q := query{}
	// Its own analyzer: the index's belongs to the writer.
	newAnalyzer(ix.params.Language).each(text, func(t token) {
		all = append(all, t.term)
		if !t.stop {
			content = append(content, t.term)
		}
		if t.term == "when" {
			q.when = true
		}
	})
	if len(content) == 0 {
		content = all
	}
	seen := map[int32]int{}
	for _, term := range content {
		number, ok := ix.terms[term]
		if !ok {
			continue
		}
		if at, ok := seen[number]; ok {
			q.terms[at].weight++
			continue
		}
		seen[number] = len(q.terms)
		q.terms = append(q.terms, queryTerm{number, 1})
	}
	q.terms = ix.telling(q.terms)
	for i := range q.terms {
		q.terms[i].weight *= ix.idf(len(ix.postings[q.terms[i].number].entries))
	}
	q.speakers = ix.named(content)
	return q
}

// telling leaves out terms that very many documents have, such as the name of one of two speakers, unless
// there are no others. They say next to nothing, and would make up most of the work.
func (ix *Index) telling(terms []queryTerm) []queryTerm {
	var out []queryTerm
	for _, t := range terms {
		if n := len(ix.postings[t.number].entries); n <= common || n <= len(ix.slots)/3 {
			out = append(out, t)
		}
	}
	if len(out) == 0 {
		return terms
	}
	return out
}

// common is how many documents may have a term whatever their number is.
const common = 1000

// idf is how much a term tells that so many documents have.
func (ix *Index) idf(documents int) float32 {
	n, df := float64(len(ix.slots)), float64(documents)
	return float32(math.Log1p((n - df + 0.5) / (df + 0.5)))
}

// named finds the speakers whom a query names.
func (ix *Index) named(terms []string) []bool {
	said := make(map[string]bool, len(terms))
	for _, term := range terms {
		said[term] = true
	}
	var out []bool
	for i := range ix.speakers.entries {
		if slices.ContainsFunc(ix.speakers.entries[i].value.terms, func(term string) bool { return said[term] }) {
			if out == nil {
				out = make([]bool, len(ix.speakers.entries))
			}
			out[i] = true
		}
	}
	return out
}

// keeper answers a function that tells which documents the options keep; any is false if it is none.
func (ix *Index) keeper(o Options) (keep func(slot int32, id int64) bool, any bool) {
	var tests []func(slot int32, id int64) bool
	if o.Session != "" {
		number, ok := ix.sessions.numbers[o.Session]
		if !ok {
			return nil, false
		}
		tests = append(tests, func(slot int32, _ int64) bool { return ix.session[slot] == number })
	}
	if o.Speaker != "" || o.Role != "" {
		wanted := ix.saidBy(o.Speaker, o.Role)
		tests = append(tests, func(slot int32, _ int64) bool { n := ix.speaker[slot]; return n != none && wanted[n] })
	}
	if !o.From.IsZero() || !o.Until.IsZero() {
		tests = append(tests, func(slot int32, _ int64) bool {
			at := ix.docs[slot].at
			if at == unknownTime {
				return false
			}
			t := time.Unix(0, at)
			return (o.From.IsZero() || !t.Before(o.From)) && (o.Until.IsZero() || t.Before(o.Until))
		})
	}
	if o.IDs != nil {
		ids := make(map[int64]bool, len(o.IDs))
		for _, id := range o.IDs {
			ids[id] = true
		}
		tests = append(tests, func(_ int32, id int64) bool { return ids[id] })
	}
	if o.Filter != nil {
		tests = append(tests, func(_ int32, id int64) bool { return o.Filter(id) })
	}
	return func(slot int32, id int64) bool {
		for _, test := range tests {
			if !test(slot, id) {
				return false
			}
		}
		return true
	}, true
}

// saidBy marks the speakers of a name and a role.
func (ix *Index) saidBy(name, role string) []bool {
	out := make([]bool, len(ix.speakers.entries))
	for key, number := range ix.speakers.numbers {
		s, r := splitSpeaker(key)
		out[number] = (name == "" || s == name) && (role == "" || r == role)
	}
	return out
}

// top keeps the k best hits, in a heap whose root is the worst of them.
type top struct {
	k    int
	heap []Hit
}

// admits reports whether a hit of that score may be among the best.
func (t *top) admits(score float32) bool { return len(t.heap) < t.k || score >= t.heap[0].Score }

// least is the score that a hit must have to be among the best.
func (t *top) least() float32 {
	if len(t.heap) < t.k {
		return 0
	}
	return t.heap[0].Score
}

func (t *top) add(h Hit) {
	if len(t.heap) < t.k {
		t.heap = append(t.heap, h)
		for i := len(t.heap) - 1; i > 0 && worse(t.heap[i], t.heap[(i-1)/2]); i = (i - 1) / 2 {
			t.heap[i], t.heap[(i-1)/2] = t.heap[(i-1)/2], t.heap[i]
		}
		return
	}
	if !worse(t.heap[0], h) {
		return
	}
	t.heap[0] = h
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(t.heap); child++ {
			if worse(t.heap[child], t.heap[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		t.heap[i], t.heap[least] = t.heap[least], t.heap[i]
		i = least
	}
}

func worse(a, b Hit) bool { return a.Score < b.Score || a.Score == b.Score && a.ID > b.ID }

func (t *top) sorted() []Hit {
	slices.SortFunc(t.heap, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
	return t.heap
}
