//go:build unix

package postgres

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/dbserver"
	"github.com/llmspell/llmspell/memory"
)

// testAmong has the server itself leave out what a filter does not mean: nobody looks at its rows afterwards. Documents whose
// time is over are there, since nobody has swept them.
func testAmong(t *testing.T, p *dbserver.Postgres) {
	s, k := open(t, p, Options{}), kinds()["pieces"]
	type place struct{ scope, collection, id string }
	places := []place{{"global", "c1", "a"}, {"global", "c2", "b"}, {"session:x", "c1", "a"}, {"session:y", "mortal", "c"}}
	documents, pieces := make([]int64, len(places)), make([][]int64, len(places))
	all := map[int64][]float32{}
	write(t, s, func(tx memory.Tx) error {
		for i, at := range places {
			d := memory.Document{Scope: at.scope, Collection: at.collection, ID: at.id, Ingested: time.Unix(10, 0), Metadata: map[string]any{"n": i % 2}}
			c := []memory.Chunk{{Text: "x"}, {Text: "y"}}
			if err := tx.AddDocument(&d, c); err != nil {
				return err
			}
			documents[i], pieces[i] = d.Row, []int64{c[0].Row, c[1].Row}
			all[c[0].Row], all[c[1].Row] = axis(i), axis(i)
		}
		return errors.Join(tx.SetCollection(memory.Collection{Scope: "session:y", Name: "mortal", TTL: time.Minute, Created: time.Unix(10, 0)}),
			tx.SetCollection(memory.Collection{Scope: "session:x", Name: "mortal", TTL: time.Second, Created: time.Unix(10, 0)}))
	})
	k.setVectors(t, s, all)
	other := open(t, p, Options{Schema: s.schema})
	if err := other.Write(t.Context(), "another", func(tx memory.Tx) error {
		d, c := memory.Document{Scope: "global", Collection: "c1", ID: "a", Ingested: time.Unix(10, 0)}, []memory.Chunk{{Text: "x"}}
		err := tx.AddDocument(&d, c)
		return errors.Join(err, tx.(memory.VectorTx).SetVectors(memory.Chunks, "m", []memory.RowVector{{Row: c[0].Row, Vector: axis(0)}}))
	}); err != nil {
		t.Fatal(err)
	}
	over := time.Unix(70, 0)
	for _, c := range []struct {
		f    memory.DocumentFilter
		now  time.Time
		want []int // of places
	}{
		{memory.DocumentFilter{}, time.Time{}, []int{0, 1, 2, 3}},
		{memory.DocumentFilter{}, over.Add(-time.Microsecond), []int{0, 1, 2, 3}},
		{memory.DocumentFilter{}, over, []int{0, 1, 2}},
		{memory.DocumentFilter{Scopes: []string{"global"}}, over, []int{0, 1}},
		{memory.DocumentFilter{Scopes: []string{"session:*"}}, time.Time{}, []int{2, 3}},
		{memory.DocumentFilter{Scopes: []string{"session:*"}}, over, []int{2}},
		{memory.DocumentFilter{Collections: []string{"c1"}}, time.Time{}, []int{0, 2}},
		{memory.DocumentFilter{Collections: []string{"c*"}, Scopes: []string{"global"}, IDs: []string{"a", "c"}}, over, []int{0}},
		{memory.DocumentFilter{IDs: []string{"a"}, Limit: 1}, time.Time{}, []int{0, 2}},
		{memory.DocumentFilter{Rows: documents[1:3]}, time.Time{}, []int{1, 2}},
		{memory.DocumentFilter{After: documents[1]}, time.Time{}, []int{2, 3}},
		{memory.DocumentFilter{Metadata: map[string]any{"n": 1}, Limit: 1}, time.Time{}, []int{1, 3}},
		{memory.DocumentFilter{Metadata: map[string]any{"n": 1}}, over, []int{1}},
		{memory.DocumentFilter{Metadata: map[string]any{"n": 2}}, time.Time{}, nil},
		{memory.DocumentFilter{Scopes: []string{"nobody"}}, time.Time{}, nil},
	} {
		var want []int64
		for _, i := range c.want {
			want = append(want, pieces[i]...)
		}
		got := k.nearestTo(t, s, axis(0), 100, memory.Among{Documents: c.f, Now: c.now})
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%+v at %v: %v are found, not %v", c.f, c.now, got, want)
		}
	}
}
