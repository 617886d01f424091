package archive

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
)

// Limits of a Store. A field that is zero takes its value from DefaultLimits; a
// negative one means no limit.
type Limits struct {
	Sessions      int   // that are active or suspended
	Artifacts     int   // of one session
	ArtifactBytes int64 // of one artifact
	SessionBytes  int64 // of the artifacts of one session
	VariableBytes int64 // of the kept variables of one session, as JSON
	OutputBytes   int   // of an execution's output that are kept
	EntryBytes    int   // of the parameters or the result of one tool call that are kept
	Entries       int   // tool calls and events of one execution that are kept
}

// DefaultLimits are those of a user's own database.
func DefaultLimits() Limits {
	return Limits{
		Sessions: -1, Artifacts: 1000, ArtifactBytes: 1 << 30, SessionBytes: 10 << 30, VariableBytes: 10 << 20,
		OutputBytes: 1 << 20, EntryBytes: 10 << 20, Entries: 100_000,
	}
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	for _, f := range []struct{ v, d *int }{
		{&l.Sessions, &d.Sessions}, {&l.Artifacts, &d.Artifacts}, {&l.OutputBytes, &d.OutputBytes},
		{&l.EntryBytes, &d.EntryBytes}, {&l.Entries, &d.Entries},
	} {
		if *f.v == 0 {
			*f.v = *f.d
		}
	}
	for _, f := range []struct{ v, d *int64 }{
		{&l.ArtifactBytes, &d.ArtifactBytes}, {&l.SessionBytes, &d.SessionBytes}, {&l.VariableBytes, &d.VariableBytes},
	} {
		if *f.v == 0 {
			*f.v = *f.d
		}
	}
	return l
}

// DefaultCompressFrom is the size from which contents are compressed, in bytes,
// where that makes them smaller.
const DefaultCompressFrom = 10 << 10

// Options of a Store. The zero value works.
type Options struct {
	Limits Limits
	// CompressFrom is the size from which contents are compressed; 0:
	// DefaultCompressFrom, negative: none is.
	CompressFrom int
	// ReadOnly opens an existing database for reading.
	ReadOnly bool
	// Now tells the time; nil: time.Now.
	Now func() time.Time
}

// Store is a database of sessions and artifacts. Its methods may be called by
// any goroutine, and other processes may use the same file.
type Store struct {
	db     *db.DB
	limits Limits
	opts   Options

	codec codec

	mu        sync.Mutex
	recorders map[*Recorder]bool
	deleted   func(ctx context.Context, ids []string) error
	values    Values

	endings endings

	remembering atomic.Bool // there is a table of deleted sessions

	rest     rest     // of a database that turned out to be damaged: see Survivor
	salvaged *salvage // what this store is made of, if it is such a rest; nil: a whole database
	whole    *salvage // what it owns: see OpenRest
}

// applicationID marks the file: "LLSA".
const applicationID = 0x4c4c5341

// Open opens the database in a file, or makes it. A file that cannot be written is
// opened for reading: writes fail with db.ErrReadOnly. db.Memory is a database that
// goes with the Store. Errors are those of db.Open.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	d, err := db.Open(ctx, path, db.Options{
		ApplicationID: applicationID,
		Migrations:    migrations(),
		ReadOnly:      o.ReadOnly,
		OrReadOnly:    true,
		Reserve:       256 << 10,
		Restore:       restore,
	})
	if err != nil {
		return nil, err
	}
	return newStore(d, o), nil
}

func migrations() []db.Migration { return []db.Migration{{SQL: schema}} }

func newStore(d *db.DB, o Options) *Store {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.CompressFrom == 0 {
		o.CompressFrom = DefaultCompressFrom
	}
	s := &Store{db: d, limits: o.Limits.withDefaults(), opts: o, recorders: map[*Recorder]bool{}, endings: endings{every: endEvery}}
	s.codec.from = o.CompressFrom
	return s
}

// Close writes what executions have journaled so far, and closes the database.
func (s *Store) Close() error {
	s.flushAll()
	s.codec.close()
	if s.whole != nil {
		return s.whole.close()
	}
	return errors.Join(s.rest.close(), s.db.Close())
}

// Shrink gives back the memory that the store keeps to be faster the next time.
func (s *Store) Shrink(ctx context.Context) {
	s.codec.close()
	s.db.Shrink(ctx)
}

// OnDelete has f called with the ids of sessions that Delete and Cleanup have deleted,
// on the goroutine of their caller; its error is theirs. Call it before the store is
// used.
func (s *Store) OnDelete(f func(ctx context.Context, ids []string) error) { s.deleted = f }

// Values are what sessions keep outside of the store: bundles carry them. An export goes
// on without them where they cannot be read; an error of Import is that of the import of
// the session.
type Values struct {
	// Export writes what the session of an id has kept. It leaves out what is damaged,
	// and has damaged called for it.
	Export func(ctx context.Context, id string, w io.Writer, damaged func(error)) error
	// Import reads what Export has written of the session from; it is now of the
	// session to.
	Import func(ctx context.Context, from, to string, r io.Reader) error
}

// Carry has bundles carry values. Without it they have none, and those of a bundle
// are not imported. Call it before the store is used.
func (s *Store) Carry(v Values) { s.values = v }

// tell calls what OnDelete has set.
func (s *Store) tell(ctx context.Context, ids []string) error {
	if s.deleted == nil || len(ids) == 0 {
		return nil
	}
	return s.deleted(ctx, ids)
}

// Limits returns the limits in force.
func (s *Store) Limits() Limits { return s.limits }

func (s *Store) now() int64 { return s.opts.Now().UnixMicro() }

func timeOf(micro int64) time.Time {
	if micro == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micro).UTC()
}

func microOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// collect runs a query and scans its rows.
func collect[T any](tx *db.Tx, scan func(func(...any) error) (T, error), query string, args ...any) ([]T, error) {
	out := []T{}
	if err := tx.Each(func(rows *sql.Rows) error {
		v, err := scan(rows.Scan)
		if err == nil {
			out = append(out, v)
		}
		return err
	}, query, args...); err != nil {
		return nil, err
	}
	return out, nil
}

// collectSound is collect that goes on behind rows that are damaged, of which the list has
// what scan could read. The error then wraps ErrDamaged, and the list is whole all the same.
func collectSound[T any](tx *db.Tx, scan func(func(...any) error) (T, error), query string, args ...any) ([]T, error) {
	var damaged []error
	out, err := collect(tx, func(row func(...any) error) (T, error) {
		v, err := scan(row)
		if errors.Is(err, ErrDamaged) {
			damaged, err = append(damaged, err), nil
		}
		return v, err
	}, query, args...)
	if err != nil {
		return nil, err
	}
	return out, errors.Join(damaged...)
}
