package vector

import (
	"fmt"
	"slices"
	"sync"

	"github.com/llmspell/llmspell/memory/vector/graph"
)

// Kind is a way to search.
type Kind uint32

const (
	// Auto is Exact for up to ScanFrom vectors, and Scan beyond.
	Auto Kind = iota
	// Exact compares the query with each vector.
	Exact
	// Scan compares the query with codes of half a byte a number, and exactly with what came near.
	Scan
	// HNSW follows a graph. It is the fastest with more than some ten thousand vectors that are clustered, and
	// the slowest to write to; its recall depends on the vectors.
	HNSW
	kinds
)

// String is the kind's name, as in "exact".
func (k Kind) String() string {
	if k < kinds {
		return [...]string{"auto", "exact", "scan", "hnsw"}[k]
	}
	return fmt.Sprintf("kind %d", uint32(k))
}

// ScanFrom is with how many vectors Auto begins to scan codes, and HNSW to use its graph: up
// to there comparing all is no slower.
const ScanFrom = 1000

// DefaultEf is how many candidates a search of HNSW follows, if the options do not say.
const DefaultEf = 128

// sweepSteps is how many rows are looked at, for each write, to take deleted ones out of the graph.
const sweepSteps = 8

// Options are what an index is for.
type Options struct {
	// Dimension is how many numbers each vector has. With 0 the first vector decides.
	Dimension int
	Metric    Metric
	Kind      Kind
	// Model names what the vectors come from. A stream of another model is refused: their vectors do not compare.
	Model string
	// Ef is how many candidates a search of HNSW follows: more find more, and take longer.
	Ef int
}

// Index holds vectors by id.
type Index struct {
	mu         sync.RWMutex
	options    Options
	generation uint64
	contents
	scratch sync.Pool // *scratch
}

// contents are the vectors of an index, and what is made of them.
type contents struct {
	rows  *rows        // nil until the dimension is known
	codes *codes       // nil while all are compared
	graph *graph.Graph // nil but for HNSW
	free  []uint32     // rows that have left the graph
}

// New is an empty index.
func New(o Options) (*Index, error) {
	switch {
	case o.Dimension < 0 || o.Dimension > MaxDimension:
		return nil, fmt.Errorf("%w: vectors of %d numbers; an index has 1 to %d, or 0 for as many as its first vector has", ErrDimension, o.Dimension, MaxDimension)
	case o.Metric >= metrics:
		return nil, fmt.Errorf("%v is unknown: cosine, dot and l2 are known", o.Metric)
	case o.Kind >= kinds:
		return nil, fmt.Errorf("%v is unknown: auto, exact, scan and hnsw are known", o.Kind)
	case o.Ef < 0:
		return nil, fmt.Errorf("an index cannot follow %d candidates: give at least 1, or 0 for %d", o.Ef, DefaultEf)
	case len(o.Model) > maxModel:
		return nil, fmt.Errorf("the model's name has %d bytes, more than %d", len(o.Model), maxModel)
	}
	if o.Ef == 0 {
		o.Ef = DefaultEf
	}
	ix := &Index{options: o}
	ix.contents = ix.empty(o.Dimension)
	return ix, nil
}

// empty are contents without vectors.
func (ix *Index) empty(dimension int) contents {
	if dimension == 0 {
		return contents{}
	}
	c := contents{rows: newRows(dimension)}
	if ix.options.Kind == HNSW {
		c.graph = graph.New(space{c.rows, ix.options.Metric})
	}
	return c
}

// space is the rows as the graph sees them.
type space struct {
	*rows
	metric Metric
}

func (s space) Near(dst, q []float32, list []uint32) { s.metric.exactEach(s.rows, dst, q, list) }
func (s space) Vector(row uint32) []float32          { return s.row(row) }

// Put adds a vector, or replaces the one that the id has. The index keeps none of vec.
func (ix *Index) Put(id int64, vec []float32) error {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if err := ix.fits(len(vec)); err != nil {
		return err
	}
	s := ix.borrow(len(vec))
	defer ix.scratch.Put(s)
	if err := ix.options.Metric.prepare(s.query, vec); err != nil {
		return err
	}
	if ix.rows == nil {
		ix.options.Dimension = len(vec)
		ix.contents = ix.empty(len(vec))
	}
	ix.put(id, s.query)
	return nil
}

