package suite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/llmspell/llmspell/kernel/state"
	"github.com/llmspell/llmspell/latency/bench"
)

// stateBenchmarks measure the store behind State, on a file with 1,000 values.
func stateBenchmarks() []bench.Benchmark {
	on := func(name, what string, budget float64, times int, claim string, once func(context.Context, *values) *bench.Probe) bench.Benchmark {
		return bench.Benchmark{
			Name: name, Group: bench.State, What: what, Reach: bench.Direct, Unit: bench.Nanoseconds, Budget: budget, Times: times, Claim: bench.Claim{Figure: claim, Source: guideSource},
			Open: func(ctx context.Context, env *bench.Env) (*bench.Probe, error) {
				v, err := openValues(ctx, env)
				if err != nil {
					return nil, err
				}
				p := once(ctx, v)
				p.Close = v.store.Close
				return p, nil
			},
		}
	}
	return []bench.Benchmark{
		on("state/write", "a value is written", us(500), 200, "under 5 ms (a target)", func(ctx context.Context, v *values) *bench.Probe {
			return &bench.Probe{Once: func() error { return v.write(ctx) }}
		}),
		on("state/read", "a value is read", us(50), 500, "under 1 ms (a target)", func(ctx context.Context, v *values) *bench.Probe {
			return &bench.Probe{Once: func() error { return v.read(ctx) }}
		}),
		on("state/flush", "a flush after 100 writes", ms(20), 5, "under 100 ms (a target)", func(ctx context.Context, v *values) *bench.Probe {
			return &bench.Probe{
				Before: func() error {
					for range 100 {
						if err := v.write(ctx); err != nil {
							return err
						}
					}
					return nil
				},
				Once: func() error { return v.store.Flush(ctx) },
			}
		}),
	}
}

// values are 1,000 values in a store.
type values struct {
	store *state.Store
	i     int
}

func openValues(ctx context.Context, env *bench.Env) (*values, error) {
	dir, err := os.MkdirTemp(env.Dir, "state")
	if err != nil {
		return nil, err
	}
	s, err := state.Open(ctx, filepath.Join(dir, "state.db"), state.Options{})
	if err != nil {
		return nil, err
	}
	v := &values{store: s}
	for range 1000 {
		if err := v.write(ctx); err != nil {
			s.Close()
			return nil, err
		}
	}
	return v, nil
}

func (v *values) next() string {
	v.i++
	return fmt.Sprint("key:", v.i%1000)
}

func (v *values) write(ctx context.Context) error {
	_, err := v.store.Set(ctx, state.Scope{Kind: state.Global}, v.next(), map[string]any{"name": "Ann", "tags": []any{"a", "b"}, "n": int64(42)}, state.SetOptions{})
	return err
}

func (v *values) read(ctx context.Context) error {
	key := v.next()
	_, ok, err := v.store.Get(ctx, state.Scope{Kind: state.Global}, key)
	if err == nil && !ok {
		err = fmt.Errorf("there is no %s", key)
	}
	return err
}
