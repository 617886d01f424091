package kernel

import (
	"context"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/inmem"
	"github.com/llmspell/llmspell/memory/rag"
)

// TestSweepDocuments: what is over goes without that anybody asks, and memory is not opened for it.
func TestSweepDocuments(t *testing.T) {
	backend, opened := inmem.New(nil), 0
	s := NewServices(Openers{Memory: func() (*Memory, error) {
		opened++
		m := &Memory{Backend: backend}
		return m, m.make(memory.Options{})
	}})
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	sweep := func(until func() bool) {
		t.Helper()
		ctx, cancel := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.SweepDocuments(ctx, time.Millisecond, zap.NewNop())
		}()
		for !until() && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		cancel()
		<-done
	}
	began := time.Now()
	sweep(func() bool { return time.Since(began) > 20*time.Millisecond })
	if opened != 0 {
		t.Fatal("memory was opened for nothing")
	}
	if _, err := s.Library(); err != nil {
		t.Fatal(err)
	}
	// Somebody else takes in on the same rows what will be over in a minute by a clock that is an hour late.
	late, err := rag.New(backend, rag.Options{Clock: func() time.Time { return time.Now().Add(-time.Hour) }})
	if err != nil {
		t.Fatal(err)
	}
	defer late.Close()
	for collection, ttl := range map[string]time.Duration{"brief": time.Minute, "long": 24 * time.Hour} {
		if err := late.SetTTL(ctx, "session:s", collection, ttl); err != nil {
			t.Fatal(err)
		}
		if _, err := late.Ingest(ctx, rag.Input{Scope: "session:s", Collection: collection, ID: "a", Text: "of the ferry"}); err != nil {
			t.Fatal(err)
		}
	}
	rows := func() (names []string) {
		if err := backend.Read(context.Background(), "", func(r memory.Reader) error {
			return r.Documents(memory.DocumentFilter{}, func(d *memory.Document) error { names = append(names, d.Collection); return nil })
		}); err != nil {
			t.Fatal(err)
		}
		return names
	}
	if n := len(rows()); n != 2 {
		t.Fatalf("%d documents were taken in, not 2", n)
	}
	sweep(func() bool { return len(rows()) < 2 })
	if left := rows(); len(left) != 1 || left[0] != "long" {
		t.Errorf("left are documents of %q, not of long alone", left)
	}
}
