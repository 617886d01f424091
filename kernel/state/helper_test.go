package state

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
)

var global = Scope{Kind: Global}

func scope(t testing.TB, s string) Scope {
	t.Helper()
	sc, err := ParseScope(s)
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

// fakeClock is a clock that tests turn.
type fakeClock struct {
	mu     sync.Mutex
	wall   time.Time
	steady time.Duration
}

func newFakeClock() *fakeClock { return &fakeClock{wall: time.UnixMilli(1_800_000_000_000)} }

func (c *fakeClock) clock() Clock {
	return Clock{
		Wall:   func() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.wall },
		Steady: func() time.Duration { c.mu.Lock(); defer c.mu.Unlock(); return c.steady },
	}
}

// pass lets time go by; jump sets the wall clock only.
func (c *fakeClock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wall, c.steady = c.wall.Add(d), c.steady+d
}

func (c *fakeClock) jump(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wall = c.wall.Add(d)
}

func openAt(t testing.TB, path string, opt Options) *Store {
	t.Helper()
	s, err := Open(context.Background(), path, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func file(t testing.TB) string { return filepath.Join(t.TempDir(), "state.db") }

func newStore(t testing.TB, opt Options) *Store { return openAt(t, file(t), opt) }

func set(t testing.TB, s *Store, key string, value any) Entry {
	t.Helper()
	e, err := s.Set(t.Context(), global, key, value, SetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// value reads what must be there.
func value(t testing.TB, s *Store, key string) any {
	t.Helper()
	e, ok, err := s.Get(t.Context(), global, key)
	if err != nil || !ok {
		t.Fatalf("get %s: found %v, error %v", key, ok, err)
	}
	return e.Value
}

func missing(t testing.TB, s *Store, key string) {
	t.Helper()
	if e, ok, err := s.Get(t.Context(), global, key); err != nil || ok {
		t.Fatalf("get %s: %v, found %v, error %v; want none", key, e.Value, ok, err)
	}
}

func keys(t testing.TB, s *Store, sc Scope, opt ListOptions) []string {
	t.Helper()
	entries, err := s.List(t.Context(), sc, opt)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, e := range entries {
		out = append(out, e.Key)
	}
	return out
}

// is checks the class of an error, and that it names the file.
func is(t testing.TB, err, class error) {
	t.Helper()
	if !errors.Is(err, class) {
		t.Fatalf("error %v; want %v", err, class)
	}
	var e *db.Error
	if errors.As(err, &e) && (e.Path == "" || e.Hint == "") {
		t.Errorf("error %v: path %q, hint %q", err, e.Path, e.Hint)
	}
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
