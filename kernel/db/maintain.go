package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Flush makes all that was written so far survive a power failure too, and moves
// it from the log to the file, as far as no reader still needs it there.
func (d *DB) Flush(ctx context.Context) error {
	if err := d.enter(); err != nil {
		return err
	}
	defer d.users.Done()
	if d.memory || d.readOnly.Load() {
		return nil
	}
	if err := d.take(ctx); err != nil {
		return err
	}
	defer d.give()
	if err := d.present(); err != nil {
		return err
	}
	// The log itself carries no locks, so it may be opened beside SQLite.
	if err := syncFile(d.path + "-wal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return d.cannotWrite("write it to the disk", err)
	}
	var busy, frames, moved int
	return d.failed(d.writer.QueryRowContext(ctx, "pragma wal_checkpoint(passive)").Scan(&busy, &frames, &moved))
}

// Truncate copies the log to the file and empties it: nothing is left there of what was
// deleted before. It waits for readers as long as Options.Wait, and fails with ErrBusy then.
func (d *DB) Truncate(ctx context.Context) error {
	if err := d.enter(); err != nil {
		return err
	}
	defer d.users.Done()
	if d.memory || d.readOnly.Load() || d.opt.Journal != "wal" {
		return nil
	}
	return d.failed(d.patiently(ctx, func() error {
		if err := d.take(ctx); err != nil {
			return err
		}
		defer d.give() // writers need not wait for readers
		if err := d.present(); err != nil {
			return err
		}
		var busy, frames, moved int
		err := d.writer.QueryRowContext(ctx, "pragma wal_checkpoint(truncate)").Scan(&busy, &frames, &moved)
		if err == nil && busy != 0 {
			err = &Error{Path: d.path, Class: ErrBusy, Hint: "its log is being read, and still holds what was deleted; try again when that has ended"}
		}
		return err
	}))
}

// Compact gives the room of what was deleted back to the disk.
func (d *DB) Compact(ctx context.Context) error {
	if err := d.enter(); err != nil {
		return err
	}
	defer d.users.Done()
	if d.memory || d.readOnly.Load() {
		return nil
	}
	if err := d.take(ctx); err != nil {
		return err
	}
	defer d.give()
	if err := d.present(); err != nil {
		return err
	}
	return d.failed(d.patiently(ctx, func() error { return d.vacuum(ctx) }))
}

// vacuum cuts off what is free. The caller holds the writing connection.
func (d *DB) vacuum(ctx context.Context) error {
	rows, err := d.writer.QueryContext(ctx, "pragma incremental_vacuum")
	if err != nil {
		return err
	}
	for rows.Next() { // a step for each page
	}
	return errors.Join(rows.Err(), rows.Close())
}

// Backup writes a copy of the database, as it is at this moment, to a new file
// with mode 0600, and sees it safely to the disk. Writers go on meanwhile. What
// went wrong leaves no file.
func (d *DB) Backup(ctx context.Context, path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("back up database %s: %w", d.path, err)
	}
	_ = f.Close() // nothing was written
	copied := false
	defer func() {
		if !copied {
			_ = os.Remove(path) // the error that matters is another
			_ = os.Remove(path + "-journal")
		}
	}()
	if err := d.copyInto(ctx, path); err != nil {
		return fmt.Errorf("back up to %s: %w", path, err)
	}
	if err := errors.Join(syncFile(path), SyncFolder(filepath.Dir(path))); err != nil {
		return fmt.Errorf("back up database %s: %w", d.path, err)
	}
	copied = true
	return nil
}

// copyInto copies the database on a connection of its own: readers may change
// nothing, not even another file, and the writer must not wait.
func (d *DB) copyInto(ctx context.Context, path string) error {
	if err := d.enter(); err != nil {
		return err
	}
	defer d.users.Done()
	if d.memory {
		if err := d.take(ctx); err != nil {
			return err
		}
		defer d.give()
		_, err := d.writer.ExecContext(ctx, "vacuum into ?", path)
		return d.failed(err)
	}
	if err := d.present(); err != nil {
		return err
	}
	mode := "mode=rw"
	if d.readOnly.Load() {
		mode = "mode=ro"
	}
	d.mode.RLock()
	if d.immutable {
		mode += "&immutable=1"
	}
	d.mode.RUnlock()
	p := d.pool(d.path, mode, 1, time.Second)
	defer p.Close()
	_, err := p.ExecContext(ctx, "vacuum into ?", path)
	return d.failed(err)
}

// Check reads the whole file, and compares its indexes with its tables. Damage is
// an error that matches ErrCorrupt and says what was found.
func (d *DB) Check(ctx context.Context) error { return d.check(ctx, "pragma integrity_check(10)") }

// CheckTable is Check of one table, with its indexes.
func (d *DB) CheckTable(ctx context.Context, table string) error {
	return d.check(ctx, "pragma integrity_check("+table+")")
}

func (d *DB) check(ctx context.Context, pragma string) error {
	var found []string
	err := d.Read(ctx, func(tx *Tx) error {
		return tx.Each(func(rows *sql.Rows) error {
			var line string
			err := rows.Scan(&line)
			if line != "ok" && err == nil && len(found) < 10 {
				found = append(found, strings.ReplaceAll(line, "\n", " "))
			}
			return err
		}, pragma)
	})
	if err == nil && len(found) > 0 {
		err = d.corrupt("%s", strings.Join(found, "; "))
	}
	return err
}

// Sizes of a database, in bytes.
type Sizes struct {
	File int64 // the database itself
	Log  int64 // what was written and has not been moved to it
	Free int64 // of File: room that deleted data has left
}

// Sizes measures the database.
func (d *DB) Sizes(ctx context.Context) (s Sizes, err error) {
	err = d.Look(ctx, func(tx *Tx) error {
		var size, pages, free int64
		err := tx.Row("select (select page_size from pragma_page_size), (select page_count from pragma_page_count), (select freelist_count from pragma_freelist_count)").
			Scan(&size, &pages, &free)
		s.File, s.Free = size*pages, size*free
		return err
	})
	if !d.memory {
		if info, statErr := os.Stat(d.path + "-wal"); statErr == nil {
			s.Log = info.Size()
		}
	}
	return s, err
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
