package conformance

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/llmspell/llmspell/memory"
)

func document(scope, collection, id string) memory.Document {
	return memory.Document{Scope: scope, Collection: collection, ID: id, Title: "On " + id, Source: "/docs/" + id, Print: "p-" + id, Bytes: 20, Tokens: 5,
		Time: base, Ingested: base.Add(time.Hour), Metadata: map[string]any{"n": int64(1), "tags": []any{"a", "b"}}}
}

func chunks(texts ...string) []memory.Chunk {
	out := make([]memory.Chunk, len(texts))
	at := 0
	for i, text := range texts {
		out[i] = memory.Chunk{Start: at, End: at + len(text), Text: text}
		at += len(text) + 1
	}
	return out
}

// addDocument stores a document, and returns it as it was stored.
func addDocument(t *testing.T, b memory.Backend, tenant string, d memory.Document, list []memory.Chunk) *memory.Document {
	t.Helper()
	write(t, b, tenant, func(tx memory.Tx) error { return tx.AddDocument(&d, list) })
	return &d
}

// documents lists the ids of what f means.
func documents(t *testing.T, b memory.Backend, tenant string, f memory.DocumentFilter) []string {
	t.Helper()
	out := []string{}
	read(t, b, tenant, func(r memory.Reader) error {
		return r.Documents(f, func(d *memory.Document) error { out = append(out, d.ID); return nil })
	})
	return out
}

// chunkTexts lists the texts of a document's chunks.
func chunkTexts(t *testing.T, b memory.Backend, tenant string, row int64) []string {
	t.Helper()
	out := []string{}
	read(t, b, tenant, func(r memory.Reader) error {
		return r.Chunks(row, nil, func(c *memory.Chunk) error { out = append(out, c.Text); return nil })
	})
	return out
}

func testDocuments(t *testing.T, b memory.Backend) {
	list := chunks("héllo", "world")
	list[1].Headings = []string{"A", "B \"quoted\""}
	d := addDocument(t, b, "", document("global", "default", "1"), list)
	bare := memory.Document{Scope: "session:s", Collection: "notes", ID: "2", Ingested: base}
	undated := addDocument(t, b, "", bare, nil)
	if d.Row <= 0 || undated.Row <= d.Row || d.Chunks != 2 || list[0].Row <= 0 || list[1].Row <= list[0].Row || list[1].Document != d.Row || list[1].Number != 1 {
		t.Fatalf("stored as %+v, %+v, %+v", d, undated, list)
	}
	read(t, b, "", func(r memory.Reader) error {
		var got []*memory.Document
		err := r.Documents(memory.DocumentFilter{}, func(d *memory.Document) error { got = append(got, d); return nil })
		if !reflect.DeepEqual(got, []*memory.Document{d, undated}) {
			t.Errorf("read %+v, wrote %+v and %+v", got, d, undated)
		}
		have, err2 := r.ChunksAt([]int64{list[1].Row, 1 << 40, list[0].Row})
		if !reflect.DeepEqual(have, []*memory.Chunk{&list[1], &list[0]}) {
			t.Errorf("read %+v, wrote %+v", have, list)
		}
		have[0].Headings[0] = "changed by the caller"
		again, err3 := r.ChunksAt([]int64{list[1].Row})
		if again[0].Headings[0] != "A" {
			t.Error("what a caller does to its chunk changes the store")
		}
		return errors.Join(err, err2, err3)
	})
	again := document("global", "default", "1")
	if err := b.Write(t.Context(), "", func(tx memory.Tx) error { return tx.AddDocument(&again, nil) }); !errors.Is(err, memory.ErrExists) {
		t.Errorf("the same id again: %v", err)
	}
	addDocument(t, b, "", document("global", "other", "1"), chunks("x"))
	addDocument(t, b, "", document("global2", "default", "1"), chunks("x"))
	addDocument(t, b, "else", document("global", "default", "1"), chunks("another tenant's"))
	for _, c := range []struct {
		f    memory.DocumentFilter
		want []string
	}{
		{memory.DocumentFilter{}, []string{"1", "2", "1", "1"}},
		{memory.DocumentFilter{Limit: 2}, []string{"1", "2"}},
		{memory.DocumentFilter{Scopes: []string{"global"}}, []string{"1", "1"}},
		{memory.DocumentFilter{Scopes: []string{"global*"}}, []string{"1", "1", "1"}},
		{memory.DocumentFilter{Scopes: []string{"session:s", "global2"}}, []string{"2", "1"}},
		{memory.DocumentFilter{Collections: []string{"note*"}}, []string{"2"}},
		{memory.DocumentFilter{Scopes: []string{"global"}, Collections: []string{"default"}, IDs: []string{"1", "2"}}, []string{"1"}},
		{memory.DocumentFilter{Rows: []int64{undated.Row}}, []string{"2"}},
		{memory.DocumentFilter{After: undated.Row}, []string{"1", "1"}},
		{memory.DocumentFilter{Metadata: map[string]any{"n": 1.0}, Limit: 1}, []string{"1"}},
		{memory.DocumentFilter{Metadata: map[string]any{"n": 2}}, []string{}},
	} {
		if got := documents(t, b, "", c.f); !slices.Equal(got, c.want) {
			t.Errorf("%+v finds %v, not %v", c.f, got, c.want)
		}
	}
	if got := chunkTexts(t, b, "else", d.Row); len(got) != 0 {
		t.Errorf("another tenant reads %q", got)
	}
	if tenants, err := b.Tenants(t.Context()); err != nil || !slices.Equal(tenants, []string{"", "else"}) {
		t.Errorf("tenants are %q, %v", tenants, err)
	}
	if err := b.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func testDropDocuments(t *testing.T, b memory.Backend) {
	first := chunks("a", "b")
	one := addDocument(t, b, "t", document("global", "c", "1"), first)
	two := addDocument(t, b, "t", document("global", "c", "2"), chunks("c"))
	var before memory.Cursor
	read(t, b, "t", func(r memory.Reader) (err error) { before, err = r.DocumentCursor(); return err })
	if before.Row != two.Row {
		t.Errorf("the cursor is %+v after row %d", before, two.Row)
	}
	write(t, b, "other", func(tx memory.Tx) error {
		n, err := tx.DropDocuments([]int64{one.Row})
		if n != 0 {
			t.Error("another tenant has removed a document")
		}
		return err
	})
	if got := chunkTexts(t, b, "t", one.Row); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("after another tenant tried to remove it, the document has %q", got)
	}
	why := errors.New("changed my mind")
	if err := b.Write(t.Context(), "t", func(tx memory.Tx) error {
		d := document("global", "c", "3")
		_, err := tx.DropDocuments([]int64{two.Row, one.Row})
		return errors.Join(err, tx.AddDocument(&d, chunks("undone")), tx.SetCollection(memory.Collection{Scope: "global", Name: "c", TTL: time.Hour, Created: base}), why)
	}); !errors.Is(err, why) {
		t.Fatal(err)
	}
	read(t, b, "t", func(r memory.Reader) error {
		rows, _, err := r.RemovedDocuments(0)
		lives, err2 := r.Lifetimes()
		if len(rows) != 0 || len(lives) != 0 {
			t.Errorf("after what was undone %v count as removed, and there are %+v", rows, lives)
		}
		return errors.Join(err, err2)
	})
	if got := documents(t, b, "t", memory.DocumentFilter{}); !slices.Equal(got, []string{"1", "2"}) {
		t.Errorf("after what was undone there are %v", got)
	}
	again := document("global", "c", "1")
	write(t, b, "t", func(tx memory.Tx) error { // as one that is taken in again
		n, err := tx.DropDocuments([]int64{one.Row, one.Row, 1 << 40})
		if n != 1 {
			t.Errorf("dropped %d", n)
		}
		return errors.Join(err, tx.AddDocument(&again, chunks("new")))
	})
	if again.Row <= two.Row {
		t.Errorf("row %d was given a second time, or before", again.Row)
	}
	read(t, b, "t", func(r memory.Reader) error {
		now, err := r.DocumentCursor()
		rows, upTo, err2 := r.RemovedDocuments(before.Removed)
		if now.Row != again.Row || !slices.Equal(rows, []int64{one.Row}) || upTo != now.Removed {
			t.Errorf("removed are %v up to %d; the cursor is %+v", rows, upTo, now)
		}
		left, err3 := r.ChunksAt([]int64{first[0].Row, first[1].Row})
		if len(left) != 0 {
			t.Errorf("chunks of what was dropped are there: %+v", left)
		}
		return errors.Join(err, err2, err3)
	})
	if got := chunkTexts(t, b, "t", again.Row); !slices.Equal(got, []string{"new"}) {
		t.Errorf("the new document has %q", got)
	}
	if err := errors.Join(b.Purge(t.Context()), b.Check(t.Context())); err != nil {
		t.Error(err)
	}
}

