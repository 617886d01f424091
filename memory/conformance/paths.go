package conformance

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/llmspell/llmspell/memory"
)

func testPaths(t *testing.T, b memory.Backend) {
	m, err := memory.New(b, memory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	name := func(i int) string { return fmt.Sprint("node ", i) }
	claim := func(c memory.Claim) {
		t.Helper()
		c.Predicate = "leads_to"
		if err := m.Assert(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 12 { // a chain, and a short cut that was there in the first hour alone
		claim(memory.Claim{Subject: name(i), Entity: name(i + 1), From: base})
	}
	claim(memory.Claim{Subject: name(0), Entity: name(9), From: base, To: base.Add(time.Hour)})
	claim(memory.Claim{Subject: name(2), Entity: name(0), From: base}) // round again
	later := memory.AsOf{Valid: memory.At(base.Add(2 * time.Hour)), Known: memory.Forever}
	early := memory.AsOf{Valid: memory.At(base.Add(time.Minute)), Known: memory.Forever}
	for _, c := range []struct {
		to, hops int
		as       memory.AsOf
		want     int // facts
	}{{10, 10, later, 10}, {10, 9, later, 0}, {10, 10, early, 2}, {11, 10, later, 0}, {0, 1, later, 0}, {1, 10, memory.AsOf{Valid: memory.At(base) - 1, Known: memory.Forever}, 0},
		{1, 10, memory.AsOf{Valid: later.Valid, Known: 1}, 0}} {
		path, err := m.Path(t.Context(), name(0), name(c.to), c.hops, c.as)
		if err != nil || len(path) != c.want {
			t.Errorf("to %d in %d hops: %d facts, not %d, %v", c.to, c.hops, len(path), c.want, err)
		}
		for i := 1; i < len(path); i++ {
			if path[i].From != path[i-1].To {
				t.Errorf("the path is %+v", path)
			}
		}
	}
	near, err := m.Around(t.Context(), "NODE-0!", 2, early)
	got := []string{}
	for _, n := range near {
		got = append(got, fmt.Sprint(n.Entity.Name, ":", n.Hops))
	}
	slices.Sort(got)
	if err != nil || !slices.Equal(got, []string{"node 10:2", "node 1:1", "node 2:2", "node 9:1"}) {
		t.Errorf("around are %v, %v", got, err)
	}
	if _, err := m.Path(t.Context(), name(0), "nobody", 3, later); !errors.Is(err, memory.ErrNotFound) {
		t.Error(err)
	}
	if _, err := m.Path(t.Context(), name(0), name(1), 11, later); err == nil {
		t.Error("a path of 11 hops was looked for")
	}

	// What is known from a turn alone is forgotten with it.
	e, err := m.Add(t.Context(), memory.Episode{Session: "s", ID: "1", Role: "user", Content: "node 0 is red"})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Assert(t.Context(), memory.Claim{Subject: name(0), Predicate: "colour", Value: "red", Source: e.Row}); err != nil {
		t.Fatal(err)
	}
	colour := func() int {
		facts, err := m.Facts(t.Context(), memory.FactQuery{Predicate: "colour"})
		if err != nil {
			t.Fatal(err)
		}
		return len(facts)
	}
	if n := colour(); n != 1 {
		t.Errorf("%d facts about colours", n)
	}
	if _, err := m.Forget(t.Context(), memory.Filter{Sessions: []string{"s"}}, false); err != nil || colour() != 0 {
		t.Errorf("%d facts about colours are left, %v", colour(), err)
	}
}
