package vector

import (
	"fmt"

	"github.com/llmspell/llmspell/memory/vector/graph"
)

// Hit is a vector that was found.
type Hit struct {
	ID    int64
	Score float32 // as the Metric says: more is nearer
}

const (
	atOnce    = 1024 // how many rows are compared between looks at the result
	codedRoom = 50   // how many candidates a scan has at least, and
	codedMore = 5    // how many for each hit that is asked for

	gatherBelow = 500 // so many named vectors are compared one by one, and
	gatherShare = 8   // up to one in so many of all
)

// scratch is what one search needs.
type scratch struct {
	query  []float32 // padded with zeros
	coded  []int16
	order  []float32
	sums   []int32
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
	if need := (dimension + codePad - 1) &^ (codePad - 1); len(s.coded) < need {
		s.query, s.coded = make([]float32, need), make([]int16, need)
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
	metric := ix.options.Metric
	q := metric.code(ix.codes, s.query, s.coded)
	s.near = top{max(codedRoom, codedMore*k), s.near.heap[:0]}
	ix.eachRun(func(from uint32, n int) {
		order := s.order[:n]
		metric.approximate(ix.codes, order, s.sums, &q, from)
		ix.offer(&s.near, order, from, p)
	})
	s.picked = s.picked[:0]
	for _, f := range s.near.heap {
		s.picked = append(s.picked, f.row)
	}
	best := ix.gather(s, k, s.picked, pick{})
	if len(s.near.heap) < s.near.room {
		return best
	}
	// What was left out is no nearer than the last candidate, but for the codes' error. L2
	// orders codes without the query's own length.
	limit := best[len(best)-1].order - q.slack
	if metric == L2 {
		limit += q.length
	}
	if s.near.least() < limit {
		return best
	}
	s.picked = s.picked[:0]
	ix.eachRun(func(from uint32, n int) {
		order := s.order[:n]
		metric.approximate(ix.codes, order, s.sums, &q, from)
		for i, o := range order {
			if row := from + uint32(i); o >= limit && p.takes(ix.rows, row) {
				s.picked = append(s.picked, row)
			}
		}
	})
	return ix.gather(s, k, s.picked, pick{})
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
