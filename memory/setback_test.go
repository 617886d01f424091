package memory_test

import (
	"testing"
	"time"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/inmem"
)

// A clock that was fast, and is set right, hides nothing that is said from then on; nor does the fast clock of another kernel.
func TestClockIsSetBack(t *testing.T) {
	wall := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	now := wall.Add(40 * 24 * time.Hour)
	clock := func() time.Time { now = now.Add(time.Millisecond); return now }
	m, err := memory.New(inmem.New(clock), memory.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	knows := func(when, want string) {
		t.Helper()
		as := m.Now()
		k, err := m.Know(ctx, "Ann", &as)
		must(err)
		got := ""
		for _, f := range k.Facts {
			got += f.Text() + "; "
		}
		if got != want {
			t.Errorf("%s: %q, want %q", when, got, want)
		}
	}
	claim := func(predicate string, value any) memory.Claim {
		return memory.Claim{Subject: "Ann", Predicate: predicate, Value: value}
	}
	must(m.Assert(ctx, claim("works_at", "Acme")))
	must(m.Assert(ctx, claim("likes", "tea")))
	must(m.Assert(ctx, memory.Claim{Subject: "Ann", Predicate: "works_at", Value: "Zed", From: wall.AddDate(1, 0, 0)}))
	now = wall
	must(m.Assert(ctx, claim("works_at", "Beta")))
	must(m.Assert(ctx, claim("owns", "boat")))
	knows("after the clock was set back", "Ann works at Beta; Ann owns boat; ")
	must(m.Assert(ctx, claim("works_at", "Gamma")))
	must(m.Retract(ctx, claim("owns", "boat")))
	knows("after that was changed", "Ann works at Gamma; ")
	now = wall.AddDate(0, 3, 0)
	knows("when the time of the fast clock is over", "Ann likes tea; Ann works at Gamma; ")
	must(m.Retract(ctx, claim("likes", "tea")))
	now = wall.AddDate(1, 0, 1)
	knows("when what was known to begin has begun", "Ann works at Zed; ")
}
