package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/memory"
)

// Options of a store. The zero value is good.
type Options struct {
	// Full makes each write survive a power failure too, at the cost of its time.
	Full bool
	// Journal is WAL, DELETE or TRUNCATE, as db.Options.Journal. Empty: WAL.
	Journal string
	// Wait is how long to wait for other processes. 0: 10 s.
	Wait time.Duration
	// MaxSize limits the file, in bytes. 0: no limit.
	MaxSize int64
	// ReadOnly opens a file that is there for reading.
	ReadOnly bool
	// Clock tells the time of transactions. nil: time.Now.
	Clock func() time.Time
}

// reserve is how many bytes are set aside to forget with on a full disk.
const reserve = 256 << 10

// Store is a memory.Backend in a file.
type Store struct {
	db     *db.DB
	clock  func() time.Time
	queue  *queue
	eraser *eraser
}

var _ memory.Backend = (*Store)(nil)

// Open opens the store in a file, and makes the file where there is none. A file that
// cannot be written is opened for reading: writes fail with db.ErrReadOnly. The path
// db.Memory gives a store that is gone when it is closed.
func Open(ctx context.Context, path string, opt Options) (*Store, error) {
	o := db.Options{ApplicationID: applicationID, Migrations: migrations(), ReadOnly: opt.ReadOnly, OrReadOnly: true, Wait: opt.Wait, Full: opt.Full,
		Journal: opt.Journal, MaxSize: opt.MaxSize, Reserve: reserve, SecureDelete: true, Background: true,
		Restore: "put a copy of it in its place, or move it away with its -wal and -shm files, and import what was exported (llmspell memory import)"}
	d, err := db.Open(ctx, path, o)
	if err != nil {
		return nil, fmt.Errorf("open the memory: %w", err)
	}
	s := &Store{db: d, clock: opt.Clock}
	if s.clock == nil {
		s.clock = time.Now
	}
	s.queue = newQueue(d)
	s.startEraser()
	return s, nil
}

// Where is the file's path.
func (s *Store) Where() string { return s.db.Path() }

// Shrink is db.DB's.
func (s *Store) Shrink(ctx context.Context) { s.db.Shrink(ctx) }

// ReadOnly tells whether the file can only be read now.
func (s *Store) ReadOnly() bool { return s.db.ReadOnly() }

// Close waits for what is being written, and closes the file.
func (s *Store) Close() error {
	s.queue.close()
	s.endEraser()
	return s.db.Close()
}

// Read runs fn on a snapshot.
func (s *Store) Read(ctx context.Context, tenant string, fn func(memory.Reader) error) error {
	return s.db.Read(ctx, func(tx *db.Tx) error { return fn(&reader{s: s, tx: tx, tenant: tenant}) })
}

// Write runs fn in a transaction, which it may share with others that are waiting. On a
// full disk one that drops episodes gets the room that is set aside for that.
func (s *Store) Write(ctx context.Context, tenant string, fn func(memory.Tx) error) error {
	drops := false
	run := func(tx *db.Tx) error {
		w := &writer{reader: reader{s: s, tx: tx, tenant: tenant}}
		err := fn(w)
		if drops = w.drops; drops && err == nil {
			err = noteTraces(tx)
		}
		return err
	}
	err := s.queue.write(ctx, run)
	if drops && errors.Is(err, db.ErrFull) { // to forget, there is room set aside
		err = s.db.Free(ctx, run)
	}
	return err
}

// Tenants lists those that have episodes, entities, patterns or documents.
func (s *Store) Tenants(ctx context.Context) (out []string, err error) {
	err = s.db.Look(ctx, func(tx *db.Tx) error {
		return tx.Each(func(rows *sql.Rows) error {
			var t string
			err := rows.Scan(&t)
			out = append(out, t)
			return err
		}, "select tenant from episodes union select tenant from entities union select tenant from patterns union select tenant from documents order by tenant")
	})
	return out, err
}

// Check reads the whole file, and compares the checksums.
func (s *Store) Check(ctx context.Context) error {
	if err := s.db.Check(ctx); err != nil {
		return err
	}
	return s.db.Read(ctx, func(tx *db.Tx) error {
		r := &reader{s: s, tx: tx}
		knowledge, err := damagedKnowledge(tx, nil)
		if err != nil {
			return err
		}
		var bad []error
		err = r.each("select "+columns+" from episodes", nil, func(_ *memory.Episode, why error) error { bad = append(bad, why); return nil }, func(*memory.Episode) error { return nil })
		return errors.Join(err, memory.NameDamage("turns", bad), knowledge.err(s), r.checkDocuments(), r.checkVectors(memory.Turns), r.checkVectors(memory.Chunks))
	})
}