func testCollections(t *testing.T, b memory.Backend) {
	at := base.Add(time.Minute)
	write(t, b, "t", func(tx memory.Tx) error {
		return errors.Join(tx.SetCollection(memory.Collection{Scope: "session:s", Name: "default", TTL: time.Hour, Created: base}),
			tx.SetCollection(memory.Collection{Scope: "session:s", Name: "default", TTL: 90 * time.Minute, Created: at}),
			tx.SetCollection(memory.Collection{Scope: "a", Name: "gone", TTL: time.Hour, Created: base}), tx.SetCollection(memory.Collection{Scope: "a", Name: "gone"}))
	})
	addDocument(t, b, "t", document("session:s", "default", "1"), chunks("a", "b"))
	addDocument(t, b, "t", document("session:s", "default", "2"), chunks("c"))
	addDocument(t, b, "t", document("global", "default", "3"), nil)
	read(t, b, "t", func(r memory.Reader) error {
		got, err := r.Collections()
		want := []memory.Collection{{Scope: "global", Name: "default", Documents: 1, Bytes: 20, Tokens: 5},
			{Scope: "session:s", Name: "default", TTL: 90 * time.Minute, Created: at, Documents: 2, Chunks: 3, Bytes: 40, Tokens: 10}}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("collections are\n%+v, not\n%+v", got, want)
		}
		lives, err2 := r.Lifetimes()
		if want := []memory.Collection{{Scope: "session:s", Name: "default", TTL: 90 * time.Minute, Created: at}}; !reflect.DeepEqual(lives, want) {
			t.Errorf("lifetimes are %+v, not %+v", lives, want)
		}
		return errors.Join(err, err2)
	})
	read(t, b, "other", func(r memory.Reader) error {
		got, err := r.Collections()
		lives, err2 := r.Lifetimes()
		if len(got)+len(lives) != 0 {
			t.Errorf("another tenant has %+v, %+v", got, lives)
		}
		return errors.Join(err, err2)
	})
}
