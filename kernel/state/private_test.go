package state

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/testfs"
	"github.com/llmspell/llmspell/kernel/db"
)

// privateJob keeps a value in a scope of its own, says its name, and waits to be
// killed.
func privateJob(path string, n int) error {
	s, err := Open(context.Background(), path, Options{History: 1})
	if err != nil {
		return err
	}
	sc, err := s.PrivateScope(fmt.Sprint("s", n))
	if err != nil {
		return err
	}
	for i := range 2 { // the second makes a history
		if _, err := s.Set(context.Background(), sc, "k", i, SetOptions{}); err != nil {
			return err
		}
	}
	fmt.Println(sc)
	time.Sleep(time.Hour)
	return nil
}

func scopes(t *testing.T, s *Store) string {
	t.Helper()
	all, err := s.Scopes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, sc := range all {
		names = append(names, sc.Scope.String())
	}
	return strings.Join(names, " ")
}

// What a session in memory has kept is gone when its process was killed, and only
// then, whoever else has the store open.
func TestPrivateScopes(t *testing.T) {
	path := file(t)
	here := openAt(t, path, Options{})
	mine, err := here.PrivateScope("mine")
	if err != nil {
		t.Fatal(err)
	}
	other, err := here.PrivateScope("mine")
	if err != nil || other == mine || !mine.Private() || !other.Private() {
		t.Fatalf("%v, %v: %v", mine, other, err)
	}
	for _, sc := range []Scope{mine, global, {Session, "live:of a user"}, {Session, "live:s1:abcd2345"}} {
		if _, err := here.Set(t.Context(), sc, "k", "kept", SetOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	one, two := child(t, "private", path, 1), child(t, "private", path, 2)
	var names []string
	out1, out2 := lines(t, one), lines(t, two)
	for _, c := range []struct {
		start func() error
		scan  func() bool
		text  func() string
	}{{one.Start, out1.Scan, out1.Text}, {two.Start, out2.Scan, out2.Text}} {
		if err := c.start(); err != nil {
			t.Fatal(err)
		}
		if !c.scan() {
			t.Fatal("the child says nothing")
		}
		names = append(names, c.text())
	}
	if err := one.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = one.Wait() // it was killed
	next := openAt(t, path, Options{})
	if got, want := scopes(t, next), strings.Join(inOrder("global", "session:live:of a user", mine.String(), names[1]), " "); got != want {
		t.Errorf("scopes %s\nwant   %s", got, want)
	}
	if h, err := next.History(t.Context(), scope(t, names[0]), "k"); err != nil || len(h) != 0 {
		t.Errorf("the history of the dead one: %v, %v", h, err)
	}
	if err := two.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = two.Wait() // likewise
	last := openAt(t, path, Options{})
	if got, want := scopes(t, last), strings.Join(inOrder("global", "session:live:of a user", mine.String()), " "); got != want {
		t.Errorf("scopes %s\nwant   %s", got, want)
	}
	if value(t, last, "k") != "kept" {
		t.Error("another value is gone")
	}
	if left, err := os.ReadDir(here.liveFolder()); err != nil || len(left) != 1 {
		t.Errorf("marks %v, %v; want that of this process", left, err)
	}
	if err := here.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path + liveExt); !os.IsNotExist(err) {
		t.Errorf("the folder of the marks is still there: %v", err)
	}
	if got := scopes(t, openAt(t, path, Options{})); got != "global session:live:of a user" {
		t.Errorf("scopes %s after all have ended", got)
	}
}

func inOrder(s ...string) []string {
	slices.Sort(s)
	return s
}

// The scopes of sessions in memory are not exported, backed up or imported, and an
// import or a restore leaves those that are under way alone.
func TestPrivateScopesStayHere(t *testing.T) {
	s := newStore(t, Options{History: 1})
	private, err := s.PrivateScope("a")
	if err != nil {
		t.Fatal(err)
	}
	set(t, s, "k", "shared")
	for i := range 2 {
		if _, err := s.Set(t.Context(), private, "k", i, SetOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	there := func(what string) {
		t.Helper()
		if e, ok, err := s.Get(t.Context(), private, "k"); err != nil || !ok || e.Value != int64(1) {
			t.Errorf("%s: the private value is %v, %v, %v", what, e.Value, ok, err)
		}
		if h, err := s.History(t.Context(), private, "k"); err != nil || len(h) != 1 {
			t.Errorf("%s: its history is %v, %v", what, h, err)
		}
	}
	backup, err := s.CreateBackup(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, export := range []func(context.Context, *bytes.Buffer, ...Scope) (int, error){
		func(ctx context.Context, b *bytes.Buffer, of ...Scope) (int, error) { return s.Export(ctx, b, of...) },
		func(ctx context.Context, b *bytes.Buffer, of ...Scope) (int, error) {
			return s.ExportTOML(ctx, b, of...)
		},
	} {
		var out bytes.Buffer
		if n, err := export(t.Context(), &out); err != nil || n != 1 || strings.Contains(out.String(), "session:live:") {
			t.Fatalf("exported %d, %v: %s", n, err, out.String())
		}
		if done, err := s.Import(t.Context(), &out, ImportOptions{}); err != nil || done != (Imported{Values: 1, Replaced: 1}) {
			t.Errorf("%+v, %v", done, err)
		}
		there("import")
		out.Reset()
		if n, err := export(t.Context(), &out, private); err != nil || n != 1 { // asked for by name
			t.Fatalf("exported %d, %v: %s", n, err, out.String())
		}
		to := newStore(t, Options{})
		if done, err := to.Import(t.Context(), &out, ImportOptions{}); err != nil || done != (Imported{Private: 1}) || scopes(t, to) != "" {
			t.Errorf("%+v, %v, %s", done, err, scopes(t, to))
		}
	}
	_, err = s.Import(t.Context(), strings.NewReader(`{"llmspell_state": 1, "entries": []}`), ImportOptions{Scope: &private})
	is(t, err, ErrName)
	set(t, s, "k", "changed")
	if _, err := s.Restore(t.Context(), backup.ID); err != nil || value(t, s, "k") != "shared" {
		t.Fatalf("restore: %v", err)
	}
	there("restore")
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// Many stores mark themselves while others sweep: none of them is taken for dead.
func TestPrivateScopesAtOnce(t *testing.T) {
	path := file(t)
	openAt(t, path, Options{})
	done := make(chan error)
	const stores = 8
	for i := range stores {
		go func() {
			done <- func() error {
				for range 10 {
					s, err := Open(t.Context(), path, Options{})
					if err != nil {
						return err
					}
					sc, err := s.PrivateScope(fmt.Sprint(i))
					if err == nil {
						_, err = s.Set(t.Context(), sc, "k", i, SetOptions{})
					}
					if err != nil {
						return err
					}
					again, err := Open(t.Context(), path, Options{}) // it sweeps
					if err != nil {
						return err
					}
					if _, ok, err := again.Get(t.Context(), sc, "k"); err != nil || !ok {
						return fmt.Errorf("%s is gone: %w", sc, err)
					}
					if err := again.Close(); err != nil {
						return err
					}
					if err := s.Close(); err != nil { // it leaves its value behind, as one that was killed
						return err
					}
				}
				return nil
			}()
		}()
	}
	for range stores {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got := scopes(t, openAt(t, path, Options{})); got != "" {
		t.Errorf("left behind: %s", got)
	}
	if _, err := os.Lstat(path + liveExt); !os.IsNotExist(err) {
		t.Errorf("the folder of the marks is still there: %v", err)
	}
}

func TestPrivateForms(t *testing.T) {
	for text, want := range map[string]bool{
		"session:live:abcdefghijkl2345.1:s": true, "session:live:abcdefghijkl2345.12:live:x": true, "session:live:s:1:abcd2345": true,
		"session:live:abcdefghijkl2345.1:": false, "session:live:abcdefghijkl2345.:s": false, "session:live:x": false, "session:live:abcd2345": false,
		"session:live:s:ABCD2345": false, "session:s": false, "live:abcdefghijkl2345.1:s": false, "session:live:": false,
	} {
		if sc, err := ParseScope(text); err == nil && sc.Private() != want || isPrivate(text) != want {
			t.Errorf("%s: %v, want %v", text, isPrivate(text), want)
		}
	}
}

// A private scope that was made while nothing could be written lives as long as its session,
// when there is room again.
func TestPrivateScopeWithoutRoom(t *testing.T) {
	testfs.Small(t, 16<<20, func(dir string) {
		path := filepath.Join(dir, "state.db")
		reopened := func() *Store {
			t.Helper()
			s, err := Open(t.Context(), path, Options{})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		closed := func(s *Store) {
			t.Helper()
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		closed(reopened())
		testfs.NoInodes(t, dir)
		s := reopened()
		mine, err := s.PrivateScope("a")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Set(t.Context(), mine, "k", "v", SetOptions{}); !errors.Is(err, db.ErrFull) {
			t.Errorf("there was room: %v", err)
		}
		for i := range 6 {
			_ = os.Remove(filepath.Join(dir, fmt.Sprint("full-", i))) // as many as there are
		}
		if _, err := s.Set(t.Context(), mine, "k", "v", SetOptions{}); err != nil {
			t.Fatal(err)
		}
		closed(reopened()) // it deletes what dead processes have left
		if e, ok, err := s.Get(t.Context(), mine, "k"); !ok || e.Value != "v" || err != nil {
			t.Errorf("the value of a session that lives: %+v, %v, %v", e, ok, err)
		}
		closed(s)
		last := reopened()
		if _, ok, err := last.Get(t.Context(), mine, "k"); ok || err != nil {
			t.Errorf("the value of a session that has ended: %v, %v", ok, err)
		}
		closed(last)
	})
}
