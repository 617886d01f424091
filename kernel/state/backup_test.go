package state

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
)

func backup(t *testing.T, s *Store, description string) Backup {
	t.Helper()
	b, err := s.CreateBackup(t.Context(), description)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBackupAndRestore(t *testing.T) {
	path := file(t)
	s, other := openAt(t, path, Options{History: 3}), openAt(t, path, Options{})
	set(t, s, "k", "old")
	old := set(t, s, "k", "older")
	b := backup(t, s, "first")
	if b.Entries != 1 || b.Schema != 1 || b.Size == 0 || len(b.SHA256) != 64 || b.Description != "first" {
		t.Errorf("%+v", b)
	}
	newer := set(t, s, "k", "new")
	set(t, s, "more", 1)
	before, err := s.Restore(t.Context(), b.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, store := range []*Store{s, other} { // another process sees it too
		if value(t, store, "k") != "older" {
			t.Errorf("k is %v", value(t, store, "k"))
		}
		missing(t, store, "more")
	}
	h, err := s.History(t.Context(), global, "k")
	if err != nil || len(h) != 1 || h[0].Value != "old" {
		t.Errorf("history %+v, %v", h, err)
	}
	e, _, err := s.Get(t.Context(), global, "k")
	if err != nil || e.Revision <= newer.Revision || e.Version != old.Version {
		t.Errorf("revision %d, after %d; version %d; %v", e.Revision, newer.Revision, e.Version, err)
	}
	// And what was there is not lost.
	if _, err := s.Restore(t.Context(), before.ID); err != nil || value(t, s, "k") != "new" || value(t, s, "more") != int64(1) {
		t.Errorf("k is %v, error %v", value(t, s, "k"), err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	all, err := s.Backups(t.Context())
	if err != nil || len(all) != 3 || all[2].ID != b.ID {
		t.Errorf("%+v, %v", all, err)
	}
	for _, n := range []string{"state-" + b.ID + ".db", "state-" + b.ID + ".json"} {
		info, err := os.Stat(filepath.Join(s.BackupFolder(), n))
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", n, info.Mode(), err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(s.BackupFolder(), ".*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestDamagedBackup(t *testing.T) {
	s := newStore(t, Options{})
	set(t, s, "k", 1)
	b := backup(t, s, "")
	file := filepath.Join(s.BackupFolder(), "state-"+b.ID+".db")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	set(t, s, "k", 2)
	for name, bad := range map[string][]byte{"flipped": append([]byte{data[0] ^ 1}, data[1:]...), "cut": data[:len(data)-1], "empty": {}} {
		write(t, file, bad)
		if _, err := s.ValidateBackup(t.Context(), b.ID); !errors.Is(err, ErrBadBackup) {
			t.Errorf("%s: validate: %v", name, err)
		}
		if _, err := s.Restore(t.Context(), b.ID); !errors.Is(err, ErrBadBackup) || value(t, s, "k") != int64(2) {
			t.Errorf("%s: restore: %v", name, err)
		}
	}
	write(t, file, data)
	if _, err := s.ValidateBackup(t.Context(), b.ID); err != nil {
		t.Error(err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ValidateBackup(t.Context(), b.ID); !errors.Is(err, ErrBadBackup) {
		t.Errorf("gone: %v", err)
	}
	if err := s.DeleteBackup(t.Context(), b.ID); err != nil {
		t.Error(err)
	}
	for _, id := range []string{b.ID, "", "../state", "..", "a/b", strings.Repeat("x", 100), "\x00"} {
		if _, err := s.Restore(t.Context(), id); !errors.Is(err, ErrNoBackup) {
			t.Errorf("%q: %v", id, err)
		}
		if err := s.DeleteBackup(t.Context(), id); !errors.Is(err, ErrNoBackup) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestCleanBackups(t *testing.T) {
	c := newFakeClock()
	s := newStore(t, Options{Clock: c.clock()})
	var ids []string
	for i := range 5 {
		ids = append(ids, backup(t, s, fmt.Sprint(i)).ID)
		c.pass(24 * time.Hour)
	}
	old := filepath.Join(s.BackupFolder(), "state-20200101-000000-1")
	for _, ext := range []string{".db", ".db-journal", ".part"} {
		write(t, old+ext, nil)
		if err := os.Chtimes(old+ext, time.Time{}, c.wall.Add(-48*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(s.BackupFolder(), "mine.db"), nil)
	gone, err := s.CleanBackups(t.Context(), Retention{Keep: 1, MaxAge: 60 * time.Hour})
	if err != nil || len(gone) != 3 || gone[0].ID != ids[2] {
		t.Errorf("%+v, %v", gone, err)
	}
	all, err := s.Backups(t.Context())
	if err != nil || len(all) != 2 || all[0].ID != ids[4] {
		t.Errorf("%+v, %v", all, err)
	}
	names, err := filepath.Glob(filepath.Join(s.BackupFolder(), "*"))
	if err != nil || len(names) != 5 { // two backups of two files, and what is not ours
		t.Errorf("%v, %v", names, err)
	}
}

func TestMemoryHasNoBackups(t *testing.T) {
	s := openAt(t, db.Memory, Options{})
	set(t, s, "k", 1)
	if _, err := s.CreateBackup(t.Context(), ""); !errors.Is(err, ErrMemory) {
		t.Error(err)
	}
	if u, err := s.Usage(t.Context()); err != nil || u.Entries != 1 {
		t.Errorf("%+v, %v", u, err)
	}
}

// A backup is of one moment, whatever is written meanwhile.
func TestBackupWhileWriting(t *testing.T) {
	path := file(t)
	s, writer := openAt(t, path, Options{}), openAt(t, path, Options{})
	stop, done := make(chan struct{}), make(chan error)
	go func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			if err := writer.Transact(context.Background(), 0, func(tx *Txn) error {
				if _, err := tx.Set(global, "a", i, SetOptions{}); err != nil {
					return err
				}
				_, err := tx.Set(global, "b", i, SetOptions{})
				return err
			}); err != nil {
				done <- err
				return
			}
		}
	}()
	for range 5 {
		b := backup(t, s, "")
		from, end, err := openCopy(t.Context(), s.BackupFolder(), b.ID)
		if err != nil {
			t.Fatal(err)
		}
		x, _, err1 := from.Get(t.Context(), global, "a")
		y, _, err2 := from.Get(t.Context(), global, "b")
		if err1 != nil || err2 != nil || x.Value != y.Value {
			t.Errorf("a is %v, b %v, errors %v, %v", x.Value, y.Value, err1, err2)
		}
		end()
	}
	close(stop)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestMigrations(t *testing.T) {
	path := file(t)
	s := openAt(t, path, Options{BackupOnMigration: true})
	ctx := t.Context()
	set(t, s, "user:1", map[string]any{"name": "Ann", "pw": "x"})
	set(t, s, "user:2", map[string]any{"name": "Bob", "age": int64(7)})
	set(t, s, "other", map[string]any{"name": "no"})
	set(t, s, "user:n", 5)
	if _, err := s.Set(ctx, scope(t, "session:1"), "user:1", map[string]any{"name": "S"}, SetOptions{TTL: time.Hour}); err != nil {
		t.Fatal(err)
	}
	register := func(m Migration) {
		t.Helper()
		if err := s.Register(m); err != nil {
			t.Fatal(err)
		}
	}
	register(Migration{Version: 2, Description: "ages", Prefix: "user:", Scope: "global", Steps: []Transformation{{Add: "age", Default: int64(0)}, {Remove: "pw"}}})
	register(Migration{Version: 4, Prefix: "user:", Steps: []Transformation{{Rename: "age", To: "name"}}}) // fails: there is a name
	if _, err := s.Migrate(ctx, 4, MigrateOptions{}); !errors.Is(err, ErrMigration) || !strings.Contains(err.Error(), "3") {
		t.Errorf("a gap: %v", err)
	}
	register(Migration{Version: 3, Scope: "session:*", Steps: []Transformation{{Rename: "name", To: "title"}}, Transform: func(e Entry) (any, error) {
		e.Value.(map[string]any)["key"] = e.Key
		return e.Value, nil
	}})
	if _, err := s.Migrate(ctx, 4, MigrateOptions{}); !errors.Is(err, ErrMigration) || !strings.Contains(err.Error(), `"user:1"`) {
		t.Errorf("a step that fails: %v", err)
	}
	if m, _ := value(t, s, "user:1").(map[string]any); m["pw"] != "x" {
		t.Error("a migration that failed has changed something")
	}
	st, err := s.MigrationStatus(ctx)
	if err != nil || st.Version != 1 || st.Latest != 4 || len(st.Pending) != 3 || len(st.Applied) != 0 {
		t.Errorf("%+v, %v", st, err)
	}
	done, err := s.Migrate(ctx, 3, MigrateOptions{})
	if err != nil || len(done.Applied) != 2 || done.Applied[0].Changed != 1 || done.Applied[1].Changed != 1 || done.Changed != 2 || done.Examined != 4 {
		t.Errorf("%+v, %v", done, err)
	}
	if m, _ := value(t, s, "user:1").(map[string]any); len(m) != 2 || m["age"] != int64(0) {
		t.Errorf("user:1 is %v", m)
	}
	e, _, err := s.Get(ctx, scope(t, "session:1"), "user:1")
	if m, _ := e.Value.(map[string]any); err != nil || m["title"] != "S" || m["key"] != "user:1" || e.Version != 2 || e.TTL != time.Hour {
		t.Errorf("session: %+v, %v", e, err)
	}
	if _, err := s.Migrate(ctx, 2, MigrateOptions{}); !errors.Is(err, ErrMigration) {
		t.Errorf("back: %v", err)
	}
	if applied, err := s.Migrate(ctx, 3, MigrateOptions{}); err != nil || applied.Applied != nil {
		t.Errorf("again: %v, %v", applied, err)
	}
	all, err := s.Backups(ctx)
	if err != nil || len(all) != 1 { // those that failed need none
		t.Errorf("backups %v, %v", all, err)
	}
	again := openAt(t, path, Options{})
	if st, err := again.MigrationStatus(ctx); err != nil || st.Version != 3 || len(st.Applied) != 2 || st.Applied[0].Description != "ages" {
		t.Errorf("%+v, %v", st, err)
	}
	if _, err := s.Restore(ctx, all[0].ID); err != nil {
		t.Fatal(err)
	}
	if st, err := s.MigrationStatus(ctx); err != nil || st.Version != 1 || len(st.Applied) != 0 {
		t.Errorf("restored: %+v, %v", st, err)
	}
	for _, m := range []Migration{{Version: 1}, {Version: 2, Steps: []Transformation{{}}}, {Version: 2, Steps: []Transformation{{Add: "a", Remove: "b"}}},
		{Version: 2, Steps: []Transformation{{Rename: "a"}}}, {Version: 2, Steps: []Transformation{{Add: "a", Default: s}}}} {
		if err := s.Register(m); !errors.Is(err, ErrMigration) {
			t.Errorf("%+v: %v", m, err)
		}
	}
}

func TestBackupLimits(t *testing.T) {
	c := newFakeClock()
	path := file(t)
	s := openAt(t, path, Options{Clock: c.clock(), MaxBackups: 2, MaxBackupAge: 72 * time.Hour})
	set(t, s, "k", "first")
	first := backup(t, s, "")
	c.pass(time.Hour)
	backup(t, s, "")
	set(t, s, "k", "changed")
	c.pass(time.Hour)
	if _, err := s.Restore(t.Context(), first.ID); err != nil || value(t, s, "k") != "first" { // makes a third
		t.Errorf("k is %v, error %v", value(t, s, "k"), err)
	}
	if all, err := s.Backups(t.Context()); err != nil || len(all) != 3 || all[2].ID != first.ID { // the automatic one is counted apart
		t.Errorf("%+v, %v", all, err)
	}
	c.pass(100 * time.Hour)
	backup(t, s, "")
	if all, err := s.Backups(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("%+v, %v", all, err)
	}
	none := openAt(t, path, Options{NoBackups: true, NoMigrations: true})
	if _, err := none.CreateBackup(t.Context(), ""); !errors.Is(err, ErrNoBackups) {
		t.Error(err)
	}
	if _, err := none.Migrate(t.Context(), 2, MigrateOptions{}); !errors.Is(err, ErrMigration) {
		t.Error(err)
	}
}
