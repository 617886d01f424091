package db

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
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
	// A commit must not copy a long log of itself: see restartLog.
	if e := d.control("pragma wal_autocheckpoint = 0"); e != nil {
		return d.failed(e)
	}
	defer func() { _ = d.control("pragma wal_autocheckpoint = 1000") }() // SQLite's own number
	reserved := d.reserved()
	rooms := []func() error{d.restartLog, d.releaseReserve}
	for i := 0; i < len(rooms); i++ {
		if rooms[i]() != nil {
			if i == 0 { // the reserve may be what it needs
				rooms = append(rooms, d.restartLog)
			}
			continue
		}
		if err = d.transaction(ctx, fn); !errors.Is(err, ErrFull) {
			break
		}
	}
	if err == nil {
		_ = d.giveBack(ctx, reserved) // as far as there is enough room for that
	}
	d.keepReserve(reserved)
	if errors.Is(err, ErrFull) {
		return &Error{Path: d.path, Class: ErrFull, Err: errors.Unwrap(err),
			Hint: fmt.Sprintf("nothing was changed; there is no room left to note what is deleted: free about %d KB and try again, or delete less at once", d.needs()>>10)}
	}
	return err
}

// giveBack gives the room of what was deleted, and of the log, back to the disk.
func (d *DB) giveBack(ctx context.Context, reserved int64) error {
	if err := d.restartLog(); err != nil {
		// What is free need not be copied, if it is cut off first. That takes room
		// itself, so it must be worth it.
		var free int64
		if err := d.writer.QueryRowContext(ctx, "pragma freelist_count").Scan(&free); err != nil {
			return err
		}
		if size, sizeErr := d.growth(); sizeErr != nil || size-free*pageSize > reserved/2 {
			return err
		}
		if err := d.vacuum(ctx); err != nil {
			return err
		}
		if err := d.restartLog(); err != nil {
			return err
		}
	}
	if err := d.vacuum(ctx); err != nil {
		return err
	}
	_, err := d.writer.ExecContext(ctx, "pragma wal_checkpoint(truncate)")
	return err
}

// needs is how much room lets deletions go on: that in which the log can be copied, or
// else each page may go to it, and that of the reserve.
func (d *DB) needs() int64 {
	need, err := d.growth()
	if err != nil {
		return d.opt.Reserve
	}
	if need == 0 {
		if info, err := os.Stat(d.path); err == nil {
			return max(info.Size(), d.opt.Reserve)
		}
	}
	return need + d.opt.Reserve
}

// growth is by how much the file grows when the log is copied to it.
func (d *DB) growth() (int64, error) {
	var pages int64
	if err := d.writer.QueryRowContext(context.Background(), "pragma page_count").Scan(&pages); err != nil {
		return 0, err
	}
	info, err := os.Stat(d.path)
	if err != nil {
		return 0, err
	}
	return max(pages*pageSize-info.Size(), 0), nil
}

// restartLog copies the log to the database, so that it is written from its beginning
// again. If the file has to grow for that, there must be room for all of it: a part
// would use up what there is, and the log would stay as it is.
func (d *DB) restartLog() error {
	size, err := d.growth()
	if err == nil && size > 0 {
		err = d.probe(size)
	}
	if err != nil {
		return err
	}
	var busy, frames, moved int
	err = d.writer.QueryRowContext(context.Background(), "pragma wal_checkpoint(restart)").Scan(&busy, &frames, &moved)
	if err == nil && busy != 0 {
		err = ErrBusy
	}
	return err
}

// probe tells whether some bytes find room on the disk. Only writing them shows that
// everywhere: there are quotas, and file systems that compress.
func (d *DB) probe(size int64) error {
	f, err := os.CreateTemp(filepath.Dir(d.path), ".room-*")
	if err != nil {
		return err
	}
	_, err = fill(f, size)
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}

// fill writes bytes at random: file systems that compress must keep room for them all.
// It returns how many were written.
func fill(f *os.File, size int64) (n int64, err error) {
	data := make([]byte, min(size, 1<<18))
	for n < size {
		for i := 0; i < len(data); i += 8 {
			word := rand.Uint64()
			for j := i; j < min(i+8, len(data)); j++ {
				data[j], word = byte(word), word>>8
			}
		}
		written, err := f.Write(data[:min(int64(len(data)), size-n)])
		n += int64(written)
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// releaseReserve gives its room back to the disk. The error says that there is none.
func (d *DB) releaseReserve() error { return os.Remove(d.path + reserveExt) }

// reserved is how large the reserve is.
func (d *DB) reserved() int64 {
	info, err := os.Lstat(d.path + reserveExt)
	if err != nil {
		return 0
	}
	return info.Size()
}

// keepReserve makes the file, or makes it whole, if there is room for that. If not it
// has its former size, as far as there is room: what a deletion has left over is there
// for the next one.
func (d *DB) keepReserve(former int64) {
	path := d.path + reserveExt
	if d.opt.Reserve <= 0 || d.memory || d.opt.ReadOnly {
		return
	}
	have := d.reserved()
	if have >= d.opt.Reserve {
		return
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return
	}
	n, err := fill(f, d.opt.Reserve-have)
	size := have + n
	if err != nil && size > former { // the others' room is not taken away by parts
		size = former
		err = errors.Join(err, f.Truncate(size))
	}
	if errors.Join(err, f.Close()) != nil && size == 0 {
		_ = os.Remove(path)
	}
}
