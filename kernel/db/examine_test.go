package db

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestExamine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if _, err := Examine(t.Context(), path); !errors.Is(err, ErrMissing) {
		t.Errorf("a missing file: %v", err)
	}
	d, err := Open(t.Context(), path, Options{ApplicationID: 77, Migrations: []Migration{{SQL: "create table t(a text)"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Write(t.Context(), func(tx *Tx) error {
		for range 2000 {
			if _, err := tx.Exec("insert into t values (hex(randomblob(100)))"); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	// While it is open, and when it is not.
	for range 2 {
		h, err := Examine(t.Context(), path)
		if err != nil || h.ApplicationID != 77 || h.Version != 1 || h.Bytes < 4096 {
			t.Errorf("%+v, %v", h, err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(make([]byte, 64<<10), 8192); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Examine(t.Context(), path); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a damaged file: %v", err)
	}
	if err := os.WriteFile(path, []byte("this is no database, and it is long enough to be looked at"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Examine(t.Context(), path); err == nil {
		t.Error("a text is taken for a database")
	}
}
