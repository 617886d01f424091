package db

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

const testID = 0x74657374

var testMigrations = []Migration{{SQL: "create table t (k text primary key, v blob, n integer)"}}

func open(t testing.TB, path string) *DB {
	t.Helper()
	d, err := Open(t.Context(), path, Options{ApplicationID: testID, Migrations: testMigrations})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return d
}

func put(t testing.TB, d *DB, k, v string) {
	t.Helper()
	if err := d.Write(t.Context(), func(tx *Tx) error {
		_, err := tx.Exec("insert into t (k, v) values (?, ?) on conflict (k) do update set v = excluded.v", k, []byte(v))
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func get(t testing.TB, d *DB, k string) string {
	t.Helper()
	var v []byte
	if err := d.Look(t.Context(), func(tx *Tx) error { return tx.Row("select v from t where k = ?", k).Scan(&v) }); err != nil {
		t.Fatal(err)
	}
	return string(v)
}

func TestOpenMakesPrivateFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	path := filepath.Join(dir, "x.db")
	d := open(t, path)
	put(t, d, "k", "v")
	if got := get(t, d, "k"); got != "v" {
		t.Fatalf("got %q", got)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if perm := info.Mode().Perm(); perm&0o077 != 0 {
			t.Errorf("%s has mode %o", e.Name(), perm)
		}
	}
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder: %v, %v", info.Mode(), err)
	}
}

func TestWriteIsUndone(t *testing.T) {
	for _, path := range []string{Memory, filepath.Join(t.TempDir(), "x.db")} {
		d := open(t, path)
		put(t, d, "k", "v")
		boom := errors.New("boom")
		insert := func(tx *Tx) {
			if _, err := tx.Exec("insert into t (k) values ('other')"); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Write(t.Context(), func(tx *Tx) error { insert(tx); return boom }); !errors.Is(err, boom) {
			t.Errorf("%s: error %v", path, err)
		}
		func() {
			defer func() {
				if recover() != "boom" {
					t.Errorf("%s: the panic did not come through", path)
				}
			}()
			_ = d.Write(t.Context(), func(tx *Tx) error { insert(tx); panic("boom") })
		}()
		ctx, cancel := context.WithCancel(t.Context())
		if err := d.Write(ctx, func(tx *Tx) error { insert(tx); cancel(); return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: cancelled in the middle: %v", path, err)
		}
		var n int
		if err := d.Read(t.Context(), func(tx *Tx) error { return tx.Row("select count(*) from t").Scan(&n) }); err != nil || n != 1 {
			t.Errorf("%s: %d rows, error %v", path, n, err)
		}
	}
}
