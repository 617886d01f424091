package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// openFile opens the file, after it was made if need be. A file is made under
// another name, and complete, before it gets its own: so one that is there is
// never half made, and an empty one has lost something.
func (d *DB) openFile(ctx context.Context) error {
	if d.opt.ReadOnly {
		return d.openReadOnly(ctx)
	}
	if err := os.MkdirAll(filepath.Dir(d.path), 0o700); err != nil {
		return d.cannotWrite("make its folder", err)
	}
	if err := d.share(ctx); err != nil {
		return err
	}
	if _, err := os.Lstat(d.path); errors.Is(err, fs.ErrNotExist) {
		if err := d.make(ctx); err != nil {
			return err
		}
	}
	if err := d.inspect(); err != nil {
		return err
	}
	d.writers = d.pool(d.path, "mode=rw", 1, turnTime)
	var err error
	if err := d.patiently(ctx, func() error {
		d.writer, err = d.writers.Conn(ctx)
		return err
	}); err != nil {
		return err
	}
	if err := d.bringUp(ctx); err != nil {
		return err
	}
	if err := d.present(); err != nil { // or another may have been opened than was looked at
		return err
	}
	wait := time.Second
	if d.opt.Journal != "wal" { // then readers wait for writers, too
		wait = d.opt.Wait
	}
	d.readers = d.pool(d.path, "mode=rw&_query_only=1", d.opt.Readers, wait)
	return d.startCheckpoints()
}

// openReadOnly opens the file for reading.
func (d *DB) openReadOnly(ctx context.Context) error {
	v := 0
	err := d.openReaders(func() (err error) {
		v, err = d.version(ctx, d.readers)
		return err
	})
	if err == nil && v < len(d.opt.Migrations) {
		err = &Error{Path: d.path, Class: ErrReadOnly, Hint: "it is of an older version, and cannot be brought up to date without writing; make the file and its folder writable"}
	}
	return err
}

// openReaders opens connections that only read. In a folder that cannot be written
// SQLite has nowhere to put its index of the log; with no log, none is needed. look
// reads something: only then SQLite opens the file.
func (d *DB) openReaders(look func() error) error {
	if err := d.inspect(); err != nil {
		return err
	}
	open := func(query string) error {
		d.readers = d.pool(d.path, query, d.opt.Readers, time.Second)
		return look()
	}
	err := open("mode=ro&_query_only=1")
	if ours := (*Error)(nil); errors.As(err, &ours) && classOf(err) == nil { // not one of SQLite's
		return err
	}
	if class := classOf(err); err != nil && class != ErrCorrupt && class != ErrBusy {
		info, statErr := os.Stat(d.path + "-wal")
		switch {
		case errors.Is(statErr, fs.ErrNotExist) || statErr == nil && info.Size() == 0:
			_ = d.readers.Close() // it could not open anything
			err = open("mode=ro&immutable=1&_query_only=1")
			d.immutable = err == nil
		case class == nil || class == ErrReadOnly:
			return &Error{Path: d.path, Class: ErrReadOnly, Err: err,
				Hint: "its log (the -wal file) cannot be read without writing beside it; copy all its files to a folder that can be written, or make this one writable"}
		}
	}
	return err
}

// share takes the lock that keeps others from replacing the file.
func (d *DB) share(ctx context.Context) error {
	d.lock = flock.New(d.path+".lock", flock.SetPermissions(0o600))
	ctx, cancel := context.WithTimeout(ctx, d.opt.Wait)
	defer cancel()
	_, err := d.lock.TryRLockContext(ctx, time.Millisecond)
	return d.lockFailed(err)
}

func (d *DB) lockFailed(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Path: d.path, Class: ErrBusy, Hint: "another process is making or replacing it; try again"}
	case errors.Is(err, context.Canceled):
		return err
	}
	return d.cannotWrite("lock it", err)
}

// cannotWrite classes an error of the file system.
func (d *DB) cannotWrite(what string, err error) error {
	class := error(ErrReadOnly)
	if full(err) {
		class = ErrFull
	}
	return &Error{Path: d.path, Class: class, Err: fmt.Errorf("%s: %w", what, err), Hint: d.hint(class)}
}

