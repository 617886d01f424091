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
	if err := s.Check(t.Context()); err == nil || strings.Count(err.Error(), "checksum of fact") != 2 || strings.Contains(err.Error(), "--fact") {
		t.Errorf("two facts are damaged: %v", err)
	}
	if n, err := m.ForgetKnowledge(t.Context()); n != 4 || err != nil {
		t.Errorf("%d forgotten, %v", n, err)
	}
	if err := errors.Join(s.Check(t.Context()), export(m)); err != nil {
		t.Error(err)
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
	return r.Store.Write(ctx, tenant, func(tx memory.Tx) error { return errors.Join(fn(tx), db.ErrFull) })
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
