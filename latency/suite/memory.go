package suite

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/llmspell/llmspell/internal/dialogue"
	"github.com/llmspell/llmspell/latency/bench"
	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/sqlite"
	"github.com/llmspell/llmspell/memory/vector"
)

// memoryBenchmarks measure Memory on a file.
func memoryBenchmarks() []bench.Benchmark {
	on := func(name, what string, turns int, budget float64, times int, claim bench.Claim, once func(context.Context, *memory.Memory, []dialogue.Turn) func() error) bench.Benchmark {
		return bench.Benchmark{
			Name: name, Group: bench.Memory, What: what, Reach: bench.Direct, Unit: bench.Nanoseconds, Budget: budget, Times: times, Claim: claim,
			Open: func(ctx context.Context, env *bench.Env) (*bench.Probe, error) {
				list := dialogue.Turns(turns)
				m, store, err := openMemory(ctx, env, list, nil)
				if err != nil {
					return nil, err
				}
				return &bench.Probe{Once: once(ctx, m, list), Close: store.Close}, nil
			},
		}
	}
	return []bench.Benchmark{
		on("memory/add", "a turn is added to 1,000, on the disk", 1000, us(500), 100, bench.Claim{Figure: "under 2 ms", Source: guideSource}, func(ctx context.Context, m *memory.Memory, list []dialogue.Turn) func() error {
			i := 0
			return func() error {
				i++
				_, err := m.Add(ctx, memory.Episode{Session: "bench", Role: "user", Content: list[i%len(list)].Text})
				return err
			}
		}),
		on("memory/search", "the ten best of 10,000 turns, read from the disk", 10_000, ms(2), 50, bench.Claim{Figure: "under 2 ms", Source: guideSource}, func(ctx context.Context, m *memory.Memory, list []dialogue.Turn) func() error {
			questions, i := dialogue.Questions(list, 200), 0
			return func() error {
				i++
				found, err := m.Search(ctx, memory.Query{Text: questions[i%len(questions)]})
				if err == nil && len(found) == 0 {
					err = fmt.Errorf("nothing for %q", questions[i%len(questions)])
				}
				return err
			}
		}),
	}
}

// openMemory makes a memory on the disk, of turns and of what fill adds.
func openMemory(ctx context.Context, env *bench.Env, turns []dialogue.Turn, fill func(memory.Tx) error) (*memory.Memory, *sqlite.Store, error) {
	dir, err := os.MkdirTemp(env.Dir, "memory")
	if err != nil {
		return nil, nil, err
	}
	s, err := sqlite.Open(ctx, filepath.Join(dir, "memory.db"), sqlite.Options{})
	if err != nil {
		return nil, nil, err
	}
	m, err := memory.New(s, memory.Options{})
	if err == nil {
		_, err = m.AddAll(ctx, episodes(turns, ""))
	}
	if err == nil && fill != nil {
		err = s.Write(ctx, "", fill)
	}
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return m, s, nil
}

// vectorBenchmarks search vectors of 384 numbers, as small models of embeddings give.
func vectorBenchmarks() []bench.Benchmark {
	var list []bench.Benchmark
	for _, v := range []struct {
		name, what, claim string
		size, each, times int
		budget            float64
	}{
		{"vector/1k", "the nearest 10 of 1,000 vectors", "341 µs", 1000, 20, 50, us(50)},
		{"vector/10k", "the nearest 10 of 10,000 vectors", "914 µs", 10_000, 5, 50, us(300)},
	} {
		list = append(list, bench.Benchmark{
			Name: v.name, Group: bench.Memory, What: v.what, Reach: bench.Direct, Unit: bench.Nanoseconds, Budget: v.budget, Times: v.times,
			Claim: bench.Claim{Figure: v.claim, Source: designSource},
			Open: func(context.Context, *bench.Env) (*bench.Probe, error) {
				return searching(v.size, v.each)
			},
		})
	}
	return list
}

func searching(size, each int) (*bench.Probe, error) {
	rng := rand.New(rand.NewPCG(4, 384))
	noise := func() []float32 {
		v := make([]float32, 384)
		for i := range v {
			v[i] = float32(rng.NormFloat64())
		}
		return v
	}
	ix, err := vector.New(vector.Options{})
	if err != nil {
		return nil, err
	}
	for id := range size {
		if err := ix.Put(int64(id), noise()); err != nil {
			return nil, err
		}
	}
	queries := make([][]float32, 100)
	for i := range queries {
		queries[i] = noise()
	}
	i := 0
	return &bench.Probe{Each: each, Once: func() error {
		for range each {
			i++
			hits, err := ix.Search(queries[i%len(queries)], 10, nil)
			if err != nil {
				return err
			}
			if len(hits) != 10 {
				return fmt.Errorf("%d were found, want 10", len(hits))
			}
		}
		return nil
	}}, nil
}
