package db

import (
	"os"
	"path/filepath"
	"testing"
)

func reserved(t *testing.T, path string, size int64) *DB {
	t.Helper()
	d, err := Open(t.Context(), path, Options{ApplicationID: testID, Migrations: testMigrations, Reserve: size})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// The reserve is a private file that is there while there is room, and is made again
// when it has been used.
func TestReserve(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	size := func() int64 {
		info, err := os.Lstat(path + reserveExt)
		if err != nil {
			return -1
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("mode %v", info.Mode())
		}
		return info.Size()
	}
	for _, want := range []int64{4096, 1000, 5000} { // one that is large enough stays
		d := reserved(t, path, want)
		put(t, d, "k", "v")
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if got := size(); got != max(want, 4096) {
			t.Errorf("a reserve of %d has %d bytes", want, got)
		}
	}
	if err := os.Truncate(path+reserveExt, 10); err != nil {
		t.Fatal(err)
	}
	d := reserved(t, path, 4096)
	defer d.Close()
	if got := size(); got != 4096 {
		t.Errorf("one that was cut has %d bytes", got)
	}
	if err := d.releaseReserve(); err != nil || size() != -1 {
		t.Errorf("released: %d bytes, %v", size(), err)
	}
	if d.releaseReserve() == nil {
		t.Error("released twice")
	}
	if memory, err := Open(t.Context(), Memory, Options{ApplicationID: testID, Migrations: testMigrations, Reserve: 100}); err != nil {
		t.Error(err)
	} else {
		_ = memory.Close() // it holds nothing
	}
	if _, err := os.Lstat(Memory + reserveExt); err == nil {
		t.Error("a database in memory has a reserve")
	}
}

// A deletion in a database that may not grow takes the room of the log, says what to do
// where that is not enough, and then has changed nothing.
func TestFreeWhenFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	d, err := Open(t.Context(), path, Options{ApplicationID: testID, Migrations: testMigrations, Reserve: 1000, MaxSize: 200_000})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	put(t, d, "k", "v")
	tries := 0
	err = d.Free(t.Context(), func(tx *Tx) error {
		if tries++; tries == 3 {
			if _, err := os.Lstat(path + reserveExt); err == nil {
				t.Error("the reserve was not used")
			}
		}
		if _, err := tx.Exec("delete from t"); err != nil {
			return err
		}
		_, err := tx.Exec("insert into t (k, v) values ('big', zeroblob(1000000))")
		return err
	})
	is(t, err, ErrFull)
	if tries != 3 || get(t, d, "k") != "v" {
		t.Errorf("%d tries: %v", tries, err)
	}
	if d.reserved() != 1000 {
		t.Error("the reserve is lost, though nothing was deleted")
	}
	tries = 0
	if err := d.Free(t.Context(), func(tx *Tx) error {
		if tries++; tries == 1 {
			return &Error{Path: path, Class: ErrFull}
		}
		_, err := tx.Exec("delete from t")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(path + reserveExt); err != nil || info.Size() != 1000 {
		t.Errorf("the reserve is not there again: %v", err)
	}
}
