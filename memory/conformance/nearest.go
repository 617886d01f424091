package conformance

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/embed"
)

// made is an embedder whose vectors a test has made.
type made struct {
	vectors map[string][]float32
	model   string
}

func (e *made) Embed(_ context.Context, _ embed.Purpose, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, s := range texts {
		out[i] = e.vectors[s]
	}
	return out, nil
}

func (e *made) Model() string { return e.model }
func (e *made) Close() error  { return nil }

// direction is a random vector of the length 1.
func direction(rnd *rand.Rand, numbers int) []float32 {
	v := make([]float32, numbers)
	sum := 0.0
	for i := range v {
		v[i] = float32(rnd.NormFloat64())
		sum += float64(v[i]) * float64(v[i])
	}
	for i := range v {
		v[i] = float32(float64(v[i]) / math.Sqrt(sum))
	}
	return v
}

func product(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// testNearest searches by meaning, with filters, while episodes come and go, and compares with all vectors one by one.
func testNearest(t *testing.T, b memory.Backend) {
	const numbers = 24
	rnd := rand.New(rand.NewPCG(9, 9))
	e := &made{vectors: map[string][]float32{}, model: "made"}
	open := func(tenant string, e embed.Embedder) *memory.Memory {
		m, err := memory.New(b, memory.Options{Tenant: tenant, Embed: memory.EmbedOptions{Open: func(context.Context) (embed.Embedder, error) { return e, nil }}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = m.Close() })
		return m
	}
	ours := []*memory.Memory{open("me", e), open("me", e)} // as two processes
	stranger := open("you", e)
	there := map[string]memory.Episode{}
	next := 0
	put := func(m *memory.Memory, n int) {
		t.Helper()
		list := make([]memory.Episode, n)
		for i := range list {
			text := fmt.Sprint("text ", next)
			e.vectors[text] = direction(rnd, numbers)
			list[i] = episode(fmt.Sprint("s", next%3), fmt.Sprint(next), []string{"user", "bot"}[next%2], text, next)
			list[i].Metadata = map[string]any{"n": next % 5}
			next++
			if m != stranger {
				there[list[i].ID] = list[i]
			}
		}
		if _, err := m.AddAll(t.Context(), list); err != nil {
			t.Fatal(err)
		}
	}
	ask := func() {
		t.Helper()
		query := fmt.Sprint("query ", rnd.IntN(1000))
		e.vectors[query] = direction(rnd, numbers)
		var f memory.Filter
		switch rnd.IntN(5) {
		case 0:
			f.Sessions = []string{"s1"}
		case 1:
			f.Roles, f.Since = []string{"bot"}, base.AddDate(0, 0, 0)
		case 2:
			f.Metadata = map[string]any{"n": 3}
		case 3:
			f.Sessions, f.Metadata = []string{"s*"}, map[string]any{"n": 9}
		}
		var want []string
		for id, ep := range there {
			if f.Match(&ep) {
				want = append(want, id)
			}
		}
		slices.SortFunc(want, func(a, b string) int {
			return cmp.Compare(product(e.vectors[there[b].Content], e.vectors[query]), product(e.vectors[there[a].Content], e.vectors[query]))
		})
		want = want[:min(7, len(want))]
		for _, m := range ours {
			a, err := m.Find(t.Context(), memory.Query{Text: query, Mode: memory.Vectors, Limit: 7, Filter: f})
			if err != nil || a.Warning != "" || a.Mode != memory.Vectors {
				t.Fatalf("%v, %q, %v", a.Mode, a.Warning, err)
			}
			var got []string
			for _, found := range a.Found {
				got = append(got, found.ID)
				if score := product(e.vectors[found.Content], e.vectors[query]); math.Abs(score-found.Score) > 1e-4 {
					t.Errorf("%s has the score %f, not %f", found.ID, found.Score, score)
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%+v finds %v, not %v", f, got, want)
			}
		}
	}
	put(stranger, 10)
	if _, err := stranger.Meaning().Embed(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	for range 12 {
		put(ours[rnd.IntN(2)], 1+rnd.IntN(20))
		ask()
		if rnd.IntN(2) == 0 {
			var gone []string
			for id := range there {
				if rnd.IntN(4) == 0 {
					gone = append(gone, id)
				}
			}
			for _, id := range gone {
				delete(there, id)
			}
			if len(gone) > 0 {
				if _, err := ours[rnd.IntN(2)].Forget(t.Context(), memory.Filter{IDs: gone}, false); err != nil {
					t.Fatal(err)
				}
			}
		}
		ask()
	}
	// Vectors of another model are another matter; those of another length cannot be compared.
	longer := open("me", &made{vectors: map[string][]float32{"query": make([]float32, numbers+1)}, model: "made"})
	a, err := longer.Find(t.Context(), memory.Query{Text: "query", Mode: memory.Vectors})
	if err != nil || a.Mode != memory.Words || a.Warning == "" {
		t.Errorf("with vectors of another length: %v, %q, %v", a.Mode, a.Warning, err)
	}
}
