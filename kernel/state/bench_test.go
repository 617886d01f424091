package state

import (
	"context"
	"fmt"
	"testing"

	"github.com/llmspell/llmspell/kernel/hooks"
)

var benchValue = map[string]any{"name": "Ann", "tags": []any{"a", "b"}, "n": int64(42)}

func BenchmarkGet(b *testing.B) {
	s := newStore(b, Options{})
	for i := range 1000 {
		set(b, s, fmt.Sprint("key:", i), benchValue)
	}
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	b.ReportAllocs()
	for b.Loop() {
		if _, ok, err := s.Get(ctx, global, "key:500"); !ok || err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSet(b *testing.B) {
	s := newStore(b, Options{})
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := s.Set(ctx, global, fmt.Sprint("key:", i%1000), benchValue, SetOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSetParallel(b *testing.B) {
	s := newStore(b, Options{})
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			if _, err := s.Set(context.Background(), global, fmt.Sprint("key:", i%1000), benchValue, SetOptions{}); err != nil {
				b.Error(err)
			}
		}
	})
}

// A flush after a hundred writes.
func BenchmarkFlush(b *testing.B) {
	s := newStore(b, Options{})
	for b.Loop() {
		b.StopTimer()
		for i := range 100 {
			set(b, s, fmt.Sprint("key:", i), benchValue)
		}
		b.StartTimer()
		if err := s.Flush(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTransact(b *testing.B) {
	s := newStore(b, Options{})
	for b.Loop() {
		if err := s.Transact(context.Background(), 0, func(tx *Txn) error {
			if _, err := tx.Increment(global, "a", 1, SetOptions{}); err != nil {
				return err
			}
			_, err := tx.Increment(global, "b", -1, SetOptions{})
			return err
		}); err != nil {
			b.Fatal(err)
		}
	}
}

// A view adds nothing to speak of while no hook is registered.
func BenchmarkViewGet(b *testing.B) {
	s := newStore(b, Options{})
	set(b, s, "k", benchValue)
	v := s.View(ViewOptions{Hooks: hooks.New(hooks.Options{})})
	b.ReportAllocs()
	for b.Loop() {
		if _, ok, err := v.Get(context.Background(), global, "k"); !ok || err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	path := file(b)
	openAt(b, path, Options{})
	for b.Loop() {
		s, err := Open(context.Background(), path, Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
