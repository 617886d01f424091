package stress

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/llmspell/llmspell/latency/bench"
)

// Options of Run.
type Options struct {
	What     []string // names of loads; none: all
	Duration time.Duration
	Sessions int // concurrent debug sessions; 0: 200
	Progress func(string)
}

// Report is what a load has shown.
type Report struct {
	Time        time.Time         `json:"time"`
	Seconds     float64           `json:"seconds"`
	Environment bench.Environment `json:"environment"`
	Loads       []Load            `json:"loads"`
	Processes   []Process         `json:"processes"`
}

// Load is what one kind of load has done.
type Load struct {
	Name         string  `json:"name"`
	What         string  `json:"what"`
	Operations   int64   `json:"operations"`
	Rate         float64 `json:"rate"` // a second
	Failures     int64   `json:"failures"`
	FirstFailure string  `json:"first_failure,omitempty"`
}

// Failed tells whether anything went wrong, and what.
func (r *Report) Failed() error {
	var errs []error
	for _, l := range r.Loads {
		switch {
		case l.Failures > 0:
			errs = append(errs, fmt.Errorf("%s: %d of %d failed, the first: %s", l.Name, l.Failures, l.Operations, l.FirstFailure))
		case l.Operations == 0:
			errs = append(errs, fmt.Errorf("%s has not done anything", l.Name))
		}
	}
	for _, p := range r.Processes {
		for _, leak := range p.Leaks {
			errs = append(errs, fmt.Errorf("%s: %s", p.Name, leak))
		}
	}
	return errors.Join(errs...)
}

// kind is a kind of load: so many workers that do it over and over.
type kind struct {
	name, what string
	workers    func(Options) int
	start      func(ctx context.Context, w *world, worker int) (op func() error, end func(), err error)
}

// Names are those of all kinds of load.
func Names() []string {
	var names []string
	for _, k := range kinds() {
		names = append(names, k.name)
	}
	return names
}

// Run makes the load. The error is that of the set-up or of the context; what the load has shown is in the report.
func Run(ctx context.Context, env *bench.Env, o Options) (*Report, error) {
	if o.Sessions == 0 {
		o.Sessions = 200
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	var chosen []kind
	for _, k := range kinds() {
		if len(o.What) == 0 || slices.Contains(o.What, k.name) {
			chosen = append(chosen, k)
		}
	}
	w, err := newWorld(ctx, env, o)
	if err != nil {
		return nil, err
	}
	defer w.close()
	return w.run(ctx, chosen, o)
}

// run makes loads of these kinds, and looks at what is left.
func (w *world) run(ctx context.Context, chosen []kind, o Options) (*Report, error) {
	report := &Report{Time: time.Now().UTC().Truncate(time.Second), Environment: bench.Look()}

	o.Progress("caches are filled")
	w.load(ctx, chosen, o, min(max(o.Duration/5, 2*time.Second), 30*time.Second))
	if err := w.rest(ctx, nil); err != nil {
		return nil, err
	}
	for _, p := range w.watched {
		p.Before = p.read()
	}
	stop := w.watch(max(o.Duration/240, 100*time.Millisecond), o.Progress)
	start := time.Now()
	report.Loads = w.load(ctx, chosen, o, o.Duration)
	report.Seconds = time.Since(start).Seconds()
	o.Progress("what is left is looked at")
	err := w.rest(ctx, func(p *watched) bool { return len(p.leaks(p.read())) == 0 })
	stop()
	for _, p := range w.watched {
		p.After = p.read()
		p.Leaks = p.leaks(p.After)
		report.Processes = append(report.Processes, p.Process)
	}
	return report, err
}

// load makes load for a time, and waits for the end of each operation.
func (w *world) load(ctx context.Context, list []kind, o Options, span time.Duration) []Load {
	until, cancel := context.WithTimeout(ctx, span)
	defer cancel()
	loads := make([]Load, len(list))
	var all sync.WaitGroup
	for i, k := range list {
		loads[i] = Load{Name: k.name, What: k.what}
		var done, failed atomic.Int64
		var first sync.Once
		fail := func(err error) {
			if ctx.Err() != nil {
				return // it was interrupted
			}
			failed.Add(1)
			first.Do(func() { loads[i].FirstFailure = err.Error() })
		}
		var workers sync.WaitGroup
		for n := range k.workers(o) {
			workers.Go(func() {
				op, end, err := k.start(ctx, w, n)
				if err != nil {
					fail(err)
					return
				}
				defer end()
				for until.Err() == nil {
					err := op()
					done.Add(1)
					if err != nil {
						fail(err)
						return // what has failed once may be in any state
					}
				}
			})
		}
		all.Go(func() {
			workers.Wait()
			loads[i].Operations, loads[i].Failures = done.Load(), failed.Load()
			loads[i].Rate = float64(done.Load()) / span.Seconds()
		})
	}
	all.Wait()
	return loads
}