// fits says whether vectors of so many numbers belong here.
func (ix *Index) fits(numbers int) error {
	switch dimension := ix.options.Dimension; {
	case numbers == 0 || numbers > MaxDimension:
		return fmt.Errorf("%w: a vector of %d numbers; it needs 1 to %d", ErrDimension, numbers, MaxDimension)
	case dimension != 0 && numbers != dimension:
		of := ""
		if ix.options.Model != "" {
			of = " of " + ix.options.Model
		}
		return fmt.Errorf("%w: a vector of %d numbers in an index of vectors%s with %d; was it made by another model?", ErrDimension, numbers, of, dimension)
	}
	return nil
}

// put stores a prepared vector.
func (ix *Index) put(id int64, v []float32) {
	old, there := ix.rows.at[id]
	if there && slices.Equal(ix.rows.row(old), v) {
		return
	}
	row := old
	switch {
	case ix.graph != nil:
		if there {
			ix.bury(old)
		}
		row = ix.place(id)
	case !there:
		row = ix.rows.add(id)
	}
	copy(ix.rows.row(row), v)
	ix.encode(row)
	if ix.graph != nil {
		ix.graph.Insert(row)
		ix.sweep()
	}
}

// place is a row for an id, which the graph does not know.
func (c *contents) place(id int64) uint32 {
	if len(c.free) == 0 {
		return c.rows.add(id)
	}
	row := c.free[len(c.free)-1]
	c.free = c.free[:len(c.free)-1]
	c.rows.ids[row], c.rows.at[id] = id, row
	c.rows.setGone(row, false)
	return row
}

// bury has a row of the graph not found any more.
func (c *contents) bury(row uint32) {
	delete(c.rows.at, c.rows.ids[row])
	c.rows.setGone(row, true)
	c.graph.Delete(row)
}

// sweep goes on with taking deleted rows out of the graph.
func (c *contents) sweep() { c.free = c.graph.Step(c.free, sweepSteps) }

// encode codes a row, and all rows when there are enough of them.
func (ix *Index) encode(row uint32) {
	if ix.codes != nil {
		ix.codes.set(row, ix.rows.row(row))
		return
	}
	ix.encodeAll()
}

// encodeAll codes all rows, if codes are of use.
func (ix *Index) encodeAll() {
	if ix.options.Kind == Exact || ix.options.Kind != Scan && ix.rows.count() <= ScanFrom {
		return
	}
	ix.codes = newCodes(ix.options.Dimension, ix.rows.shift)
	for row := range uint32(ix.rows.count()) {
		ix.codes.set(row, ix.rows.row(row))
	}
}

// Delete removes a vector. It returns whether there was one.
func (ix *Index) Delete(id int64) bool {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if ix.rows == nil {
		return false
	}
	row, there := ix.rows.at[id]
	switch {
	case !there:
		return false
	case ix.rows.live() == 1:
		ix.contents = ix.empty(ix.options.Dimension) // gives its memory back
	case ix.graph != nil:
		ix.bury(row)
		ix.sweep()
	default:
		if ix.rows.drop(row); ix.codes != nil {
			ix.codes.drop(row)
		}
	}
	return true
}

// Prune removes the vectors of ids that keep does not allow.
func (ix *Index) Prune(keep func(id int64) bool) {
	ix.mu.RLock()
	var gone []int64
	if ix.rows != nil {
		for id := range ix.rows.at {
			if !keep(id) {
				gone = append(gone, id)
			}
		}
	}
	ix.mu.RUnlock()
	for _, id := range gone {
		ix.Delete(id)
	}
}

// Len is how many vectors there are.
func (ix *Index) Len() int {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return ix.live()
}

func (c *contents) live() int {
	if c.rows == nil {
		return 0
	}
	return c.rows.live()
}

// Has says whether the id has a vector.
func (ix *Index) Has(id int64) bool {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	if ix.rows == nil {
		return false
	}
	_, there := ix.rows.at[id]
	return there
}

// Generation is what SetGeneration has set, or what was loaded: a number by which a store tells whether
// a stream has all that it has. The index does not count.
func (ix *Index) Generation() uint64 {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return ix.generation
}

// SetGeneration sets the number that Save writes.
func (ix *Index) SetGeneration(n uint64) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.generation = n
}
