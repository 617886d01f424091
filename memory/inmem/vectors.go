package inmem

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"github.com/llmspell/llmspell/memory"
)

// kept is a vector, and when it was stored.
type kept struct {
	memory.RowVector
	seq int64
}

var (
	_ memory.VectorReader = (*reader)(nil)
	_ memory.VectorTx     = (*writer)(nil)
)

func (r *reader) Vectors(of memory.Owner, model string, after int64, each func(row int64, vec []float32) error, _ func(int64)) (upTo int64, err error) {
	list := slices.SortedFunc(maps.Values(r.t.vectors[of][model]), func(a, b kept) int { return cmp.Compare(a.seq, b.seq) })
	for _, v := range list {
		if v.seq <= after {
			continue
		}
		if err := each(v.Row, slices.Clone(v.Vector)); err != nil {
			return 0, err
		}
	}
	return max(after, r.s.vectorSeq), nil
}

func (r *reader) VectorOf(of memory.Owner, model string, text []byte) ([]float32, error) {
	for _, v := range r.t.vectors[of][model] {
		if v.Vector != nil && bytes.Equal(v.Text, text) {
			return slices.Clone(v.Vector), nil
		}
	}
	return nil, nil
}

func (r *reader) VectorLength(of memory.Owner, model string) (int, error) {
	for _, v := range r.t.vectors[of][model] {
		if len(v.Vector) > 0 {
			return len(v.Vector), nil
		}
	}
	return 0, nil
}

func (r *reader) Lacking(of memory.Owner, model string, after int64, limit int) (out []int64, err error) {
	rows := r.t.rows
	if of == memory.Chunks {
		rows = slices.Sorted(maps.Keys(r.t.library.chunks))
	}
	from, _ := slices.BinarySearch(rows, after+1)
	for _, row := range rows[from:] {
		if len(out) == limit {
			break
		}
		if _, ok := r.t.vectors[of][model][row]; !ok {
			out = append(out, row)
		}
	}
	return out, nil
}

func (r *reader) VectorCounts(of memory.Owner) (map[string]int, error) {
	counts := map[string]int{}
	for model, list := range r.t.vectors[of] {
		if len(list) > 0 {
			counts[model] = len(list)
		}
	}
	return counts, nil
}

func (w *writer) SetVectors(of memory.Owner, model string, list []memory.RowVector) error {
	for _, v := range list {
		if !w.t.has(of, v.Row) {
			continue
		}
		w.s.vectorSeq++
		v.Text, v.Vector = bytes.Clone(v.Text), slices.Clone(v.Vector)
		w.setVector(of, model, v.Row, &kept{v, w.s.vectorSeq})
	}
	return nil
}

func (w *writer) DropVectors(of memory.Owner, model string, rows ...int64) error {
	if rows == nil {
		rows = slices.Collect(maps.Keys(w.t.vectors[of][model]))
	}
	for _, row := range rows {
		w.setVector(of, model, row, nil)
	}
	return nil
}

// has tells whether there is a row.
func (t *tenant) has(of memory.Owner, row int64) bool {
	if of == memory.Chunks {
		return t.library.chunks[row] != nil
	}
	return t.episodes[row] != nil
}

// setVector makes a row have a vector, or none. Undone, it has what it had.
func (w *writer) setVector(of memory.Owner, model string, row int64, v *kept) {
	t := w.t
	before, had := t.vectors[of][model][row]
	if v == nil {
		delete(t.vectors[of][model], row)
	} else {
		if t.vectors[of][model] == nil {
			t.vectors[of][model] = map[int64]kept{}
		}
		t.vectors[of][model][row] = *v
	}
	w.undo = append(w.undo, func() {
		if had {
			t.vectors[of][model][row] = before
		} else {
			delete(t.vectors[of][model], row)
		}
	})
}

// dropVectors removes the vectors of a row.
func (w *writer) dropVectors(of memory.Owner, row int64) {
	for model, list := range w.t.vectors[of] {
		if _, ok := list[row]; ok {
			w.setVector(of, model, row, nil)
		}
	}
}
