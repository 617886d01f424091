package db

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
)

// SQLite needs room to delete, too: what changes goes to the log first. So that a
// disk that is full can be made less so, a file beside the database holds some room,
// which deletions get when there is no other.

// reserveExt is what its name has behind the database's.
const reserveExt = ".reserve"

// Free is Write for an fn that deletes. Where there is no room for it, it gets that of
// the log that has been copied, then that of Options.Reserve. What was deleted is given
// back to the disk then, as far as that is possible.
func (d *DB) Free(ctx context.Context, fn func(tx *Tx) error) error {
	err := d.Write(ctx, fn)
	if !errors.Is(err, ErrFull) || d.memory {
		return err
	}
	if err := d.enter(); err != nil {
		return err
	}
	defer d.users.Done()
	if err := d.take(ctx); err != nil {
		return err
	}
	defer d.give()
	for _, room := range []func() error{d.restartLog, d.releaseReserve} {
		if room() != nil {
			continue
		}
		if err = d.transaction(ctx, fn); !errors.Is(err, ErrFull) {
			break
		}
	}
	if errors.Is(err, ErrFull) {
		return &Error{Path: d.path, Class: ErrFull, Err: errors.Unwrap(err),
			Hint: fmt.Sprintf("nothing was changed; this deletes more than the disk has room to note: delete single things first, or free about %d KB and try again", d.needs()>>10)}
	}
	if err == nil {
		// The rest makes room, as far as there is enough for that.
		_ = d.restartLog()
		_, _ = d.writer.ExecContext(ctx, "pragma incremental_vacuum")
		_, _ = d.writer.ExecContext(ctx, "pragma wal_checkpoint(truncate)")
		d.keepReserve()
	}
	return err
}

// needs is how much room a deletion needs at most: each page may go to the log.
func (d *DB) needs() int64 {
	info, err := os.Stat(d.path)
	if err != nil {
		return d.opt.Reserve
	}
	return max(info.Size(), d.opt.Reserve)
}

// restartLog copies the log to the database, so that it is written from its beginning
// again: that takes no room.
func (d *DB) restartLog() error {
	var busy, frames, moved int
	err := d.writer.QueryRowContext(context.Background(), "pragma wal_checkpoint(restart)").Scan(&busy, &frames, &moved)
	if err == nil && busy != 0 {
		err = ErrBusy
	}
	return err
}

// releaseReserve gives its room back to the disk. The error says that there is none.
func (d *DB) releaseReserve() error { return os.Remove(d.path + reserveExt) }

// keepReserve makes the file, if there is room for it.
func (d *DB) keepReserve() {
	path := d.path + reserveExt
	if d.opt.Reserve <= 0 || d.memory || d.opt.ReadOnly {
		return
	}
	if info, err := os.Lstat(path); err == nil && info.Size() >= d.opt.Reserve {
		return
	}
	// Its bytes are at random: file systems that compress must keep room for them all.
	data := make([]byte, d.opt.Reserve)
	for i := 0; i < len(data); i += 8 {
		n := rand.Uint64()
		for j := i; j < min(i+8, len(data)); j++ {
			data[j], n = byte(n), n>>8
		}
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return
	}
	if _, err := f.Write(data); errors.Join(err, f.Close()) != nil {
		_ = os.Remove(path) // a part of it is no use, and its room is wanted
	}
}
