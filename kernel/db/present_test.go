package db

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// openOne opens a database in a folder of its own.
func openOne(t *testing.T, journal string) *DB {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	d, err := Open(t.Context(), path, Options{ApplicationID: testID, Migrations: testMigrations, Journal: journal, Background: true, Reserve: 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// A file that was removed or replaced takes no write, gives nothing to read, and its log is
// left alone.
func TestReplaced(t *testing.T) {
	anew := func(t *testing.T, path string) {
		d, err := Open(t.Context(), path, Options{ApplicationID: testID, Migrations: testMigrations})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for name, change := range map[string]func(t *testing.T, path string){
		"removed":  func(t *testing.T, path string) { removeAll(t, path) },
		"anew":     func(t *testing.T, path string) { removeAll(t, path); anew(t, path) },
		"replaced": func(t *testing.T, path string) { other := path + ".copy"; anew(t, other); rename(t, other, path) },
	} {
		for _, journal := range []string{"wal", "delete"} {
			t.Run(name+" "+journal, func(t *testing.T) {
				d := openOne(t, journal)
				nothing := func(*Tx) error { return nil }
				if err := d.Write(t.Context(), nothing); err != nil {
					t.Fatal(err)
				}
				change(t, d.Path())
				for what, err := range map[string]error{
					"write": d.Write(t.Context(), nothing), "read": d.Read(t.Context(), nothing), "look": d.Look(t.Context(), nothing),
					"free": d.Free(t.Context(), nothing), "flush": d.Flush(t.Context()), "compact": d.Compact(t.Context()),
					"backup": d.Backup(t.Context(), filepath.Join(t.TempDir(), "b.db")),
				} {
					if !errors.Is(err, ErrReplaced) {
						t.Errorf("%s: %v", what, err)
					}
				}
				if err := d.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
				if name == "removed" {
					return
				}
				again, err := Open(t.Context(), d.Path(), Options{ApplicationID: testID, Migrations: testMigrations, Journal: journal})
				if err != nil {
					t.Fatal(err)
				}
				defer again.Close()
				if err := errors.Join(again.Write(t.Context(), nothing), again.Check(t.Context())); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// removeAll removes a database and what lies beside it.
func removeAll(t *testing.T, path string) {
	t.Helper()
	all, err := filepath.Glob(path + "*")
	if err != nil || len(all) < 2 {
		t.Fatal(all, err)
	}
	for _, one := range all {
		if err := os.Remove(one); err != nil {
			t.Fatal(err)
		}
	}
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}
