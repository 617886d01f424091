package sqlite

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/rag"
)

// known opens a store in which something is known of Ann, Bob, Cid and Rome, and damages it.
func known(t *testing.T, statements ...string) (*Store, *memory.Memory) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "memory.db")
	s := open(t, path, Options{})
	m, err := memory.New(s, memory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []memory.Claim{{Subject: "Ann", Predicate: "lives_in", Entity: "Rome"}, {Subject: "Bob", Predicate: "age", Value: 7}, {Subject: "Cid", Predicate: "age", Value: 8}} {
		if err := m.Assert(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	raw(t, path, statements...)
	return s, m
}

// TestForgetDamaged: what is damaged is named, all of it, can be forgotten by what was named, and then nothing
// keeps an export back.
func TestForgetDamaged(t *testing.T) {
	damage := []string{"update entities set name = 'Eve' where name = 'Bob'", "update entities set key = 'cix' where name = 'Cid'", "update entities set name = '#' where name = 'Rome'"}
	export := func(m *memory.Memory) error {
		_, err := m.Export(t.Context(), new(bytes.Buffer), memory.Filter{})
		return err
	}
	for _, names := range [][]string{{"Eve", "Cid", "#"}, {"bob", "cix", "Rome"}} {
		s, m := known(t, damage...)
		err := s.Check(t.Context())
		for _, want := range []string{`entity "Eve"`, `entity "Cid"`, `entity "#"`} {
			if !errors.Is(err, db.ErrCorrupt) || !strings.Contains(err.Error(), want) {
				t.Errorf("check does not name %s: %v", want, err)
			}
		}
		if export(m) == nil {
			t.Error("an export leaves out what is damaged, and does not say so")
		}
		for _, name := range names {
			if err := m.ForgetEntity(t.Context(), name); err != nil {
				t.Errorf("forget %q: %v", name, err)
			}
			if err := m.ForgetEntity(t.Context(), name); err == nil {
				t.Errorf("%q is forgotten twice", name)
			}
		}
		if err := errors.Join(s.Check(t.Context()), export(m)); err != nil {
			t.Error(err)
		}
		if k, err := m.Know(t.Context(), "Ann", nil); err != nil || len(k.Facts) != 0 {
			t.Errorf("Ann is %+v, %v", k, err)
		}
	}
	s, m := known(t, append(damage, "drop trigger facts_history", "update facts set value = '9' where predicate = 'age'", factsHistory)...)
	if err := s.Check(t.Context()); err == nil || strings.Count(err.Error(), "checksum of fact") != 2 || !strings.Contains(err.Error(), "memory forget --fact 3") {
		t.Errorf("two facts are damaged: %v", err)
	}
	if n, err := m.ForgetKnowledge(t.Context()); n != 4 || err != nil {
		t.Errorf("%d forgotten, %v", n, err)
	}
	if err := errors.Join(s.Check(t.Context()), export(m)); err != nil {
		t.Error(err)
	}
}

// TestForgetDamagedOnes: a damaged fact and a damaged alias are named, keep nothing else from being asked, written and, once they
// are forgotten by what was named, exported. To forget all turns takes all that is damaged along.
func TestForgetDamagedOnes(t *testing.T) {
	damage := []string{"drop trigger facts_history", "update facts set confidence = 0.5 where predicate = 'age' and value = '7'", factsHistory,
		"update aliases set entity = 1 where name = 'Robert'"}
	for _, all := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "memory.db")
		s := open(t, path, Options{})
		m := remember(t, s, "")
		for _, c := range []memory.Claim{{Subject: "Ann", Predicate: "lives_in", Entity: "Rome"}, {Subject: "Bob", Predicate: "age", Value: 7}, {Subject: "Bob", Predicate: "likes", Value: "tea"}} {
			if err := m.Assert(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		if err := m.AddAlias(t.Context(), "Bob", "Robert"); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Add(t.Context(), memory.Episode{Session: "s", Role: "r", Content: "x"}); err != nil {
			t.Fatal(err)
		}
		raw(t, path, damage...)
		err := s.Check(t.Context())
		for _, want := range []string{`alias "Robert"`, `--alias "robert"`, "fact 2 (age", "--fact 2"} {
			if !errors.Is(err, db.ErrCorrupt) || !strings.Contains(err.Error(), want) {
				t.Errorf("check does not say %s: %v", want, err)
			}
		}
		if _, err := m.Know(t.Context(), "Robert", nil); !errors.Is(err, db.ErrCorrupt) {
			t.Errorf("a damaged alias leads to somebody: %v", err)
		}
		if k, err := m.Know(t.Context(), "Bob", nil); err != nil || len(k.Facts) != 1 {
			t.Errorf("Bob is %+v, %v", k, err)
		}
		if err := m.Assert(t.Context(), memory.Claim{Subject: "Bob", Predicate: "age", Value: 8}); !errors.Is(err, db.ErrCorrupt) {
			t.Errorf("a claim builds on a damaged fact: %v", err)
		}
		if err := m.Assert(t.Context(), memory.Claim{Subject: "Bob", Predicate: "likes", Value: "rye"}); err != nil {
			t.Errorf("a claim of something else: %v", err)
		}
		if _, err := m.Export(t.Context(), new(bytes.Buffer), memory.Filter{}); !errors.Is(err, db.ErrCorrupt) {
			t.Errorf("an export leaves out what is damaged, and does not say so: %v", err)
		}
		if all {
			if n, err := m.Forget(t.Context(), memory.Filter{}, true); n != 3 || err != nil { // with two that were damaged
				t.Error(n, err)
			}
		} else {
			err := errors.Join(m.ForgetFact(t.Context(), 2), m.ForgetAlias(t.Context(), "robert"))
			if err != nil {
				t.Error(err)
			}
			if err := m.ForgetFact(t.Context(), 2); !errors.Is(err, memory.ErrNotFound) {
				t.Errorf("it is forgotten twice: %v", err)
			}
		}
		_, err = m.Export(t.Context(), new(bytes.Buffer), memory.Filter{})
		if err := errors.Join(err, s.Check(t.Context())); err != nil {
			t.Error(err)
		}
		if k, err := m.Know(t.Context(), "Bob", nil); err != nil || len(k.Facts) != 2 {
			t.Errorf("then Bob is %+v, %v", k, err)
		}
	}
}

// TestSearchNamesDamage: what is damaged is named by a search, whether the index was kept before or not, and keeps nothing else
// from being found.
func TestSearchNamesDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "memory.db")
	s := open(t, path, Options{})
	m, l := remember(t, s, ""), library(t, s)
	addTurns(t, m, "a", "marigold", 300)
	addTexts(t, l, "harebell", 300)
	searchIDs(t, m, "marigold")
	pieces(t, l, "harebell")
	raw(t, path, "update episodes set content = 'torn' where id in ('7', '8')", "update chunks set content = 'torn' where document = 9", "update documents set title = 'torn' where row = 10")
	for _, kept := range []bool{true, false} {
		fresh := open(t, path, Options{})
		if !kept {
			for _, of := range []memory.Owner{memory.Turns, memory.Chunks} {
				if err := fresh.KeepIndex(t.Context(), of, "", nil, memory.Cursor{}); err != nil {
					t.Fatal(err)
				}
			}
		}
		a, err := remember(t, fresh, "").Find(t.Context(), memory.Query{Text: "marigold 7 8", Limit: 20})
		if err != nil || !errors.Is(a.Damaged, db.ErrCorrupt) || !strings.Contains(a.Damaged.Error(), `episode "7"`) || !strings.Contains(a.Damaged.Error(), `episode "8"`) || len(a.Found) < 18 {
			t.Errorf("kept %v: %d turns found, %v, %v", kept, len(a.Found), a.Damaged, err)
		}
		d, err := library(t, fresh).Find(t.Context(), rag.Query{Text: "harebell 8 9", Limit: 20})
		if err != nil || !errors.Is(d.Damaged, db.ErrCorrupt) || len(d.Found) < 18 || strings.Count(d.Damaged.Error(), "is wrong") != 2 {
			t.Errorf("kept %v: %d pieces found, %v, %v", kept, len(d.Found), d.Damaged, err)
		}
	}
	if n, err := m.Forget(t.Context(), memory.Filter{IDs: []string{"7", "8"}}, false); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	if a, err := m.Find(t.Context(), memory.Query{Text: "marigold 7 8"}); err != nil || a.Damaged != nil {
		t.Errorf("after it was forgotten: %v, %v", a.Damaged, err)
	}
}

