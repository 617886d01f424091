package db

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// A database that cannot be opened for writing, as on a disk without room for SQLite's own
// files, can mostly be read. It is opened again when it can be written: a process may have
// it open for long, and others, which change it then, must not be overlooked.

// fallback is why a database is open for reading only, though it was wanted otherwise.
type fallback struct {
	opt Options // that were wanted

	mu    sync.Mutex // one try at a time
	why   error
	tried time.Time // when it could not be opened though there was room beside it
}

// retryEvery is how often reads try to open a database again that could not be opened though
// there was room beside it.
const retryEvery = time.Second

// fallBack opens a database for reading that cannot be opened for writing, for err.
func fallBack(ctx context.Context, path string, opt Options, err error) (*DB, error) {
	reads := opt
	reads.ReadOnly = true
	d, again := openAs(ctx, path, reads)
	switch {
	case again == nil:
		d.fallback = &fallback{opt: opt, why: err}
		return d, nil
	case errors.Is(again, ErrMissing), errors.Is(err, ErrFull) && !errors.Is(again, ErrCorrupt):
		return nil, err // that it cannot be made, or where room is missing, is what matters
	}
	return nil, again
}

// writable tells why the database cannot be written; nil: it can. The caller has entered.
func (d *DB) writable(ctx context.Context) error {
	switch {
	case d.opt.Refuse != nil:
		return d.opt.Refuse
	case !d.readOnly.Load() || d.recovered(ctx, true):
		return nil
	case d.fallback != nil && errors.Is(d.fallback.reason(), ErrFull):
		return d.fallback.reason()
	}
	return &Error{Path: d.path, Class: ErrReadOnly, Hint: d.hint(ErrReadOnly)}
}

// reader is a connection that reads. The caller has entered.
func (d *DB) reader(ctx context.Context) (*sql.Conn, error) {
	if d.fallback != nil && d.unchanging() {
		d.recovered(ctx, false)
	}
	if err := d.present(); err != nil {
		return nil, err
	}
	if d.fallback == nil {
		return d.readers.Conn(ctx)
	}
	for {
		d.mode.RLock()
		readers := d.readers
		d.mode.RUnlock()
		conn, err := readers.Conn(ctx)
		d.mode.RLock()
		same := readers == d.readers
		d.mode.RUnlock()
		if err == nil || same { // else it was closed
			return conn, err
		}
	}
}

// unchanging tells whether what others write is not seen.
func (d *DB) unchanging() bool {
	d.mode.RLock()
	defer d.mode.RUnlock()
	return d.immutable
}

func (f *fallback) reason() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.why
}

// recovered opens the database for writing, if that is possible now, and tells whether it is
// open so. now tries it also if a try has failed just before.
func (d *DB) recovered(ctx context.Context, now bool) bool {
	f := d.fallback
	if f == nil {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !d.readOnly.Load() {
		return true
	}
	if !now && time.Since(f.tried) < retryEvery || !d.roomBeside() {
		return false
	}
	n, err := openAs(ctx, d.path, f.opt)
	if err != nil {
		f.why, f.tried = err, time.Now()
		return false
	}
	d.mode.Lock()
	former := d.readers
	d.lock, d.writers, d.writer, d.readers, d.checkpoints, d.immutable = n.lock, n.writers, n.writer, n.readers, n.checkpoints, false
	d.mode.Unlock()
	d.file.Store(n.file.Load())
	d.readOnly.Store(false)
	_ = former.Close() // it has only read; what is being read is read to its end
	return true
}

// roomBeside tells whether a file can be made beside the database.
func (d *DB) roomBeside() bool {
	f, err := os.CreateTemp(filepath.Dir(d.path), ".room-*")
	if err != nil {
		return false
	}
	return errors.Join(f.Close(), os.Remove(f.Name())) == nil
}
