package vector

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/llmspell/llmspell/memory/vector/graph"
	"github.com/llmspell/llmspell/memory/vector/kernel"
)

// Load replaces the contents of the index, and its generation, by what Save has written. A stream that is damaged or
// cut is ErrStream, one of another model, metric or dimension ErrStale; the index is then as it was. Whether the stream
// has all that the store has, the store tells by the generation.
func (ix *Index) Load(r io.Reader) error {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	h, err := readHead(r)
	if err != nil {
		return fmt.Errorf("load vectors: %w", err)
	}
	o := ix.options
	if h.model != o.Model || h.metric != o.Metric || o.Dimension != 0 && h.dimension != o.Dimension {
		return fmt.Errorf("load vectors: %w: the stream has %d numbers each of %q, compared by %v; the index wants %d of %q by %v: make it anew from the store",
			ErrStale, h.dimension, h.model, h.metric, o.Dimension, o.Model, o.Metric)
	}
	// Whatever follows is checked before it becomes the index's.
	next := &Index{options: o}
	next.options.Dimension = h.dimension
	next.contents = next.empty(h.dimension)
	if h.dimension > 0 {
		err = next.load(r, h)
	}
	if err != nil {
		return fmt.Errorf("load %d vectors: %w", h.rows, err)
	}
	ix.options, ix.contents, ix.generation = next.options, next.contents, h.generation
	return nil
}

// load reads what comes after the head into an empty index.
func (ix *Index) load(r io.Reader, h head) error {
	linked := h.graph && ix.graph != nil
	if err := ix.loadRows(r, h, linked); err != nil {
		return err
	}
	if h.graph {
		g := ix.graph
		if !linked { // read all the same: a stream is whole or it is not
			g = graph.New(nil)
		}
		if err := readGraph(r, g, uint32(h.rows)); err != nil {
			return err
		}
	}
	if linked {
		if err := ix.adopt(); err != nil {
			return err
		}
	}
	ix.encodeAll()
	if ix.graph != nil && !linked {
		for row := range uint32(ix.rows.count()) {
			ix.graph.Insert(row)
		}
	}
	return nil
}

// loadRows reads the rows: with a graph all, as it names them, else only those that are not gone.
func (ix *Index) loadRows(r io.Reader, h head, linked bool) error {
	var buf []byte
	for left := h.rows; left > 0; {
		n := int(min(uint64(rowsAtOnce(h.dimension)), left))
		left -= uint64(n)
		if need := n * (9 + 4*h.dimension); cap(buf) < need {
			buf = make([]byte, need)
		} else {
			buf = buf[:need]
		}
		if err := read(r, buf); err != nil {
			return err
		}
		if err := checkSum(r, buf, "a piece of the vectors"); err != nil {
			return err
		}
		ids, gone, numbers := buf[:8*n], buf[8*n:9*n], buf[9*n:]
		for i := range n {
			id := int64(binary.LittleEndian.Uint64(ids[8*i:]))
			if gone[i] > 1 || gone[i] == 1 && !h.graph {
				return fmt.Errorf("%w: the vector of %d is marked as %d", ErrStream, id, gone[i])
			}
			if gone[i] == 1 && !linked {
				continue
			}
			if err := ix.loadRow(id, gone[i] == 1, numbers[4*h.dimension*i:][:4*h.dimension]); err != nil {
				return err
			}
		}
	}
	return nil
}

// lengthError is how far the length of a vector can be from 1 that was made so, squared.
const lengthError = 1e-3

func (ix *Index) loadRow(id int64, gone bool, numbers []byte) error {
	before, there := ix.rows.at[id]
	if there && !gone {
		return fmt.Errorf("%w: it has two vectors of %d", ErrStream, id)
	}
	row := ix.rows.add(id)
	if gone {
		ix.rows.setGone(row, true)
		if delete(ix.rows.at, id); there {
			ix.rows.at[id] = before // the vector that came after it
		}
	}
	v := ix.rows.row(row)
	for j := range len(numbers) / 4 {
		v[j] = math.Float32frombits(binary.LittleEndian.Uint32(numbers[4*j:]))
	}
	switch squared := float64(kernel.Dot(v, v)); {
	case ix.options.Metric == Cosine && !(math.Abs(squared-1) < lengthError):
		return fmt.Errorf("%w: the vector of %d has the length %v, not 1", ErrStream, id, math.Sqrt(squared))
	case !(squared <= maxLength*maxLength*(1+lengthError)):
		return fmt.Errorf("%w: the vector of %d is not one of finite numbers", ErrStream, id)
	}
	return nil
}

// readGraph reads a graph of so many rows.
func readGraph(r io.Reader, g *graph.Graph, count uint32) error {
	buf := g.AppendHead(nil) // of the same length
	if err := read(r, buf); err != nil {
		return err
	}
	if err := checkSum(r, buf, "the graph's head"); err != nil {
		return err
	}
	if err := g.ReadHead(buf); err != nil {
		return fmt.Errorf("%w: %w", ErrStream, err)
	}
	for from := uint32(0); from < count; from += linksAtOnce {
		buf = append(buf[:0], 0, 0, 0, 0)
		if err := read(r, buf); err != nil {
			return err
		}
		length := binary.LittleEndian.Uint32(buf)
		if length > linksAtOnce*graph.MaxRowBytes {
			return fmt.Errorf("%w: a piece of the graph has %d bytes", ErrStream, length)
		}
		buf = append(buf, make([]byte, length)...)
		if err := read(r, buf[4:]); err != nil {
			return err
		}
		if err := checkSum(r, buf, "a piece of the graph"); err != nil {
			return err
		}
		if err := g.ReadRows(buf[4:], from, min(from+linksAtOnce, count)); err != nil {
			return fmt.Errorf("%w: %w", ErrStream, err)
		}
	}
	if err := g.Check(); err != nil {
		return fmt.Errorf("%w: %w", ErrStream, err)
	}
	return nil
}

// adopt compares the graph with the vectors, and notes the rows that are free.
func (ix *Index) adopt() error {
	for row := range uint32(ix.rows.count()) {
		there, found := ix.graph.Has(row)
		if found == ix.rows.isGone(row) {
			return fmt.Errorf("%w: its graph and its vectors differ about %d", ErrStream, ix.rows.ids[row])
		}
		if !there {
			ix.free = append(ix.free, row)
		}
	}
	return nil
}