// The sound entity that a name is of goes, not a damaged one that has come to be called the same.
func TestForgetSoundBeforeDamaged(t *testing.T) {
	_, m := known(t, "update entities set name = 'Ann' where name = 'Bob'")
	if err := m.ForgetEntity(t.Context(), "Ann"); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Know(t.Context(), "Ann", nil); !errors.Is(err, memory.ErrNotFound) {
		t.Error(err)
	}
	if err := m.ForgetEntity(t.Context(), "Ann"); err != nil {
		t.Errorf("the damaged one: %v", err)
	}
}

// refusing is a store whose transactions are undone when they are to be committed.
type refusing struct{ *Store }

func (r refusing) Write(ctx context.Context, tenant string, fn func(memory.Tx) error) error {
	return r.Store.Write(ctx, tenant, func(tx memory.Tx) error { return errors.Join(fn(tx), &db.Error{Path: r.Where(), Class: db.ErrFull}) })
}

// TestNothingForgotten: what was undone is not reported as forgotten.
func TestNothingForgotten(t *testing.T) {
	s, m := known(t)
	if err := m.Learn(t.Context(), []memory.Pattern{{Kind: memory.ToolPattern, From: "x", To: "y", Count: 3}}); err != nil {
		t.Fatal(err)
	}
	full, err := memory.New(refusing{s}, memory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := full.ForgetKnowledge(t.Context()); n != 0 || !errors.Is(err, db.ErrFull) {
		t.Errorf("%d entities forgotten, %v", n, err)
	}
	if n, err := full.ForgetPatterns(t.Context(), memory.PatternQuery{}); n != 0 || !errors.Is(err, db.ErrFull) {
		t.Errorf("%d patterns forgotten, %v", n, err)
	}
	if n, err := m.ForgetKnowledge(t.Context()); n != 4 || err != nil {
		t.Errorf("%d entities were left, %v", n, err)
	}
}
