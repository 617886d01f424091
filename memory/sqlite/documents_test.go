package sqlite

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/memory"
)

func storeDocument(t *testing.T, s *Store, id string, texts ...string) *memory.Document {
	t.Helper()
	d := memory.Document{Scope: "global", Collection: "default", ID: id}
	var chunks []memory.Chunk
	for _, text := range texts {
		chunks = append(chunks, memory.Chunk{Text: text})
	}
	if err := s.Write(t.Context(), "", func(tx memory.Tx) error { return tx.AddDocument(&d, chunks) }); err != nil {
		t.Fatal(err)
	}
	return &d
}

// A damaged row is named, and keeps no other from being read.
func TestDamagedDocuments(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "memory.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	good, bad, worse := storeDocument(t, s, "good", "a", "b"), storeDocument(t, s, "bad", "c", "d"), storeDocument(t, s, "worse", "e")
	damage := func(query string, args ...any) {
		t.Helper()
		if err := s.db.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(query, args...); return err }); err != nil {
			t.Fatal(err)
		}
	}
	check := func(want string) {
		t.Helper()
		if err := s.Check(context.Background()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("check says %v, not %q", err, want)
		}
	}
	damage("update chunks set content = 'changed' where document = ? and number = 0", bad.Row)
	check("the checksum of chunk 0 of the document")
	var read []string
	told := 0
	if err := s.Read(t.Context(), "", func(r memory.Reader) error {
		for _, d := range []*memory.Document{good, bad} {
			if err := r.Chunks(d.Row, func(error) { told++ }, func(c *memory.Chunk) error { read = append(read, c.Text); return nil }); err != nil {
				return err
			}
		}
		return nil
	}); err != nil || told != 1 || !slices.Equal(read, []string{"a", "b", "d"}) {
		t.Errorf("read %q, told of %d, %v", read, told, err)
	}
	damage("update chunks set content = 'c' where document = ? and number = 0", bad.Row)
	if err := s.Check(context.Background()); err != nil {
		t.Errorf("mended: %v", err)
	}
	damage("delete from chunks where document = ? and number = 1", bad.Row)
	check(`document "bad" has 1 chunks, and should have 2`)
	damage("update documents set title = 'changed' where row = ?", worse.Row)
	check(`the checksum of document "worse"`)
	ids, damaged := []string{}, []string{}
	f := memory.DocumentFilter{Damaged: func(d *memory.Document, _ error) error { damaged = append(damaged, d.ID); return nil }}
	if err := s.Read(t.Context(), "", func(r memory.Reader) error {
		return r.Documents(f, func(d *memory.Document) error { ids = append(ids, d.ID); return nil })
	}); err != nil || !slices.Equal(ids, []string{"good", "bad"}) || !slices.Equal(damaged, []string{"worse"}) {
		t.Errorf("read %q, damaged %q, %v", ids, damaged, err)
	}
}

// Nothing of a dropped document is in the files after Purge.
func TestDroppedDocumentsLeaveNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "memory.db")
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const secret = "the heron nests at Quillwater"
	d := storeDocument(t, s, "1", secret, "other")
	has := func() bool {
		for _, name := range []string{path, path + "-wal"} {
			if raw, err := os.ReadFile(name); err == nil && bytes.Contains(raw, []byte(secret)) {
				return true
			}
		}
		return false
	}
	if !has() {
		t.Fatal("the text is in no file: this test sees nothing")
	}
	if err := s.Write(t.Context(), "", func(tx memory.Tx) error { _, err := tx.DropDocuments([]int64{d.Row}); return err }); err != nil {
		t.Fatal(err)
	}
	if err := s.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if has() {
		t.Error("the text of a dropped document is left in a file")
	}
}
