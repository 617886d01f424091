package rag

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/text"
	"github.com/llmspell/llmspell/memory/tokens"
)

// Where a document is if nobody says.
const (
	DefaultScope      = "global"
	DefaultCollection = "default"
)

// Options of a Library. The zero value is good.
type Options struct {
	// Tenant whose documents they are; others see nothing of them. "" is one, too.
	Tenant string
	// Clock tells the time when documents are taken in, and when their time is over. nil: time.Now.
	Clock func() time.Time
	// Embedding makes vectors of chunks, so that they are found by meaning too. It stays the caller's. nil: they are found by words.
	Embedding *memory.Embedding
	// Counter counts the tokens of what is taken in. nil: they are not counted.
	Counter *tokens.Counter
}

// Library is the documents of one tenant. Its methods may be called by any goroutine.
type Library struct {
	backend memory.Backend
	tenant  string
	clock   func() time.Time
	counter *tokens.Counter
	meaning *memory.Meaning // nil: there is no embedder

	refreshing sync.Mutex // one refresh at a time
	loaded     bool       // what was kept was looked at
	keeping    *memory.Keeping
	mu         sync.RWMutex
	index      index
}

// New makes the library of a tenant in a backend, which stays the caller's. Words are
// read into the index when somebody searches.
func New(b memory.Backend, o Options) (*Library, error) {
	if len(o.Tenant) > memory.MaxName || !utf8.ValidString(o.Tenant) || strings.ContainsRune(o.Tenant, 0) {
		return nil, fmt.Errorf("tenant is not a text of at most %d bytes in UTF-8", memory.MaxName)
	}
	l := &Library{backend: b, tenant: o.Tenant, clock: o.Clock, counter: o.Counter, keeping: memory.NewKeeping(b, o.Tenant, keptDocuments()), meaning: memory.NewMeaning(b, o.Tenant, o.Embedding, chunkRows())}
	if l.clock == nil {
		l.clock = time.Now
	}
	words, err := text.New(ranking)
	l.index = newIndex(words)
	return l, err
}

// Meaning is what is known of the vectors of chunks; nil: there is no embedder.
func (l *Library) Meaning() *memory.Meaning { return l.meaning }

// Close ends what goes on in the background. The backend and the embedding stay the caller's.
func (l *Library) Close() { l.meaning.EndWork() }

// now is the time as rows have it.
func (l *Library) now() time.Time { return l.clock().UTC().Truncate(time.Microsecond) }

// List returns the documents that f means, in the order in which they were taken in.
func (l *Library) List(ctx context.Context, f memory.DocumentFilter) (out []*memory.Document, err error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	limit := f.Limit
	f.Limit = 0
	err = l.backend.Read(ctx, l.tenant, func(r memory.Reader) error {
		lives, err := lifetimesOf(r)
		if err != nil {
			return err
		}
		now := l.now()
		err = r.Documents(f, func(d *memory.Document) error {
			if !lives.gone(d.Scope, d.Collection, d.Ingested, now) {
				out = append(out, d)
			}
			if len(out) == limit && limit > 0 {
				return errEnough
			}
			return ctx.Err()
		})
		if errors.Is(err, errEnough) {
			return nil
		}
		return err
	})
	return out, err
}

// errEnough ends what goes through many things.
var errEnough = errors.New("enough")