// unwritable tells what SQLite does not say: on a file system that is read-only, or
// has no inodes left, it only finds that the files beside the database are missing.
func (d *DB) unwritable(err error) error {
	if already := (*Error)(nil); errors.As(err, &already) || !cannotOpen(err) {
		return err
	}
	f, denied := os.CreateTemp(filepath.Dir(d.path), ".room-*")
	if denied == nil {
		_, _ = f.Close(), os.Remove(f.Name()) // the error that matters is another
		return err
	}
	if full(denied) { // such as when the file system has no inodes left
		e := d.cannotWrite("make a file beside it", denied)
		if ours := (*Error)(nil); errors.As(e, &ours) {
			ours.Hint = "nothing was changed; remove some files there, as the disk or its inodes (df -i) are used up, then try again"
		}
		return e
	}
	if errors.Is(denied, fs.ErrPermission) || readOnlySystem(denied) {
		return d.cannotWrite("write beside it", denied)
	}
	return err
}

// Failed classes an error of the file system beside the database: ErrFull, or
// ErrReadOnly. what was to be done.
func (d *DB) Failed(what string, err error) error { return d.cannotWrite(what, err) }

// inspect looks at the file from outside.
func (d *DB) inspect() error {
	info, err := os.Stat(d.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &Error{Path: d.path, Class: ErrMissing}
	case err != nil:
		return fmt.Errorf("database %s: %w", d.path, err)
	case info.IsDir():
		return &Error{Path: d.path, Class: ErrForeign, Hint: "it is a folder; choose another path"}
	case info.Size() == 0:
		return d.corrupt("the file is empty")
	}
	d.file.Store(&info)
	return nil
}

// make makes the file, unless another process is faster.
func (d *DB) make(ctx context.Context) error {
	if err := d.lock.Unlock(); err != nil {
		return err
	}
	wait, cancel := context.WithTimeout(ctx, d.opt.Wait)
	defer cancel()
	making := flock.New(d.path+".lock", flock.SetPermissions(0o600))
	if err := d.makeUnder(wait, making); err != nil {
		return err
	}
	return d.share(ctx)
}

func (d *DB) makeUnder(ctx context.Context, lock *flock.Flock) error {
	if err := d.alone(ctx, lock); err != nil {
		return err
	}
	defer lock.Unlock()
	if _, err := os.Lstat(d.path); err == nil {
		return nil
	}
	for _, left := range []string{"-wal", "-journal"} {
		if info, err := os.Stat(d.path + left); err == nil && info.Size() > 0 {
			return d.corrupt("the file is gone, but its log %s is there", d.path+left)
		}
	}
	dir, err := os.MkdirTemp(filepath.Dir(d.path), ".new-*")
	if err != nil {
		return d.cannotWrite("make it", err)
	}
	defer os.RemoveAll(dir)
	return d.makeAt(ctx, filepath.Join(dir, filepath.Base(d.path)))
}

// alone takes the lock that nobody else may share. While the file does not exist
// others hold it only for a moment.
func (d *DB) alone(ctx context.Context, lock *flock.Flock) error {
	_, err := lock.TryLockContext(ctx, time.Millisecond)
	return d.lockFailed(err)
}

// makeAt makes the database under another name, then moves it to its own.
func (d *DB) makeAt(ctx context.Context, path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return d.cannotWrite("make it", err)
	}
	_ = f.Close() // nothing was written
	d.writers = d.pool(path, "mode=rw", 1, turnTime)
	defer func() { d.writers, d.writer = nil, nil }()
	defer d.writers.Close()
	if d.writer, err = d.writers.Conn(ctx); err != nil {
		return err
	}
	for _, stmt := range []string{
		fmt.Sprintf("pragma page_size = %d", pageSize),
		"pragma auto_vacuum = incremental",
		"pragma journal_mode = " + d.opt.Journal,
		fmt.Sprintf("pragma application_id = %d", d.opt.ApplicationID),
	} {
		if _, err := d.writer.ExecContext(ctx, stmt); err != nil {
			return err
		}
	}
	if err := d.migrate(ctx, 0); err != nil {
		return err
	}
	if err := errors.Join(d.writer.Close(), d.writers.Close()); err != nil {
		return err
	}
	if !d.opt.Scratch {
		if err := syncFile(path); err != nil {
			return d.cannotWrite("write it", err)
		}
	}
	if err := os.Rename(path, d.path); err != nil {
		return d.cannotWrite("make it", err)
	}
	if d.opt.Scratch {
		return nil
	}
	return SyncFolder(filepath.Dir(d.path))
}
