package conformance

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/llmspell/llmspell/memory"
)

// two opens two memories on a backend, as two processes would.
func two(t *testing.T, b memory.Backend) (*memory.Memory, *memory.Memory) {
	t.Helper()
	a, err := memory.New(b, memory.Options{Tenant: "t"})
	c, err2 := memory.New(b, memory.Options{Tenant: "t"})
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	return a, c
}

// found lists the ids that a search finds.
func found(t *testing.T, m *memory.Memory, q memory.Query) []string {
	t.Helper()
	list, err := m.Search(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, f := range list {
		out = append(out, f.ID)
	}
	return out
}

func testSearch(t *testing.T, b memory.Backend) {
	m, other := two(t, b)
	for _, e := range []memory.Episode{
		episode("s1", "1", "Ann", "The boat is called Marigold", 0), episode("s1", "2", "Bob", "I had soup for lunch", 1), {Session: "old", ID: "0", Role: "Ada", Content: "an engine", Time: time.Date(842, 1, 1, 0, 0, 0, 0, time.UTC)},
		episode("s2", "3", "Ann", "Marigold needs new paint", 2),
	} {
		if _, err := m.Add(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	noted := episode("s2", "4", "Bob", "The paint of Marigold is blue", 3)
	noted.Metadata = map[string]any{"topic": "boats"}
	if _, err := m.Add(t.Context(), noted); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		q    memory.Query
		want []string
	}{
		{memory.Query{Text: "marigold"}, []string{"1", "3", "4"}},
		{memory.Query{Text: "soup"}, []string{"2"}}, {memory.Query{Text: "engines"}, []string{"0"}},
		{memory.Query{Text: "marigold", Filter: memory.Filter{Sessions: []string{"s2"}}}, []string{"3", "4"}},
		{memory.Query{Text: "marigold", Filter: memory.Filter{Roles: []string{"Ann"}, Until: base.Add(time.Minute)}}, []string{"1"}},
		{memory.Query{Text: "marigold", Filter: memory.Filter{Metadata: map[string]any{"topic": "boats"}}}, []string{"4"}},
	} {
		for _, m := range []*memory.Memory{m, other} {
			got := found(t, m, c.q)
			got = got[:min(len(c.want), len(got))] // then come turns beside these
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("%+v finds %v, not %v", c.q, got, c.want)
			}
		}
	}
	for _, words := range []string{"zeppelin", ""} {
		if got := found(t, m, memory.Query{Text: words}); len(got) != 0 {
			t.Errorf("%q finds %v", words, got)
		}
	}
	if got := found(t, m, memory.Query{Text: "marigold", Limit: 2}); len(got) != 2 {
		t.Errorf("with a limit of 2 it finds %v", got)
	}
	if _, err := m.Forget(t.Context(), memory.Filter{}, false); !errors.Is(err, memory.ErrEverything) {
		t.Errorf("forget all by mistake: %v", err)
	}
	if n, err := other.Forget(t.Context(), memory.Filter{Sessions: []string{"s2"}, IDs: []string{"3"}}, false); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	for _, m := range []*memory.Memory{m, other} {
		if got := found(t, m, memory.Query{Text: "marigold needs new paint"}); slices.Contains(got, "3") {
			t.Errorf("what was forgotten is found: %v", got)
		}
		if _, err := m.Get(t.Context(), "s2", "3"); !errors.Is(err, memory.ErrNotFound) {
			t.Errorf("what was forgotten can be had: %v", err)
		}
	}
	if n, err := m.Forget(t.Context(), memory.Filter{}, true); n != 4 || err != nil {
		t.Error(n, err)
	}
	if got := found(t, other, memory.Query{Text: "marigold soup paint"}); len(got) != 0 {
		t.Errorf("after all was forgotten it finds %v", got)
	}
}
