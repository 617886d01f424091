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

func (r *reader) Vectors(model string, after int64, each func(row int64, vec []float32) error, _ func(int64)) (upTo int64, err error) {
	list := slices.SortedFunc(maps.Values(r.t.vectors[model]), func(a, b kept) int { return cmp.Compare(a.seq, b.seq) })
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

func (r *reader) VectorOf(model string, text []byte) ([]float32, error) {
	for _, v := range r.t.vectors[model] {
		if v.Vector != nil && bytes.Equal(v.Text, text) {
			return slices.Clone(v.Vector), nil
		}
	}
	return nil, nil
}

func (r *reader) Lacking(model string, after int64, limit int) (out []int64, err error) {
	from, _ := slices.BinarySearch(r.t.rows, after+1)
	for _, row := range r.t.rows[from:] {
		if len(out) == limit {
			break
		}
		if _, ok := r.t.vectors[model][row]; !ok {
			out = append(out, row)
		}
	}
	return out, nil
}

func (r *reader) VectorCounts() (map[string]int, error) {
	counts := map[string]int{}
	for model, list := range r.t.vectors {
		if len(list) > 0 {
			counts[model] = len(list)
		}
	}
	return counts, nil
}

func (w *writer) SetVectors(model string, list []memory.RowVector) error {
	for _, v := range list {
		if w.t.episodes[v.Row] == nil {
			continue
		}
		w.s.vectorSeq++
		v.Text, v.Vector = bytes.Clone(v.Text), slices.Clone(v.Vector)
		w.setVector(model, v.Row, &kept{v, w.s.vectorSeq})
	}
	return nil
}

func (w *writer) DropVectors(model string, rows ...int64) error {
	if rows == nil {
		rows = slices.Collect(maps.Keys(w.t.vectors[model]))
	}
	for _, row := range rows {
		w.setVector(model, row, nil)
	}
	return nil
}

// setVector makes a row have a vector, or none. Undone, it has what it had.
func (w *writer) setVector(model string, row int64, v *kept) {
	t := w.t
	before, had := t.vectors[model][row]
	if v == nil {
		delete(t.vectors[model], row)
	} else {
		if t.vectors[model] == nil {
			t.vectors[model] = map[int64]kept{}
		}
		t.vectors[model][row] = *v
	}
	w.undo = append(w.undo, func() {
		if had {
			t.vectors[model][row] = before
		} else {
			delete(t.vectors[model], row)
		}
	})
}

// dropVectors removes the vectors of a row.
func (w *writer) dropVectors(row int64) {
	for model, list := range w.t.vectors {
		if _, ok := list[row]; ok {
			w.setVector(model, row, nil)
		}
	}
}
