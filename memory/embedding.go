package memory

import (
	"context"
	"fmt"

	"github.com/llmspell/llmspell/memory/embed"
)

// embedBatch has vectors made of some episodes that lack one, the oldest first. It returns how many there were, 0 if
// none lacks one. The caller holds asking.
func (m *Memory) embedBatch(ctx context.Context, e embed.Embedder, most int) (int, error) {
	v, model := m.vectors, e.Model()
	var rows []int64
	var list []*Episode
	made := map[string][]float32{} // by the text's hash
	err := m.backend.Read(ctx, m.tenant, func(r Reader) error {
		stored, ok := r.(VectorReader)
		if !ok {
			return errNoVectors(m.backend)
		}
		at, err := r.Cursor()
		if err != nil {
			return err
		}
		if rows, err = stored.Lacking(model, v.complete.Load(), most); err != nil {
			return err
		}
		if len(rows) == 0 {
			v.complete.Store(at.Row)
			return nil
		}
		v.complete.Store(rows[0] - 1)
		if list, err = r.EpisodesAt(rows); err != nil {
			return err
		}
		for _, ep := range list {
			hash := string(textHash(ep.Content))
			if _, ok := made[hash]; !ok {
				if made[hash], err = stored.VectorOf(model, []byte(hash)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	var texts, hashes []string
	for _, ep := range list {
		hash := string(textHash(ep.Content))
		if vec, ok := made[hash]; ok && vec == nil {
			texts, hashes = append(texts, ep.Content), append(hashes, hash)
			delete(made, hash) // asked for once
		}
	}
	if len(texts) > 0 {
		vectors, err := e.Embed(ctx, embed.Document, texts)
		if err != nil {
			return 0, err
		}
		for i, hash := range hashes {
			made[hash] = vectors[i]
		}
	}
	hashOf := map[int64][]byte{}
	for _, ep := range list {
		hashOf[ep.Row] = textHash(ep.Content)
	}
	out := make([]RowVector, len(rows)) // those that are damaged get none
	for i, row := range rows {
		out[i] = RowVector{Row: row, Text: hashOf[row], Vector: made[string(hashOf[row])]}
	}
	err = m.backend.Write(ctx, m.tenant, func(tx Tx) error { return tx.(VectorTx).SetVectors(model, out) })
	return len(rows), err
}

// Embed has vectors made of all episodes that lack one, and returns how many did. progress, if it is not nil, is told
// how many have got one and how many there still are.
func (m *Memory) Embed(ctx context.Context, progress func(done, left int)) (int, error) {
	v := m.vectors
	if v == nil {
		return 0, ErrNoEmbedder
	}
	e, err := v.open(ctx)
	if err != nil {
		return 0, err
	}
	for done := 0; ; {
		n, err := m.embedNext(ctx, e)
		v.note(err)
		done += n
		switch {
		case err != nil && done > 0:
			return done, fmt.Errorf("%d have vectors now; the same again goes on there: %w", done, err)
		case err != nil || n == 0:
			return done, err
		}
		if progress != nil {
			s, err := m.Stats(ctx)
			if err != nil {
				return done, err
			}
			progress(done, s.Vectors.Lacking)
		}
	}
}

// embedNext is embedBatch when it is this one's turn, so that a search need not wait for more than a batch.
func (m *Memory) embedNext(ctx context.Context, e embed.Embedder) (int, error) {
	if err := m.vectors.lock(ctx); err != nil {
		return 0, err
	}
	defer m.vectors.unlock()
	return m.embedBatch(ctx, e, m.vectors.opt.Batch)
}

// DropVectors forgets the vectors of the embedder's model, so that all are made anew, or, with others, those of
// all other models. It returns how many there were.
func (m *Memory) DropVectors(ctx context.Context, others bool) (n int, err error) {
	v := m.vectors
	if v == nil {
		return 0, ErrNoEmbedder
	}
	e, err := v.open(ctx)
	if err != nil {
		return 0, err
	}
	if err := v.lock(ctx); err != nil {
		return 0, err
	}
	defer v.unlock()
	err = m.backend.Write(ctx, m.tenant, func(tx Tx) error {
		n = 0
		stored, ok := tx.(VectorTx)
		if !ok {
			return errNoVectors(m.backend)
		}
		counts, err := stored.VectorCounts()
		for model, count := range counts {
			if (model != e.Model()) == others && err == nil {
				n += count
				err = stored.DropVectors(model)
			}
		}
		return err
	})
	if err != nil || others {
		return n, err
	}
	v.complete.Store(0)
	v.loading.Lock()
	defer v.loading.Unlock()
	v.alien = 0
	index, err := emptyIndex(e)
	if err == nil {
		v.index.Store(index)
	}
	return n, err
}

// MendVectors removes vectors of the embedder's model that are damaged, so that they are made anew, and returns how many there were.
func (m *Memory) MendVectors(ctx context.Context) (int, error) {
	v := m.vectors
	if v == nil {
		return 0, ErrNoEmbedder
	}
	e, err := v.open(ctx)
	if err != nil {
		return 0, err
	}
	var damaged []int64
	err = m.backend.Read(ctx, m.tenant, func(r Reader) error {
		stored, ok := r.(VectorReader)
		if !ok {
			return errNoVectors(m.backend)
		}
		_, err := stored.Vectors(e.Model(), 0, func(int64, []float32) error { return ctx.Err() }, func(row int64) { damaged = append(damaged, row) })
		return err
	})
	if err == nil {
		err = m.remake(ctx, e.Model(), damaged)
	}
	return len(damaged), err
}

// remake removes vectors, so that they are made anew.
func (m *Memory) remake(ctx context.Context, model string, rows []int64) error {
	if len(rows) == 0 {
		return nil
	}
	if err := m.vectors.lock(ctx); err != nil {
		return err
	}
	defer m.vectors.unlock()
	m.vectors.complete.Store(0)
	return m.backend.Write(ctx, m.tenant, func(tx Tx) error { return tx.(VectorTx).DropVectors(model, rows...) })
}
