package bench

import (
	"context"
	"runtime"
	"time"
)

// Pair measures two forms of one benchmark, sample by sample in turn, so that whatever else the
// machine does meets both alike: a difference of them that is left is their own.
func Pair(ctx context.Context, b *Benchmark, old, now *Probe, rounds int) (was, is Result, err error) {
	both := [2]Result{}
	for i := range both {
		both[i] = Result{Name: b.Name, Group: b.Group, What: b.What, Reach: b.Reach, Unit: b.Unit, Budget: b.Budget}
	}
	probes := [2]*Probe{old, now}
	for range rounds {
		runtime.GC()
		got := [2]Round{}
		for i := range b.Times {
			for k := range probes {
				side := (i + k) % 2 // who is first is taken in turn, too
				took, err := sample(ctx, probes[side])
				if err != nil {
					return both[0], both[1], err
				}
				got[side].Samples = append(got[side].Samples, took)
			}
		}
		for i := range both {
			both[i].Rounds = append(both[i].Rounds, got[i])
		}
	}
	return both[0], both[1], nil
}

// sample takes one sample.
func sample(ctx context.Context, p *Probe) (float64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if p.Before != nil {
		if err := p.Before(); err != nil {
			return 0, err
		}
	}
	start := time.Now()
	err := p.Once()
	took := time.Since(start)
	if p.Took != nil {
		took = p.Took()
	}
	return float64(took) / float64(max(1, p.Each)), err
}
