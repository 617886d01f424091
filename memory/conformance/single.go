package conformance

import (
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/memory"
)

// testSingle says of a predicate that it has several objects at a time, and then that it has one: what had
// others beside it still has, where a claim leaves a part of it.
func testSingle(t *testing.T, b memory.Backend) {
	m, err := memory.New(b, memory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	hour := func(n int) time.Time { return base.Add(time.Duration(n) * time.Hour) }
	claim := func(place string, from, to int) {
		t.Helper()
		if err := m.Assert(t.Context(), memory.Claim{Subject: "Ann", Predicate: "lives_in", Entity: place, From: hour(from), To: hour(to)}); err != nil {
			t.Fatal(err)
		}
	}
	single := func(yes bool) {
		t.Helper()
		if err := m.SetSingle(t.Context(), "lives_in", yes); err != nil {
			t.Fatal(err)
		}
	}
	at := func(n int) int {
		t.Helper()
		e, err := m.Entity(t.Context(), "Ann")
		if err != nil {
			t.Fatal(err)
		}
		facts, err := m.Facts(t.Context(), memory.FactQuery{Subject: e.ID, Predicate: "lives_in", As: &memory.AsOf{Valid: memory.At(hour(n)), Known: memory.Forever}})
		if err != nil {
			t.Fatal(err)
		}
		return len(facts)
	}
	single(false)
	claim("Paris", 0, 100)
	claim("Rome", 0, 100)
	single(true)
	claim("Oslo", 40, 60)
	claim("Oslo", 200, 300)
	claim("Rome", 250, 400)
	for n, want := range map[int]int{10: 2, 50: 1, 80: 2, 220: 1, 260: 1, 350: 1, 500: 0} {
		if got := at(n); got != want {
			t.Errorf("at hour %d there are %d, not %d", n, got, want)
		}
	}
	if err := b.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// testExtremes keeps texts and moments that databases find hard.
func testExtremes(t *testing.T, b memory.Backend) {
	m, err := memory.New(b, memory.Options{Tenant: "\x01 ténant"})
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("\ufdfa", memory.MaxName/3) // 18 letters each, once they are normalised
	value := "\x00\x01\x01\x00 \U0001f600"
	early, late := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC)
	for _, c := range []memory.Claim{{Subject: long, Predicate: "p\x00q", Value: value, From: early, To: late}, {Subject: long, Predicate: "p\x00q", Value: "other", From: late}} {
		if err := m.Assert(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	e, err := m.Entity(t.Context(), long)
	if err != nil || e.Name != long {
		t.Fatalf("%+v, %v", e, err)
	}
	for at, want := range map[memory.Instant]any{memory.At(early) - 1: nil, memory.At(early): value, memory.At(late) - 1: value, memory.At(late): "other", memory.Forever - 1: "other"} {
		facts, err := m.Facts(t.Context(), memory.FactQuery{Subject: e.ID, Predicate: "p\x00q", As: &memory.AsOf{Valid: at, Known: memory.Forever}})
		switch {
		case err != nil:
			t.Fatal(err)
		case len(facts) == 0 && want == nil:
		case len(facts) != 1:
			t.Errorf("at %d there are %+v", at, facts)
		default:
			if got, err := memory.DecodeValue(facts[0].Object.Value); got != want {
				t.Errorf("at %d it is %q, not %q, %v", at, got, want, err)
			}
		}
	}
	for _, session := range []string{"\x02", "\x01\x01", "\x00", "\x01", "\x00\x01"} {
		if _, err := m.Add(t.Context(), memory.Episode{Session: session, ID: "\x00", Role: "\x01", Content: session}); err != nil {
			t.Fatal(err)
		}
	}
	list, err := m.Sessions(t.Context())
	got := ""
	for _, s := range list {
		got += s.Session + "|"
	}
	if err != nil || got != "\x00|\x00\x01|\x01|\x01\x01|\x02|" {
		t.Errorf("sessions are %q, %v", got, err)
	}
	under, err := m.List(t.Context(), memory.Filter{Sessions: []string{"\x01*"}})
	if err != nil || len(under) != 2 || under[0].Content != "\x01\x01" || under[1].Content != "\x01" {
		t.Errorf("of two sessions there are %d turns, %v", len(under), err)
	}
}
