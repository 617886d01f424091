//go:build !race

package latency

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/sqlite"
)

const (
	graphEntities = 100_000
	graphFacts    = 10 // of each entity
	graphHops     = 4
	graphTime     = 10 * time.Millisecond
	graphReached  = 2000 // entities, in the mean
)

// graphEntity is the name of an entity.
func graphEntity(i int) string { return fmt.Sprint("entity ", i) }

// budgetGraph walks four hops through a million facts.
func budgetGraph(t *testing.T, r *report) {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "memory.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	fillGraph(t, s)
	budgetHops(t, r, s, "SQLite")
	budgetPostgresGraph(t, r)
}

// fillEntities stores the entities.
func fillEntities(t *testing.T, b memory.Backend) (ids []int64) {
	t.Helper()
	if err := b.Write(t.Context(), "", func(tx memory.Tx) error {
		now, err := tx.Now()
		ids = make([]int64, graphEntities)
		for i := 0; err == nil && i < graphEntities; i++ {
			e := memory.Entity{Name: graphEntity(i), Created: now}
			err = tx.AddEntity(&e, memory.NameKey(e.Name))
			ids[i] = e.ID
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return ids
}

// fillGraph stores the entities and their facts, of which a sixth have ended.
func fillGraph(t *testing.T, b memory.Backend) {
	t.Helper()
	ids := fillEntities(t, b)
	rnd := rand.New(rand.NewPCG(8, 1_000_000))
	if err := b.Write(t.Context(), "", func(tx memory.Tx) error {
		now, err := tx.Now()
		if err != nil {
			return err
		}
		for _, id := range ids { // in the order of an index
			for j := range graphFacts {
				f := memory.Fact{Subject: id, Predicate: fmt.Sprint("leads_to_", j), Object: memory.Object{Entity: ids[rnd.IntN(graphEntities)]},
					Valid: memory.Span{From: now - 2, To: memory.Forever}, Known: memory.Span{From: now, To: memory.Forever}, Confidence: 1}
				if rnd.IntN(6) == 0 {
					f.Valid.To = now - 1
				}
				if err := tx.AddFact(&f); err != nil {
					return err
				}
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// budgetHops measures what is around random entities.
func budgetHops(t *testing.T, r *report, b memory.Backend, name string) {
	m, err := memory.New(b, memory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(8, graphHops))
	reached, walks := 0, 0
	walk := func() {
		near, err := m.Around(context.Background(), graphEntity(rnd.IntN(graphEntities)), graphHops, m.Now())
		if err != nil {
			t.Fatal(err)
		}
		reached += len(near)
		walks++
	}
	start := time.Now()
	for range 5 { // until the facts are held
		walk()
	}
	r.duration(fmt.Sprintf("%d hops in 100,000 entities and 1,000,000 facts (%s), the first five", graphHops, name), time.Since(start))
	best, n := settle(func() series {
		return beside(alone(t, graphTime/4), 50, func() timings { return onCPU(t, walk) })
	}, func(s series) float64 { return s.share(50, graphTime) })
	r.percentile(t, fmt.Sprintf("%d hops in 100,000 entities and 1,000,000 facts (%s)", graphHops, name), best, 50, graphTime)
	r.took(n)
	if mean := reached / walks; mean < graphReached {
		t.Errorf("%s: %d entities are around one in the mean, not %d", name, mean, graphReached)
	}
}
