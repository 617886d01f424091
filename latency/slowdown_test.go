//go:build !race

package latency

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/llmspell/llmspell/latency/bench"
	"github.com/llmspell/llmspell/latency/suite"
)

// slowdown is the regression that must be found.
const slowdown = 0.15

// TestSlowdownIsCaught makes the engine, the invoker and the codec slower by 15 %, by a loop that is put
// before each sample, and compares that with what they are, as `llmspell bench --compare` does. It must fail, and
// the same without the loop must not. Both sides are measured sample by sample in turn, so that a busy
// machine changes little; what it does change is tried again.
func TestSlowdownIsCaught(t *testing.T) {
	for _, name := range []string{"engine/next", "invoker/calculator", "codec/frame"} {
		t.Run(name, func(t *testing.T) {
			b := find(t, name)
			for _, tt := range []struct {
				name  string
				share float64
				want  bool // that it is found
			}{{"as it is", 0, false}, {"15 % slower", slowdown, true}} {
				got, took := settleAfter(0, func() bench.Comparison { return compareSlower(t, b, tt.share) },
					func(c bench.Comparison) float64 {
						if (c.Verdict == bench.Failure) == tt.want {
							return 1
						}
						return 2
					})
				if (got.Verdict == bench.Failure) != tt.want {
					t.Errorf("%s: %+v after %d measurements", tt.name, got, took)
				}
				t.Logf("%s: %+.1f %%, p = %.4f, measured %d times", tt.name, 100*got.Change, got.P, took)
			}
		})
	}
}

func find(t *testing.T, name string) *bench.Benchmark {
	t.Helper()
	for _, b := range suite.All() {
		if b.Name == name {
			return &b
		}
	}
	t.Fatalf("there is no benchmark %s", name)
	return nil
}

// compareSlower compares a benchmark with itself and so much more work.
func compareSlower(t *testing.T, b *bench.Benchmark, share float64) bench.Comparison {
	t.Helper()
	open := func() *bench.Probe {
		p, err := b.Open(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if p.Close != nil {
				_ = p.Close() // a script that was ended
			}
		})
		return p
	}
	old, now := open(), open()
	turns := calibrate(t, old, share)
	was, is, err := bench.Pair(context.Background(), b, slower(old, 0), slower(now, turns), 2*bench.DefaultRounds)
	if err != nil {
		t.Fatal(err)
	}
	list := bench.Compare(&bench.Run{Results: []bench.Result{was}}, &bench.Run{Results: []bench.Result{is}}, func(*bench.Result) bool { return true })
	return list[0]
}

// calibrate is how many turns of a loop take such a share of a sample.
func calibrate(t *testing.T, p *bench.Probe, share float64) int {
	t.Helper()
	if share == 0 {
		return 0
	}
	const turns = 100_000
	var own, loop samples
	for range 50 { // in turn: both meet the same machine
		own = append(own, timed(func() {
			if err := p.Once(); err != nil {
				t.Fatal(err)
			}
		}))
		loop = append(loop, timed(func() { spin(turns) }))
	}
	return int(share * turns * float64(own.percentile(50)) / float64(loop.percentile(50)))
}

// slower is a probe with more work: turns of a loop.
func slower(p *bench.Probe, turns int) *bench.Probe {
	more := *p
	more.Once = func() error {
		spin(turns)
		return p.Once()
	}
	return &more
}

// spun keeps the compiler from leaving the loop out.
var spun atomic.Uint64

func spin(turns int) {
	x := uint64(turns) | 1
	for range turns {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	spun.Store(x)
}
