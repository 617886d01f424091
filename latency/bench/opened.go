package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/llmspell/llmspell/internal/footprint"
)

// opened is a benchmark that is ready to be measured, or says why it is not.
type opened struct {
	b      *Benchmark
	probe  *Probe
	result Result
}

func open(ctx context.Context, b *Benchmark, env *Env) *opened {
	o := &opened{b: b, result: Result{Name: b.Name, Group: b.Group, What: b.What, Reach: b.Reach, Unit: b.Unit, Budget: b.Budget}}
	if b.Claim.Figure != "" {
		claim := b.Claim
		o.result.Claim = &claim
	}
	var err error
	if o.probe, err = b.Open(ctx, env); err == nil {
		o.result.Yardstick = o.probe.Yardstick
	}
	if err == nil && o.probe.Once != nil {
		err = once(o.probe) // what is made at the first time
	}
	o.fail(err)
	return o
}

// round adds a round to the result.
func (o *opened) round(ctx context.Context, stick *yardstick) {
	round, err := measureRound(ctx, o.b, o.probe, stick)
	if err == nil {
		o.result.Rounds = append(o.result.Rounds, round)
	}
	o.fail(err)
}

func (o *opened) close() {
	if o.probe != nil && o.probe.Close != nil {
		o.fail(o.probe.Close())
	}
}

// fail notes the first error; an interruption is none of the benchmark's.
func (o *opened) fail(err error) {
	if err != nil && o.result.Failed == "" && !errors.Is(err, context.Canceled) {
		o.result.Failed = err.Error()
	}
}

func once(p *Probe) error {
	if p.Before != nil {
		if err := p.Before(); err != nil {
			return err
		}
	}
	return p.Once()
}

// measureRound takes the samples of one round, with the yardstick before and behind them.
func measureRound(ctx context.Context, b *Benchmark, p *Probe, stick *yardstick) (Round, error) {
	runtime.GC() // what others left is not this one's
	r := Round{Samples: make([]float64, 0, b.Times)}
	if p.Value != nil {
		for range b.Times {
			v, err := p.Value()
			if err != nil {
				return r, err
			}
			r.Samples = append(r.Samples, v)
		}
		return r, ctx.Err()
	}
	each := max(1, p.Each)
	before, err := stick.measure(ctx, p.Yardstick)
	if err != nil {
		return r, fmt.Errorf("the yardstick of %s: %w", b.Name, err)
	}
	var cpu account
	for i := range b.Times {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		if p.Before != nil {
			if err := p.Before(); err != nil {
				return r, err
			}
		}
		if p.Before != nil || i == 0 {
			cpu.begin(p)
		}
		start := time.Now()
		err := p.Once()
		took := time.Since(start)
		if p.Before != nil || i == b.Times-1 {
			cpu.end(p)
		}
		if err != nil {
			return r, fmt.Errorf("%s: %w", b.Name, err)
		}
		if p.Took != nil {
			took = p.Took()
		}
		r.Samples = append(r.Samples, float64(took)/float64(each))
	}
	if !cpu.unknown && (p.CPU != nil || b.Reach == Direct) {
		r.CPU = float64(cpu.used) / float64(each*b.Times)
	}
	after, err := stick.measure(ctx, p.Yardstick)
	if err != nil {
		return r, fmt.Errorf("the yardstick of %s: %w", b.Name, err)
	}
	r.Machine = float64(before+after) / 2
	return r, nil
}

// account is the CPU time of what is measured. It is read as rarely as can be, since reading
// it disturbs.
type account struct {
	used, at time.Duration
	unknown  bool
}

func (a *account) begin(p *Probe) { a.at = a.read(p) }
func (a *account) end(p *Probe)   { a.used += a.read(p) - a.at }

// read is the CPU time of all processes that take part.
func (a *account) read(p *Probe) time.Duration {
	own := footprint.Use().CPU
	if own < 0 {
		a.unknown = true
		return 0
	}
	used := time.Duration(own * float64(time.Second))
	if p.CPU != nil {
		used += p.CPU()
	}
	return used
}
