package memory

import (
	"context"
	"fmt"

	"github.com/llmspell/llmspell/memory/embed"
	"github.com/llmspell/llmspell/memory/vector"
)

// embedBatch has vectors made of some rows that lack one, the oldest first. It returns how many there were, 0 if
// none lacks one. The caller holds asking.
func (m *Meaning) embedBatch(ctx context.Context, e embed.Embedder, most int) (int, error) {
	model := e.Model()
	var rows []int64
	var texts map[int64]string
	made := map[string][]float32{} // by the text's hash
	err := m.read(ctx, func(r Reader, stored VectorReader) error {
		mark, err := m.rows.Mark(r)
		if err != nil {
			return err
		}
		if rows, err = stored.Lacking(m.rows.Of, model, m.complete.Load(), most); err != nil {
			return err
		}
		if len(rows) == 0 {
			m.mark.Store(mark)
			return nil
		}
		if texts, err = m.rows.Texts(r, rows); err != nil {
			return err
		}
		for _, text := range texts {
			hash := string(textHash(text))
			if _, ok := made[hash]; !ok {
				if made[hash], err = stored.VectorOf(m.rows.Of, model, []byte(hash)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	var wanted, hashes []string
	hashOf := map[int64][]byte{}
	for _, row := range rows {
		text, ok := texts[row]
		if !ok {
			continue
		}
		hashOf[row] = textHash(text)
		hash := string(hashOf[row])
		if vec, ok := made[hash]; ok && vec == nil {
			wanted, hashes = append(wanted, text), append(hashes, hash)
			delete(made, hash) // asked for once
		}
	}
	if len(wanted) > 0 {
		vectors, err := e.Embed(ctx, embed.Document, wanted)
		if err != nil {
			return 0, err
		}
		for i, hash := range hashes {
			made[hash] = vectors[i]
		}
	}
	out := make([]RowVector, len(rows)) // those that are damaged get none
	for i, row := range rows {
		out[i] = RowVector{Row: row, Text: hashOf[row], Vector: made[string(hashOf[row])]}
	}
	err = m.write(ctx, func(tx VectorTx) error {
		if err := m.sameLength(tx, model, out); err != nil {
			return err
		}
		return tx.SetVectors(m.rows.Of, model, out)
	})
	if err != nil {
		return 0, err
	}
	m.complete.Store(rows[len(rows)-1])
	return len(rows), nil
}

// sameLength refuses vectors of another length than those of the model that are stored, or than each other.
func (m *Meaning) sameLength(stored VectorReader, model string, list []RowVector) error {
	want, err := stored.VectorLength(m.rows.Of, model)
	if err != nil {
		return err
	}
	for _, v := range list {
		switch n := len(v.Vector); {
		case n == 0:
		case want == 0:
			want = n
		case n != want:
			return otherLength(model, n, want)
		}
	}
	return nil
}

// otherLength is the error of a vector that has another length than those that are stored.
func otherLength(model string, has, stored int) error {
	return fmt.Errorf("%w: vectors of %s have %d numbers, and those that are stored %d: was the model changed? llmspell memory embed --again makes all anew", vector.ErrDimension, model, has, stored)
}

// Embed has vectors made of all rows that lack one, and returns how many did. progress, if it is not nil, is told
// how many have got one and how many there still are.
func (m *Meaning) Embed(ctx context.Context, progress func(done, left int)) (int, error) {
	if m == nil {
		return 0, ErrNoEmbedder
	}
	e, err := m.ready(ctx)
	if err != nil {
		return 0, err
	}
	all := 0
	if progress != nil {
		s, err := m.Stats(ctx)
		if err != nil {
			return 0, err
		}
		all = s.Lacking
	}
	for done := 0; ; {
		n, err := m.embedNext(ctx, e)
		m.note(err)
		done += n
		switch {
		case err != nil && done > 0:
			return done, fmt.Errorf("%d have vectors now; the same again goes on there: %w", done, err)
		case err != nil || n == 0:
			return done, err
		}
		if progress != nil {
			progress(done, max(0, all-done))
		}
	}
}

// embedNext is embedBatch when it is this one's turn, so that a search need not wait for more than a batch.
func (m *Meaning) embedNext(ctx context.Context, e embed.Embedder) (int, error) {
	if err := m.lock(ctx); err != nil {
		return 0, err
	}
	defer m.unlock()
	return m.embedBatch(ctx, e, m.opt.Batch)
}

// DropVectors forgets the vectors of the embedder's model, so that all are made anew, or, with others, those of
// all other models. It returns how many there were.
func (m *Meaning) DropVectors(ctx context.Context, others bool) (n int, err error) {
	if m == nil {
		return 0, ErrNoEmbedder
	}
	e, err := m.ready(ctx)
	if err != nil {
		return 0, err
	}
	if err := m.lock(ctx); err != nil {
		return 0, err
	}
	defer m.unlock()
	err = m.write(ctx, func(tx VectorTx) error {
		n = 0
		counts, err := tx.VectorCounts(m.rows.Of)
		for model, count := range counts {
			if (model != e.Model()) == others && err == nil {
				n += count
				err = tx.DropVectors(m.rows.Of, model)
			}
		}
		return err
	})
	if err != nil || others {
		return n, err
	}
	m.lookAgain()
	m.loading.Lock()
	defer m.loading.Unlock()
	m.alien = 0
	return n, m.empty(e)
}

// lookAgain forgets what rows have a vector.
func (m *Meaning) lookAgain() {
	m.complete.Store(0)
	m.mark.Store(-1)
}

// Mend removes vectors of the embedder's model that are damaged, so that they are made anew, and returns how many there were.
func (m *Meaning) Mend(ctx context.Context) (int, error) {
	if m == nil {
		return 0, ErrNoEmbedder
	}
	e, err := m.ready(ctx)
	if err != nil {
		return 0, err
	}
	var damaged []int64
	err = m.read(ctx, func(_ Reader, stored VectorReader) error {
		_, err := stored.Vectors(m.rows.Of, e.Model(), 0, func(int64, []float32) error { return ctx.Err() }, func(row int64) { damaged = append(damaged, row) })
		return err
	})
	if err == nil {
		err = m.remake(ctx, e.Model(), damaged)
	}
	return len(damaged), err
}

// remake removes vectors, so that they are made anew.
func (m *Meaning) remake(ctx context.Context, model string, rows []int64) error {
	if len(rows) == 0 {
		return nil
	}
	if err := m.lock(ctx); err != nil {
		return err
	}
	defer m.unlock()
	m.lookAgain()
	return m.write(ctx, func(tx VectorTx) error { return tx.DropVectors(m.rows.Of, model, rows...) })
}
