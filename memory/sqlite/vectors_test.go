package sqlite

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/embed"
)

// lengths makes vectors of how long texts are, and counts the texts.
type lengths struct{ asked int }

func (e *lengths) Model() string { return "lengths" }
func (e *lengths) Close() error  { return nil }

func (e *lengths) Embed(_ context.Context, _ embed.Purpose, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, text := range texts {
		e.asked++
		angle := float64(len(text)) / 10
		out[i] = []float32{float32(math.Cos(angle)), float32(math.Sin(angle))}
	}
	return out, nil
}

func meaning(t *testing.T, b memory.Backend, e *lengths) *memory.Memory {
	t.Helper()
	m, err := memory.New(b, memory.Options{Embed: memory.EmbedOptions{Open: func(context.Context) (embed.Embedder, error) { return e, nil }}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// vectorIDs are the ids of what is nearest a query, and the warning.
func vectorIDs(t *testing.T, m *memory.Memory, query string, limit int) (ids []string, warning string) {
	t.Helper()
	a, err := m.Find(t.Context(), memory.Query{Text: query, Mode: memory.Vectors, Limit: limit})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range a.Found {
		ids = append(ids, f.ID)
	}
	return ids, a.Warning
}

// A process that opens the store has the vectors of the one before, and makes those anew that were damaged.
func TestVectorsOutliveTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "memory.db")
	texts := []string{"a", "aaaaa", "aaaaaaaaaa"}
	first := open(t, path, Options{})
	e := &lengths{}
	m := meaning(t, first, e)
	for i, text := range texts {
		if _, err := m.Add(t.Context(), memory.Episode{Session: "s", ID: text, Role: "r", Content: text}); err != nil {
			t.Fatal(i, err)
		}
	}
	if n, err := m.Meaning().Embed(t.Context(), nil); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	e = &lengths{}
	again := meaning(t, open(t, path, Options{}), e)
	if ids, warning := vectorIDs(t, again, "bbbbb", 1); !slices.Equal(ids, texts[1:2]) || warning != "" || e.asked != 1 {
		t.Errorf("%v, %q, %d texts were asked for", ids, warning, e.asked)
	}
	if err := first.db.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec("update vectors set numbers = zeroblob(8) where row = 2")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	err := first.Check(t.Context())
	if err == nil || !strings.Contains(err.Error(), "the vector of row 2 of episodes by lengths: the checksum is wrong; llmspell memory embed makes them anew") {
		t.Error(err)
	}
	e = &lengths{}
	third := meaning(t, open(t, path, Options{}), e)
	vectorIDs(t, third, "bbbbb", 1)
	if ids, warning := vectorIDs(t, third, "bbbbb", 1); !slices.Equal(ids, texts[1:2]) || warning != "" || e.asked != 2 {
		t.Errorf("after a damage: %v, %q, %d texts were asked for", ids, warning, e.asked)
	}
	if err := first.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := first.db.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec("update vectors set sum = 0 where row = 1")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if n, err := m.Meaning().Mend(t.Context()); n != 1 || err != nil {
		t.Error(n, err)
	}
	if n, err := m.Meaning().Embed(t.Context(), nil); n != 1 || err != nil {
		t.Error(n, err)
	}
}

// A vector tells of its text: it goes with it, from all files.
func TestVectorsAreForgotten(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "memory.db"), Options{})
	m := meaning(t, s, &lengths{})
	if _, err := m.Add(t.Context(), memory.Episode{Session: "s", ID: "1", Role: "r", Content: "seven..", Metadata: nil}); err != nil {
		t.Fatal(err)
	}
	if ids, _ := vectorIDs(t, m, "x", 1); len(ids) != 1 {
		t.Fatal(ids)
	}
	var trace []byte
	for _, x := range []float64{math.Cos(0.7), math.Sin(0.7)} {
		trace = binary.LittleEndian.AppendUint32(trace, math.Float32bits(float32(x)))
	}
	holding := func() (names []string) {
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			data, err := os.ReadFile(filepath.Join(dir, f.Name()))
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
			if bytes.Contains(data, trace) {
				names = append(names, f.Name())
			}
		}
		return names
	}
	if len(holding()) == 0 {
		t.Fatal("the vector is in no file: this test looks for another")
	}
	if n, err := m.Forget(t.Context(), memory.Filter{IDs: []string{"1"}}, false); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if names := holding(); len(names) != 0 {
		t.Errorf("the vector is still in %v", names)
	}
	if ids, _ := vectorIDs(t, m, "x", 1); len(ids) != 0 {
		t.Errorf("it is found: %v", ids)
	}
}
