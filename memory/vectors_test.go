package memory_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/embed"
	"github.com/llmspell/llmspell/memory/inmem"
)

// topics is an embedder that knows two things of a text, and counts what it is asked. It fails while err is set.
type topics struct {
	model   string
	number  int // of numbers; 0: 3
	asked   atomic.Int64
	fails   atomic.Pointer[error]
	block   chan struct{} // closed when it may answer; nil: at once
	problem string        // what its requests failed by until then
	closed  atomic.Bool
}

func (e *topics) Model() string { return e.model }

func (e *topics) Close() error {
	e.closed.Store(true)
	return nil
}

func (e *topics) Embed(ctx context.Context, _ embed.Purpose, texts []string) ([][]float32, error) {
	if e.block != nil {
		select {
		case <-e.block:
		case <-ctx.Done():
			if e.problem != "" {
				return nil, &embed.StoppedError{Problem: e.problem, Err: ctx.Err()}
			}
			return nil, ctx.Err()
		}
	}
	if err := e.fails.Load(); err != nil {
		return nil, *err
	}
	out := make([][]float32, len(texts))
	for i, text := range texts {
		e.asked.Add(1)
		v := make([]float32, max(3, e.number))
		for _, w := range wordsOf(text) {
			switch w {
			case "boat", "ship", "vessel", "sail":
				v[0]++
			case "soup", "lunch", "meal", "dinner":
				v[1]++
			default:
				v[2] += 0.1
			}
		}
		out[i] = unit(v)
	}
	return out, nil
}

func (e *topics) fail(err error) {
	if err == nil {
		e.fails.Store(nil)
		return
	}
	e.fails.Store(&err)
}

func opened(e *topics) memory.EmbedOptions {
	return memory.EmbedOptions{Open: func(context.Context) (embed.Embedder, error) { return e, nil }}
}