// Get returns a document by its id. ErrNotFound: there is none.
func (l *Library) Get(ctx context.Context, scope, collection, id string) (*memory.Document, error) {
	list, err := l.List(ctx, memory.DocumentFilter{Scopes: []string{scope}, Collections: []string{collection}, IDs: []string{id}})
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("document %q in collection %q of scope %q: %w", id, collection, scope, memory.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// Chunks returns the chunks of a document, in order. Those that are damaged are missing.
func (l *Library) Chunks(ctx context.Context, d *memory.Document) (out []*memory.Chunk, err error) {
	err = l.backend.Read(ctx, l.tenant, func(r memory.Reader) error {
		return r.Chunks(d.Row, nil, func(c *memory.Chunk) error { out = append(out, c); return ctx.Err() })
	})
	return out, err
}

// Collections lists the collections whose scope and name f means, by these, with what
// there is of each.
func (l *Library) Collections(ctx context.Context, f memory.DocumentFilter) (out []memory.Collection, err error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	l.trySweep(ctx)
	err = l.backend.Read(ctx, l.tenant, func(r memory.Reader) error {
		all, err := r.Collections()
		for _, c := range all {
			if f.Names(&memory.Document{Scope: c.Scope, Collection: c.Name}) {
				out = append(out, c)
			}
		}
		return err
	})
	return out, err
}

// SetTTL says how long documents of a collection live after they were taken in, also those that
// are there; 0: for ever. What is over by then is removed.
func (l *Library) SetTTL(ctx context.Context, scope, collection string, ttl time.Duration) error {
	c, err := l.living(scope, collection, ttl)
	if err != nil {
		return err
	}
	if _, err := l.Sweep(ctx); err != nil { // what was over must not come back
		return err
	}
	return l.backend.Write(ctx, l.tenant, func(tx memory.Tx) error { return tx.SetCollection(c) })
}

// living is a collection with a TTL that begins now.
func (l *Library) living(scope, collection string, ttl time.Duration) (memory.Collection, error) {
	c := memory.Collection{Scope: scope, Name: collection, TTL: ttl.Truncate(time.Microsecond), Created: l.now()}
	if ttl > 0 && c.TTL == 0 {
		c.TTL = time.Microsecond
	}
	return c, c.Validate()
}

// Delete removes the documents that f means, all of their traces too, and tells how many
// there were. A filter that means all is refused with memory.ErrEverything, unless all is
// set. One that means whole collections ends their times to live, too. An error that comes
// with a number says what traces may be left.
func (l *Library) Delete(ctx context.Context, f memory.DocumentFilter, all bool) (n int, err error) {
	if f.All() && f.Limit == 0 && !all {
		return 0, memory.ErrEverything
	}
	if err := f.Check(); err != nil {
		return 0, err
	}
	var rows []int64
	err = l.backend.Write(ctx, l.tenant, func(tx memory.Tx) error {
		rows = rows[:0]
		f := f
		f.Damaged = func(d *memory.Document, _ error) error { // what is damaged can be deleted, too
			if f.Names(d) && len(f.Metadata) == 0 {
				rows = append(rows, d.Row)
			}
			return nil
		}
		from := map[[2]string]bool{}
		if err := tx.Documents(f, func(d *memory.Document) error {
			rows, from[[2]string{d.Scope, d.Collection}] = append(rows, d.Row), true
			return ctx.Err()
		}); err != nil {
			return err
		}
		if n, err = tx.DropDocuments(rows); err != nil {
			return err
		}
		lives, err := tx.Lifetimes()
		for _, c := range lives {
			switch {
			case err != nil:
			case len(f.IDs)+len(f.Rows)+len(f.Metadata)+f.Limit == 0 && f.Names(&memory.Document{Scope: c.Scope, Collection: c.Name}):
				c.TTL = 0
				err = tx.SetCollection(c)
			case from[[2]string{c.Scope, c.Name}]:
				c.Created = l.now() // it may be empty from now on
				err = tx.SetCollection(c)
			}
		}
		return err
	})
	switch {
	case memory.NoRoom(err) && len(rows) > 1:
		n, err = memory.DropInParts(rows, "documents", func(part []int64) (n int, err error) {
			err = l.backend.Write(ctx, l.tenant, func(tx memory.Tx) error { n, err = tx.DropDocuments(part); return err })
			if err == nil {
				l.drop(part)
			}
			return n, err
		})
	case err != nil:
		return 0, err
	default:
		l.drop(rows)
	}
	if n > 0 {
		if traces := l.backend.Purge(ctx); traces != nil {
			err = errors.Join(err, fmt.Errorf("%d documents were deleted, but traces may be left: %w", n, traces))
		}
	}
	return n, err
}

// drop takes documents out of the index.
func (l *Library) drop(rows []int64) {
	l.mu.Lock()
	chunks := l.index.drop(rows)
	l.keeping.Changed(len(chunks), len(rows) > 0)
	l.mu.Unlock()
	l.meaning.Drop(chunks)
}

// SessionScope is the scope of documents that belong to a session.
func SessionScope(session string) string { return "session:" + session }
