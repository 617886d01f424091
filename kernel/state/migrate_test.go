package state

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
)

// Values that others write while a transform runs are transformed, too; each exactly
// once, and what was deleted stays so.
func TestMigrateMeanwhileWritten(t *testing.T) {
	s := newStore(t, Options{})
	ctx := t.Context()
	for i := range 1200 { // several pages
		set(t, s, fmt.Sprintf("%04d", i), int64(i))
	}
	calls := 0
	if err := s.Register(Migration{Version: 2, Transform: func(e Entry) (any, error) {
		switch calls++; calls {
		case 700:
			set(t, s, "0001", int64(1000)) // read already
			set(t, s, "1100", int64(2000)) // not read
			set(t, s, "new", int64(3000))
			if _, err := s.Delete(ctx, global, "0002"); err != nil {
				t.Error(err)
			}
		case 1201: // in the second round
			set(t, s, "0003", int64(4000))
		}
		if e.Key == "0005" {
			return nil, ErrDrop
		}
		return fmt.Sprint("was ", e.Value), nil
	}}); err != nil {
		t.Fatal(err)
	}
	dry, err := s.Migrate(ctx, 2, MigrateOptions{DryRun: true})
	if err != nil || dry.Examined != 1201 || dry.Changed != 1201 || dry.Deleted != 1 || value(t, s, "0000") != int64(0) || value(t, s, "0005") != int64(5) {
		t.Errorf("dry run: %+v, %v", dry, err)
	}
	if st, err := s.MigrationStatus(ctx); err != nil || st.Version != 1 {
		t.Errorf("dry run: %+v, %v", st, err)
	}
	calls = 699 // the writes above again, now for good
	done, err := s.Migrate(ctx, 2, MigrateOptions{})
	if err != nil || done.Examined != 1200 || done.Changed != 1200 || done.Deleted != 1 || done.Applied[0].Changed != 1200 || done.From != 1 || done.To != 2 {
		t.Errorf("%+v, %v", done, err)
	}
	for key, want := range map[string]any{"0000": "was 0", "0001": "was 1000", "0003": "was 4000", "1100": "was 2000", "1199": "was 1199", "new": "was 3000"} {
		if got := value(t, s, key); got != want {
			t.Errorf("%s is %v, want %v", key, got, want)
		}
	}
	if n := len(keys(t, s, global, ListOptions{})); n != 1199 {
		t.Errorf("%d values", n)
	}
}

// A value whose time is over neither ends a migration nor counts. If the clock was
// wrong it comes back in the new form, unless it has none.
func TestMigrateHidden(t *testing.T) {
	c := newFakeClock()
	s := newStore(t, Options{Clock: c.clock()})
	set(t, s, "k", "v")
	setFor(t, s, "good", time.Minute)
	setFor(t, s, "bad", time.Minute)
	c.jump(time.Hour)
	fail := errors.New("fail")
	if err := s.Register(Migration{Version: 2, Transform: func(e Entry) (any, error) {
		if e.Key == "bad" {
			return nil, fail
		}
		return "new", nil
	}}); err != nil {
		t.Fatal(err)
	}
	for _, dry := range []bool{true, false} {
		got, err := s.Migrate(t.Context(), 2, MigrateOptions{DryRun: dry})
		if err != nil || got.Examined != 1 || got.Changed != 1 || got.Deleted != 0 || got.Applied[0].Changed != 1 {
			t.Errorf("dry %v: %+v, %v", dry, got, err)
		}
	}
	missing(t, s, "good")
	c.jump(-time.Hour)
	if value(t, s, "good") != "new" {
		t.Error("it came back in its old form")
	}
	missing(t, s, "bad")
}

// Where others write all the time the migration gives up, and nothing is changed.
func TestMigrateGivesUp(t *testing.T) {
	s := newStore(t, Options{})
	set(t, s, "k", int64(0))
	n := int64(0)
	if err := s.Register(Migration{Version: 2, Transform: func(e Entry) (any, error) {
		n++
		set(t, s, "k", n)
		return "done", nil
	}}); err != nil {
		t.Fatal(err)
	}
	_, err := s.Migrate(t.Context(), 2, MigrateOptions{})
	is(t, err, ErrConflict)
	is(t, err, ErrMigration)
	if value(t, s, "k") != n {
		t.Error("it was changed")
	}
}

