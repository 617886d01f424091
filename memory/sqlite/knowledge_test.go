package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/memory"
)

// raw changes a file as damage does: past all that the store knows.
func raw(t *testing.T, path string, statements ...string) {
	t.Helper()
	d, err := db.Open(t.Context(), path, db.Options{ApplicationID: applicationID, Migrations: migrations()})
	if err != nil {
		t.Fatal(err)
	}
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		for _, sql := range statements {
			if _, err := tx.Exec(sql); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, d.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestDamagedKnowledge: what is damaged is named, and keeps nothing else from being found.
func TestDamagedKnowledge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "memory.db")
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := memory.New(s, memory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []memory.Claim{{Subject: "Ann", Predicate: "lives_in", Entity: "Rome"}, {Subject: "Ann", Predicate: "likes", Value: "tea"}, {Subject: "Bob", Predicate: "age", Value: 7}} {
		if err := m.Assert(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(s.Check(t.Context()), s.Close()); err != nil {
		t.Fatal(err)
	}
	raw(t, path, "drop trigger facts_history", "update facts set predicate = 'left' where predicate = 'lives_in'", factsHistory)
	s = open(t, path, Options{})
	if m, err = memory.New(s, memory.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context()); !errors.Is(err, db.ErrCorrupt) || !strings.Contains(err.Error(), "fact 1 (left of entity 1)") {
		t.Errorf("check: %v", err)
	}
	facts, err := m.Facts(t.Context(), memory.FactQuery{})
	if err != nil || len(facts) != 2 {
		t.Errorf("found are %+v, %v", facts, err)
	}
	if err := m.Assert(t.Context(), memory.Claim{Subject: "Ann", Predicate: "left", Value: "x"}); err != nil {
		t.Errorf("a claim beside what is damaged: %v", err)
	}
	raw(t, path, "update entities set name = 'Eve' where name = 'Bob'")
	if err := s.Check(t.Context()); err == nil {
		t.Error("check finds nothing")
	}
	if err := m.Assert(t.Context(), memory.Claim{Subject: "Bob", Predicate: "age", Value: 8}); !errors.Is(err, db.ErrCorrupt) || !strings.Contains(err.Error(), "entity \"Eve\"") {
		t.Errorf("a claim about what is damaged: %v", err)
	}
	read := func() (out []memory.Entity) {
		if err := s.Read(t.Context(), "", func(r memory.Reader) (err error) { out, err = r.Entities(); return err }); err != nil {
			t.Error(err)
		}
		return out
	}
	if got := read(); len(got) != 2 {
		t.Errorf("entities are %+v", got)
	}
}

// TestSumsOfOlderRows: rows of a store from before there were checksums get theirs, also those that
// nobody believes any more.
func TestSumsOfOlderRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "memory.db")
	d, err := db.Open(context.Background(), path, db.Options{ApplicationID: applicationID, Migrations: migrations()[:2]})
	if err != nil {
		t.Fatal(err)
	}
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`insert into entities (tenant, name, key, type, created) values ('', 'Ann', 'ann', '', 1);
			insert into facts (tenant, subject, predicate, object, value, valid_from, valid_to, known_from, known_to, source, confidence) values ('', 1, 'age', 0, '7', 0, 9223372036854775807, 1, 2, 0, 1);
			insert into facts (tenant, subject, predicate, object, value, valid_from, valid_to, known_from, known_to, source, confidence) values ('', 1, 'age', 0, '8', 0, 9223372036854775807, 2, 9223372036854775807, 0, 1);
			update clock set value = 2`)
		return err
	})
	if err := errors.Join(err, d.Close()); err != nil {
		t.Fatal(err)
	}
	s := open(t, path, Options{})
	m, err := memory.New(s, memory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	facts, err := m.Facts(t.Context(), memory.FactQuery{})
	if err != nil || len(facts) != 2 {
		t.Errorf("facts are %+v, %v", facts, err)
	}
}

// TestDamagedSources: a source that is lost, or was put there, is damage of the fact, which can be forgotten with those that it has.
func TestDamagedSources(t *testing.T) {
	path := filepath.Join(t.TempDir(), "memory.db")
	s := open(t, path, Options{})
	m := remember(t, s, "")
	var rows []int64
	for _, id := range []string{"1", "2", "3"} {
		e, err := m.Add(t.Context(), memory.Episode{Session: "s", ID: id, Role: "r", Content: "x"})
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, e.Row)
	}
	for _, subject := range []string{"Ann", "Bob", "Cid"} {
		for _, row := range rows[:2] {
			if err := m.Assert(t.Context(), memory.Claim{Subject: subject, Predicate: "age", Value: 7, Source: row}); err != nil {
				t.Fatal(err)
			}
		}
	}
	raw(t, path, "delete from fact_sources where fact = 1 and source = 2", "insert into fact_sources (fact, source) values (2, 3)")
	err := s.Check(t.Context())
	for _, want := range []string{"fact 1 (age", "fact 2 (age"} {
		if !errors.Is(err, db.ErrCorrupt) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "fact 3 (") {
			t.Errorf("check does not say %s: %v", want, err)
		}
	}
	if _, err := m.Forget(t.Context(), memory.Filter{IDs: []string{"1", "2"}}, false); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context()); err == nil || strings.Contains(err.Error(), "fact 1 (") || !strings.Contains(err.Error(), "fact 2 (") {
		t.Errorf("then check says: %v", err)
	}
	if _, err := m.Forget(t.Context(), memory.Filter{IDs: []string{"3"}}, false); err != nil {
		t.Fatal(err)
	}
	if c, err := m.Stats(t.Context()); err != nil || c.Facts != 0 || c.Entities != 0 || s.Check(t.Context()) != nil {
		t.Errorf("then there are %+v, %v, %v", c, err, s.Check(t.Context()))
	}
}
