package vector

import (
	"fmt"
	"math"
	"slices"

	"github.com/llmspell/llmspell/memory/vector/graph"
	"github.com/llmspell/llmspell/memory/vector/kernel"
)

// Hit is a vector that was found.
type Hit struct {
	ID    int64
	Score float32 // as the Metric says: more is nearer
}

const (
	atOnce = 1024 // how many rows are compared between looks at the result

	gatherBelow = 500 // so many named vectors are compared one by one, and
	gatherShare = 8   // up to one in so many of all
)

// scratch is what one search needs.
type scratch struct {
	query  []float32 // padded with zeros
	coded  []int8
	order  []float32 // of some rows, or of all
	sums   []int32
	exact  []float32
	picked []uint32
	near   top
	best   top
	graph  []graph.Found
}

// borrow is a scratch for vectors of so many numbers, whose query is all zeros.
func (ix *Index) borrow(dimension int) *scratch {
	s, ok := ix.scratch.Get().(*scratch)
	if !ok {
		s = &scratch{order: make([]float32, atOnce), sums: make([]int32, atOnce)}
	}
	if need := groupsOf(dimension) * kernel.CodeGroup; len(s.coded) < need {
		s.query, s.coded = make([]float32, need), make([]int8, need)
	}
	s.query = s.query[:(dimension+floatPad-1)&^(floatPad-1)]
	clear(s.query[dimension:])
	return s
}

// Search finds the k nearest vectors, or all if there are not so many, the nearest first. A nil filter takes
// all.
func (ix *Index) Search(query []float32, k int, filter *Filter) ([]Hit, error) {
	if k < 1 {
		return nil, fmt.Errorf("a search for %d vectors: ask for at least 1", k)
	}
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	if err := ix.fits(len(query)); err != nil {
		return nil, err
	}
	s := ix.borrow(len(query))
	defer ix.scratch.Put(s)
	if err := ix.options.Metric.prepare(s.query, query); err != nil {
		return nil, err
	}
	n := ix.live()
	if n == 0 {
		return nil, nil
	}
	found := ix.find(s, min(k, n), filter)
	hits := make([]Hit, len(found))
	for i, f := range found {
		hits[i] = Hit{ID: f.id, Score: ix.options.Metric.score(f.order)}
	}
	return hits, nil
}

// find chooses how to search.
func (ix *Index) find(s *scratch, k int, filter *Filter) []found {
	var p pick
	if filter != nil {
		p.keep = filter.Keep
		if filter.IDs != nil {
			list := ix.rows.rowsOf(filter.IDs)
			if len(list) <= max(gatherBelow, ix.rows.live()/gatherShare) {
				return ix.gather(s, k, list, p)
			}
			p.only = marked(list, ix.rows.count())
		}
	}
	switch {
	case ix.codes == nil:
		return ix.compareAll(s, k, p)
	case ix.graph == nil || p.only != nil || !ix.takesMost(p):
		return ix.scan(s, k, p)
	}
	return ix.follow(s, k, p)
}

// compareAll compares the query with all rows.
func (ix *Index) compareAll(s *scratch, k int, p pick) []found {
	s.best = top{k, s.best.heap[:0]}
	ix.eachRun(func(from uint32, n int) {
		order := s.order[:n]
		ix.options.Metric.exact(ix.rows, order, s.query, from)
		ix.offer(&s.best, order, from, p)
	})
	return s.best.sorted()
}

// eachRun goes through the rows, in runs that lie in one block.
func (ix *Index) eachRun(run func(from uint32, n int)) {
	count, block := ix.rows.count(), 1<<ix.rows.shift
	for from := 0; from < count; {
		n := min(atOnce, count-from, block-from&(block-1))
		run(uint32(from), n)
		from += n
	}
}

// offer offers the rows from a given one on.
func (ix *Index) offer(t *top, order []float32, from uint32, p pick) {
	least := t.least()
	for i, o := range order {
		if o < least {
			continue
		}
		row := from + uint32(i)
		if p.takes(ix.rows, row) {
			t.offer(found{o, row, ix.rows.ids[row]})
			least = t.least()
		}
	}
}

// gather compares the query with the rows of a list.
func (ix *Index) gather(s *scratch, k int, list []uint32, p pick) []found {
	s.best = top{k, s.best.heap[:0]}
	for len(list) > 0 {
		n := min(atOnce, len(list))
		order := s.order[:n]
		ix.options.Metric.exactEach(ix.rows, order, s.query, list[:n])
		least := s.best.least()
		for i, row := range list[:n] {
			if order[i] >= least && p.takes(ix.rows, row) {
				s.best.offer(found{order[i], row, ix.rows.ids[row]})
				least = s.best.least()
			}
		}
		list = list[n:]
	}
	return s.best.sorted()
}

// scan compares the query with all codes, and exactly with what came near.
func (ix *Index) scan(s *scratch, k int, p pick) []found {
	metric, count := ix.options.Metric, ix.rows.count()
	q := metric.code(ix.codes, s.query[:ix.options.Dimension], s.coded)
	if cap(s.order) < count {
		s.order = make([]float32, count+count/8)
	}
	order := s.order[:count]
	s.near = top{k, s.near.heap[:0]}
	ix.eachRun(func(from uint32, n int) {
		run := order[from:][:n]
		metric.approximate(ix.codes, run, s.sums, &q, from)
		ix.offer(&s.near, run, from, p)
	})
	// The k first by codes are exactly so near, at least. Whatever is no farther than the last of them differs from its
	// order by codes by no more than their error.
	last := ix.farthest(s, s.near.heap)
	if metric == L2 {
		last += q.length
	}
	limit := min(last-q.slack, s.near.least())
	s.picked = s.picked[:0]
	for row, o := range order {
		if o >= limit && p.takes(ix.rows, uint32(row)) {
			s.picked = append(s.picked, uint32(row))
		}
	}
	return ix.gather(s, k, s.picked, pick{})
}

// farthest is the exact order of the last of some rows.
func (ix *Index) farthest(s *scratch, rows []found) float32 {
	s.picked = s.picked[:0]
	for _, f := range rows {
		s.picked = append(s.picked, f.row)
	}
	s.exact = slices.Grow(s.exact[:0], len(rows))[:len(rows)]
	ix.options.Metric.exactEach(ix.rows, s.exact, s.query, s.picked)
	least := float32(math.Inf(1))
	for _, o := range s.exact {
		least = min(least, o)
	}
	return least
}

// follow searches the graph.
func (ix *Index) follow(s *scratch, k int, p pick) []found {
	var accept func(uint32) bool
	if p.keep != nil {
		accept = func(row uint32) bool { return p.takes(ix.rows, row) }
	}
	s.graph = ix.graph.Search(s.graph, s.query, max(ix.options.Ef, 2*k), accept)
	if len(s.graph) < k {
		return ix.scan(s, k, p)
	}
	s.best = top{k, s.best.heap[:0]}
	for _, f := range s.graph {
		s.best.offer(found{f.Near, f.Row, ix.rows.ids[f.Row]})
	}
	return s.best.sorted()
}

// samples is how many rows a filter is asked about to tell how many it takes.
const samples = 256

// takesMost says whether a filter takes at least half of all rows: with fewer, a graph is a detour.
func (ix *Index) takesMost(p pick) bool {
	if p.keep == nil {
		return true
	}
	n, taken := ix.rows.count(), 0
	asked := min(samples, n)
	for i := range asked {
		if p.takes(ix.rows, uint32(i*n/asked)) {
			taken++
		}
	}
	return 2*taken >= asked
}
