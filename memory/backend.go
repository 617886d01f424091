package memory

import (
	"context"
	"errors"
)

// What goes wrong for reasons that callers tell apart.
var (
	// ErrExists means that the session has another episode with this id.
	ErrExists = errors.New("there is one with this id already")
	// ErrNotFound means that there is no such episode or entity.
	ErrNotFound = errors.New("there is none")
	// ErrAmbiguous means that several are called so.
	ErrAmbiguous = errors.New("several are called so")
)

// Backend keeps rows, of each tenant apart. Its methods may be called by any
// goroutine. memory/conformance says, as tests, what it must do.
type Backend interface {
	// Read runs fn on a view that no writer changes.
	Read(ctx context.Context, tenant string, fn func(Reader) error) error
	// Write runs fn in a transaction, which is undone if fn returns an error. Only one
	// runs at a time. fn must be short, wait for nothing, and use only its Tx. It may
	// run more than once, after it was undone: it sets what it returns. When
	// Write returns nil, what was written survives the end of the process.
	Write(ctx context.Context, tenant string, fn func(Tx) error) error
	// Purge makes sure that nothing is left of rows that were dropped: in free room, in
	// logs. The error says what may be left.
	Purge(ctx context.Context) error
	// Tenants lists those that have episodes, entities, patterns or documents, sorted.
	Tenants(ctx context.Context) ([]string, error)
	// Check reads everything, and tells of damage.
	Check(ctx context.Context) error
	// Where names the place, for people.
	Where() string
	Close() error
}

// Cursor is a point in the history of a tenant's episodes. Two that are equal have
// the same rows between them: none.
type Cursor struct {
	Row     int64 // the greatest row that there ever was
	Removed int64 // how far the list of removed rows went
}

// Reader finds a tenant's rows. What it returns belongs to the caller.
type Reader interface {
	GraphReader
	DocumentReader
	PatternReader
	// Episodes calls each for those that f means, in its order.
	Episodes(f Filter, each func(*Episode) error) error
	// EpisodesAt returns episodes by their rows, in the same order. Those that are
	// not there, or damaged, are left out.
	EpisodesAt(rows []int64) ([]*Episode, error)
	Cursor() (Cursor, error)
	// Removed lists the rows that were dropped after a cursor's, and how far the list
	// goes now.
	Removed(after int64) (rows []int64, upTo int64, err error)
	Counts() (Counts, error)
	// Sessions lists them by name.
	Sessions() ([]SessionCount, error)
}

// Tx changes a tenant's rows.
type Tx interface {
	Reader
	GraphTx
	DocumentTx
	PatternTx
	// Now is the transaction's time: later than that of any transaction before, in all
	// processes, and the same for all of this one.
	Now() (Instant, error)
	// Advance makes the times of later transactions later than an instant, too.
	Advance(at Instant) error
	// AddEpisode stores an episode and sets its Row. ErrExists: the session has one
	// with this ID.
	AddEpisode(e *Episode) error
	MarkProcessed(rows []int64) error
	// DropEpisodes removes rows, and tells how many there were.
	DropEpisodes(rows []int64) (int, error)
}

// Counts of a tenant's rows.
type Counts struct {
	Episodes, Unprocessed, Sessions int
	UnprocessedSessions             int
	Entities, Facts, Patterns       int // facts that are believed now
}

// SessionCount is what there is of a session.
type SessionCount struct {
	Session     string
	Episodes    int
	Unprocessed int
	First, Last Instant
}
