package memory_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/internal/dialogue"
	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/embed"
	"github.com/llmspell/llmspell/memory/inmem"
)

// fakeEmbedder is an embedder of a test.
type fakeEmbedder struct {
	model string
	embed func(ctx context.Context, purpose embed.Purpose, text string) ([]float32, error)
}

func (e *fakeEmbedder) Model() string { return e.model }
func (e *fakeEmbedder) Close() error  { return nil }

func (e *fakeEmbedder) Embed(ctx context.Context, purpose embed.Purpose, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, text := range texts {
		var err error
		if out[i], err = e.embed(ctx, purpose, text); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// unit scales a vector to length 1; nil if it has none.
func unit(v []float32) []float32 {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if sum == 0 {
		return nil
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
	return v
}

func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') })
}

// pieces hashes pieces of words: an embedder that knows no meaning at all.
func pieces(text string) []float32 {
	v := make([]float32, 1024)
	for _, w := range wordsOf(text) {
		w = "<" + w + ">"
		for n := 3; n <= 5; n++ {
			for i := 0; i+n <= len(w); i++ {
				h := fnv.New32a()
				h.Write([]byte(w[i : i+n]))
				x := h.Sum32()
				v[x>>1%1024] += 2*float32(x&1) - 1
			}
		}
	}
	return unit(v)
}

// companions writes a file of word vectors, made of which words stand together in the conversations: an embedder that knows
// a little.
func companions(t *testing.T, set *dialogue.Set) string {
	t.Helper()
	const d = 100
	together, often, all := map[string]map[string]float64{}, map[string]float64{}, 0.0
	for i, turn := range set.Turns {
		words := wordsOf(turn.Text)
		around := words
		if i+1 < len(set.Turns) && set.Turns[i+1].Session == turn.Session {
			around = append(slices.Clone(words), wordsOf(set.Turns[i+1].Text)...)
		}
		for _, a := range words {
			if together[a] == nil {
				together[a] = map[string]float64{}
			}
			for _, b := range around {
				if a != b {
					together[a][b]++
					often[a]++
					all++
				}
			}
		}
	}
	names := make([]string, 0, len(together))
	for word := range together {
		names = append(names, word)
	}
	slices.SortFunc(names, func(a, b string) int {
		if often[a] != often[b] {
			return int(often[b] - often[a])
		}
		return strings.Compare(a, b)
	})
	rng := rand.New(rand.NewPCG(5, 5))
	random := map[string][]float32{}
	for _, word := range names {
		random[word] = gaussian(rng, d)
	}
	var file strings.Builder
	for _, a := range names {
		v := make([]float32, d)
		for j, x := range random[a] {
			v[j] = 2 * x
		}
		for _, b := range names {
			if n := together[a][b]; n > 0 && often[b] > 0 {
				p := float32(max(0, math.Log(n*all/(often[a]*often[b]))))
				for j, x := range random[b] {
					v[j] += 0.3 * p * x
				}
			}
		}
		fmt.Fprint(&file, a)
		for _, x := range unit(v) {
			fmt.Fprintf(&file, " %.4f", x)
		}
		fmt.Fprintln(&file)
	}
	path := filepath.Join(t.TempDir(), "companions.txt")
	if err := os.WriteFile(path, []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func gaussian(rng *rand.Rand, d int) []float32 {
	v := make([]float32, d)
	for j := range v {
		v[j] = float32(rng.NormFloat64())
	}
	return unit(v)
}

// knowing is an embedder that knows the answers, more or less: turns of a session are alike, and the vector of
// a question is that of its evidence, with noise.
func knowing(set *dialogue.Set, noise float32) *fakeEmbedder {
	const d = 64
	rng := rand.New(rand.NewPCG(7, 7))
	known := map[string][]float32{}
	var before []float32
	for i, turn := range set.Turns {
		v := gaussian(rng, d)
		if i > 0 && turn.Session == set.Turns[i-1].Session {
			for j := range v {
				v[j] += 0.7 * before[j]
			}
		}
		before = unit(v)
		known[turn.Text] = before
	}
	for _, q := range set.Questions {
		v := make([]float32, d)
		for _, n := range q.Evidence {
			for j, x := range known[set.Turns[n].Text] {
				v[j] += x
			}
		}
		v = unit(v)
		for j, x := range gaussian(rng, d) {
			v[j] += noise * x
		}
		known[q.Text] = unit(v)
	}
	return &fakeEmbedder{fmt.Sprint("knowing ", noise), func(_ context.Context, _ embed.Purpose, text string) ([]float32, error) {
		return slices.Clone(known[text]), nil
	}}
}

// TestFusion holds what is promised of searches by both: a bad embedder does no harm, a good one helps.
func TestFusion(t *testing.T) {
	set, err := dialogue.Read("text/testdata/quality")
	if err != nil {
		t.Fatal(err)
	}
	fixed := func(e *fakeEmbedder) func(context.Context) (embed.Embedder, error) {
		return func(context.Context) (embed.Embedder, error) { return e, nil }
	}
	path := companions(t, set)
	for _, c := range []struct {
		name  string
		open  func(context.Context) (embed.Embedder, error)
		least float64 // of what both find, beyond what words find
	}{
		{"pieces of words", fixed(&fakeEmbedder{"pieces", func(_ context.Context, _ embed.Purpose, text string) ([]float32, error) { return pieces(text), nil }}), -0.01},
		{"a file of word vectors", func(ctx context.Context) (embed.Embedder, error) {
			return embed.OpenFile(ctx, embed.FileOptions{Path: path})
		}, -0.01},
		{"one that knows nothing", fixed(&fakeEmbedder{"noise", func(_ context.Context, _ embed.Purpose, text string) ([]float32, error) {
			h := fnv.New64a()
			h.Write([]byte(text))
			return gaussian(rand.New(rand.NewPCG(h.Sum64(), 1)), 64), nil
		}}), -0.01},
		{"one that knows some", fixed(knowing(set, 3)), 0.05},
		{"one that knows much", fixed(knowing(set, 2)), 0.10},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := memory.New(inmem.New(nil), memory.Options{Embed: memory.EmbedOptions{Open: c.open}})
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			number := map[string]int64{}
			for i, turn := range set.Turns {
				e, err := m.Add(t.Context(), memory.Episode{Session: turn.Session, Role: turn.Speaker, Content: turn.Text, Time: turn.Time})
				if err != nil {
					t.Fatal(err)
				}
				number[e.ID] = int64(i)
			}
			if n, err := m.Meaning().Embed(t.Context(), nil); n != len(set.Turns) || err != nil {
				t.Fatalf("%d turns have vectors: %v", n, err)
			}
			recall := map[memory.Mode]float64{}
			for _, mode := range []memory.Mode{memory.Words, memory.Vectors, memory.Hybrid} {
				for _, q := range set.Questions {
					a, err := m.Find(t.Context(), memory.Query{Text: q.Text, Mode: mode})
					if err != nil || a.Warning != "" || a.Mode != mode {
						t.Fatalf("%q: %+v, %v", q.Text, a, err)
					}
					var turns []int64
					for _, f := range a.Found {
						turns = append(turns, number[f.ID])
					}
					recall[mode] += q.Recall(turns) / float64(len(set.Questions))
				}
			}
			t.Logf("recall@10 by words %.3f, by vectors %.3f, by both %.3f", recall[memory.Words], recall[memory.Vectors], recall[memory.Hybrid])
			if recall[memory.Words] < 0.84 {
				t.Errorf("by words it is %.3f: an embedder must not change that", recall[memory.Words])
			}
			if gain := recall[memory.Hybrid] - recall[memory.Words]; gain < c.least {
				t.Errorf("by both it is %+.3f beside words alone, want at least %+.2f", gain, c.least)
			}
		})
	}
}
