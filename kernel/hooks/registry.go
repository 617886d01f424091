package hooks

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// MaxHooks is how many hooks a registry holds, those below it not counted.
const MaxHooks = 1000

// Options of a registry. The zero value works.
type Options struct {
	// Log gets the failures of hooks. Nil: no log.
	Log *zap.Logger
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Breaker is for hooks that say nothing of their own.
	Breaker BreakerOptions
}

// Registry holds hooks by point. It is safe for concurrent use; hooks may be
// registered and unregistered while others run.
type Registry struct {
	below  *Registry // nil: none
	shared *shared
	off    atomic.Bool
	closed bool                                             // under mu
	table  atomic.Pointer[table]                            // nil: no hooks
	mu     sync.Mutex                                       // for those who change table
	wait   func(ctx context.Context, d time.Duration) error // nil: Sleep
	chain  *frame                                           // the points under way on the thread of this registry's Lua state
}

// shared is common to a registry and all that are laid over it.
type shared struct {
	opt    Options
	ids    atomic.Uint64
	totals totals
}

// table is what a registry holds at a moment. It is never changed.
type table struct {
	mask  uint64 // a bit for each point, which others may share
	size  int
	hooks map[Point][]*Hook // in the order in which they run
}

// New makes an empty registry.
func New(opt Options) *Registry {
	if opt.Log == nil {
		opt.Log = zap.NewNop()
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	return &Registry{shared: &shared{opt: opt}}
}

// Layer makes a registry over r, for a session: it runs r's hooks and its own.
// Its calls with a Thread must all come from one goroutine at a time.
func (r *Registry) Layer() *Registry { return &Registry{below: r, shared: r.shared} }

// WaitWith sets how Ask waits on the thread of a layer's Lua state before it asks again,
// in place of Sleep: so that others reach the state meanwhile. Call it before the
// layer is used.
func (r *Registry) WaitWith(wait func(ctx context.Context, d time.Duration) error) { r.wait = wait }

// bit is a point's place in the mask. The factors were searched for: they give 40 of
// the kernel's 43 points a place of their own.
func bit(p Point) uint64 {
	n := len(p)
	if n == 0 {
		return 1
	}
	return 1 << ((20*uint(n) + 55*uint(p[0]) + 9*uint(p[n-1]) + 38*uint(p[n/2]) + 25*uint(p[n*3/4])) & 63)
}

// Has tells whether a hook may run at a point: false is certain. It costs a load
// for each layer, so ask before you make a Call.
func (r *Registry) Has(p Point) bool {
	for ; r != nil; r = r.below {
		if t := r.table.Load(); t != nil && t.mask&bit(p) != 0 && len(t.hooks[p]) > 0 && !r.off.Load() {
			return true
		}
	}
	return false
}

// Set is several points, to ask for all of them at once.
type Set struct {
	mask   uint64
	points []Point
}

// NewSet makes a set, once for many calls of HasAny.
func NewSet(points ...Point) *Set {
	s := &Set{points: slices.Clone(points)}
	for _, p := range points {
		s.mask |= bit(p)
	}
	return s
}

// HasAny tells whether a hook may run at one of several points: false is certain. It
// costs what Has does.
func (r *Registry) HasAny(s *Set) bool {
	for ; r != nil; r = r.below {
		t := r.table.Load()
		if t == nil || t.mask&s.mask == 0 || r.off.Load() {
			continue
		}
		for _, p := range s.points {
			if len(t.hooks[p]) > 0 {
				return true
			}
		}
	}
	return false
}

// SetEnabled turns all hooks of this registry off and on, those below it not. They
// are on to begin with.
func (r *Registry) SetEnabled(on bool) { r.off.Store(!on) }

// Register adds a hook at a point. The error says what is wrong with the
// definition.
func (r *Registry) Register(p Point, d Definition) (*Hook, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	if !p.IsCustom() && known()[fold(string(p))] != p {
		return nil, fmt.Errorf("there is no hook point %q; use one of the constants, or Custom", cut(string(p), 60))
	}
	if d.Language == "" {
		d.Language = "go"
	}
	if d.Version == "" {
		d.Version = "1.0.0"
	}
	if d.Breaker == (BreakerOptions{}) {
		d.Breaker = r.shared.opt.Breaker
	}
	d.Tags = slices.Clone(d.Tags)
	r.mu.Lock()
	defer r.mu.Unlock()
	old := r.table.Load()
	if old == nil {
		old = &table{}
	}
	switch {
	case r.closed:
		return nil, fmt.Errorf("the hooks of this session have ended with it")
	case old.size >= MaxHooks:
		return nil, fmt.Errorf("there are %d hooks already, and there can be no more; unregister some", old.size)
	}
	h := &Hook{id: r.shared.ids.Add(1), point: p, def: d, owner: r, breaker: newBreaker(d.Breaker)}
	if h.def.Name == "" {
		h.def.Name = fmt.Sprintf("hook-%d", h.id)
	}
	list := append(slices.Clone(old.hooks[p]), h)
	slices.SortStableFunc(list, order)
	r.store(old, p, list, old.size+1)
	return h, nil
}

// order is that in which hooks run.
func order(a, b *Hook) int {
	switch {
	case a.def.Priority < b.def.Priority:
		return -1
	case a.def.Priority > b.def.Priority:
		return 1
	case a.id < b.id:
		return -1
	case a.id > b.id:
		return 1
	}
	return 0
}

// store replaces the list of one point.
func (r *Registry) store(old *table, p Point, list []*Hook, size int) {
	if size == 0 {
		r.table.Store(nil)
		return
	}
	next := &table{size: size, hooks: maps.Clone(old.hooks)}
	if next.hooks == nil {
		next.hooks = map[Point][]*Hook{}
	}
	if len(list) == 0 {
		delete(next.hooks, p)
	} else {
		next.hooks[p] = list
	}
	for p := range next.hooks {
		next.mask |= bit(p)
	}
	r.table.Store(next)
}

func (r *Registry) remove(h *Hook) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if h.gone.Swap(true) {
		return false
	}
	old := r.table.Load()
	if old == nil { // closed
		return false
	}
	list := slices.DeleteFunc(slices.Clone(old.hooks[h.point]), func(x *Hook) bool { return x == h })
	r.store(old, h.point, list, old.size-1)
	return true
}

// Close removes the hooks of this registry, those below it not. None can be
// registered afterwards.
func (r *Registry) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	if t := r.table.Swap(nil); t != nil {
		for _, list := range t.hooks {
			for _, h := range list {
				h.gone.Store(true)
			}
		}
	}
}

// Find returns a hook by its ID, of this registry or one below it; nil when there
// is none.
func (r *Registry) Find(id uint64) *Hook {
	for _, h := range r.all() {
		if h.id == id {
			return h
		}
	}
	return nil
}

// Owns tells whether a hook was registered here, and not below.
func (r *Registry) Owns(h *Hook) bool { return h.owner == r }

// all returns the hooks of this registry and those below, by point and in the
// order in which they run.
func (r *Registry) all() []*Hook {
	var out []*Hook
	for ; r != nil; r = r.below {
		if t := r.table.Load(); t != nil {
			for _, list := range t.hooks {
				out = append(out, list...)
			}
		}
	}
	slices.SortFunc(out, func(a, b *Hook) int {
		switch {
		case a.point < b.point:
			return -1
		case a.point > b.point:
			return 1
		}
		return order(a, b)
	})
	return out
}
