package vector

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// Save writes the index, so that Load need not insert its vectors one by one. Searches go on meanwhile, writes
// wait. Saving to a file is the caller's: write another and rename it.
func (ix *Index) Save(w io.Writer) error {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	h := head{metric: ix.options.Metric, dimension: ix.options.Dimension, generation: ix.generation, model: ix.options.Model}
	if ix.rows != nil {
		h.rows, h.graph = uint64(ix.rows.count()), ix.graph != nil
	}
	err := h.write(w)
	if err == nil && ix.rows != nil {
		err = ix.saveRows(w)
	}
	if err == nil && h.graph {
		err = ix.saveGraph(w)
	}
	if err != nil {
		return fmt.Errorf("save %d vectors: %w", ix.live(), err)
	}
	return nil
}

func (ix *Index) saveRows(w io.Writer) error {
	d, count := ix.options.Dimension, ix.rows.count()
	var buf []byte
	for from := 0; from < count; from += rowsAtOnce(d) {
		to := min(from+rowsAtOnce(d), count)
		buf = buf[:0]
		for _, id := range ix.rows.ids[from:to] {
			buf = binary.LittleEndian.AppendUint64(buf, uint64(id))
		}
		for row := from; row < to; row++ {
			gone := byte(0)
			if ix.rows.isGone(uint32(row)) {
				gone = 1
			}
			buf = append(buf, gone)
		}
		for row := from; row < to; row++ {
			for _, x := range ix.rows.row(uint32(row))[:d] {
				buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(x))
			}
		}
		if err := writeSum(w, buf); err != nil {
			return err
		}
	}
	return nil
}

func (ix *Index) saveGraph(w io.Writer) error {
	if err := writeSum(w, ix.graph.AppendHead(nil)); err != nil {
		return err
	}
	count := uint32(ix.rows.count())
	var buf []byte
	for from := uint32(0); from < count; from += linksAtOnce {
		buf = ix.graph.AppendRows(append(buf[:0], 0, 0, 0, 0), from, min(from+linksAtOnce, count))
		binary.LittleEndian.PutUint32(buf, uint32(len(buf)-4))
		if err := writeSum(w, buf); err != nil {
			return err
		}
	}
	return nil
}
