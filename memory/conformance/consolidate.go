package conformance

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/extract"
)

// knows lists what is known of somebody now.
func knows(t *testing.T, m *memory.Memory, name string) []string {
	t.Helper()
	as := m.Now()
	k, err := m.Know(t.Context(), name, &as)
	if errors.Is(err, memory.ErrNotFound) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return said(k.Facts)
}

// consolidate must work.
func consolidate(t *testing.T, m *memory.Memory, o memory.ConsolidateOptions) memory.Consolidated {
	t.Helper()
	done, err := m.Consolidate(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	done.Duration = 0
	return done
}

func testConsolidate(t *testing.T, b memory.Backend) {
	m, other := two(t, b)
	for _, e := range []memory.Episode{
		episode("s", "1", "user", "My name is Ann and I live in Paris. I like jazz.", 0), episode("s", "2", "assistant", "I live in a data centre.", 1),
		episode("s", "3", "user", "We moved to Rome!", 60), episode("s", "4", "user", "Nice weather.", 61), episode("s", "5", "user", "I like Jazz, really.", 62),
		episode("t", "6", "Tom", "My sister Clara works at Acme.", 0),
	} {
		if _, err := m.Add(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	done := consolidate(t, m, memory.ConsolidateOptions{Sessions: []string{"s"}})
	if done.Processed != 5 || done.Skipped != 3 || done.Failed != 0 || done.Added != 3 || done.Updated != 1 {
		t.Errorf("%+v", done)
	}
	want := []string{"user lives in Rome", "user likes jazz", "user name Ann"}
	slices.Sort(want)
	for _, m := range []*memory.Memory{m, other} {
		if got := knows(t, m, "Ann"); !slices.Equal(got, want) {
			t.Errorf("known of Ann is %q, not %q", got, want)
		}
	}
	then := memory.AsOf{Valid: memory.At(base.Add(30 * time.Minute)), Known: memory.Forever}
	k, err := m.Know(t.Context(), "ann", &then)
	if err != nil || !slices.Contains(said(k.Facts), "user lives in Paris") {
		t.Errorf("half an hour later: %+v, %v", k, err)
	}
	if done := consolidate(t, other, memory.ConsolidateOptions{Sessions: []string{"s"}}); done.Processed != 0 {
		t.Errorf("again: %+v", done)
	}
	// What was taken once is not taken again, even if somebody knew better.
	if err := m.Retract(t.Context(), memory.Claim{Subject: "Ann", Predicate: "likes", Value: "jazz", From: base}); err != nil {
		t.Fatal(err)
	}
	if done := consolidate(t, m, memory.ConsolidateOptions{Sessions: []string{"s"}, Force: true}); done.Processed != 5 || done.Skipped != 5 {
		t.Errorf("by force: %+v", done)
	}
	if done := consolidate(t, m, memory.ConsolidateOptions{Quiet: 30 * 365 * 24 * time.Hour}); done.Processed != 0 {
		t.Errorf("a session in which somebody speaks: %+v", done)
	}
	if done := consolidate(t, m, memory.ConsolidateOptions{}); done.Processed != 1 || done.Added != 3 {
		t.Errorf("the rest: %+v", done)
	}
	if got := knows(t, m, "Tom"); !slices.Equal(got, []string{"Tom sister Clara"}) {
		t.Errorf("of Tom %q", got)
	}
	// With the turn goes what was taken from it.
	if n, err := m.Forget(t.Context(), memory.Filter{Sessions: []string{"t"}}, false); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if got := names(t, other, memory.KnowledgeQuery{Text: "Clara Tom"}); len(got) > 0 {
		t.Errorf("after their turn was forgotten there are %v", got)
	}
	if err := b.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// model stands for a language model.
type model func(turns []*memory.Episode) ([][]extract.Finding, error)

func (f model) Extract(_ context.Context, turns []*memory.Episode) ([][]extract.Finding, error) {
	return f(turns)
}

// testConsolidateForgotten: what is forgotten while a model reads it is not known afterwards; what the
// model fails at is tried again.
func testConsolidateForgotten(t *testing.T, b memory.Backend) {
	var m *memory.Memory
	fail := true
	o := memory.Options{Extractor: model(func(turns []*memory.Episode) (out [][]extract.Finding, err error) {
		if fail {
			return nil, errors.New("the model is away")
		}
		for _, e := range turns {
			if e.ID == "2" {
				if _, err := m.Forget(t.Context(), memory.Filter{IDs: []string{"2"}}, false); err != nil {
					t.Error(err)
				}
			}
			predicate := "says"
			if e.ID == "3" {
				predicate = ""
			}
			out = append(out, []extract.Finding{{Subject: e.Role, Predicate: predicate, Value: e.Content}, {Kind: extract.Ends, Subject: "nobody", Predicate: "says", Value: "x"}})
		}
		return out, nil
	})}
	var err error
	if m, err = memory.New(b, o); err != nil {
		t.Fatal(err)
	}
	add(t, b, "", episode("s", "1", "Ann", "one", 0), episode("s", "2", "Bob", "two", 1), episode("s", "3", "Eve", "three", 2))
	if done := consolidate(t, m, memory.ConsolidateOptions{}); done.Failed != 3 || done.Processed != 0 || len(done.Errors) != 3 {
		t.Errorf("%+v", done)
	}
	fail = false
	done := consolidate(t, m, memory.ConsolidateOptions{Batch: 2})
	if done.Processed != 1 || done.Failed != 1 || len(done.Errors) != 1 || done.Added != 1 {
		t.Errorf("%+v", done)
	}
	if got := names(t, m, memory.KnowledgeQuery{}); !slices.Equal(got, []string{"Ann"}) {
		t.Errorf("known are %v", got)
	}
	no := false
	if got := ids(t, b, "", memory.Filter{Processed: &no}); !slices.Equal(got, []string{"3"}) {
		t.Errorf("not processed are %v", got)
	}
}
