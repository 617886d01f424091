package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/llmspell/llmspell/internal/footprint"
)

// Options of Measure.
type Options struct {
	Rounds   int // 10 if 0
	Progress func(Progress)
}

// DefaultRounds is how many rounds are usual: enough for the exact test to find a change
// that is in most of them.
const DefaultRounds = 10

// Progress is how far a measurement is.
type Progress struct {
	Done, Total int    // rounds of benchmarks
	Name        string // what is measured now
}

// Measure measures a list of benchmarks. The rounds of those of one group are taken in turn, so
// that what disturbs the machine for a while meets one round of each and not all of one. A
// benchmark that fails is told in its result. The error is that of the context: what was measured
// until then is returned beside it.
func Measure(ctx context.Context, list []Benchmark, env *Env, o Options) (*Run, error) {
	if o.Rounds == 0 {
		o.Rounds = DefaultRounds
	}
	m := &measuring{env: env, options: o, stick: newYardstick(), total: o.Rounds * len(list)}
	run := &Run{Format: FormatVersion, Time: time.Now().UTC().Truncate(time.Second), Environment: Look()}
	for _, group := range Groups() {
		var of []*Benchmark
		for i := range list {
			if list[i].Group == group {
				of = append(of, &list[i])
			}
		}
		results := m.group(ctx, of)
		run.Results = append(run.Results, results...)
		if err := ctx.Err(); err != nil {
			return run, err
		}
	}
	return run, nil
}

// measuring is one call of Measure.
type measuring struct {
	env         *Env
	options     Options
	stick       *yardstick
	done, total int
}

// group measures benchmarks round by round.
func (m *measuring) group(ctx context.Context, list []*Benchmark) []Result {
	probes, results := make([]*Probe, len(list)), make([]Result, len(list))
	for i, b := range list {
		results[i] = Result{Name: b.Name, Group: b.Group, What: b.What, Reach: b.Reach, Unit: b.Unit, Budget: b.Budget}
		if b.Claim.Figure != "" {
			claim := b.Claim
			results[i].Claim = &claim
		}
		m.tell(b.Name)
		var err error
		if probes[i], err = b.Open(ctx, m.env); err == nil && probes[i].Once != nil {
			err = once(probes[i]) // what is made at the first time
		}
		fail(&results[i], err)
	}
	for range m.options.Rounds {
		for i, b := range list {
			if results[i].Failed == "" && ctx.Err() == nil {
				m.tell(b.Name)
				round, err := m.round(ctx, b, probes[i])
				if err == nil {
					results[i].Rounds = append(results[i].Rounds, round)
				}
				fail(&results[i], err)
			}
			m.done++
		}
	}
	for i, p := range probes {
		if p != nil && p.Close != nil {
			fail(&results[i], p.Close())
		}
	}
	return results
}

// fail notes the first error; an interruption is none of the benchmark's.
func fail(r *Result, err error) {
	if err != nil && r.Failed == "" && !errors.Is(err, context.Canceled) {
		r.Failed = err.Error()
	}
}

func (m *measuring) tell(name string) {
	if m.options.Progress != nil {
		m.options.Progress(Progress{Done: m.done, Total: m.total, Name: name})
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

// round takes the samples of one round, with the yardstick before and behind them.
func (m *measuring) round(ctx context.Context, b *Benchmark, p *Probe) (Round, error) {
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
	before := m.stick.measure()
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
	r.Machine = float64(before+m.stick.measure()) / 2
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
