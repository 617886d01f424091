package memory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/llmspell/llmspell/memory/text"
)

// Options of a Memory. The zero value is good.
type Options struct {
	// Tenant whose memory it is; others see nothing of it. "" is one, too.
	Tenant string
	// Search are the constants of the ranking; the zero value is good.
	Search text.Params
	// Embed says how texts become vectors; without, searches are by words.
	Embed EmbedOptions
	// Priors say what counts in a search besides what is asked; the zero value is nothing.
	Priors Priors
	// Clock tells the time when episodes are taken in. nil: time.Now.
	Clock func() time.Time
	// Extractor takes facts from turns when they are consolidated. nil: the rules of extract.English.
	Extractor Extractor
}

// Memory is the memory of one tenant. Its methods may be called by any goroutine.
type Memory struct {
	backend Backend
	tenant  string
	clock   func() time.Time
	params  text.Params
	priors  Priors
	meaning *Meaning // nil: there is no embedder

	extractor Extractor

	refreshing sync.Mutex // one refresh at a time
	loaded     bool       // what was kept was looked at
	keeping    *Keeping
	mu         sync.RWMutex
	index      index
	knowing    knowing
	adjacent   adjacent
	learned    atomic.Int64 // patterns that were counted since there was a look at how many there are
}

// head is what filters ask of a row most.
type head struct {
	session, role string
	at            Instant
}

// New makes the memory of a tenant in a backend, which stays the caller's: Memory has
// Close ends what Memory itself has begun; Keep spares the next process some work. Words are read into the index when somebody searches.
func New(b Backend, o Options) (*Memory, error) {
	switch {
	case len(o.Tenant) > MaxName:
		return nil, fmt.Errorf("tenant has %d bytes, the limit is %d", len(o.Tenant), MaxName)
	case !utf8.ValidString(o.Tenant) || strings.ContainsRune(o.Tenant, 0):
		return nil, errors.New("tenant is not a text in UTF-8")
	}
	m := &Memory{backend: b, tenant: o.Tenant, clock: o.Clock, params: o.Search, priors: o.Priors, meaning: NewMeaning(b, o.Tenant, NewEmbedding(o.Embed), turnRows()), extractor: o.Extractor, keeping: NewKeeping(b, o.Tenant, keptTurns()), index: index{heads: map[int64]*head{}}}
	if m.clock == nil {
		m.clock = time.Now
	}
	if m.extractor == nil {
		m.extractor = byRules{}
	}
	var err error
	if m.index.words, err = text.New(o.Search); err != nil {
		return nil, err
	}
	if err := o.Priors.validate(); err != nil {
		return nil, err
	}
	return m, nil
}

// turnRows are the episodes, as what has vectors.
func turnRows() Rows {
	return Rows{Of: Turns, Name: "turns", Mark: func(r Reader) (int64, error) {
		at, err := r.Cursor()
		return at.Row, err
	},
		Texts: func(r Reader, rows []int64) (map[int64]string, error) {
			list, err := r.EpisodesAt(rows)
			texts := make(map[int64]string, len(list))
			for _, e := range list {
				texts[e.Row] = e.Content
			}
			return texts, err
		},
		Count: func(r Reader) (int, error) {
			n, err := r.Counts()
			return n.Episodes, err
		}}
}

// Meaning is what is known of the vectors of episodes; nil: there is no embedder.
func (m *Memory) Meaning() *Meaning { return m.meaning }

// Embedding is the embedder, for others that have vectors; nil: there is none.
func (m *Memory) Embedding() *Embedding {
	if m.meaning == nil {
		return nil
	}
	return m.meaning.Embedding
}

// Close ends what goes on in the background, and closes the embedder.
func (m *Memory) Close() error {
	m.meaning.EndWork()
	return m.Embedding().Close()
}

// Add stores an episode, and returns it as it was stored. ErrExists: the session has
// one with this ID.
func (m *Memory) Add(ctx context.Context, e Episode) (*Episode, error) {
	if err := m.complete(&e); err != nil {
		return nil, err
	}
	err := m.backend.Write(ctx, m.tenant, func(tx Tx) error { return tx.AddEpisode(&e) })
	if err != nil {
		return nil, err
	}
	m.meaning.Notify()
	return &e, nil
}

