package sqlite

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/internal/testfs"
	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/rag"
)

// fillDisk stores turns of which each says something until there is no room, and tells how many were acknowledged.
func fillDisk(t *testing.T, m *memory.Memory) (stored int) {
	t.Helper()
	for ; ; stored++ {
		_, err := m.Add(t.Context(), memory.Episode{Session: "s", ID: fmt.Sprint(stored), Role: fmt.Sprint("p", stored),
			Content: fmt.Sprintf("I live in Town%s. %s", strings.Repeat("x", stored%7), strings.Repeat("marigold ", stored%60))})
		if errors.Is(err, db.ErrFull) {
			return stored
		}
		if err != nil || stored > 100_000 {
			t.Fatal(stored, err)
		}
	}
}

// forgotten tells whether an error is at most of traces, for whose removal there may be no room yet.
func forgotten(err error) bool {
	return err == nil || strings.Contains(err.Error(), "traces may be left")
}

// TestConsolidateStops: a consolidation ends at the first turn for which there is no room, and not at one that builds on
// something damaged.
func TestConsolidateStops(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "memory.db"), Options{})
	m := remember(t, s, "")
	for i, text := range []string{"My name is Ann.", "I live in Rome.", "I work at Acme."} {
		if _, err := m.Add(t.Context(), memory.Episode{Session: "s", ID: fmt.Sprint(i), Role: "user", Content: text}); err != nil {
			t.Fatal(err)
		}
	}
	done, err := remember(t, refusing{s}, "").Consolidate(t.Context(), memory.ConsolidateOptions{})
	if !errors.Is(err, db.ErrFull) || done.Failed+done.Processed > 0 {
		t.Errorf("without room: %+v, %v", done, err)
	}
	if done, err = m.Consolidate(t.Context(), memory.ConsolidateOptions{}); err != nil || done.Processed != 3 {
		t.Errorf("with room again: %+v, %v", done, err)
	}
}

// TestForgetMuchOnFullDisk: where there is no room, all can be forgotten at once.
func TestForgetMuchOnFullDisk(t *testing.T) {
	for _, size := range []int{3 << 20, 6 << 20} {
		testfs.Small(t, size, func(dir string) {
			s := open(t, filepath.Join(dir, "memory.db"), Options{})
			defer s.Close()
			m := remember(t, s, "")
			stored := fillDisk(t, m)
			there := func(want int) {
				t.Helper()
				if c, err := m.Stats(t.Context()); err != nil || c.Episodes != want {
					t.Errorf("there are %d turns, not %d; %v", c.Episodes, want, err)
				}
			}
			there(stored)
			n, err := m.Forget(t.Context(), memory.Filter{Roles: []string{"p1", "p2"}}, false)
			if n != 2 || !forgotten(err) {
				t.Errorf("forgot %d, %v", n, err)
			}
			n, err = m.Forget(t.Context(), memory.Filter{}, true)
			t.Logf("%d MB: %d of %d turns were forgotten, %v", size>>20, n, stored-2, err)
			if n != stored-2 || !forgotten(err) {
				t.Errorf("%d of %d turns were forgotten, %v", n, stored-2, err)
			}
			there(stored - 2 - n)
			if err := s.Check(t.Context()); err != nil {
				t.Error(err)
			}
			if _, err := m.Add(t.Context(), memory.Episode{Session: "s", Role: "r", Content: "room again"}); err != nil {
				t.Error(err)
			}
			deleteMuch(t, library(t, s))
		})
	}
}

// deleteMuch takes in documents until there is no room, and then deletes all at once.
func deleteMuch(t *testing.T, l *rag.Library) {
	t.Helper()
	there := 0
	for {
		done, err := l.Ingest(t.Context(), rag.Input{ID: fmt.Sprint(there), Text: strings.Repeat("harebells and foxgloves. ", 40)})
		if errors.Is(err, db.ErrFull) {
			break
		}
		if err != nil || there > 20_000 {
			t.Fatal(there, err)
		}
		there += len(done)
	}
	if n, err := l.Delete(t.Context(), memory.DocumentFilter{}, true); n != there || !forgotten(err) {
		t.Errorf("of %d documents %d were deleted, %v", there, n, err)
	}
	if list, err := l.List(t.Context(), memory.DocumentFilter{}); err != nil || len(list) != 0 {
		t.Errorf("%d documents are left, %v", len(list), err)
	}
}
