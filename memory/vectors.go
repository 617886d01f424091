package memory

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/llmspell/llmspell/internal/lru"
	"github.com/llmspell/llmspell/memory/embed"
	"github.com/llmspell/llmspell/memory/vector"
)

// ErrNoEmbedder means that a search by meaning was asked for, and there are no vectors.
var ErrNoEmbedder = errors.New("no embedder is configured, which makes vectors of texts: set runtime.memory.embedder in the configuration, or search by words")

const (
	defaultBatch    = 64
	defaultPatience = 5 * time.Second
	pause           = 15 * time.Second // after a failure searches do not ask the embedder for so long
	rememberQueries = 1000
)

// vectors are what a Memory knows of the meaning of episodes: by one embedder.
type vectors struct {
	opt EmbedOptions

	opening  sync.Mutex
	embedder embed.Embedder // nil until it is first used

	asking   chan struct{} // has room for the one who has vectors made
	complete atomic.Int64  // rows up to here have a vector

	loading sync.Mutex // held while index changes
	index   atomic.Pointer[vector.Index]
	seq     int64 // what of the stored vectors is in the index
	alien   int   // vectors that have another length than the first

	queries *lru.Cache[[]float32]

	mu     sync.Mutex
	failed error // what the last attempt failed with, if that is not long ago
	until  time.Time
}

// EmbedOptions say how texts become vectors.
type EmbedOptions struct {
	// Open makes the embedder, when it is first needed; Memory closes it. nil: there are no vectors.
	Open func(ctx context.Context) (embed.Embedder, error)
	// Batch is how many texts are given to it at a time; as many may lack a vector before a search goes
	// on without them. 0: 64.
	Batch int
	// Patience is how long a search waits for it. 0: 5 s.
	Patience time.Duration
}

func newVectors(o EmbedOptions) *vectors {
	if o.Open == nil {
		return nil
	}
	if o.Batch <= 0 {
		o.Batch = defaultBatch
	}
	if o.Patience <= 0 {
		o.Patience = defaultPatience
	}
	return &vectors{opt: o, asking: make(chan struct{}, 1), queries: lru.New[[]float32](rememberQueries)}
}

// open makes the embedder, and the index of its model.
func (v *vectors) open(ctx context.Context) (embed.Embedder, error) {
	v.opening.Lock()
	defer v.opening.Unlock()
	if v.embedder != nil {
		return v.embedder, nil
	}
	e, err := v.opt.Open(ctx)
	if err != nil {
		return nil, err
	}
	index, err := emptyIndex(e)
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	v.index.Store(index)
	v.embedder = e
	return e, nil
}

// model is that of the embedder; "" before it was opened, and after it was closed.
func (v *vectors) model() string {
	v.opening.Lock()
	defer v.opening.Unlock()
	if v.embedder == nil {
		return ""
	}
	return v.embedder.Model()
}

// emptyIndex is for the vectors of an embedder.
func emptyIndex(e embed.Embedder) (*vector.Index, error) {
	return vector.New(vector.Options{Model: e.Model()})
}

func (v *vectors) close() error {
	v.opening.Lock()
	defer v.opening.Unlock()
	if v.embedder == nil {
		return nil
	}
	err := v.embedder.Close()
	v.embedder = nil
	return err
}

// lock waits for its turn to have vectors made.
func (v *vectors) lock(ctx context.Context) error {
	select {
	case v.asking <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (v *vectors) unlock() { <-v.asking }

// drop takes rows out of the index.
func (v *vectors) drop(rows []int64) {
	if v == nil || len(rows) == 0 {
		return
	}
	v.loading.Lock()
	defer v.loading.Unlock()
	if index := v.index.Load(); index != nil {
		for _, row := range rows {
			index.Delete(row)
		}
	}
}

// query is the vector of a query; nil if it has none.
func (v *vectors) query(ctx context.Context, e embed.Embedder, text string) ([]float32, error) {
	if known, ok := v.queries.Get(text); ok {
		return known, nil
	}
	list, err := e.Embed(ctx, embed.Query, []string{text})
	if err != nil {
		return nil, err
	}
	v.queries.Put(text, list[0])
	return list[0], nil
}

// broken is why the embedder is not asked just now; nil: it is.
func (v *vectors) broken() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if time.Now().Before(v.until) {
		return v.failed
	}
	return nil
}

// note remembers how an attempt to use the embedder ended.
func (v *vectors) note(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.failed, v.until = err, time.Time{}
	if err != nil {
		v.until = time.Now().Add(pause)
	}
}

// problem is what the last attempt failed with; nil: it did not.
func (v *vectors) problem() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.failed
}

// textHash names a text.
func textHash(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:16]
}

// errNoVectors is what a backend that keeps none leads to.
func errNoVectors(b Backend) error {
	return fmt.Errorf("the memory in %s keeps no vectors", b.Where())
}

// loadVectors brings the index of vectors to what is stored. Vectors that are damaged are removed, so that they are made anew.
func (m *Memory) loadVectors(ctx context.Context, model string) error {
	v := m.vectors
	v.loading.Lock()
	index := v.index.Load()
	var damaged []int64
	err := m.backend.Read(ctx, m.tenant, func(r Reader) error {
		stored, ok := r.(VectorReader)
		if !ok {
			return errNoVectors(m.backend)
		}
		upTo, err := stored.Vectors(model, v.seq, func(row int64, vec []float32) error {
			if vec == nil {
				index.Delete(row)
				return ctx.Err()
			}
			switch err := index.Put(row, vec); {
			case errors.Is(err, vector.ErrDimension):
				v.alien++
			case err != nil:
				damaged = append(damaged, row)
			}
			return ctx.Err()
		}, func(row int64) { damaged = append(damaged, row) })
		if err == nil {
			v.seq = upTo
		}
		return err
	})
	v.loading.Unlock()
	if err != nil {
		return err
	}
	return m.remake(ctx, model, damaged)
}

// vectorStats counts vectors, of so many episodes.
func (m *Memory) vectorStats(ctx context.Context, episodes int) (s VectorStats, err error) {
	v := m.vectors
	s.Embedder = true
	err = m.backend.Read(ctx, m.tenant, func(r Reader) (err error) {
		stored, ok := r.(VectorReader)
		if !ok {
			s.Problem = errNoVectors(m.backend)
			return nil
		}
		s.Others, err = stored.VectorCounts()
		return err
	})
	if err != nil || s.Problem != nil {
		return s, err
	}
	s.Problem = v.problem()
	e, err := v.open(ctx)
	if err != nil {
		s.Lacking, s.Problem = episodes, err
		return s, ctx.Err()
	}
	s.Model, s.Stored = e.Model(), s.Others[e.Model()]
	s.Lacking = episodes - s.Stored
	delete(s.Others, s.Model)
	s.Dimension = v.index.Load().Stats().Dimension
	return s, nil
}
