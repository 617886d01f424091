package sqlite

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/memory"
)

// fillFacts adds entities and facts between them, some thousands in a transaction.
func fillFacts(tb testing.TB, s *Store, entities, each int) {
	tb.Helper()
	ids := make([]int64, entities)
	const batch = 2000
	for begin := 0; begin < 2*entities; begin += batch {
		if err := s.Write(tb.Context(), "", func(tx memory.Tx) error {
			now, err := tx.Now()
			for i := begin; i < min(begin+batch, 2*entities) && err == nil; i++ {
				if i < entities { // the entities first
					e := memory.Entity{Name: fmt.Sprint("entity ", i), Created: now}
					err = tx.AddEntity(&e, memory.NameKey(e.Name))
					ids[i] = e.ID
					continue
				}
				from := i - entities
				for j := range each {
					f := memory.Fact{Subject: ids[from], Predicate: fmt.Sprint("leads_to_", j), Object: memory.Object{Entity: ids[(from*7919+j*104729+1)%entities]},
						Valid: memory.Span{From: now - 1, To: memory.Forever}, Known: memory.Span{From: now, To: memory.Forever}, Confidence: 1}
					if err == nil {
						err = tx.AddFact(&f)
					}
				}
			}
			return err
		}); err != nil {
			tb.Fatal(err)
		}
	}
}

// BenchmarkFacts tells how long it takes to store a fact between two entities of many.
func BenchmarkFacts(b *testing.B) {
	const entities, each = 2000, 10
	for b.Loop() {
		s := open(b, filepath.Join(b.TempDir(), "memory.db"), Options{})
		fillFacts(b, s, entities, each)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*entities*each), "ns/fact")
}

// BenchmarkLinks tells how long the first walk takes, which reads all facts between entities, per fact.
func BenchmarkLinks(b *testing.B) {
	const entities, each = 10_000, 10
	s := open(b, filepath.Join(b.TempDir(), "memory.db"), Options{})
	fillFacts(b, s, entities, each)
	for b.Loop() {
		n := 0
		if err := s.Read(b.Context(), "", func(r memory.Reader) error {
			return r.Links(memory.Beginning, func(memory.Link) error { n++; return nil })
		}); err != nil || n != entities*each {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*entities*each), "ns/fact")
}

// BenchmarkImportFacts tells how long a line about a fact takes in an import, and in one that has it already.
func BenchmarkImportFacts(b *testing.B) {
	const entities, each = 1000, 10
	var lines strings.Builder
	for i := range entities * each {
		fmt.Fprintf(&lines, `{"fact":{"subject":"entity %d","predicate":"leads_to_%d","entity":"entity %d","valid_from":"2024-01-01T00:00:00Z","known_from":"2024-01-01T00:00:00Z"}}`+"\n", i/each, i%each, (i*7919+1)%entities)
	}
	for b.Loop() {
		m, err := memory.New(open(b, filepath.Join(b.TempDir(), "memory.db"), Options{}), memory.Options{})
		if err != nil {
			b.Fatal(err)
		}
		for range 2 {
			if _, err := m.Import(b.Context(), strings.NewReader(lines.String())); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(2*b.N*entities*each), "ns/line")
}
