package db

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/testfs"
)

// closedOn makes a database with one value in a folder, and closes it.
func closedOn(t *testing.T, dir string) (path string, opt Options) {
	t.Helper()
	path, opt = filepath.Join(dir, "x.db"), Options{ApplicationID: testID, Migrations: testMigrations, Reserve: 4096}
	d, err := Open(t.Context(), path, opt)
	if err != nil {
		t.Fatal(err)
	}
	put(t, d, "k", "v")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return path, opt
}

// reads opens a database that can only be read, and reads it.
func reads(t *testing.T, path string, opt Options) *DB {
	t.Helper()
	opt.OrReadOnly = true
	d, err := Open(t.Context(), path, opt)
	if err != nil {
		t.Fatal(err)
	}
	if got := get(t, d, "k"); got != "v" || !d.ReadOnly() {
		t.Errorf("got %q, read-only %v", got, d.ReadOnly())
	}
	if err := d.Backup(t.Context(), filepath.Join(t.TempDir(), "copy.db")); err != nil {
		t.Errorf("backup: %v", err)
	}
	if err := d.Check(t.Context()); err != nil {
		t.Error(err)
	}
	return d
}

// What was closed cleanly can be read on a file system that is read-only: there SQLite
// can make none of the files that a reader needs otherwise.
func TestReadOnlyFileSystem(t *testing.T) {
	testfs.Small(t, 4<<20, func(dir string) {
		path, opt := closedOn(t, dir)
		testfs.ReadOnly(t, dir)
		_, err := Open(t.Context(), path, opt)
		is(t, err, ErrReadOnly)
		if h, err := Examine(t.Context(), path); err != nil || h.ApplicationID != testID {
			t.Errorf("examined: %+v, %v", h, err)
		}
		d := reads(t, path, opt)
		is(t, d.Write(t.Context(), func(*Tx) error { return nil }), ErrReadOnly)
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		opt.Reserve = 0
		_, err = Open(t.Context(), filepath.Join(dir, "none.db"), opt) // cannot be made
		is(t, err, ErrReadOnly)
	})
}

// Where no more files can be made that is said, what is there can be read, and a process
// that does so goes on when there is room: it sees what others write, and writes.
func TestNoInodes(t *testing.T) {
	testfs.Small(t, 16<<20, func(dir string) {
		path, opt := closedOn(t, dir)
		testfs.NoInodes(t, dir)
		_, err := Open(t.Context(), path, opt)
		is(t, err, ErrFull)
		d := reads(t, path, opt)
		nothing := func(*Tx) error { return nil }
		for name, err := range map[string]error{"write": d.Write(t.Context(), nothing), "free": d.Free(t.Context(), nothing), "open": err} {
			is(t, err, ErrFull)
			if text := err.Error(); !strings.Contains(text, path) || !strings.Contains(text, "no space left on device") || !strings.Contains(text, "inodes") {
				t.Errorf("%s: the error does not help: %v", name, err)
			}
		}
		late := reads(t, path, opt)
		var all sync.WaitGroup
		stop := make(chan struct{})
		for range 4 { // readers go on while it is opened again
			all.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
						if got := get(t, d, "k"); got != "v" {
							t.Errorf("read %q", got)
							return
						}
					}
				}
			})
		}
		for i := range 6 {
			_ = os.Remove(filepath.Join(dir, fmt.Sprint("full-", i))) // as many as there are
		}
		for end := time.Now().Add(time.Minute); d.ReadOnly(); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Error("it is not opened again")
				break
			}
		}
		close(stop)
		all.Wait()
		put(t, d, "k", "other")
		if got := get(t, late, "k"); got != "other" {
			t.Errorf("what others write is not seen: %q", got)
		}
		put(t, late, "mine", "m")
		if got := get(t, d, "mine"); got != "m" || late.ReadOnly() {
			t.Errorf("%q was written, read-only %v", got, late.ReadOnly())
		}
		if err := errors.Join(d.Close(), late.Close()); err != nil {
			t.Error(err)
		}
	})
}

// A backup that finds no room leaves nothing: neither the file nor its journal.
func TestBackupWithoutRoom(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "x.db"))
	for i := range 200 {
		put(t, d, fmt.Sprint(i), strings.Repeat("x", 10_000))
	}
	for _, room := range []int{64 << 10, 512 << 10, 1 << 20} {
		t.Run(fmt.Sprint(room), func(t *testing.T) {
			testfs.Small(t, room, func(dir string) {
				is(t, d.Backup(t.Context(), filepath.Join(dir, "copy.db")), ErrFull)
				if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
					t.Errorf("left: %v, %v", left, err)
				}
			})
		})
	}
}
