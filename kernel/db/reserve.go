package db

import (
	"context"
	"encoding/binary"
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
	err := d.write(ctx, fn, 1)
	if !errors.Is(err, ErrFull) || d.memory || d.readOnly.Load() {
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
	if d.checkpoints == nil {
		defer func() { _ = d.control("pragma wal_autocheckpoint = 1000") }() // SQLite's own number
	}
	reserved := d.reserved()
	for _, room := range []func() error{d.restartLog, d.useReserve} {
		if room() != nil {
			continue
		}
		if err = d.transaction(ctx, fn); !errors.Is(err, ErrFull) {
			break
		}
	}
	if err == nil {
		_ = d.giveBack(ctx, reserved)           // as far as there is enough room for that
		reserved = max(reserved, d.opt.Reserve) // what was deleted makes it whole first
	}
	d.keepReserve(reserved)
	if errors.Is(err, ErrFull) {
		return &Error{Path: d.path, Class: ErrFull, Err: errors.Unwrap(err),
			Hint: fmt.Sprintf("nothing was changed; there is no room left to note what is deleted: free about %d KB and try again, or delete less at once", d.needs()>>10)}
	}
	return err
}

// useReserve gives the room of the reserve to what follows, after the log if that can
// be copied. Where somebody reads it, it cannot now: its room is kept, so that it can be
// later. The error says that there is none to give.
func (d *DB) useReserve() error {
	size, _, err := d.growth()
	covered := err == nil && size <= d.reserved()
	if err := d.releaseReserve(); err != nil {
		return err
	}
	if d.restartLog() == nil || !covered {
		return nil
	}
	return d.probe(size + deletion)
}

// deletion is how much room the deletion of one value takes, and more.
const deletion = 128 << 10

// giveBack gives the room of what was deleted, and of the log, back to the disk.
func (d *DB) giveBack(ctx context.Context, reserved int64) error {
	if err := d.restartLog(); err != nil {
		// What is free need not be copied, if it is cut off first. That takes room
		// itself, so it must be worth it.
		var free int64
		if err := d.writer.QueryRowContext(ctx, "pragma freelist_count").Scan(&free); err != nil {
			return err
		}
		if size, _, sizeErr := d.growth(); sizeErr != nil || size-free*pageSize > reserved/2 {
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
	need, _, err := d.growth()
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

// growth is by how much the file grows when the log is copied to it, and how many
// pages it has then.
func (d *DB) growth() (size, pages int64, err error) {
	if err := d.writer.QueryRowContext(context.Background(), "pragma page_count").Scan(&pages); err != nil {
		return 0, 0, err
	}
	info, err := os.Stat(d.path)
	if err != nil {
		return 0, 0, err
	}
	return max(pages*pageSize-info.Size(), 0), pages, nil
}

// restartLog copies the log to the database, so that it is written from its beginning
// again. If the file has to grow for that, there must be room for all of it: a part
// would use up what there is, and the log would stay as it is.
func (d *DB) restartLog() error {
	size, _, err := d.growth()
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
	var seed [32]byte
	for i := 0; i < len(seed); i += 8 {
		binary.LittleEndian.PutUint64(seed[i:], rand.Uint64())
	}
	source := rand.NewChaCha8(seed)
	for n < size {
		_, _ = source.Read(data) // it never fails
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

// What a log needs to be copied must be there when the disk is full: the log itself
// has its room, what it makes the database grow by has not. So no write is committed
// that is not covered.

const (
	// maxReserve is how large the reserve gets. A log that makes the file grow by more
	// was written by one large transaction, or is held by a reader.
	maxReserve = 8 << 20
	// ahead is how much more than needed is made at once.
	ahead = 256 << 10
)

// cover sees to it, in a transaction, that the log can be copied once it is committed,
// and tells whether the room for that is getting low. The error matches ErrFull.
func (d *DB) cover() (low bool, err error) {
	if !d.covers() {
		return false, nil
	}
	size, pages, err := d.growth()
	if err != nil {
		return false, d.failed(err)
	}
	if limit := fileLimit(); limit > 0 && pages*pageSize > limit {
		return false, &Error{Path: d.path, Class: ErrFull, Err: fmt.Errorf("a file of this process can have %d bytes", limit), Hint: d.hint(ErrFull)}
	}
	if size == 0 {
		return false, nil
	}
	size = min(size, maxReserve)
	have := d.reserved()
	if have >= size || d.topUp(size+d.opt.Reserve+ahead) == nil || d.topUp(size) == nil {
		return have < size+d.opt.Reserve/2, nil
	}
	return false, &Error{Path: d.path, Class: ErrFull, Hint: d.hint(ErrFull)}
}

// stayAhead makes the reserve larger than needed now, so that few writes have to. Where
// there is no room for that the log is copied while it is short.
func (d *DB) stayAhead() {
	size, _, err := d.growth()
	if err != nil || size == 0 || d.topUp(size+d.opt.Reserve+ahead) == nil {
		return
	}
	d.recycle() // if it fails, the next write is not covered
}

// recycle copies the log, if need be in the room of the reserve, so that its own can be
// used again. It tells whether that has made room.
func (d *DB) recycle() bool {
	if !d.covers() {
		return false
	}
	if d.restartLog() == nil {
		return true
	}
	have := d.reserved()
	if d.releaseReserve() != nil {
		return false
	}
	copied := d.restartLog() == nil
	d.keepReserve(have)
	if copied && d.reserved() < d.opt.Reserve { // the room of the log makes it whole
		_ = d.control("pragma wal_checkpoint(truncate)")
		d.keepReserve(have)
	}
	return copied
}

// covers tells whether there is a log, and a reserve for it.
func (d *DB) covers() bool { return d.opt.Reserve > 0 && !d.memory && d.opt.Journal == "wal" }

// topUp makes the reserve as large as size, or leaves it as it is.
func (d *DB) topUp(size int64) error {
	path := d.path + reserveExt
	size = min(size, maxReserve)
	have := d.reserved()
	if have >= size {
		return nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	if _, err = fill(f, size-have); err != nil { // the others' room is not taken away by parts
		err = errors.Join(err, f.Truncate(have))
	}
	return errors.Join(err, f.Close())
}

// keepReserve makes the file, or makes it whole, if there is room for that. If not it
// has its former size, as far as there is room: what a deletion has left over is there
// for the next one.
func (d *DB) keepReserve(former int64) {
	if d.opt.Reserve <= 0 || d.memory || d.readOnly.Load() {
		return
	}
	want := d.opt.Reserve
	if size, _, err := d.growth(); err == nil && d.covers() {
		want = min(want+size, maxReserve)
	}
	have := d.reserved()
	if have >= want || d.topUp(want) == nil {
		return
	}
	path := d.path + reserveExt
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return
	}
	n, err := fill(f, max(min(former, want)-have, 0))
	if errors.Join(err, f.Close()) != nil && have+n == 0 {
		_ = os.Remove(path)
	}
}
