package conformance

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/memory"
)

// names lists what a query finds.
func names(t *testing.T, m *memory.Memory, q memory.KnowledgeQuery) (out []string) {
	t.Helper()
	list, err := m.Query(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range list {
		out = append(out, k.Name)
	}
	return out
}

// said lists facts as texts.
func said(facts []memory.Statement) (out []string) {
	for _, f := range facts {
		out = append(out, f.Text())
	}
	slices.Sort(out)
	return out
}

// assert claims things that must be accepted.
func assert(t *testing.T, m *memory.Memory, claims ...memory.Claim) {
	t.Helper()
	for _, c := range claims {
		if err := m.Assert(t.Context(), c); err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
	}
}

func testQuery(t *testing.T, b memory.Backend) {
	m, other := two(t, b)
	past := base.Add(-24 * time.Hour)
	assert(t, m,
		memory.Claim{Subject: "Ann", SubjectType: "person", Predicate: "lives_in", Entity: "Paris", EntityType: "place", From: past},
		memory.Claim{Subject: "Ann", Predicate: "favourite_colour", Value: "dark green", From: past},
		memory.Claim{Subject: "Bob", SubjectType: "person", Predicate: "works_at", Entity: "Acme", EntityType: "organisation", From: past},
		memory.Claim{Subject: "Bob", Predicate: "age", Value: 41, From: past})
	if err := m.AddAlias(t.Context(), "Bob", "Robert Smith"); err != nil {
		t.Fatal(err)
	}
	for _, m := range []*memory.Memory{m, other} {
		for _, c := range []struct {
			q    memory.KnowledgeQuery
			want []string
		}{
			{memory.KnowledgeQuery{Text: "Who lives in Paris?"}, []string{"Ann", "Paris"}}, {memory.KnowledgeQuery{Text: "robert"}, []string{"Bob"}},
			{memory.KnowledgeQuery{Text: "green"}, []string{"Ann"}}, {memory.KnowledgeQuery{Text: "what job does he have"}, []string{"Bob"}},
			{memory.KnowledgeQuery{Text: "paris", Type: "Place"}, []string{"Paris"}}, {memory.KnowledgeQuery{Text: "zeppelin"}, nil}, {memory.KnowledgeQuery{Text: "41"}, []string{"Bob"}},
			{memory.KnowledgeQuery{Limit: 2}, []string{"Ann", "Paris"}}, {memory.KnowledgeQuery{Type: "person"}, []string{"Ann", "Bob"}},
		} {
			if got := names(t, m, c.q); !slices.Equal(got, c.want) {
				t.Errorf("%+v finds %v, not %v", c.q, got, c.want)
			}
		}
	}
	found, err := m.Recall(t.Context(), memory.KnowledgeQuery{Text: "Where does Ann live?", Limit: 1})
	if err != nil || len(found) != 1 || found[0].Text() != "Ann lives in Paris" || found[0].Score <= 0 {
		t.Errorf("recalled are %+v, %v", found, err)
	}
	// What changes is seen by others, and the moment that is asked for counts.
	then := m.Now()
	moved := base.Add(-time.Hour)
	assert(t, m, memory.Claim{Subject: "Ann", Predicate: "lives_in", Entity: "Rome", From: moved})
	if got := names(t, other, memory.KnowledgeQuery{Text: "rome"}); !slices.Contains(got, "Ann") {
		t.Errorf("Rome finds %v", got)
	}
	live := func(as *memory.AsOf) []string {
		t.Helper()
		k, err := other.Know(t.Context(), "ann", as)
		if err != nil {
			t.Fatal(err)
		}
		return slices.DeleteFunc(said(k.Facts), func(s string) bool { return strings.Contains(s, "colour") })
	}
	now := m.Now()
	facts, err := m.Facts(t.Context(), memory.FactQuery{Predicate: "lives_in"})
	if err != nil {
		t.Fatal(err)
	}
	ids := []int64{facts[1].ID, facts[0].ID, facts[1].ID, 1 << 40}
	if byID, err := m.Facts(t.Context(), memory.FactQuery{IDs: ids}); err != nil || !reflect.DeepEqual(byID, facts[:2]) {
		t.Errorf("facts by their ids %v are %+v, %v; not %+v", ids, byID, err, facts[:2])
	}
	before := memory.AsOf{Valid: then.Valid, Known: facts[0].Known.From}
	for _, c := range []struct {
		as   *memory.AsOf
		want []string
	}{
		{&now, []string{"Ann lives in Rome"}}, {&memory.AsOf{Valid: memory.At(moved) - 1, Known: memory.Forever}, []string{"Ann lives in Paris"}},
		{&before, []string{"Ann lives in Paris"}}, {nil, []string{"Ann lives in Paris", "Ann lives in Paris", "Ann lives in Rome"}},
	} {
		if got := live(c.as); !slices.Equal(got, c.want) {
			t.Errorf("at %v: %q, not %q", c.as, got, c.want)
		}
	}
	if got := names(t, m, memory.KnowledgeQuery{Text: "who lives in rome", As: &before}); slices.Contains(got, "Rome") {
		t.Errorf("as it was believed before, Rome finds %v", got)
	}
	// What is retracted is not found by its words, what is forgotten not at all.
	if err := m.Retract(t.Context(), memory.Claim{Subject: "Ann", Predicate: "favourite_colour", Value: "dark green", From: past}); err != nil {
		t.Fatal(err)
	}
	if err := m.ForgetEntity(t.Context(), "Robert Smith"); err != nil {
		t.Fatal(err)
	}
	for _, m := range []*memory.Memory{m, other} {
		for _, words := range []string{"green", "bob", "robert", "job"} {
			if got := names(t, m, memory.KnowledgeQuery{Text: words}); len(got) > 0 {
				t.Errorf("%q finds %v", words, got)
			}
		}
		if got := names(t, m, memory.KnowledgeQuery{Text: "acme"}); !slices.Equal(got, []string{"Acme"}) {
			t.Errorf("the others are gone, too: %v", got)
		}
	}
	if err := m.ForgetEntity(t.Context(), "Bob"); !errors.Is(err, memory.ErrNotFound) {
		t.Error(err)
	}
	if n, err := other.ForgetKnowledge(t.Context()); n != 4 || err != nil { // Ann, Paris, Rome, Acme
		t.Error(n, err)
	}
	if got := names(t, m, memory.KnowledgeQuery{}); len(got) > 0 {
		t.Errorf("after all was forgotten there are %v", got)
	}
}

func testNames(t *testing.T, b memory.Backend) {
	m, _ := two(t, b)
	assert(t, m, memory.Claim{Subject: "Robert", Predicate: "lives_in", Entity: "Paris", From: base}, memory.Claim{Subject: "Bob", Predicate: "lives_in", Entity: "Rome", From: base.Add(-time.Hour)},
		memory.Claim{Subject: "Bob", Predicate: "likes", Value: "tea", From: base}, memory.Claim{Subject: "Ann", Predicate: "knows", Entity: "Bob", From: base})
	ctx := t.Context()
	if err := m.AddAlias(ctx, "Robert", "bob!"); !errors.Is(err, memory.ErrExists) {
		t.Errorf("a name that is taken: %v", err)
	}
	if err := m.AddAlias(ctx, "nobody", "x"); !errors.Is(err, memory.ErrNotFound) {
		t.Error(err)
	}
	if err := m.Merge(ctx, "Robert", "Bob"); err != nil {
		t.Fatal(err)
	}
	k, err := m.Know(ctx, "BOB", nil)
	if err != nil {
		t.Fatal(err)
	}
	// In the hour before he is known to live in Paris, he lived in Rome.
	if got := said(k.Facts); k.Name != "Robert" || !slices.Equal(got, []string{"Robert likes tea", "Robert lives in Paris", "Robert lives in Rome"}) || !slices.Equal(k.Aliases, []string{"Bob"}) {
		t.Errorf("merged: %s, %v, %q", k.Name, k.Aliases, got)
	}
	if ann, err := m.Know(ctx, "Ann", nil); err != nil || !slices.Equal(said(ann.Facts), []string{"Ann knows Robert"}) {
		t.Errorf("%+v, %v", ann, err)
	}
	if err := m.Merge(ctx, "Bob", "Robert"); err == nil {
		t.Error("an entity was merged with itself")
	}
	if err := errors.Join(m.AddAlias(ctx, "Bob", "Rob"), m.AddAlias(ctx, "Bob", "Rob"), m.DropAlias(ctx, "Bob")); err != nil {
		t.Error(err)
	}
	if err := m.DropAlias(ctx, "Bob"); !errors.Is(err, memory.ErrNotFound) {
		t.Error(err)
	}
	if err := b.Check(ctx); err != nil {
		t.Error(err)
	}
}

func testRetain(t *testing.T, b memory.Backend) {
	m, err := memory.New(b, memory.Options{Clock: func() time.Time { return base.Add(time.Hour) }})
	if err != nil {
		t.Fatal(err)
	}
	fill := func() {
		t.Helper()
		if _, err := m.Forget(t.Context(), memory.Filter{}, true); err != nil {
			t.Fatal(err)
		}
		for i := range 6 {
			e := episode([]string{"a", "b"}[i%2], fmt.Sprint(i), "user", fmt.Sprint("turn ", i), 10*i)
			switch i {
			case 0:
				e.Metadata = map[string]any{"importance": 0.9}
			case 4:
				e.Metadata = map[string]any{"importance": 0}
			}
			if _, err := m.Add(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		list, err := m.List(t.Context(), memory.Filter{IDs: []string{"1", "2"}})
		if err != nil {
			t.Fatal(err)
		}
		write(t, b, "", func(tx memory.Tx) error { return tx.MarkProcessed([]int64{list[0].Row, list[1].Row}) })
	}
	for _, c := range []struct {
		p    memory.Retention
		want []string
	}{
		{memory.Retention{}, []string{"0", "1", "2", "3", "4", "5"}},
		{memory.Retention{MaxAge: 40 * time.Minute}, []string{"2", "3", "4", "5"}},
		{memory.Retention{MaxAge: 40 * time.Minute, Important: 0.9}, []string{"0", "2", "3", "4", "5"}},
		{memory.Retention{MaxAge: 20 * time.Minute, ProcessedOnly: true}, []string{"0", "3", "4", "5"}},
		{memory.Retention{MaxPerSession: 2}, []string{"0", "2", "3", "5"}},
		{memory.Retention{MaxPerSession: 1, Important: 0.5}, []string{"0", "1", "2", "3", "5"}},
		{memory.Retention{MaxPerSession: 1, MaxAge: 25 * time.Minute}, []string{"4", "5"}},
		{memory.Retention{MaxPerSession: 3}, []string{"0", "1", "2", "3", "4", "5"}},
	} {
		fill()
		n, err := m.Retain(t.Context(), c.p)
		if got := ids(t, b, "", memory.Filter{}); err != nil || !slices.Equal(got, c.want) || n != 6-len(got) {
			t.Errorf("%+v keeps %v and says %d, not %v: %v", c.p, got, n, c.want, err)
		}
	}
	for _, p := range []memory.Retention{{MaxAge: -1}, {MaxPerSession: -1}, {Important: 2}} {
		if _, err := m.Retain(t.Context(), p); err == nil {
			t.Errorf("%+v was accepted", p)
		}
	}
	// What is known is forgotten with the turn, unless it is to be kept.
	for _, keep := range []bool{true, false} {
		e, err := m.Add(t.Context(), episode("c", fmt.Sprint(keep), "user", "x", -600))
		if err != nil {
			t.Fatal(err)
		}
		assert(t, m, memory.Claim{Subject: "Ann", Predicate: "likes", Value: fmt.Sprint(keep), From: base, Source: e.Row})
		if n, err := m.Retain(t.Context(), memory.Retention{MaxAge: 9 * time.Hour, KeepFacts: keep}); n != 1 || err != nil {
			t.Error(n, err)
		}
	}
	facts, err := m.Facts(t.Context(), memory.FactQuery{})
	if err != nil || len(facts) != 1 || facts[0].Object.Value != `"true"` {
		t.Errorf("facts are %+v, %v", facts, err)
	}
}
