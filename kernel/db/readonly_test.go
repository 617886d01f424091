package db

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/internal/testfs"
)

// What was closed cleanly can be read on a file system that is read-only: there SQLite
// can make none of the files that a reader needs otherwise.
func TestReadOnlyFileSystem(t *testing.T) {
	testfs.Small(t, 4<<20, func(dir string) {
		path := filepath.Join(dir, "x.db")
		opt := Options{ApplicationID: testID, Migrations: testMigrations, Reserve: 4096}
		d, err := Open(t.Context(), path, opt)
		if err != nil {
			t.Fatal(err)
		}
		put(t, d, "k", "v")
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		testfs.ReadOnly(t, dir)
		_, err = Open(t.Context(), path, opt)
		is(t, err, ErrReadOnly)
		if h, err := Examine(t.Context(), path); err != nil || h.ApplicationID != testID {
			t.Errorf("examined: %+v, %v", h, err)
		}
		opt.OrReadOnly = true
		if d, err = Open(t.Context(), path, opt); err != nil {
			t.Fatal(err)
		}
		if got := get(t, d, "k"); got != "v" || !d.ReadOnly() {
			t.Errorf("got %q, read-only %v", got, d.ReadOnly())
		}
		is(t, d.Write(t.Context(), func(*Tx) error { return nil }), ErrReadOnly)
		if err := d.Backup(t.Context(), filepath.Join(t.TempDir(), "copy.db")); err != nil {
			t.Errorf("backup: %v", err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		opt.Reserve = 0
		_, err = Open(t.Context(), filepath.Join(dir, "none.db"), opt) // cannot be made
		is(t, err, ErrReadOnly)
	})
}

// Where no more files can be made that is said, and nothing is lost.
func TestNoInodes(t *testing.T) {
	testfs.Small(t, 16<<20, func(dir string) {
		path := filepath.Join(dir, "x.db")
		opt := Options{ApplicationID: testID, Migrations: testMigrations, OrReadOnly: true}
		d, err := Open(t.Context(), path, opt)
		if err != nil {
			t.Fatal(err)
		}
		put(t, d, "k", "v")
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		testfs.NoInodes(t, dir)
		_, err = Open(t.Context(), path, opt)
		is(t, err, ErrFull)
		if text := err.Error(); !strings.Contains(text, path) || !strings.Contains(text, "no space left on device") || !strings.Contains(text, "inodes") {
			t.Errorf("the error does not help: %v", err)
		}
		if err := os.Remove(filepath.Join(dir, "full-0")); err != nil {
			t.Fatal(err)
		}
		for i := 1; i < 4; i++ {
			_ = os.Remove(filepath.Join(dir, fmt.Sprint("full-", i))) // as many as there are
		}
		if d, err = Open(t.Context(), path, opt); err != nil {
			t.Fatal(err)
		}
		if got := get(t, d, "k"); got != "v" {
			t.Errorf("got %q", got)
		}
		if err := d.Close(); err != nil {
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
