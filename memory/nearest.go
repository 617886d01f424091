package memory

import (
	"context"

	"github.com/llmspell/llmspell/memory/vector"
)

// Finder is a Backend that finds the nearest vectors itself, so that no process need hold all of them.
type Finder interface {
	// Nearest returns the rows of episodes that f means whose vectors of a model are nearest to one, the nearest first, with
	// cosines as scores. It sees all that was written before, by any process. vector.ErrDimension: stored vectors have another
	// length. ok is false where it finds none by itself; then the caller searches. With a limit of 0 it tells of these two alone.
	Nearest(ctx context.Context, tenant, model string, vec []float32, limit int, f Filter) (hits []vector.Hit, ok bool, err error)
	// FindsNearest tells whether Nearest may be ok.
	FindsNearest() bool
}

// finder is the backend, if it finds the nearest of these vectors itself; nil: it does not.
func (m *Meaning) finder() Finder {
	if f, ok := m.backend.(Finder); ok && m.rows.Of == Turns && f.FindsNearest() {
		return f
	}
	return nil
}

// nearest finds rows that f means, and keep allows, by vectors: those in the backend, or those that were loaded.
func (m *Memory) nearest(ctx context.Context, vec []float32, limit int, f Filter, keep func(int64) bool) ([]vector.Hit, error) {
	if b := m.meaning.finder(); b != nil {
		e, err := m.meaning.ready(ctx)
		if err != nil {
			return nil, err
		}
		hits, ok, err := b.Nearest(ctx, m.tenant, e.Model(), vec, limit, f)
		if ok || err != nil {
			return hits, err
		}
		if err := m.meaning.load(ctx, e.Model()); err != nil { // it has stopped to find any
			return nil, err
		}
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	there := func(row int64) bool { return m.index.heads[row] != nil && (keep == nil || keep(row)) }
	return m.meaning.Near(vec, limit, there)
}
