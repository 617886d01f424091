//go:build unix

package postgres

import (
	"errors"
	"slices"
	"testing"

	"github.com/llmspell/llmspell/internal/dbserver"
	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/vector"
)

// testLost drops the tables under an open store, which then leaves searches to the process.
func testLost(t *testing.T, p *dbserver.Postgres, k kind) {
	s := open(t, p, Options{})
	rows := k.add(t, s, 0, 1)
	k.setVectors(t, s, map[int64][]float32{rows[0]: {1, 0}})
	if _, err := s.pool.Exec(t.Context(), "drop table "+s.quoted+"."+nearestTable(k.of)); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := s.Nearest(t.Context(), "", "m", []float32{1, 0}, 1, memory.Among{Of: k.of}); ok || err != nil || s.FindsNearest() {
		t.Errorf("without its tables: %v, %v, %s", ok, err, s.VectorSearch())
	}
	k.setVectors(t, s, map[int64][]float32{rows[0]: {0, 1}})
	if _, _, err := s.Nearest(t.Context(), "", "m", []float32{1}, 1, memory.Among{Of: k.of}); err != nil {
		t.Error(err)
	}
	again := open(t, p, Options{Schema: s.schema})
	if got := k.nearestTo(t, again, []float32{0, 1}, 2, memory.Among{}); !slices.Equal(got, rows) {
		t.Errorf("after the tables were made anew it finds %v", got)
	}
}

// testLong searches vectors that are too long for an index, for the extension, and of another length than those that are stored.
func testLong(t *testing.T, p *dbserver.Postgres, k kind) {
	s := open(t, p, Options{})
	s.exact = 1
	rows := k.add(t, s, 0, 4)
	all := map[int64][]float32{}
	for i, row := range rows {
		all[row] = make([]float32, maxIndexed+1)
		all[row][i] = 1
	}
	k.setVectors(t, s, all)
	for i, row := range rows {
		if got := k.nearestTo(t, s, all[row], 1, memory.Among{}); !slices.Equal(got, rows[i:i+1]) {
			t.Errorf("nearest to number %d of those without an index is %v", i, got)
		}
	}
	if _, ok, err := s.Nearest(t.Context(), "", "m", make([]float32, maxDimension+1), 1, memory.Among{Of: k.of}); ok || err != nil {
		t.Errorf("longer than the extension takes: %v, %v", ok, err)
	}
	if _, _, err := s.Nearest(t.Context(), "", "m", axis(0), 1, memory.Among{Of: k.of}); !errors.Is(err, vector.ErrDimension) {
		t.Errorf("of another length: %v", err)
	}
	shorter := map[int64][]float32{}
	for i, row := range rows {
		shorter[row] = axis(i)
	}
	k.setVectors(t, s, shorter)
	if got := k.nearestTo(t, s, axis(2), 1, memory.Among{}); !slices.Equal(got, rows[2:3]) {
		t.Errorf("after all have got vectors of another length %v is nearest", got)
	}
}

// testOlder opens a schema whose tables an llmspell has made that knew those of turns alone.
func testOlder(t *testing.T, p *dbserver.Postgres) {
	s, turns, pieces := open(t, p, Options{}), kinds()["turns"], kinds()["pieces"]
	of, with := pieces.add(t, s, 0, 2), turns.add(t, s, 0, 1)
	if _, err := s.pool.Exec(t.Context(), "drop table "+s.quoted+".nearest_chunks, "+s.quoted+".nearest_chunks_upto"); err != nil {
		t.Fatal(err)
	}
	turns.setVectors(t, s, map[int64][]float32{with[0]: axis(3)})
	older := open(t, p, Options{Schema: s.schema, NoPgvector: true})
	pieces.setVectors(t, older, map[int64][]float32{of[0]: axis(0), of[1]: axis(1)})
	newer := open(t, p, Options{Schema: s.schema})
	if got := pieces.nearestTo(t, newer, axis(1), 1, memory.Among{}); !slices.Equal(got, of[1:]) {
		t.Errorf("it finds %v", got)
	}
	if got := turns.nearestTo(t, newer, axis(3), 2, memory.Among{}); !slices.Equal(got, with) {
		t.Errorf("of turns it finds %v", got)
	}
}

// testAgain drops the extension, and makes it again.
func testAgain(t *testing.T, p *dbserver.Postgres) {
	s := open(t, p, Options{})
	rows := map[string][]int64{}
	for name, k := range kinds() {
		rows[name] = k.add(t, s, 0, 2)
		k.setVectors(t, s, map[int64][]float32{rows[name][0]: axis(0), rows[name][1]: axis(1)})
	}
	if err := asAdmin(t, p, "drop extension vector cascade"); err != nil {
		t.Fatal(err)
	}
	for name, k := range kinds() {
		if _, ok, err := s.Nearest(t.Context(), "", "m", axis(0), 1, memory.Among{Of: k.of}); ok || err != nil {
			t.Errorf("%s without the extension: %v, %v", name, ok, err)
		}
	}
	if gone := open(t, p, Options{Schema: s.schema}); gone.FindsNearest() {
		t.Error(gone.VectorSearch())
	}
	withPgvector(t, p)
	again := open(t, p, Options{Schema: s.schema})
	for name, k := range kinds() {
		if got := k.nearestTo(t, again, axis(1), 1, memory.Among{}); !slices.Equal(got, rows[name][1:]) {
			t.Errorf("%s: after it has come again %v is nearest", name, got)
		}
	}
}
