package suite

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/llmspell/llmspell/latency/bench"
	"github.com/llmspell/llmspell/memory"
)

const (
	graphEntities = 10_000
	graphFacts    = 5 // of each
)

// graphBenchmarks walk through facts. Those of the original are estimates of a graph ten times as large.
func graphBenchmarks() []bench.Benchmark {
	return []bench.Benchmark{{
		Name: "memory/around", Group: bench.Memory, What: "what 4 hops lead to, of 10,000 entities and 50,000 facts", Reach: bench.Direct, Unit: bench.Nanoseconds, Budget: ms(10), Times: 50,
		Claim: bench.Claim{Figure: "35 to 50 ms, estimated, of 100,000 entities", Source: designSource},
		Open: func(ctx context.Context, env *bench.Env) (*bench.Probe, error) {
			m, store, err := openMemory(ctx, env, nil, addGraph)
			if err != nil {
				return nil, err
			}
			rng := rand.New(rand.NewPCG(4, graphEntities))
			return &bench.Probe{Close: store.Close, Once: func() error {
				near, err := m.Around(ctx, fmt.Sprint("entity ", rng.IntN(graphEntities)), 4, m.Now())
				if err == nil && len(near) == 0 {
					err = fmt.Errorf("nothing is around an entity")
				}
				return err
			}}, nil
		},
	}}
}

// addGraph adds entities, and facts between them.
func addGraph(tx memory.Tx) error {
	rng := rand.New(rand.NewPCG(3, graphEntities))
	now, err := tx.Now()
	if err != nil {
		return err
	}
	ids := make([]int64, graphEntities)
	for i := range ids {
		e := memory.Entity{Name: fmt.Sprint("entity ", i), Created: now}
		if err := tx.AddEntity(&e, memory.NameKey(e.Name)); err != nil {
			return err
		}
		ids[i] = e.ID
	}
	for _, id := range ids {
		for j := range graphFacts {
			f := memory.Fact{Subject: id, Predicate: fmt.Sprint("leads_to_", j), Object: memory.Object{Entity: ids[rng.IntN(graphEntities)]},
				Valid: memory.Span{From: now - 1, To: memory.Forever}, Known: memory.Span{From: now, To: memory.Forever}, Confidence: 1}
			if err := tx.AddFact(&f); err != nil {
				return err
			}
		}
	}
	return nil
}
