package archive

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/testfs"
	"github.com/llmspell/llmspell/kernel/db"
)

// fill takes all room of a folder's file system.
func fill(t *testing.T, dir string) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "fill"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 16; size > 0; size /= 2 {
		for err = nil; err == nil; _, err = f.Write(make([]byte, size)) {
		}
	}
}

// An execution whose end finds no room has ended all the same: its session can be archived
// and deleted by others, also while its process lives.
func TestEndOnAFullDisk(t *testing.T) {
	testfs.Small(t, 2<<20, func(dir string) {
		path := filepath.Join(dir, "sessions.db")
		s := must[*Store](t)(Open(t.Context(), path, Options{CompressFrom: -1}))
		defer func() { _ = s.Close() }() // the log may find no room
		other := must[*Store](t)(Open(t.Context(), path, Options{}))
		defer func() { _ = other.Close() }()
		r := create(t, s, Spec{Name: "n"})
		rec := begin(t, s, r.ID)
		rec.ToolCall("t", nil, strings.Repeat("r", 5000), time.Now(), 0)
		fill(t, dir)
		big := strings.Repeat("b", 1<<20)
		err := rec.End(t.Context(), End{Outcome: Erred, Error: "its own", Result: []any{big}, Variables: map[string]any{"big": big}})
		wantError(t, err, db.ErrFull)
		e := must[*Execution](t)(other.Execution(t.Context(), r.ID, 1))
		if e.Outcome != Erred || !strings.HasPrefix(e.Error, "its own; besides, not everything could be kept: no room is left") || len(e.Result) != 0 {
			t.Errorf("%+v", e)
		}
		must[*Session](t)(other.SetStatus(t.Context(), r.ID, Archived, ""))
		if err := other.Delete(t.Context(), r.ID); err != nil {
			t.Error(err)
		}
	})
}

// An end that cannot be noted at all is noted when it can be; this process knows of it
// before.
func TestEndIsNotedLater(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	s, other := must[*Store](t)(Open(t.Context(), path, Options{})), openAt(t, path, Options{})
	s.endings.every = time.Millisecond
	r, again := create(t, s, Spec{Name: "n"}), create(t, s, Spec{Name: "again"})
	rec, last := begin(t, s, r.ID), begin(t, s, again.ID)
	const never = `CREATE TRIGGER never BEFORE UPDATE OF outcome ON executions BEGIN SELECT RAISE(ABORT, 'not now'); END`
	prevent := func(stmt string) {
		t.Helper()
		if err := other.exec(t.Context(), stmt); err != nil {
			t.Fatal(err)
		}
	}
	prevent(never)
	if err := rec.End(t.Context(), End{Outcome: Succeeded, Variables: map[string]any{"v": true}}); err == nil || !strings.Contains(err.Error(), "not now") {
		t.Errorf("the end: %v", err)
	}
	if e := must[*Execution](t)(other.Execution(t.Context(), r.ID, 1)); e.Outcome != Running {
		t.Errorf("%+v", e)
	}
	wantError(t, other.Delete(t.Context(), r.ID), ErrRunning)
	if err := s.db.Look(t.Context(), func(tx *db.Tx) error { return s.mustRest(tx, r.ID) }); err != nil {
		t.Errorf("who has ended it does not know: %v", err)
	}
	prevent(`DROP TRIGGER never`)
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		e := must[*Execution](t)(other.Execution(t.Context(), r.ID, 1))
		if e.Outcome == Succeeded && strings.Contains(e.Error, "not now") {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%+v", e)
		}
	}
	if err := other.Delete(t.Context(), r.ID); err != nil {
		t.Error(err)
	}
	// The last try is when the store is closed.
	s.endings.mu.Lock()
	s.endings.every = time.Hour
	s.endings.mu.Unlock()
	prevent(never)
	if err := last.End(t.Context(), End{Outcome: Succeeded}); err == nil {
		t.Error("it was noted")
	}
	prevent(`DROP TRIGGER never`)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if e := must[*Execution](t)(other.Execution(t.Context(), again.ID, 1)); e.Outcome != Succeeded {
		t.Errorf("after Close: %+v", e)
	}
}
