//go:build unix

package postgres

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/internal/dbserver"
	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/rag"
)

// statements runs some behind llmspell's back.
func statements(t *testing.T, s *Store, list ...string) {
	t.Helper()
	if err := s.write(t.Context(), "", func(w *writer) error {
		for _, statement := range list {
			if _, err := w.exec(statement); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// told has a store know something of Ann, Bob and Rome, and hold two documents.
func told(t *testing.T, s *Store) (*memory.Memory, *rag.Library) {
	t.Helper()
	m := newMemory(t, s)
	for _, c := range []memory.Claim{{Subject: "Ann", Predicate: "lives_in", Entity: "Oslo"}, {Subject: "Ann", Predicate: "lives_in", Entity: "Rome"},
		{Subject: "Bob", Predicate: "age", Value: 7}, {Subject: "Bob", Predicate: "likes", Value: "te\x00a\x01", Confidence: 0.7}} {
		if err := m.Assert(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.AddAlias(t.Context(), "Bob", "Robert"); err != nil {
		t.Fatal(err)
	}
	l, err := rag.New(s, rag.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	for _, id := range []string{"good", "bad"} {
		if _, err := l.Ingest(t.Context(), rag.Input{ID: id, Title: "Of " + id, Text: "The ferry is " + id + ".", Metadata: map[string]any{"n": 1}}); err != nil {
			t.Fatal(err)
		}
	}
	return m, l
}

// testDamaged: what is damaged is named, all of it; keeps nothing else from being asked and written; and can be forgotten.
func testDamaged(t *testing.T, p *dbserver.Postgres) {
	s := open(t, p, Options{})
	m, l := told(t, s)
	export := func() error {
		_, err := m.Export(t.Context(), new(bytes.Buffer), memory.Filter{})
		return err
	}
	if err := errors.Join(s.Check(t.Context()), export()); err != nil {
		t.Fatalf("nothing is damaged yet: %v", err)
	}
	statements(t, s, "alter table facts disable trigger facts_history", "update facts set confidence = 0.5 where predicate = 'age'", "alter table facts enable trigger facts_history",
		"update aliases set created = created + 1", "update entities set type = 'city' where name = 'Oslo'",
		"update documents set title = 'Of worse' where id = 'bad'", "update chunks set content = 'The ferry is worse.' where content like '%bad%'")
	err := s.Check(t.Context())
	for _, want := range []string{`entity "Oslo"`, `--entity "Oslo"`, `alias "Robert"`, "(age of entity", "--fact ", `document "bad"`} {
		if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), want) {
			t.Errorf("check does not name %s: %v", want, err)
		}
	}
	if err := export(); !errors.Is(err, ErrCorrupt) {
		t.Errorf("an export leaves out what is damaged, and does not say so: %v", err)
	}
	for _, name := range []string{"Robert", "Oslo"} {
		if _, err := m.Know(t.Context(), name, nil); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s is asked for: %v", name, err)
		}
	}
	if k, err := m.Know(t.Context(), "Bob", nil); err != nil || len(k.Facts) != 1 || k.Facts[0].Object != "te\x00a\x01" {
		t.Errorf("Bob is %+v, %v", k, err)
	}
	if err := m.Assert(t.Context(), memory.Claim{Subject: "Bob", Predicate: "age", Value: 8}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a claim builds on a damaged fact: %v", err)
	}
	if err := m.Assert(t.Context(), memory.Claim{Subject: "Ann", Predicate: "lives_in", Entity: "Bonn"}); err != nil {
		t.Errorf("a claim of something else: %v", err)
	}
	fresh, err := rag.New(s, rag.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.Close()
	if a, err := fresh.Find(t.Context(), rag.Query{Text: "ferry"}); err != nil || len(a.Found) != 1 || a.Found[0].Of.ID != "good" {
		t.Errorf("a search finds %+v, %v", a.Found, err)
	}
	if n, err := l.Delete(t.Context(), memory.DocumentFilter{IDs: []string{"bad"}}, false); n != 1 || err != nil {
		t.Errorf("%d documents deleted, %v", n, err)
	}
	if err := errors.Join(m.ForgetAlias(t.Context(), "Robert"), m.ForgetEntity(t.Context(), "Oslo")); err != nil {
		t.Error(err)
	}
	if _, err := m.Add(t.Context(), memory.Episode{Session: "s", Role: "r", Content: "x"}); err != nil {
		t.Fatal(err)
	}
	if n, err := m.Forget(t.Context(), memory.Filter{}, true); n != 2 || err != nil { // the turn, and the fact
		t.Errorf("%d forgotten, %v", n, err)
	}
	if err := errors.Join(s.Check(t.Context()), export()); err != nil {
		t.Error(err)
	}
}

// testSumsAdded: rows of before there were checksums get some, of all tenants and all times, and damage is found from then on.
func testSumsAdded(t *testing.T, p *dbserver.Postgres) {
	first := open(t, p, Options{})
	told(t, first)
	other, err := memory.New(first, memory.Options{Tenant: "other"})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Assert(t.Context(), memory.Claim{Subject: "Eve", Predicate: "age", Value: 9}); err != nil {
		t.Fatal(err)
	}
	back := []string{"drop table fact_sources", "drop index aliases_created", "drop index episodes_session", "drop index chunks_row", "drop index patterns_session", "drop index patterns_about", "alter table patterns drop column sum"}
	for _, table := range []string{"entities", "aliases", "facts", "documents", "chunks"} {
		back = append(back, "alter table "+table+" drop column sum")
	}
	statements(t, first, append(back, "update version set number = 3")...)
	s := open(t, p, Options{Schema: first.schema})
	if err := s.Check(t.Context()); err != nil {
		t.Fatalf("after the migration: %v", err)
	}
	if k, err := newMemory(t, s).Know(t.Context(), "Robert", nil); err != nil || len(k.Facts) != 2 {
		t.Errorf("Bob is %+v, %v", k, err)
	}
	if err := s.write(t.Context(), "other", func(w *writer) error {
		_, err := w.exec("update facts set confidence = 0.5")
		return err
	}); err == nil || !strings.Contains(err.Error(), "cannot be changed") {
		t.Errorf("what was believed can be changed: %v", err)
	}
	if err := s.write(t.Context(), "other", func(w *writer) error {
		_, err := w.exec("update entities set name = 'Eva'")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context()); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), `entity "Eva"`) || strings.Contains(err.Error(), "fact") {
		t.Errorf("another tenant's entity is damaged: %v", err)
	}
}
