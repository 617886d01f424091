package archive

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func open(t testing.TB, o Options) *Store {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "sessions.db"), o)
}

func openAt(t testing.TB, path string, o Options) *Store {
	t.Helper()
	s, err := Open(context.Background(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func create(t testing.TB, s *Store, spec Spec) *Session {
	t.Helper()
	r, err := s.Create(context.Background(), spec)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// must fails the test on an error, and returns the value.
func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// wantError checks the class and words of an error.
func wantError(t testing.TB, err, class error, words ...string) {
	t.Helper()
	if !errors.Is(err, class) {
		t.Fatalf("error %v, want one of class %v", err, class)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}

func TestSessionRecord(t *testing.T) {
	ctx := context.Background()
	s := open(t, Options{})
	parent := create(t, s, Spec{Name: "parent"})
	r := create(t, s, Spec{Name: " report ", Description: "weekly", Tags: []string{"b", "a", "b"}, Metadata: map[string]any{"n": int64(3), "x": "\xff"}, Parent: parent.ID, CreatedBy: "ada"})
	got := must[*Session](t)(s.Get(ctx, r.ID))
	if got.Name != "report" || got.Status != Active || strings.Join(got.Tags, ",") != "a,b" || got.Metadata["n"] != int64(3) || got.Metadata["x"] != "\xff" ||
		got.Parent != parent.ID || got.CreatedBy != "ada" || got.CreatedAt.IsZero() || !got.CreatedAt.Equal(r.CreatedAt) {
		t.Errorf("got %+v", got)
	}
	name := "other"
	got = must[*Session](t)(s.Update(ctx, r.ID, Change{Name: &name, Tags: []string{}, Metadata: map[string]any{"n": nil, "y": true}}))
	if got.Name != "other" || len(got.Tags) != 0 || got.Metadata["y"] != true || got.Description != "weekly" {
		t.Errorf("after the update %+v", got)
	}
	if _, kept := got.Metadata["n"]; kept {
		t.Error("metadata that was removed is there")
	}
	_, err := s.Get(ctx, "none")
	wantError(t, err, ErrNotFound, `"none"`)
	_, err = s.Create(ctx, Spec{ID: r.ID})
	wantError(t, err, ErrExists, r.ID)
	_, err = s.Create(ctx, Spec{Parent: "none"})
	wantError(t, err, ErrNotFound, "parent")
	for _, bad := range []Spec{{ID: "a b"}, {Name: strings.Repeat("x", 300)}, {Name: "a\x00b"}, {Tags: []string{" "}}, {Metadata: map[string]any{"f": func() {}}}} {
		_, err := s.Create(ctx, bad)
		wantError(t, err, ErrInvalid)
	}
}

func TestArtifactRoundTrip(t *testing.T) {
	ctx := context.Background()
	s := open(t, Options{})
	r := create(t, s, Spec{})
	for _, size := range []int{0, 1, 9_999, 10_240, chunkSize - 1, chunkSize, chunkSize + 1, 3*chunkSize + 5} {
		content := bytes.Repeat([]byte("0123456789abcdef"), size/16+1)[:size]
		a := must[*Artifact](t)(s.StoreArtifact(ctx, ArtifactSpec{Session: r.ID, Name: "a.txt"}, bytes.NewReader(content)))
		if a.Size != int64(size) || a.Hash != Hash(content) {
			t.Fatalf("%d bytes: stored as %+v", size, a)
		}
		if size >= DefaultCompressFrom && a.Stored > int64(size)/2 {
			t.Errorf("%d bytes take %d", size, a.Stored)
		}
		got := must[[]byte](t)(io.ReadAll(s.OpenArtifact(ctx, a)))
		if !bytes.Equal(got, content) {
			t.Fatalf("%d bytes: read back %d other ones", size, len(got))
		}
	}
}

func TestJournalRoundTrip(t *testing.T) {
	ctx := context.Background()
	s := open(t, Options{})
	r := create(t, s, Spec{})
	if err := s.SaveVariables(ctx, r.ID, map[string]any{"x": int64(1)}); err != nil {
		t.Fatal(err)
	}
	rec := must[*Recorder](t)(s.Begin(ctx, r.ID, Start{Kind: KindCode, Name: "=(test)", Source: "return 1", Args: []string{"a", "\xff"}, State: "s1"}))
	rec.ToolCall("calculator", map[string]any{"input": "1+1"}, map[string]any{"result": int64(2)}, time.Now(), time.Millisecond)
	rec.Output([]byte("hello\n"))
	if err := rec.End(ctx, End{Outcome: Succeeded, Result: []any{int64(1), "x"}, Variables: map[string]any{"y": 2.5}}); err != nil {
		t.Fatal(err)
	}
	e := must[*Execution](t)(s.Execution(ctx, r.ID, 1))
	if e.Outcome != Succeeded || e.Output != "hello\n" || e.Args[1] != "\xff" || len(e.Result) != 2 || e.Calls != 1 || e.Duration <= 0 {
		t.Errorf("got %+v", e)
	}
	if src := must[string](t)(s.Source(ctx, e)); src != "return 1" {
		t.Errorf("source %q", src)
	}
	if before := must[map[string]any](t)(s.Before(ctx, e)); before["x"] != int64(1) {
		t.Errorf("before: %v", before)
	}
	if vars := must[map[string]any](t)(s.Variables(ctx, r.ID)); len(vars) != 1 || vars["y"] != 2.5 {
		t.Errorf("variables: %v", vars)
	}
	entries := must[[]*Entry](t)(s.Entries(ctx, r.ID, 1))
	if len(entries) != 1 || entries[0].Name != "calculator" || entries[0].Result.(map[string]any)["result"] != int64(2) {
		t.Errorf("entries %+v", entries)
	}
}
