package bench

import (
	"context"
	"time"
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
	all, results := make([]*opened, len(list)), make([]Result, len(list))
	for i, b := range list {
		m.tell(b.Name)
		all[i] = open(ctx, b, m.env)
	}
	for range m.options.Rounds {
		for _, o := range all {
			if o.result.Failed == "" && ctx.Err() == nil {
				m.tell(o.b.Name)
				o.round(ctx, m.stick)
			}
			m.done++
		}
	}
	for i, o := range all {
		o.close()
		results[i] = o.result
	}
	return results
}

func (m *measuring) tell(name string) {
	if m.options.Progress != nil {
		m.options.Progress(Progress{Done: m.done, Total: m.total, Name: name})
	}
}
