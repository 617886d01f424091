package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func is(t *testing.T, err, class error) {
	t.Helper()
	if !errors.Is(err, class) {
		t.Fatalf("error %v; want %v", err, class)
	}
}

func TestOpenRefuses(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "x.db")
	d := open(t, path)
	put(t, d, "k", "v")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := Open(ctx, path, Options{ApplicationID: 1, Migrations: testMigrations})
	is(t, err, ErrForeign)
	_, err = Open(ctx, path, Options{ApplicationID: testID})
	is(t, err, ErrNewer)
	if _, err := Open(ctx, path, Options{}); err == nil {
		t.Error("no application id")
	}
	_, err = Open(ctx, filepath.Dir(path), Options{ApplicationID: testID})
	is(t, err, ErrForeign)
	_, err = Open(ctx, path+"2", Options{ApplicationID: testID, ReadOnly: true})
	is(t, err, ErrMissing)
	if _, err := os.Stat(path + "2"); err == nil {
		t.Error("reading has made a file")
	}
	more := []Migration{testMigrations[0], {SQL: "alter table t add column m"}}
	_, err = Open(ctx, path, Options{ApplicationID: testID, Migrations: more, ReadOnly: true})
	is(t, err, ErrReadOnly)
	d = open(t, path)
	if got := get(t, d, "k"); got != "v" {
		t.Errorf("got %q", got)
	}
}

func TestReadOnlyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	put(t, open(t, path), "k", "v") // stays open
	d, err := Open(t.Context(), path, Options{ApplicationID: testID, Migrations: testMigrations, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if got := get(t, d, "k"); got != "v" || !d.ReadOnly() {
		t.Errorf("got %q", got)
	}
	is(t, d.Write(t.Context(), func(*Tx) error { return nil }), ErrReadOnly)
	if err := errors.Join(d.Flush(t.Context()), d.Compact(t.Context()), d.Check(t.Context())); err != nil {
		t.Error(err)
	}
}

func TestMigrations(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	steps := []Migration{testMigrations[0], {SQL: "insert into t (k, n) values ('a', 1); insert into t (k, n) values ('b', 2);"},
		{Go: func(tx *Tx) error { _, err := tx.Exec("update t set n = n * 10"); return err }}}
	for v := 1; v <= len(steps); v++ {
		d, err := Open(t.Context(), path, Options{ApplicationID: testID, Migrations: steps[:v]})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	sum := func(steps []Migration) (n int) {
		t.Helper()
		d, err := Open(t.Context(), path, Options{ApplicationID: testID, Migrations: steps})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if err := d.Look(t.Context(), func(tx *Tx) error { return tx.Row("select sum(n) from t").Scan(&n) }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := sum(steps); n != 30 {
		t.Errorf("sum %d", n)
	}
	bad := append(steps, Migration{SQL: "update t set n = 0; nonsense"})
	if _, err := Open(t.Context(), path, Options{ApplicationID: testID, Migrations: bad}); err == nil || !strings.Contains(err.Error(), "from version 3 to 4") {
		t.Errorf("a step that fails: %v", err)
	}
	if n := sum(steps); n != 30 {
		t.Errorf("a step that failed has changed something: sum %d", n)
	}
	boom := Migration{Go: func(*Tx) error { return errors.New("boom") }}
	fresh := filepath.Join(t.TempDir(), "y.db")
	if _, err := Open(t.Context(), fresh, Options{ApplicationID: testID, Migrations: []Migration{boom}}); err == nil {
		t.Error("no error")
	}
	if _, err := os.Stat(fresh); err == nil {
		t.Error("a file was made by half")
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(fresh), ".new-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// Many open a file at once that is not there: one of them makes it.
func TestOpenTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "x.db")
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			d, err := Open(context.Background(), path, Options{ApplicationID: testID, Migrations: testMigrations})
			if err != nil {
				t.Error(err)
				return
			}
			defer d.Close()
			if err := d.Write(context.Background(), func(tx *Tx) error {
				_, err := tx.Exec("insert into t (k) values (?)", fmt.Sprint(i))
				return err
			}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var n int
	if err := open(t, path).Look(t.Context(), func(tx *Tx) error { return tx.Row("select count(*) from t").Scan(&n) }); err != nil || n != 16 {
		t.Errorf("%d rows, %v", n, err)
	}
}

// Readers see one moment, writers of the process take turns.
func TestReadersAndWriters(t *testing.T) {
	for _, path := range []string{Memory, filepath.Join(t.TempDir(), "wal.db"), filepath.Join(t.TempDir(), "delete.db")} {
		opt := Options{ApplicationID: testID, Migrations: testMigrations}
		if strings.HasSuffix(path, "delete.db") {
			open(t, path).Close() // it was WAL, and is changed
			opt.Journal = "DELETE"
		}
		d, err := Open(t.Context(), path, opt)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		for _, k := range []string{"a", "b"} {
			put(t, d, k, "0")
		}
		if err := d.Write(t.Context(), func(tx *Tx) error { _, err := tx.Exec("update t set n = 0"); return err }); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 50 {
					if err := d.Write(context.Background(), func(tx *Tx) error {
						_, err := tx.Exec("update t set n = n + 1")
						return err
					}); err != nil {
						t.Error(err)
					}
				}
			})
			wg.Go(func() {
				for range 50 {
					if err := d.Read(context.Background(), func(tx *Tx) error {
						var a, b int
						if err := errors.Join(tx.Row("select n from t where k = 'a'").Scan(&a), tx.Row("select n from t where k = 'b'").Scan(&b)); err != nil {
							return err
						}
						if a != b && path != Memory {
							return fmt.Errorf("a is %d, b %d", a, b)
						}
						return nil
					}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		var n int
		if err := d.Look(t.Context(), func(tx *Tx) error { return tx.Row("select sum(n) from t").Scan(&n) }); err != nil || n != 400 {
			t.Errorf("%s: sum %d, %v", path, n, err)
		}
		if _, err := os.Stat(path + "-wal"); (err == nil) != strings.HasSuffix(path, "wal.db") {
			t.Errorf("%s: its log: %v", path, err)
		}
		if err := d.Flush(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestReadersCannotWrite(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "x.db"))
	err := d.Look(t.Context(), func(tx *Tx) error { _, err := tx.Exec("insert into t (k) values ('x')"); return err })
	is(t, err, ErrReadOnly)
}

func TestQueriesEnd(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "x.db"))
	const endless = "with recursive c(n) as (select 1 union all select n + 1 from c) select count(*) from c"
	for name, use := range map[string]func(context.Context, func(*Tx) error) error{"read": d.Read, "look": d.Look, "write": d.Write} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		var n int
		if err := use(ctx, func(tx *Tx) error { return tx.Row(endless).Scan(&n) }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
		put(t, d, "k", name) // it can still be used
		if got := get(t, d, "k"); got != name {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestCloseWaits(t *testing.T) {
	d, err := Open(t.Context(), filepath.Join(t.TempDir(), "x.db"), Options{ApplicationID: testID, Migrations: testMigrations})
	if err != nil {
		t.Fatal(err)
	}
	in, out := make(chan struct{}), make(chan struct{})
	written := make(chan error)
	go func() {
		written <- d.Write(context.Background(), func(tx *Tx) error {
			close(in)
			<-out
			_, err := tx.Exec("insert into t (k) values ('late')")
			return err
		})
	}()
	<-in
	closed := make(chan error)
	go func() { closed <- d.Close() }()
	<-d.closed
	is(t, d.Read(t.Context(), func(*Tx) error { return nil }), ErrClosed)
	close(out)
	if err := errors.Join(<-written, <-closed, d.Close()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(d.Path() + "-wal"); err == nil {
		t.Error("the log is still there")
	}
}

func TestEachAndSizes(t *testing.T) {
	for _, path := range []string{Memory, filepath.Join(t.TempDir(), "x.db")} {
		d := open(t, path)
		for i := range 100 {
			put(t, d, fmt.Sprintf("%03d", i), strings.Repeat("x", 5000))
		}
		boom, n := errors.New("boom"), 0
		if err := d.Read(t.Context(), func(tx *Tx) error {
			return tx.Each(func(rows *sql.Rows) error {
				if n++; n == 10 {
					return boom
				}
				return nil
			}, "select k from t")
		}); err != boom || n != 10 {
			t.Errorf("%d rows, %v", n, err)
		}
		before, err := d.Sizes(t.Context())
		if err != nil || before.File < 500_000 {
			t.Errorf("%+v, %v", before, err)
		}
		if err := d.Write(t.Context(), func(tx *Tx) error { _, err := tx.Exec("delete from t where k > '010'"); return err }); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(d.Compact(t.Context()), d.Flush(t.Context()), d.Check(t.Context())); err != nil {
			t.Error(err)
		}
		after, err := d.Sizes(t.Context())
		if err != nil || path != Memory && (after.File > before.File/2 || after.Free > 0) {
			t.Errorf("%s: %+v, then %+v, %v", path, before, after, err)
		}
		copied := filepath.Join(t.TempDir(), "copy.db")
		if err := d.Backup(t.Context(), copied); err != nil {
			t.Fatal(err)
		}
		if err := d.Backup(t.Context(), copied); !errors.Is(err, os.ErrExist) {
			t.Errorf("over a file: %v", err)
		}
		if got := get(t, open(t, copied), "005"); len(got) != 5000 {
			t.Errorf("the copy has %d bytes", len(got))
		}
	}
}

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	path, source := filepath.Join(dir, "x.db"), filepath.Join(dir, "source.db")
	s := open(t, source)
	put(t, s, "k", "restored")
	copied := filepath.Join(dir, "copy.db")
	if err := s.Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	d := open(t, path)
	put(t, d, "k", "v")
	_, err := Replace(t.Context(), path, copied)
	is(t, err, ErrBusy)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Replace(t.Context(), path, path+"-nothing"); !errors.Is(err, os.ErrNotExist) || get(t, open(t, path), "k") != "v" {
		t.Errorf("no source: %v", err)
	}
}

func TestReplaceKeepsTheOldFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.db")
	for _, f := range []string{path, path + "-wal", path + "-shm"} {
		if err := os.WriteFile(f, []byte(f), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path+".source", []byte("new"), 0o644); err != nil {
		t.Fatal(err)
	}
	aside, err := Replace(t.Context(), path, path+".source")
	if err != nil {
		t.Fatal(err)
	}
	for _, ext := range []string{"", "-wal", "-shm"} {
		if data, err := os.ReadFile(aside + ext); err != nil || string(data) != path+ext {
			t.Errorf("%s: %q, %v", ext, data, err)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != 3 {
		t.Errorf("%v, %v", info, err)
	}
	if aside, err := Replace(t.Context(), filepath.Join(dir, "y.db"), path+".source"); err != nil || aside != "" {
		t.Errorf("nothing was there: %q, %v", aside, err)
	}
}
