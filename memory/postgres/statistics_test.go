//go:build unix

package postgres

import (
	"fmt"
	"testing"

	"github.com/llmspell/llmspell/memory"
)

// testStatistics adds many facts and turns at once: the server knows of them without its daemon, which waits for a minute.
func testStatistics(t *testing.T, s *Store) {
	if err := s.Write(t.Context(), "", func(tx memory.Tx) error {
		now, err := tx.Now()
		e := memory.Entity{Name: "Ann", Created: now}
		if err == nil {
			err = tx.AddEntity(&e, "ann")
		}
		for i := 0; err == nil && i < manyRows; i++ {
			err = tx.AddFact(&memory.Fact{Subject: e.ID, Predicate: "likes", Object: memory.Object{Value: "1"}, Valid: memory.Span{From: memory.Instant(i), To: memory.Instant(i + 1)},
				Known: memory.Span{From: now, To: memory.Forever}, Confidence: 1})
			if err == nil {
				err = tx.AddEpisode(&memory.Episode{Session: "s", ID: fmt.Sprint(i), Role: "r"})
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"facts", "episodes"} {
		var rows float64
		if err := s.pool.QueryRow(t.Context(), "select reltuples from pg_class where oid = ($1 || '.' || $2)::regclass", s.quoted, table).Scan(&rows); err != nil || rows != manyRows {
			t.Errorf("the server knows of %v %s, %v", rows, table, err)
		}
	}
}
