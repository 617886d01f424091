package memory

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/llmspell/llmspell/internal/lru"
	"github.com/llmspell/llmspell/memory/embed"
)

// ErrNoEmbedder means that a search by meaning was asked for, and there are no vectors.
var ErrNoEmbedder = errors.New("no embedder is configured, which makes vectors of texts: set runtime.memory.embedder in the configuration, or search by words")

const (
	defaultBatch    = 64
	defaultPatience = 5 * time.Second
	pause           = 15 * time.Second // after a failure searches do not ask the embedder for so long
	rememberQueries = 1000
)

// EmbedOptions say how texts become vectors.
type EmbedOptions struct {
	// Open makes the embedder, when it is first needed; Close closes it. nil: there are no vectors.
	Open func(ctx context.Context) (embed.Embedder, error)
	// Batch is how many texts are given to it at a time; as many may lack a vector before a search goes
	// on without them. 0: 64.
	Batch int
	// Patience is how long a search waits for it. 0: 5 s.
	Patience time.Duration
}

// Embedding is an embedder for all that has vectors: what one of them learns of it the others know.
// Its methods may be called by any goroutine.
type Embedding struct {
	opt EmbedOptions

	opening  sync.Mutex
	embedder embed.Embedder // nil until it is first used
	queries  *lru.Cache[[]float32]

	mu     sync.Mutex
	failed error // what the last attempt failed with, if that is not long ago
	until  time.Time
}

// NewEmbedding makes an Embedding; nil if o has no embedder.
func NewEmbedding(o EmbedOptions) *Embedding {
	if o.Open == nil {
		return nil
	}
	if o.Batch <= 0 {
		o.Batch = defaultBatch
	}
	if o.Patience <= 0 {
		o.Patience = defaultPatience
	}
	return &Embedding{opt: o, queries: lru.New[[]float32](rememberQueries)}
}

// open makes the embedder.
func (m *Embedding) open(ctx context.Context) (embed.Embedder, error) {
	m.opening.Lock()
	defer m.opening.Unlock()
	if m.embedder != nil {
		return m.embedder, nil
	}
	e, err := m.opt.Open(ctx)
	if err == nil {
		m.embedder = e
	}
	return e, err
}

// Close closes the embedder. What lacks a vector gets it later.
func (m *Embedding) Close() error {
	if m == nil {
		return nil
	}
	m.opening.Lock()
	defer m.opening.Unlock()
	if m.embedder == nil {
		return nil
	}
	err := m.embedder.Close()
	m.embedder = nil
	return err
}

// query is the vector of a query; nil if it has none.
func (m *Embedding) query(ctx context.Context, e embed.Embedder, text string) ([]float32, error) {
	if known, ok := m.queries.Get(text); ok {
		return known, nil
	}
	list, err := e.Embed(ctx, embed.Query, []string{text})
	if err != nil {
		return nil, err
	}
	m.queries.Put(text, list[0])
	return list[0], nil
}

// broken is why the embedder is not asked just now; nil: it is.
func (m *Embedding) broken() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if time.Now().Before(m.until) {
		return m.failed
	}
	return nil
}

// note remembers how an attempt to use the embedder ended.
func (m *Embedding) note(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failed, m.until = err, time.Time{}
	if err != nil {
		m.until = time.Now().Add(pause)
	}
}

// problem is what the last attempt failed with; nil: it did not.
func (m *Embedding) problem() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.failed
}
