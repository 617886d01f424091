package inmem

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/llmspell/llmspell/memory"
)

// Store is a memory.Backend in the process.
type Store struct {
	clock func() time.Time

	mu     sync.RWMutex
	closed bool
	now    memory.Instant // of the last transaction that asked
	row    int64          // the last one given
	seq    int64          // of the last removal
	id     int64          // of the last entity, fact or pattern
	past   int64          // memory.KnowledgeCursor.Past
	// The last that were given of documents.
	document, chunk, removedDocument int64
	tenants                          map[string]*tenant

	vectorSeq int64 // of the last vector that was stored
}

var _ memory.Backend = (*Store)(nil)

// ErrClosed means that the store was closed.
var ErrClosed = errors.New("the memory has been closed")

// New makes an empty store. clock tells the time of transactions; nil: time.Now.
func New(clock func() time.Time) *Store {
	if clock == nil {
		clock = time.Now
	}
	return &Store{clock: clock, tenants: map[string]*tenant{}}
}

// tenant holds the rows of one.
type tenant struct {
	episodes map[int64]*memory.Episode
	rows     []int64 // of episodes, in order
	ids      map[[2]string]int64
	removed  []removal
	vectors  [2]map[string]map[int64]kept // by owner, model and row
	library  library
	graph
	patterns map[int64]memory.Pattern
}

func (t *tenant) empty() bool {
	return len(t.rows)+len(t.entities)+len(t.patterns)+len(t.library.documents) == 0
}

// removal is a row that was dropped.
type removal struct{ seq, row int64 }

func (s *Store) tenant(name string) *tenant {
	t := s.tenants[name]
	if t == nil {
		t = &tenant{episodes: map[int64]*memory.Episode{}, ids: map[[2]string]int64{}, library: newLibrary(), vectors: [2]map[string]map[int64]kept{{}, {}}, graph: newGraph(), patterns: map[int64]memory.Pattern{}}
	}
	return t
}

// Where is a word for people.
func (s *Store) Where() string { return "(in memory)" }

// Close forgets everything.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed, s.tenants = true, nil
	return nil
}

// Read runs fn while nobody writes.
func (s *Store) Read(ctx context.Context, name string, fn func(memory.Reader) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.usable(ctx); err != nil {
		return err
	}
	return fn(&reader{s, s.tenant(name)})
}

func (s *Store) usable(ctx context.Context) error {
	if s.closed {
		return ErrClosed
	}
	return ctx.Err()
}

// Write runs fn alone, and undoes what it did if it fails or panics.
func (s *Store) Write(ctx context.Context, name string, fn func(memory.Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return err
	}
	t := s.tenant(name)
	w := &writer{reader: reader{s, t}}
	row, seq, vectorSeq, done := s.row, s.seq, s.vectorSeq, false
	defer func() {
		if done {
			return
		}
		for _, undo := range slices.Backward(w.undo) {
			undo()
		}
		s.row, s.seq, s.vectorSeq = row, seq, vectorSeq
	}()
	if err := fn(w); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	s.tenants[name], done = t, true
	return nil
}

// Purge has nothing to do: what is dropped leaves no trace but in the heap.
func (s *Store) Purge(context.Context) error { return nil }

// Tenants lists those that have episodes, entities, patterns or documents.
func (s *Store) Tenants(ctx context.Context) ([]string, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	names := slices.Sorted(maps.Keys(s.tenants))
	return slices.DeleteFunc(names, func(n string) bool { return s.tenants[n].empty() }), nil
}

// Check has nothing to find.
func (s *Store) Check(ctx context.Context) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.usable(ctx)
}
