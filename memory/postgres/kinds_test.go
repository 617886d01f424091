//go:build unix

package postgres

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/llmspell/llmspell/memory"
)

// kind is rows of an owner, for tests.
type kind struct {
	of memory.Owner
	// add stores rows, of which from is the first's number, and returns them; forget removes such.
	add    func(t *testing.T, s *Store, from, n int) []int64
	forget func(t *testing.T, s *Store, rows []int64)
	// some are a quarter of them, and means lists those.
	some  memory.Among
	means func(t *testing.T, s *Store) map[int64]bool
}

func kinds() map[string]kind {
	return map[string]kind{
		"turns": {memory.Turns, addEpisodes, func(t *testing.T, s *Store, rows []int64) {
			t.Helper()
			write(t, s, func(tx memory.Tx) error { _, err := tx.DropEpisodes(rows); return err })
		}, memory.Among{Turns: memory.Filter{Sessions: []string{"s1"}}}, func(t *testing.T, s *Store) map[int64]bool {
			t.Helper()
			in := map[int64]bool{}
			read(t, s, func(r memory.Reader) error {
				return r.Episodes(memory.Filter{Sessions: []string{"s1"}}, func(e *memory.Episode) error { in[e.Row] = true; return nil })
			})
			return in
		}},
		"pieces": {memory.Chunks, addChunks, forgetChunks, memory.Among{Of: memory.Chunks, Documents: memory.DocumentFilter{Collections: []string{"s1"}}}, func(t *testing.T, s *Store) map[int64]bool {
			t.Helper()
			in := map[int64]bool{}
			read(t, s, func(r memory.Reader) error {
				return r.Documents(memory.DocumentFilter{Collections: []string{"s1"}}, func(d *memory.Document) error {
					return r.Chunks(d.Row, nil, func(c *memory.Chunk) error { in[c.Row] = true; return nil })
				})
			})
			return in
		}},
	}
}

func write(t *testing.T, s *Store, fn func(memory.Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), "", fn); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, s *Store, fn func(memory.Reader) error) {
	t.Helper()
	if err := s.Read(t.Context(), "", fn); err != nil {
		t.Fatal(err)
	}
}

func addEpisodes(t *testing.T, s *Store, from, n int) (rows []int64) {
	t.Helper()
	write(t, s, func(tx memory.Tx) error {
		rows = nil
		for i := range n {
			e := memory.Episode{Session: fmt.Sprint("s", (from+i)%4), ID: fmt.Sprint(from + i), Role: "r", Time: time.Unix(int64(from+i), 0), Ingested: time.Unix(1, 0)}
			if err := tx.AddEpisode(&e); err != nil {
				return err
			}
			rows = append(rows, e.Row)
		}
		return nil
	})
	return rows
}

// addChunks stores documents of a chunk each.
func addChunks(t *testing.T, s *Store, from, n int) (rows []int64) {
	t.Helper()
	write(t, s, func(tx memory.Tx) error {
		rows = nil
		for i := range n {
			d := memory.Document{Scope: "global", Collection: fmt.Sprint("s", (from+i)%4), ID: fmt.Sprint(from + i), Ingested: time.Unix(int64(1+i%4), 0)}
			c := []memory.Chunk{{Text: "x"}}
			if err := tx.AddDocument(&d, c); err != nil {
				return err
			}
			rows = append(rows, c[0].Row)
		}
		return nil
	})
	return rows
}

func forgetChunks(t *testing.T, s *Store, rows []int64) {
	t.Helper()
	write(t, s, func(tx memory.Tx) error {
		list, err := tx.ChunksAt(rows)
		var documents []int64
		for _, c := range list {
			documents = append(documents, c.Document)
		}
		if err == nil {
			_, err = tx.DropDocuments(documents)
		}
		return err
	})
}

func (k kind) setVectors(t *testing.T, s *Store, vectors map[int64][]float32) {
	t.Helper()
	list := make([]memory.RowVector, 0, len(vectors))
	for row, v := range vectors {
		list = append(list, memory.RowVector{Row: row, Vector: v})
	}
	for part := range slices.Chunk(list, 500) {
		write(t, s, func(tx memory.Tx) error { return tx.(memory.VectorTx).SetVectors(k.of, "m", part) })
	}
}

// nearestTo lists the rows nearest to a vector.
func (k kind) nearestTo(t *testing.T, s *Store, v []float32, limit int, a memory.Among) (rows []int64) {
	t.Helper()
	a.Of = k.of
	hits, ok, err := s.Nearest(t.Context(), "", "m", v, limit, a)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	for _, h := range hits {
		rows = append(rows, h.ID)
	}
	return rows
}