// A transform that fails late, or whose result cannot be kept, changes nothing, as
// does one whose context ends.
func TestMigrateFails(t *testing.T) {
	boom := errors.New("boom")
	for name, tt := range map[string]struct {
		result any
		err    error
		want   error
	}{"error": {nil, boom, boom}, "result": {make(chan int), nil, ErrValue}, "large": {strings.Repeat("x", DefaultMaxValue+1), nil, ErrTooLarge}} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t, Options{})
			for i := range 600 {
				set(t, s, fmt.Sprintf("%03d", i), int64(i))
			}
			if err := s.Register(Migration{Version: 2, Transform: func(e Entry) (any, error) {
				if e.Key == "599" {
					return tt.result, tt.err
				}
				return "changed", nil
			}}); err != nil {
				t.Fatal(err)
			}
			_, err := s.Migrate(t.Context(), 2, MigrateOptions{})
			is(t, err, tt.want)
			if !strings.Contains(err.Error(), `"599" in scope global`) || value(t, s, "000") != int64(0) {
				t.Errorf("%v, %v", err, value(t, s, "000"))
			}
			ctx, cancel := context.WithCancel(t.Context())
			if err := s.Register(Migration{Version: 2, Transform: func(Entry) (any, error) { cancel(); return 1, nil }}); err != nil {
				t.Fatal(err)
			}
			_, err = s.Migrate(ctx, 2, MigrateOptions{})
			is(t, err, context.Canceled)
		})
	}
}

// migrateJob migrates n values of "old" to "new", as slowly as it can be killed.
func migrateJob(path string, n int) error {
	ctx := context.Background()
	s, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	fmt.Println("open")
	if err := s.Register(Migration{Version: 2, Transform: func(e Entry) (any, error) {
		return strings.Replace(e.Value.(string), "old", "new", 1), nil
	}}); err != nil {
		return err
	}
	done, err := s.Migrate(ctx, 2, MigrateOptions{})
	if err != nil || done.Changed != n {
		return fmt.Errorf("%+v, %w", done, err)
	}
	fmt.Println("done")
	return s.Close()
}

// A process that migrates is killed at any moment: all values are old, or all new.
func TestKilledWhileMigrating(t *testing.T) {
	const values = 3000
	rounds := 25
	if testing.Short() {
		rounds = 6
	}
	rng := rand.New(rand.NewPCG(7, uint64(time.Now().UnixNano())))
	path := file(t)
	s := openAt(t, path, Options{})
	if err := s.Transact(t.Context(), 0, func(tx *Txn) error {
		for i := range values {
			if _, err := tx.Set(global, fmt.Sprint(i), "old"+strings.Repeat("x", i%900), SetOptions{}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// How long a whole one takes is measured on a copy.
	whole := file(t)
	if err := db.CopyFile(t.Context(), whole, path); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if out, err := child(t, "migrate", whole, values).Output(); err != nil || string(out) != "open\ndone\n" {
		t.Fatalf("%q, %v", out, err)
	}
	took := time.Since(began)
	killed := 0
	for round := range rounds {
		cmd := child(t, "migrate", path, values)
		out := lines(t, cmd)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if !out.Scan() {
			t.Fatal("the child has not opened the store")
		}
		time.Sleep(time.Duration(rng.Int64N(int64(took)))) // where it is killed must not matter
		_ = cmd.Process.Kill()                             // it may have ended
		for out.Scan() {
		}
		if cmd.Wait() != nil {
			killed++
		}
		s := openAt(t, path, Options{})
		st, err := s.MigrationStatus(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		list, err := s.List(t.Context(), global, ListOptions{Values: true})
		if err != nil || len(list) != values {
			t.Fatalf("%d values, %v", len(list), err)
		}
		want := map[int]string{1: "old", 2: "new"}[st.Version]
		for _, e := range list {
			if text, _ := e.Value.(string); !strings.HasPrefix(text, want) {
				t.Fatalf("round %d: the version is %d, and %s is %.5q", round, st.Version, e.Key, text)
			}
		}
		if err := s.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		if st.Version == 2 { // once more
			if _, err := s.Clear(t.Context(), Scope{}); err != nil {
				t.Fatal(err)
			}
			if err := s.db.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec("update meta set value = 1 where name = 'schema'")
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if err := s.Transact(t.Context(), 0, func(tx *Txn) error {
				for i := range values {
					if _, err := tx.Set(global, fmt.Sprint(i), "old", SetOptions{}); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d of %d were killed before the end", killed, rounds)
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".state-*")); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
