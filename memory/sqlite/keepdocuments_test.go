package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/rag"
)

func library(t *testing.T, b memory.Backend) *rag.Library {
	t.Helper()
	l, err := rag.New(b, rag.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// addTexts takes in n documents that have a word.
func addTexts(t *testing.T, l *rag.Library, word string, n int) {
	t.Helper()
	list := make([]rag.Input, n)
	for i := range list {
		list[i] = rag.Input{ID: fmt.Sprint(word, i), Text: fmt.Sprintf("%s and text %d", word, i)}
	}
	if _, err := l.Ingest(t.Context(), list...); err != nil {
		t.Fatal(err)
	}
}

func pieces(t *testing.T, l *rag.Library, words string) (out []string) {
	t.Helper()
	list, err := l.Search(t.Context(), rag.Query{Text: words, Limit: 20})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		out = append(out, fmt.Sprintf("%s %v", f.Of.ID, f.Score))
	}
	return out
}

// reopened answers what a process that opens the store finds in documents, and from which rows it reads.
func reopened(t *testing.T, path, words string) (found []string, after []int64) {
	t.Helper()
	w := &watched{Store: open(t, path, Options{})}
	return pieces(t, library(t, w), words), w.after
}

// TestKeptDocuments: the next process reads the index of documents, and the rows that came after it.
func TestKeptDocuments(t *testing.T) {
	path := filepath.Join(t.TempDir(), "memory.db")
	s := open(t, path, Options{})
	l := library(t, s)
	addTexts(t, l, "marigold", 600)
	want := pieces(t, l, "marigold 77")
	if got, after := reopened(t, path, "marigold 77"); !slices.Equal(got, want) || len(after) > 0 {
		t.Errorf("another process reads from %v and finds %v, not %v", after, got, want)
	}
	addTexts(t, l, "harebell", 3)
	if got, after := reopened(t, path, "harebell"); len(got) != 3 || !slices.Equal(after, []int64{600}) {
		t.Errorf("it reads from %v and finds %v", after, got)
	}
	want = pieces(t, l, "marigold 77") // of more texts: words count otherwise
	again := library(t, open(t, path, Options{}))
	found, err := again.Search(t.Context(), rag.Query{Text: "text", Filter: memory.DocumentFilter{Scopes: []string{"user:x"}}})
	if err != nil || len(found) != 0 {
		t.Errorf("in another scope it finds %d, %v", len(found), err)
	}
	good, err := s.KeptIndex(memory.Chunks, "")
	if err != nil {
		t.Fatal(err)
	}
	file := s.indexPath(memory.Chunks, "")
	for at := 0; at < len(good); at += 1 + len(good)/25 {
		data := slices.Clone(good)
		data[at] ^= 1
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, after := reopened(t, path, "marigold 77"); !slices.Equal(got, want) || !slices.Equal(after, []int64{0}) {
			t.Errorf("byte %d: it reads from %v and finds %.200v", at, after, got)
		}
	}
	// What is deleted, or replaced, is in no index, also after a power failure that has brought an older one back.
	older, err := s.KeptIndex(memory.Chunks, "")
	if err != nil || !bytes.Contains(older, []byte("harebel")) {
		t.Fatal("the index does not have the word", err)
	}
	for _, id := range []string{"harebell0", "harebell1"} {
		if n, err := l.Delete(t.Context(), memory.DocumentFilter{IDs: []string{id}}, false); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	if _, err := l.Ingest(t.Context(), rag.Input{ID: "harebell2", Text: "foxglove"}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the index is left, and has words of what was deleted: ", err)
	}
	if err := l.Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	kept, err := s.KeptIndex(memory.Chunks, "")
	if err != nil || kept == nil || bytes.Contains(kept, []byte("harebel")) {
		t.Errorf("an index of %d bytes was kept, %v", len(kept), err)
	}
	if err := os.WriteFile(file, older, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, after := reopened(t, path, "harebell"); len(got) != 0 || !slices.Equal(after, []int64{0}) {
		t.Errorf("it reads from %v and finds %v", after, got)
	}
}