// AddAll stores episodes: all, or none.
func (m *Memory) AddAll(ctx context.Context, list []Episode) ([]*Episode, error) {
	out := make([]*Episode, len(list))
	for i, e := range list {
		if err := m.complete(&e); err != nil {
			return nil, fmt.Errorf("episode %d: %w", i+1, err)
		}
		out[i] = &e
	}
	err := m.backend.Write(ctx, m.tenant, func(tx Tx) error {
		for _, e := range out {
			if err := tx.AddEpisode(e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	m.meaning.Notify()
	return out, nil
}

// complete checks an episode, and fills in what the store says.
func (m *Memory) complete(e *Episode) error {
	e.Row, e.Processed = 0, false
	e.Ingested = m.clock().UTC().Truncate(time.Microsecond)
	if e.Time.IsZero() {
		e.Time = e.Ingested
	}
	if e.Time = At(e.Time).Time(); e.Time.IsZero() {
		return errors.New("time is out of range")
	}
	if e.ID == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return fmt.Errorf("make an id: %w", err)
		}
		e.ID = id.String()
	}
	return e.Validate()
}

// Get returns an episode by its id. session may be "" if only one session has it; else
// the error is ErrAmbiguous. ErrNotFound: there is none.
func (m *Memory) Get(ctx context.Context, session, id string) (*Episode, error) {
	f := Filter{IDs: []string{id}, Limit: 2}
	if session != "" {
		f.Sessions = []string{session}
	}
	list, err := m.List(ctx, f)
	switch {
	case err != nil:
		return nil, err
	case len(list) == 0 && session == "":
		return nil, fmt.Errorf("episode %q: %w", id, ErrNotFound)
	case len(list) == 0:
		return nil, fmt.Errorf("episode %q of session %q: %w", id, session, ErrNotFound)
	case len(list) > 1:
		return nil, fmt.Errorf("episode %q is in session %q and in %q: %w; name the session", id, list[0].Session, list[1].Session, ErrAmbiguous)
	}
	return list[0], nil
}

// List returns the episodes that f means.
func (m *Memory) List(ctx context.Context, f Filter) (out []*Episode, err error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	err = m.backend.Read(ctx, m.tenant, func(r Reader) error {
		return r.Episodes(f, func(e *Episode) error {
			out = append(out, e)
			return ctx.Err()
		})
	})
	return out, err
}

// Sessions lists the sessions by name.
func (m *Memory) Sessions(ctx context.Context) (out []SessionCount, err error) {
	err = m.backend.Read(ctx, m.tenant, func(r Reader) (err error) {
		out, err = r.Sessions()
		return err
	})
	return out, err
}

// Stats of a memory.
type Stats struct {
	Counts
	Tenant  string
	Where   string
	Vectors VectorStats
}

// Stats counts what there is.
func (m *Memory) Stats(ctx context.Context) (s Stats, err error) {
	s.Tenant, s.Where = m.tenant, m.backend.Where()
	err = m.backend.Read(ctx, m.tenant, func(r Reader) (err error) {
		s.Counts, err = r.Counts()
		return err
	})
	if err == nil {
		s.Vectors, err = m.meaning.Stats(ctx)
	}
	return s, err
}

// ErrEverything means that something was asked for all episodes, but not in so many words.
var ErrEverything = errors.New("this means all episodes")

// Forget removes the episodes that f means, all of their traces too, and tells how many
// there were. A filter that means all is refused with ErrEverything, unless all is set; with these go
// what is known from them alone, and all of what is known that is damaged. An error that comes with a number says what traces may be left.
func (m *Memory) Forget(ctx context.Context, f Filter, all bool) (n int, err error) {
	if f.all() && !all {
		return 0, ErrEverything
	}
	if err := f.check(); err != nil {
		return 0, err
	}
	n, err = m.forget(ctx, true, func(tx Tx) (rows []int64, err error) {
		f := f
		f.Damaged = func(e *Episode, _ error) error { // what is damaged can be forgotten, too
			if f.header(e.Session, e.Role, At(e.Time)) && (len(f.IDs) == 0 || slices.Contains(f.IDs, e.ID)) && len(f.Metadata) == 0 {
				rows = append(rows, e.Row)
			}
			return nil
		}
		err = tx.Episodes(f, func(e *Episode) error { rows = append(rows, e.Row); return ctx.Err() })
		return rows, err
	})
	if err != nil || !f.all() {
		return n, err
	}
	damaged, err := m.forgetKnowledge(ctx, Tx.DropDamaged)
	return n + damaged, err
}

// forget removes the episodes that which names, and, with facts, what is known from them alone.
func (m *Memory) forget(ctx context.Context, facts bool, which func(Tx) ([]int64, error)) (n int, err error) {
	drop := func(find func(Tx) ([]int64, error)) (rows []int64, n int, err error) {
		err = m.backend.Write(ctx, m.tenant, func(tx Tx) (err error) {
			if rows, err = find(tx); err != nil {
				return err
			}
			if n, err = tx.DropEpisodes(rows); err != nil || !facts {
				return err
			}
			return tx.DropFactsFrom(rows)
		})
		if err != nil {
			return rows, 0, err
		}
		m.drop(rows)
		return rows, n, nil
	}
	rows, n, err := drop(which)
	if NoRoom(err) && len(rows) > 1 {
		n, err = DropInParts(rows, "turns", func(part []int64) (int, error) {
			_, n, err := drop(func(Tx) ([]int64, error) { return part, nil })
			return n, err
		})
	}
	if n > 0 {
		if traces := m.backend.Purge(ctx); traces != nil {
			err = errors.Join(err, fmt.Errorf("%d turns were forgotten, but traces may be left: %w", n, traces))
		}
	}
	return n, err
}

// drop takes rows out of the index.
func (m *Memory) drop(rows []int64) {
	m.mu.Lock()
	m.keeping.Changed(m.index.drop(rows), len(rows) > 0)
	m.mu.Unlock()
	m.meaning.Drop(rows)
}
