package memory

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/llmspell/llmspell/memory/embed"
	"github.com/llmspell/llmspell/memory/vector"
)

// Meaning knows the vectors of a tenant's rows of one kind: it has them made, keeps them in the backend,
// and finds the nearest. One that is nil knows none. Its methods may be called by any goroutine.
type Meaning struct {
	*Embedding
	backend Backend
	tenant  string
	rows    Rows

	asking   chan struct{} // has room for the one who has vectors made
	complete atomic.Int64  // rows up to here have a vector
	mark     atomic.Int64  // Rows.Mark when none lacked one; -1: it is not known

	loading sync.Mutex // held while index changes
	index   atomic.Pointer[vector.Index]
	seq     int64 // what of the stored vectors is in the index
	alien   int   // vectors that have another length than the first
	unkept  int   // vectors that were read since the index was kept

	worker *worker // nil: nothing is done in the background
}

// Rows are what has vectors.
type Rows struct {
	Of   Owner
	Name string // for people, in the plural
	// Mark is another number whenever there are new rows.
	Mark func(Reader) (int64, error)
	// Texts are what vectors are made of, by the rows. Those that are damaged, or gone, are missing.
	Texts func(Reader, []int64) (map[int64]string, error)
	// Count is how many there are.
	Count func(Reader) (int, error)
}

// NewMeaning makes the Meaning of a tenant's rows; nil without an embedding.
func NewMeaning(b Backend, tenant string, e *Embedding, rows Rows) *Meaning {
	if e == nil {
		return nil
	}
	m := &Meaning{Embedding: e, backend: b, tenant: tenant, rows: rows, asking: make(chan struct{}, 1)}
	m.mark.Store(-1)
	return m
}

// Name says of what it has vectors, for people.
func (m *Meaning) Name() string { return m.rows.Name }

// ready makes the embedder, and the index of its model.
func (m *Meaning) ready(ctx context.Context) (embed.Embedder, error) {
	e, err := m.open(ctx)
	if err != nil {
		return nil, err
	}
	m.loading.Lock()
	defer m.loading.Unlock()
	if m.index.Load() == nil {
		err = m.empty(e)
	}
	return e, err
}

// empty makes an index without vectors. The caller holds loading.
func (m *Meaning) empty(e embed.Embedder) error {
	index, err := vector.New(vector.Options{Model: e.Model()})
	if err == nil {
		m.index.Store(index)
	}
	return err
}

// lock waits for its turn to have vectors made.
func (m *Meaning) lock(ctx context.Context) error {
	select {
	case m.asking <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (m *Meaning) unlock() { <-m.asking }

// Drop takes rows out of the index.
func (m *Meaning) Drop(rows []int64) {
	if m == nil || len(rows) == 0 {
		return
	}
	m.loading.Lock()
	defer m.loading.Unlock()
	if index := m.index.Load(); index != nil {
		for _, row := range rows {
			index.Delete(row)
		}
	}
}

// read runs fn on what is stored.
func (m *Meaning) read(ctx context.Context, fn func(Reader, VectorReader) error) error {
	return m.backend.Read(ctx, m.tenant, func(r Reader) error {
		stored, ok := r.(VectorReader)
		if !ok {
			return errNoVectors(m.backend)
		}
		return fn(r, stored)
	})
}

// write runs fn in a transaction.
func (m *Meaning) write(ctx context.Context, fn func(VectorTx) error) error {
	return m.backend.Write(ctx, m.tenant, func(tx Tx) error {
		stored, ok := tx.(VectorTx)
		if !ok {
			return errNoVectors(m.backend)
		}
		return fn(stored)
	})
}

// errNoVectors is what a backend that keeps none leads to.
func errNoVectors(b Backend) error { return keepsNone{b.Where()} }

// keepsNone is the error of a backend without vectors.
type keepsNone struct{ where string }

func (e keepsNone) Error() string { return fmt.Sprintf("the memory in %s keeps no vectors", e.where) }

// textHash names a text.
func textHash(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:16]
}

// load brings the index of vectors to what is stored. Vectors that are damaged are removed, so that they are made anew.
func (m *Meaning) load(ctx context.Context, model string) error {
	m.loading.Lock()
	m.takeKept(ctx, model)
	index := m.index.Load()
	var damaged []int64
	err := m.read(ctx, func(_ Reader, stored VectorReader) error {
		upTo, err := stored.Vectors(m.rows.Of, model, m.seq, func(row int64, vec []float32) error {
			m.unkept++
			if vec == nil {
				index.Delete(row)
				return ctx.Err()
			}
			switch err := index.Put(row, vec); {
			case errors.Is(err, vector.ErrDimension):
				m.alien++
			case err != nil:
				damaged = append(damaged, row)
			}
			return ctx.Err()
		}, func(row int64) { damaged = append(damaged, row) })
		if err == nil {
			m.seq = upTo
		}
		return err
	})
	if err == nil && len(damaged) == 0 {
		m.keepVectors(ctx, model, index)
	}
	m.loading.Unlock()
	if err != nil {
		return err
	}
	return m.remake(ctx, model, damaged)
}

// VectorStats say what there is of vectors.
type VectorStats struct {
	Embedder  bool   // there is one
	Model     string // whose vectors are searched
	Dimension int    // of those that were loaded; 0: none were yet
	Stored    int    // of this model
	Lacking   int    // rows that have none
	Others    map[string]int
	Problem   error // why the embedder cannot be used
}

// Stats counts vectors.
func (m *Meaning) Stats(ctx context.Context) (s VectorStats, err error) {
	if m == nil {
		return s, nil
	}
	s.Embedder = true
	rows := 0
	err = m.read(ctx, func(r Reader, stored VectorReader) error {
		if rows, err = m.rows.Count(r); err == nil {
			s.Others, err = stored.VectorCounts(m.rows.Of)
		}
		return err
	})
	if errors.As(err, &keepsNone{}) {
		s.Problem = err
		return s, nil
	}
	if err != nil {
		return s, err
	}
	s.Problem = m.problem()
	e, err := m.ready(ctx)
	if err != nil {
		s.Lacking, s.Problem = rows, err
		return s, ctx.Err()
	}
	s.Model, s.Stored = e.Model(), s.Others[e.Model()]
	s.Lacking = rows - s.Stored
	delete(s.Others, s.Model)
	s.Dimension = m.index.Load().Stats().Dimension
	return s, nil
}
