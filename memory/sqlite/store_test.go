package sqlite

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/conformance"
)

// open opens a store in a file that is closed when the test ends.
func open(t testing.TB, path string, opt Options) *Store {
	t.Helper()
	s, err := Open(context.Background(), path, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestConformance(t *testing.T) {
	conformance.Run(t, func(t *testing.T, clock func() time.Time) memory.Backend {
		return open(t, filepath.Join(t.TempDir(), "memory.db"), Options{Clock: clock})
	})
}

func TestConformanceDamaged(t *testing.T) {
	conformance.RunDamaged(t, func(t *testing.T, clock func() time.Time) memory.Backend {
		return open(t, filepath.Join(t.TempDir(), "memory.db"), Options{Clock: clock})
	}, func(t *testing.T, b memory.Backend, statement string) { raw(t, b.Where(), statement) })
}

func TestConformanceInMemory(t *testing.T) {
	conformance.Run(t, func(t *testing.T, clock func() time.Time) memory.Backend {
		return open(t, db.Memory, Options{Clock: clock})
	})
}
