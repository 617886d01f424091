package memory

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/llmspell/llmspell/memory/vector"
)

// Finder is a Backend that finds the nearest vectors itself, so that no process need hold all of them.
type Finder interface {
	// Nearest returns the rows that a means whose vectors of a model are nearest to one, the nearest first, with
	// cosines as scores. It sees all that was written before, by any process. vector.ErrDimension: stored vectors have another
	// length. ok is false where it finds none by itself; then the caller searches. With a limit of 0 it tells of these two alone.
	Nearest(ctx context.Context, tenant, model string, vec []float32, limit int, a Among) (hits []vector.Hit, ok bool, err error)
	// FindsNearest tells whether Nearest may be ok.
	FindsNearest() bool
}

// Among says which rows of an owner are searched. Limits, orders and Damaged of its filters do not count.
type Among struct {
	Of        Owner
	Turns     Filter         // of Turns: those that it means
	Documents DocumentFilter // of Chunks: those of documents that it means
	Now       time.Time      // of Chunks: documents whose time is over by then are left out; zero: none
}

// finder is the backend, if it finds the nearest vectors itself; nil: it does not.
func (m *Meaning) finder() Finder {
	if f, ok := m.backend.(Finder); ok && f.FindsNearest() {
		return f
	}
	return nil
}

// Nearest returns the rows whose vectors are nearest to one, of those that a means: the backend finds them where it can, else they are
// looked for among those that were loaded. keep, which is called while mu is held, says the same of rows that the caller knows as a does.
func (m *Meaning) Nearest(ctx context.Context, vec []float32, limit int, a Among, mu sync.Locker, keep func(row int64) bool) ([]vector.Hit, error) {
	a.Of = m.rows.Of
	if b := m.finder(); b != nil {
		e, err := m.ready(ctx)
		if err != nil {
			return nil, err
		}
		hits, ok, err := b.Nearest(ctx, m.tenant, e.Model(), vec, limit, a)
		if err != nil {
			return nil, err
		}
		if ok {
			mu.Lock()
			defer mu.Unlock()
			return slices.DeleteFunc(hits, func(h vector.Hit) bool { return !keep(h.ID) }), nil // damaged, or removed meanwhile
		}
		if err := m.load(ctx, e.Model()); err != nil { // it has stopped to find any
			return nil, err
		}
	}
	mu.Lock()
	defer mu.Unlock()
	return m.index.Load().Search(vec, limit, &vector.Filter{Keep: keep})
}