// meaning makes a memory in a backend.
func meaning(t *testing.T, b memory.Backend, o memory.EmbedOptions) *memory.Memory {
	t.Helper()
	m, err := memory.New(b, memory.Options{Embed: o})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func say(t *testing.T, m *memory.Memory, id, content string) {
	t.Helper()
	if _, err := m.Add(t.Context(), memory.Episode{Session: "s", ID: id, Role: "user", Content: content}); err != nil {
		t.Fatal(err)
	}
}

// find lists the ids that are found, and the warning.
func find(t *testing.T, m *memory.Memory, q memory.Query) (ids []string, a memory.Answer) {
	t.Helper()
	a, err := m.Find(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range a.Found {
		ids = append(ids, f.ID)
	}
	return ids, a
}

func TestFindsByMeaning(t *testing.T) {
	e := &topics{model: "m"}
	b := inmem.New(nil)
	m := meaning(t, b, opened(e))
	say(t, m, "1", "The ship is blue")
	say(t, m, "2", "We had a meal")
	say(t, m, "3", "")
	say(t, m, "4", "A vessel, once more")
	if e.asked.Load() != 0 {
		t.Error("adding has asked the embedder")
	}
	byVectors := memory.Query{Text: "boat", Mode: memory.Vectors, Limit: 2}
	if ids, a := find(t, m, byVectors); !slices.Equal(ids, []string{"1", "4"}) && !slices.Equal(ids, []string{"4", "1"}) || a.Mode != memory.Vectors || a.Warning != "" || a.Found[0].Score < 0.9 {
		t.Errorf("by vectors: %v, %+v", ids, a)
	}
	if ids, a := find(t, m, memory.Query{Text: "boat"}); len(ids) < 2 || a.Mode != memory.Hybrid || a.Found[0].Score <= 0 {
		t.Errorf("by both: %v, %+v", ids, a)
	}
	if ids, _ := find(t, m, memory.Query{Text: "boat", Mode: memory.Words}); len(ids) != 0 {
		t.Errorf("by words: %v", ids)
	}
	if ids, _ := find(t, m, memory.Query{Text: "boat", Mode: memory.Vectors, Filter: memory.Filter{IDs: []string{"2", "4"}}}); !slices.Equal(ids, []string{"4", "2"}) {
		t.Errorf("with a filter: %v", ids)
	}
	if ids, _ := find(t, m, memory.Query{Text: "", Mode: memory.Vectors}); len(ids) != 0 {
		t.Errorf("nothing was asked, and found %v", ids)
	}
	// Another process need not ask for what is there.
	before := e.asked.Load()
	other := meaning(t, b, opened(e))
	if ids, _ := find(t, other, memory.Query{Text: "ship", Mode: memory.Vectors, Limit: 2}); len(ids) != 2 || e.asked.Load() != before+1 {
		t.Errorf("%v, and %d texts were asked for", ids, e.asked.Load()-before)
	}
	// What one adds the other finds; what one forgets the other does not.
	say(t, other, "5", "sail sail sail")
	if ids, _ := find(t, m, memory.Query{Text: "boat", Mode: memory.Vectors, Limit: 1}); !slices.Equal(ids, []string{"5"}) {
		t.Errorf("what was added elsewhere is not found, but %v", ids)
	}
	if n, err := m.Forget(t.Context(), memory.Filter{IDs: []string{"5", "1"}}, false); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	for _, m := range []*memory.Memory{m, other} {
		if ids, _ := find(t, m, memory.Query{Text: "boat", Mode: memory.Vectors, Limit: 9}); slices.Contains(ids, "5") || slices.Contains(ids, "1") {
			t.Errorf("what was forgotten is found: %v", ids)
		}
	}
	s, err := m.Stats(t.Context())
	if err != nil || !s.Vectors.Embedder || s.Vectors.Model != "m" || s.Vectors.Stored != 3 || s.Vectors.Lacking != 0 || s.Vectors.Dimension != 3 || s.Vectors.Problem != nil {
		t.Errorf("%+v, %v", s.Vectors, err)
	}
}

func TestWithoutEmbedder(t *testing.T) {
	m := meaning(t, inmem.New(nil), memory.EmbedOptions{})
	say(t, m, "1", "a boat")
	if ids, a := find(t, m, memory.Query{Text: "boat"}); !slices.Equal(ids, []string{"1"}) || a.Mode != memory.Words || a.Warning != "" {
		t.Errorf("%v, %+v", ids, a)
	}
	for _, mode := range []memory.Mode{memory.Vectors, memory.Hybrid} {
		if _, err := m.Find(t.Context(), memory.Query{Text: "boat", Mode: mode}); !errors.Is(err, memory.ErrNoEmbedder) {
			t.Errorf("mode %d: %v", mode, err)
		}
	}
	if _, err := m.Meaning().Embed(t.Context(), nil); !errors.Is(err, memory.ErrNoEmbedder) {
		t.Error(err)
	}
	if s, err := m.Stats(t.Context()); err != nil || s.Vectors.Embedder {
		t.Errorf("%+v, %v", s, err)
	}
}

// An embedder that cannot be had, that fails or that hangs: words find what they can, and a warning says why.
func TestEmbedderIsDown(t *testing.T) {
	hangs := &topics{model: "m", block: make(chan struct{})}
	slow := opened(hangs)
	slow.Patience = 20 * time.Millisecond
	drops := opened(&topics{model: "m", block: make(chan struct{}), problem: "the connection was lost"})
	drops.Patience = slow.Patience
	fails := &topics{model: "m"}
	fails.fail(errors.New("the connection was refused"))
	for want, o := range map[string]memory.EmbedOptions{
		"has not answered within 20ms": slow, "has not answered within 20ms: the connection was lost": drops, "the connection was refused": opened(fails),
		"no such file": {Open: func(context.Context) (embed.Embedder, error) { return nil, errors.New("no such file") }},
	} {
		m := meaning(t, inmem.New(nil), o)
		say(t, m, "1", "a boat")
		for _, mode := range []memory.Mode{memory.Auto, memory.Vectors, memory.Hybrid} {
			ids, a := find(t, m, memory.Query{Text: "boat", Mode: mode})
			if !slices.Equal(ids, []string{"1"}) || a.Mode != memory.Words || !strings.HasPrefix(a.Warning, "searched by words alone: ") || !strings.Contains(a.Warning, want) {
				t.Errorf("mode %d: %v, %+v, want %q", mode, ids, a, want)
			}
		}
		if _, a := find(t, m, memory.Query{Text: "boat", Mode: memory.Words}); a.Warning != "" {
			t.Errorf("by words there is a warning: %s", a.Warning)
		}
		if s, err := m.Stats(t.Context()); err != nil || s.Vectors.Problem == nil || !strings.Contains(s.Vectors.Problem.Error(), want) {
			t.Errorf("%+v, %v", s.Vectors, err)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := m.Find(ended, memory.Query{Text: "boat"}); !errors.Is(err, context.Canceled) {
			t.Errorf("with a context that has ended: %v", err)
		}
	}
	// What lacked a vector gets it when the embedder is back.
	m := meaning(t, inmem.New(nil), opened(fails))
	say(t, m, "1", "a boat")
	if n, err := m.Meaning().Embed(t.Context(), nil); n != 0 || err == nil {
		t.Errorf("%d, %v", n, err)
	}
	fails.fail(nil)
	if n, err := m.Meaning().Embed(t.Context(), nil); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if ids, a := find(t, m, memory.Query{Text: "ship", Mode: memory.Vectors}); !slices.Equal(ids, []string{"1"}) || a.Warning != "" {
		t.Errorf("%v, %+v", ids, a)
	}
}

// More than a batch without vectors is not waited for.
func TestManyLackVectors(t *testing.T) {
	e := &topics{model: "m"}
	o := opened(e)
	o.Batch = 4
	m := meaning(t, inmem.New(nil), o)
	for i := range 6 {
		say(t, m, fmt.Sprint(i), fmt.Sprint("ship ", i%3))
	}
	_, a := find(t, m, memory.Query{Text: "boat"})
	if !strings.Contains(a.Warning, "6 turns have no vector yet") || e.asked.Load() != 1 {
		t.Errorf("%q, and %d texts were asked for", a.Warning, e.asked.Load())
	}
	var told [][2]int
	if n, err := m.Meaning().Embed(t.Context(), func(done, left int) { told = append(told, [2]int{done, left}) }); n != 6 || err != nil || !slices.Equal(told, [][2]int{{4, 2}, {6, 0}}) {
		t.Errorf("%d, %v, told %v", n, err, told)
	}
	if n := e.asked.Load(); n != 1+3 {
		t.Errorf("%d texts were asked for; equal ones need no vector of their own", n)
	}
	if ids, a := find(t, m, memory.Query{Text: "boat"}); len(ids) != 6 || a.Warning != "" {
		t.Errorf("%v, %+v", ids, a)
	}
}

// Vectors of different models are never compared.
func TestAnotherModel(t *testing.T) {
	b := inmem.New(nil)
	first := meaning(t, b, opened(&topics{model: "first"}))
	say(t, first, "1", "a boat")
	find(t, first, memory.Query{Text: "ship"})
	e := &topics{model: "second", number: 5}
	second := meaning(t, b, opened(e))
	if ids, a := find(t, second, memory.Query{Text: "ship", Mode: memory.Vectors}); !slices.Equal(ids, []string{"1"}) || a.Warning != "" || e.asked.Load() != 2 {
		t.Errorf("%v, %+v, %d texts were asked for", ids, a, e.asked.Load())
	}
	s, err := second.Stats(t.Context())
	if err != nil || s.Vectors.Stored != 1 || s.Vectors.Others["first"] != 1 {
		t.Errorf("%+v, %v", s.Vectors, err)
	}
	if n, err := second.Meaning().DropVectors(t.Context(), true); n != 1 || err != nil {
		t.Error(n, err)
	}
	if s, err := second.Stats(t.Context()); err != nil || s.Vectors.Stored != 1 || len(s.Vectors.Others) != 0 {
		t.Errorf("%+v, %v", s.Vectors, err)
	}
	// A model that is called the same and is another.
	changed := meaning(t, b, opened(&topics{model: "second", number: 7}))
	if ids, a := find(t, changed, memory.Query{Text: "boat"}); !slices.Equal(ids, []string{"1"}) || !strings.Contains(a.Warning, "llmspell memory embed --again") {
		t.Errorf("%v, %+v", ids, a)
	}
	if n, err := changed.Meaning().DropVectors(t.Context(), false); n != 1 || err != nil {
		t.Error(n, err)
	}
	if n, err := changed.Meaning().Embed(t.Context(), nil); n != 1 || err != nil {
		t.Error(n, err)
	}
	if ids, a := find(t, changed, memory.Query{Text: "ship", Mode: memory.Vectors}); !slices.Equal(ids, []string{"1"}) || a.Warning != "" {
		t.Errorf("%v, %+v", ids, a)
	}
}

// In the background vectors are made of what was added, and of what a process before has left.
func TestVectorsInTheBackground(t *testing.T) {
	b := inmem.New(nil)
	before := meaning(t, b, memory.EmbedOptions{})
	say(t, before, "old", "an old boat")
	e := &topics{model: "m"}
	m, err := memory.New(b, memory.Options{Embed: opened(e)})
	if err != nil {
		t.Fatal(err)
	}
	m.Meaning().InBackground()
	wait := func(stored int) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			s, err := m.Stats(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if s.Vectors.Stored == stored {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%+v", s.Vectors)
			}
		}
	}
	wait(1)
	say(t, m, "new", "soup")
	wait(2)
	if _, err := m.Import(t.Context(), strings.NewReader(`{"session":"s","role":"user","content":"a meal"}`)); err != nil {
		t.Fatal(err)
	}
	wait(3)
	if err := m.Close(); err != nil || !e.closed.Load() {
		t.Errorf("%v; the embedder was closed: %v", err, e.closed.Load())
	}
	// Close does not wait for an embedder that hangs.
	hangs := opened(&topics{model: "other", block: make(chan struct{})})
	if m, err = memory.New(b, memory.Options{Embed: hangs}); err != nil {
		t.Fatal(err)
	}
	m.Meaning().InBackground()
	say(t, m, "more", "x")
	start := time.Now()
	if err := m.Close(); err != nil || time.Since(start) > 10*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
}

func TestPriors(t *testing.T) {
	now := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	order := func(p memory.Priors) (ids []string) {
		m, err := memory.New(inmem.New(nil), memory.Options{Priors: p, Clock: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range []memory.Episode{{ID: "old", Time: now.AddDate(-1, 0, 0)}, {ID: "weighty", Time: now.AddDate(-1, 0, 0), Metadata: map[string]any{"importance": 1}},
			{ID: "new", Time: now.Add(-time.Hour)}, {ID: "light", Time: now.AddDate(-1, 0, 0), Metadata: map[string]any{"importance": 0.0}}} {
			e.Session, e.Role, e.Content = fmt.Sprint("s", i), "user", "the boat"
			if _, err := m.Add(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		ids, _ = find(t, m, memory.Query{Text: "boat", Limit: 3})
		return ids
	}
	for _, c := range []struct {
		p    memory.Priors
		want []string
	}{
		{memory.Priors{}, []string{"old", "weighty", "new"}},
		{memory.Priors{Recency: 0.5}, []string{"new", "old", "weighty"}},
		{memory.Priors{Importance: 1}, []string{"weighty", "old", "new"}},
		{memory.Priors{Recency: 2, HalfLife: time.Hour, Importance: 0.1}, []string{"new", "weighty", "old"}},
	} {
		if got := order(c.p); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, not %v", c.p, got, c.want)
		}
	}
	for _, p := range []memory.Priors{{Recency: -1}, {Importance: 11}, {HalfLife: -1}} {
		if _, err := memory.New(inmem.New(nil), memory.Options{Priors: p}); err == nil {
			t.Errorf("%+v is accepted", p)
		}
	}
}
