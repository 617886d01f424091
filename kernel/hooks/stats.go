package hooks

import (
	"slices"
	"sync/atomic"
	"time"
)

// totals of a registry and all that are laid over it.
type totals struct{ calls, failures, opened, recursions atomic.Int64 }

// Totals are the counts of a registry and of all that are or were laid over it.
type Totals struct {
	Hooks      int   // now registered here and below
	Open       int   // of those, the ones whose breaker is open
	Calls      int64 // of hooks
	Failures   int64
	Opened     int64 // how often a breaker has opened
	Recursions int64 // points that were passed over inside their own hooks, or too deep
}

// Totals returns the counts.
func (r *Registry) Totals() Totals {
	t := &r.shared.totals
	out := Totals{Calls: t.calls.Load(), Failures: t.failures.Load(), Opened: t.opened.Load(), Recursions: t.recursions.Load()}
	now := r.shared.opt.Now()
	for _, h := range r.all() {
		out.Hooks++
		if state, _ := h.breaker.look(now); state == Open {
			out.Open++
		}
	}
	return out
}

// Info is what a list says of a hook.
type Info struct {
	ID          uint64
	Point       Point
	Name        string
	Description string
	Version     string
	Language    string
	Priority    Priority
	Tags        []string
	Component   Component
	Guard       bool
	Enabled     bool

	Calls    int64
	Failures int64 // errors, panics, timeouts, results that make no sense
	Slow     int64
	Skipped  int64 // results skip
	Modified int64 // results modified
	Decided  int64 // results cancel, redirect, replace, retry
	Passed   int64 // calls that the open breaker has kept from the hook
	Total    time.Duration
	Longest  time.Duration

	Breaker     BreakerState
	Opened      int64 // how often the breaker has opened
	LastFailure string
	FailedAt    time.Time // zero: never
}

// Filter selects hooks. Zero members select all.
type Filter struct {
	Point    Point
	Language string
	Priority *Priority
	Tag      string
	Name     string
}

func (f *Filter) selects(h *Hook) bool {
	return (f.Point == "" || f.Point == h.point) && (f.Language == "" || f.Language == h.def.Language) &&
		(f.Priority == nil || *f.Priority == h.def.Priority) && (f.Tag == "" || slices.Contains(h.def.Tags, f.Tag)) &&
		(f.Name == "" || f.Name == h.def.Name)
}

// List returns the hooks of this registry and those below it, by point and in the
// order in which they run.
func (r *Registry) List(f Filter) []Info {
	now := r.shared.opt.Now()
	var out []Info
	for _, h := range r.all() {
		if f.selects(h) {
			out = append(out, h.info(now))
		}
	}
	return out
}

// Info returns what a list says of the hook.
func (h *Hook) Info() Info { return h.info(h.owner.shared.opt.Now()) }

func (h *Hook) info(now time.Time) Info {
	d, c := &h.def, &h.count
	i := Info{
		ID: h.id, Point: h.point, Name: d.Name, Description: d.Description, Version: d.Version, Language: d.Language,
		Priority: d.Priority, Tags: slices.Clone(d.Tags), Component: d.Component, Guard: d.Guard, Enabled: !h.disabled.Load(),
		Calls: c.calls.Load(), Failures: c.failures.Load(), Slow: c.slow.Load(), Skipped: c.skipped.Load(), Modified: c.modified.Load(),
		Decided: c.decided.Load(), Passed: c.passed.Load(), Total: time.Duration(c.total.Load()), Longest: time.Duration(c.longest.Load()),
	}
	i.Breaker, i.Opened = h.breaker.look(now)
	i.LastFailure, i.FailedAt = h.failure.get()
	return i
}
