package conformance

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/memory"
)

// testSources: a fact goes with the last of its sources, unless somebody has asserted it.
func testSources(t *testing.T, b memory.Backend) {
	var rows []int64
	for _, e := range add(t, b, "", episode("s", "1", "user", "x", 0), episode("s", "2", "user", "y", 1), episode("s", "3", "user", "z", 2)) {
		rows = append(rows, e.Row)
	}
	list := know(t, b, "", "ann", "bob", "cid")
	fact := func(object string, sources ...int64) memory.Fact {
		return claim(t, b, "", memory.Fact{Subject: list[0].ID, Predicate: "likes", Object: memory.Object{Value: object}, Confidence: 1, Sources: sources})
	}
	facts := []memory.Fact{fact(`"none"`), fact(`"one"`, rows[0]), fact(`"two"`, rows[0], rows[1]), fact(`"asserted"`, 0, rows[0]), fact(`"later"`)}
	claim(t, b, "", memory.Fact{Subject: list[1].ID, Predicate: "knows", Object: memory.Object{Entity: list[2].ID}, Confidence: 1, Sources: rows[:2]})
	write(t, b, "", func(tx memory.Tx) error { return tx.SetSources(facts[4].ID, rows) })
	expect := func(when string, want map[string][]int64) {
		t.Helper()
		var got []memory.Fact
		read(t, b, "", func(r memory.Reader) (err error) {
			got, err = r.Facts(memory.FactQuery{Subject: list[0].ID})
			return err
		})
		for _, f := range got {
			sources, ok := want[f.Object.Value]
			if !ok || !slices.Equal(f.Sources, sources) {
				t.Errorf("%s %s has the sources %v, want %v", when, f.Object.Value, f.Sources, sources)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s there are %d facts, want %d", when, len(got), len(want))
		}
		if err := b.Check(t.Context()); err != nil {
			t.Errorf("%s: %v", when, err)
		}
	}
	expect("first", map[string][]int64{`"none"`: nil, `"one"`: rows[:1], `"two"`: rows[:2], `"asserted"`: {0, rows[0]}, `"later"`: rows})
	drop := func(rows ...int64) func(memory.Tx) error {
		return func(tx memory.Tx) error { return tx.DropFactsFrom(rows) }
	}
	write(t, b, "you", drop(rows...))          // another tenant's rows are not its own
	write(t, b, "", func(tx memory.Tx) error { // what ended has its sources, too, and they can change
		now, err := tx.Now()
		if err == nil {
			err = tx.EndFact(facts[2].ID, now)
		}
		return err
	})
	write(t, b, "", drop(rows[0], 1<<40))
	expect("without the first", map[string][]int64{`"none"`: nil, `"two"`: rows[1:2], `"asserted"`: nil, `"later"`: rows[1:]})
	if nameOf(t, b, "", "cid") == "" {
		t.Error("who another turn speaks of is forgotten")
	}
	write(t, b, "", drop(rows[1]))
	expect("without the second", map[string][]int64{`"none"`: nil, `"asserted"`: nil, `"later"`: rows[2:]})
	if nameOf(t, b, "", "cid") != "" || nameOf(t, b, "", "bob") != "" {
		t.Error("who no turn speaks of is left")
	}
	write(t, b, "", func(tx memory.Tx) error { return tx.SetSources(facts[4].ID, rows[1:]) })
	write(t, b, "", drop(rows...)) // all at once
	expect("without all", map[string][]int64{`"none"`: nil, `"asserted"`: nil})
}

// testSourcesOfBeliefs: what is told again has one source more, wherever it holds.
func testSourcesOfBeliefs(t *testing.T, b memory.Backend) {
	m, err := memory.New(b, memory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]int64{}
	for i := range 8 {
		e, err := m.Add(t.Context(), episode("s", fmt.Sprint(i), "user", "x", i))
		if err != nil {
			t.Fatal(err)
		}
		rows[e.ID] = e.Row
	}
	hour := func(n int) time.Time { return base.Add(time.Duration(n) * time.Hour) }
	tell := func(change func(*memory.Memory, memory.Claim) error, subject, object, turn string, from, to int) {
		t.Helper()
		c := memory.Claim{Subject: subject, Predicate: "lives_in", Value: object, From: hour(from), Source: rows[turn]}
		if to > 0 {
			c.To = hour(to)
		}
		if err := change(m, c); err != nil {
			t.Fatal(err)
		}
	}
	assert := func(m *memory.Memory, c memory.Claim) error { return m.Assert(t.Context(), c) }
	correct := func(m *memory.Memory, c memory.Claim) error { return m.Correct(t.Context(), c) }
	// expect says where somebody lives at some hours, as it is believed now.
	expect := func(when, subject string, want map[int]string) {
		t.Helper()
		for at, object := range want {
			k, err := m.Know(t.Context(), subject, &memory.AsOf{Valid: memory.At(hour(at)), Known: memory.Forever})
			got := ""
			if err == nil && len(k.Facts) == 1 {
				got = fmt.Sprint(k.Facts[0].Object)
			}
			if got != object {
				t.Errorf("%s: %s lives in %q at %d, not in %q (%v)", when, subject, got, at, object, err)
			}
		}
	}
	forget := func(ids ...string) {
		t.Helper()
		if _, err := m.Forget(t.Context(), memory.Filter{IDs: ids}, false); err != nil {
			t.Fatal(err)
		}
	}
	tell(assert, "Ann", "Rome", "0", 1, 0) // again, later
	tell(assert, "Ann", "Rome", "1", 5, 0)
	tell(assert, "Bob", "Rome", "1", 5, 0) // again, of before: the turns come in another order
	tell(assert, "Bob", "Rome", "0", 1, 0)
	tell(assert, "Cid", "Rome", "0", 1, 4) // of times that overlap
	tell(assert, "Cid", "Rome", "1", 3, 7)
	tell(assert, "Dan", "Rome", "0", 1, 0) // by somebody, after a turn
	tell(assert, "Dan", "Rome", "", 2, 0)
	tell(assert, "Eve", "Rome", "", 1, 0) // by somebody, before a turn
	tell(correct, "Eve", "Rome", "0", 2, 0)
	tell(assert, "Fay", "Rome", "0", 1, 0) // what is something else is told by one
	tell(assert, "Fay", "Oslo", "1", 5, 0)
	tell(assert, "Gus", "Rome", "0", 1, 0) // two who turn out to be one
	tell(assert, "August", "Rome", "1", 1, 0)
	if err := m.Merge(t.Context(), "Gus", "August"); err != nil {
		t.Fatal(err)
	}
	before := m.Now()
	before.Known = memory.At(time.Now())
	forget("0")
	expect("by the second", "Ann", map[int]string{6: "Rome"})
	expect("by the second", "Bob", map[int]string{1: "", 6: "Rome"})
	expect("by the second", "Cid", map[int]string{1: "", 3: "Rome", 6: "Rome", 8: ""})
	expect("asserted", "Dan", map[int]string{6: "Rome"})
	expect("asserted", "Eve", map[int]string{1: "Rome", 6: "Rome"})
	expect("one of two", "Fay", map[int]string{1: "", 6: "Oslo"})
	expect("merged", "Gus", map[int]string{6: "Rome"})
	forget("1")
	for _, name := range []string{"Ann", "Bob", "Cid", "Fay", "Gus"} {
		if _, err := m.Entity(t.Context(), name); err == nil {
			t.Errorf("%s, of whom no turn tells any more, is left", name)
		}
	}
	expect("asserted", "Dan", map[int]string{6: "Rome"})
	expect("asserted", "Eve", map[int]string{1: "Rome", 6: "Rome"})

	tell(assert, "Hal", "Rome", "3", 3, 7) // the earlier of the two is not the first
	tell(assert, "Hal", "Rome", "2", 1, 4)
	tell(assert, "Ida", "Rome", "2", 5, 0) // and all that follows is told by what has no end
	tell(assert, "Ida", "Rome", "4", 3, 5)
	tell(assert, "Ida", "Rome", "3", 1, 0)
	forget("2", "4")
	expect("by the first", "Hal", map[int]string{1: "", 3: "Rome", 6: "Rome"})
	expect("by the last", "Ida", map[int]string{1: "Rome", 3: "Rome", 6: "Rome"})
	if err := b.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// testSourcesMove: an export has all sources, and an import adds those that are new.
func testSourcesMove(t *testing.T, b memory.Backend) {
	m, err := memory.New(b, memory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	other, err := memory.New(b, memory.Options{Tenant: "other"})
	if err != nil {
		t.Fatal(err)
	}
	var rows []int64
	for _, session := range []string{"a", "b"} {
		e, err := m.Add(t.Context(), episode(session, "1", "user", "x", 0))
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, e.Row)
		for i, source := range []int64{e.Row, e.Row, 0, rows[0], e.Row} {
			if i == 2 && session == "a" {
				continue
			}
			c := memory.Claim{Subject: "Ann", Predicate: "likes", Value: []string{"two", "asserted", "asserted", "one", "kept"}[i], From: base, Source: source}
			if err := m.Assert(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
	}
	moved := func(f memory.Filter) int {
		t.Helper()
		var out bytes.Buffer
		if _, err := m.Export(t.Context(), &out, f); err != nil {
			t.Fatal(err)
		}
		done, err := other.Import(t.Context(), strings.NewReader(out.String()))
		if err != nil {
			t.Fatal(err, out.String())
		}
		return done.Known
	}
	sources := func(m *memory.Memory) map[string]string {
		out := map[string]string{}
		facts, err := m.Facts(t.Context(), memory.FactQuery{})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range facts {
			turns, err := m.TurnsOf(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			for _, at := range turns[f.ID] {
				out[f.Object.Value] += at.Session + at.ID + " "
			}
			if len(f.Sources) == 0 || f.Sources[0] == 0 {
				out[f.Object.Value] += "asserted"
			}
		}
		return out
	}
	want := map[string]string{`"two"`: "a1 b1 ", `"asserted"`: "a1 b1 asserted", `"one"`: "a1 ", `"kept"`: "a1 b1 "}
	if got := sources(m); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the sources are %v, want %v", got, want)
	}
	moved(memory.Filter{Sessions: []string{"a"}})
	if got := sources(other); fmt.Sprint(got) != fmt.Sprint(map[string]string{`"two"`: "a1 ", `"asserted"`: "a1 asserted", `"one"`: "a1 ", `"kept"`: "a1 "}) {
		t.Errorf("of one session the sources are %v", got)
	}
	if n := moved(memory.Filter{}); n != 3 {
		t.Errorf("%d facts have another source", n)
	}
	if n := moved(memory.Filter{}); n != 0 {
		t.Errorf("again %d facts have another source", n)
	}
	if got := sources(other); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("imported the sources are %v, want %v", got, want)
	}
	// What one of the turns told is kept, and the other is forgotten.
	if _, err := m.Retain(t.Context(), memory.Retention{MaxAge: time.Minute, KeepFacts: true}); err != nil {
		t.Fatal(err)
	}
	if got := sources(m); len(got) != 1 { // none but the asserted one has a turn or is asserted
		t.Errorf("kept are %v", got)
	}
	facts, err := m.Facts(t.Context(), memory.FactQuery{})
	if err != nil || len(facts) != 4 {
		t.Errorf("%d facts are kept, %v", len(facts), err)
	}
	// A line of an older export has one source.
	old := `{"session":"c","id":"1","role":"user","content":"x"}
{"fact":{"subject":"Bob","predicate":"likes","value":"tea","source":{"session":"c","id":"1"}}}
`
	if done, err := other.Import(t.Context(), strings.NewReader(old)); err != nil || done.Known != 1 {
		t.Errorf("an older export: %+v, %v", done, err)
	}
	if _, err := other.Forget(t.Context(), memory.Filter{Sessions: []string{"c"}}, false); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Entity(t.Context(), "Bob"); err == nil {
		t.Error("what a forgotten turn told is left")
	}
}
