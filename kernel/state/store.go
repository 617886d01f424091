package state

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
)

// Options of a store. The zero value is good.
type Options struct {
	// MaxValue is how many bytes a value may have, encoded. 0: 10 MB.
	MaxValue int
	// History is how many former versions of each value are kept. 0: none.
	History int
	// Backups is the folder of the backups. Empty: "backups" beside the file.
	Backups string
	// BackupOnMigration makes a backup before Migrate changes anything.
	BackupOnMigration bool
	// NoBackups refuses to make backups; NoMigrations refuses to migrate values.
	NoBackups, NoMigrations bool
	// MaxBackups is how many backups are kept when one is made, of those that were asked
	// for and of the automatic ones each, MaxBackupAge how long. The latest is always
	// kept. 0: all.
	MaxBackups   int
	MaxBackupAge time.Duration
	// Full makes each write survive a power failure too, at the cost of its time.
	Full bool
	// Journal is WAL, DELETE or TRUNCATE, as db.Options.Journal. Empty: WAL.
	Journal string
	// MaxSize limits the file, in bytes. 0: no limit.
	MaxSize int64
	// Wait is how long to wait for other processes. 0: 10 s.
	Wait time.Duration
	// Deleted returns those of some ids that were sessions, and were deleted: a backup
	// that is restored does not bring back what they have kept. nil: none were.
	Deleted func(ctx context.Context, ids []string) ([]string, error)
	// Guard is asked before anything is written to the scope of a session, but for what
	// concerns the store as a whole: a migration, a backup that is restored, and the end of
	// values. nil: all may be.
	Guard Guard
	// Clock tells the time. The zero value is the system's.
	Clock Clock

	noReserve bool // it is there for a moment only
}

// reserve is how many bytes a store sets aside for deletions on a full disk.
const reserve = 256 << 10

// DefaultMaxValue is how many bytes a value may have unless Options say more.
const DefaultMaxValue = 10 << 20

// Store is a database of values. Its methods may be called by any goroutine, and
// wait no longer than their context.
type Store struct {
	db   *db.DB
	opt  Options
	time timekeeper

	counted counters

	marks marks
	put   string // the statement that writes a row

	mu    sync.Mutex
	steps map[int]Migration // registered, by the version that they lead to
}

// Open opens the store in a file, and makes the file where there is none. A file
// that cannot be written is opened for reading: writes fail with db.ErrReadOnly.
// The path db.Memory gives a store that is gone when it is closed.
func Open(ctx context.Context, path string, opt Options) (*Store, error) {
	if opt.MaxValue <= 0 {
		opt.MaxValue = DefaultMaxValue
	}
	if opt.Clock.Wall == nil || opt.Clock.Steady == nil {
		opt.Clock = systemClock()
	}
	if opt.Backups == "" && path != db.Memory {
		opt.Backups = filepath.Join(filepath.Dir(path), "backups")
	}
	options := dbOptions(opt)
	options.OrReadOnly = true
	d, err := db.Open(ctx, path, options)
	if err != nil {
		return nil, fmt.Errorf("open the state: %w", err)
	}
	s := &Store{db: d, opt: opt, put: putStatement(1), time: timekeeper{clock: opt.Clock}}
	s.time.trusted() // what it sees now, later looks are compared with
	s.sweepPrivate(ctx)
	return s, nil
}

func dbOptions(opt Options) db.Options {
	kept := int64(reserve)
	if opt.noReserve {
		kept = 0
	}
	return db.Options{Reserve: kept, ApplicationID: applicationID, Migrations: migrations(), Wait: opt.Wait, MaxSize: opt.MaxSize, Full: opt.Full, Journal: opt.Journal,
		Restore: "llmspell state backup restore ID puts a backup in its place and sets it aside"}
}

// Path returns the file's path.
func (s *Store) Path() string { return s.db.Path() }

// Close closes the database. The private scopes of the store's sessions are nobody's
// then.
func (s *Store) Close() error {
	err := s.db.Close()
	s.unmark()
	return err
}

// Flush makes all that was written survive a power failure too. Without it, the
// system writes within seconds what was acknowledged.
func (s *Store) Flush(ctx context.Context) error { return s.db.Flush(ctx) }

// Shrink is db.DB's.
func (s *Store) Shrink(ctx context.Context) { s.db.Shrink(ctx) }

// write runs fn in a transaction, after a sweep if it is time for one.
func (s *Store) write(ctx context.Context, fn func(w *writer) error) error {
	return s.writeBy(ctx, s.db.Write, fn)
}

// free is write for what deletes: it works on a full disk, too.
func (s *Store) free(ctx context.Context, fn func(w *writer) error) error {
	return s.writeBy(ctx, s.db.Free, fn)
}

func (s *Store) writeBy(ctx context.Context, by func(context.Context, func(*db.Tx) error) error, fn func(w *writer) error) error {
	due, now, cutoff := s.time.due()
	err := by(ctx, func(tx *db.Tx) error {
		w := &writer{s: s, tx: tx, now: s.time.now()}
		if due {
			if err := w.sweep(now, cutoff); err != nil {
				return err
			}
		}
		return fn(w)
	})
	if err == nil && s.marks.pending.Load() {
		s.markAgain()
	}
	return err
}
