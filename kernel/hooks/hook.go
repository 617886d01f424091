package hooks

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"
)

// Priority orders the hooks of a point: the lower runs first. Hooks of the same
// priority run in the order in which they were registered.
type Priority int32

// The priorities that have names.
const (
	Highest Priority = math.MinInt32
	High    Priority = -100
	Normal  Priority = 0
	Low     Priority = 100
	Lowest  Priority = math.MaxInt32
)

func (p Priority) String() string {
	switch p {
	case Highest:
		return "highest"
	case High:
		return "high"
	case Normal:
		return "normal"
	case Low:
		return "low"
	case Lowest:
		return "lowest"
	}
	return fmt.Sprintf("%d", int32(p))
}

// ParsePriority finds a priority by its name.
func ParsePriority(name string) (Priority, error) {
	for _, p := range []Priority{Highest, High, Normal, Low, Lowest} {
		if p.String() == name {
			return p, nil
		}
	}
	return 0, fmt.Errorf("there is no priority %q; use highest, high, normal, low, lowest or a whole number (lower runs first)", cut(name, 40))
}

// Definition says all of a hook but its point.
type Definition struct {
	// Name is shown in lists, logs and errors. "": made from the hook's number.
	Name        string
	Description string
	Version     string // "": 1.0.0
	Language    string // that it is written in; "": go
	Priority    Priority
	Tags        []string
	// Component selects the calls by what they are about. An empty Type or Name
	// selects all; Name is a pattern with * and ?.
	Component Component
	// Guard makes the operation be refused when the hook fails, is too slow or is
	// left out by its breaker. Else the operation goes on without it.
	Guard bool
	// Timeout is how long a call may take, after which the operation goes on. The
	// hook then runs on a goroutine of its own, and is left to itself. 0: it runs
	// on the goroutine that does the work, for as long as it takes.
	Timeout time.Duration
	Breaker BreakerOptions
	Func    Func
}

func (d *Definition) check() error {
	switch {
	case d.Func == nil:
		return errors.New("a hook needs a function")
	case len(d.Name) > 128 || !utf8.ValidString(d.Name):
		return errors.New("the name of a hook has at most 128 bytes of UTF-8")
	case len(d.Description) > 4096 || len(d.Version) > 64 || len(d.Tags) > 32:
		return errors.New("a hook has at most 4,096 bytes of description, 64 of version, and 32 tags")
	case d.Timeout < 0:
		return fmt.Errorf("the timeout of a hook cannot be %v", d.Timeout)
	}
	for _, tag := range d.Tags {
		if tag == "" || len(tag) > 64 {
			return errors.New("a tag of a hook has 1 to 64 bytes")
		}
	}
	return nil
}

// Hook is a registered hook. Its methods may be called by any goroutine.
type Hook struct {
	id       uint64
	point    Point
	def      Definition
	owner    *Registry
	disabled atomic.Bool
	gone     atomic.Bool
	breaker  *breaker
	count    counts
	failure  lastFailure
}

// ID numbers the hooks of a registry and of those laid over it, from 1.
func (h *Hook) ID() uint64 { return h.id }

// Point returns where the hook runs.
func (h *Hook) Point() Point { return h.point }

// Name returns the hook's name.
func (h *Hook) Name() string { return h.def.Name }

// Definition returns what the hook was registered with.
func (h *Hook) Definition() Definition { return h.def }

// SetEnabled turns the hook off and on. It is on to begin with.
func (h *Hook) SetEnabled(on bool) { h.disabled.Store(!on) }

// Unregister removes the hook, and tells whether it was there. A call that is
// under way goes on.
func (h *Hook) Unregister() bool { return h.owner.remove(h) }

// counts of a hook.
type counts struct {
	calls, failures, slow, skipped, modified, decided, passed atomic.Int64
	total, longest                                            atomic.Int64 // nanoseconds
}

func (c *counts) took(d time.Duration) {
	c.calls.Add(1)
	c.total.Add(int64(d))
	for {
		old := c.longest.Load()
		if int64(d) <= old || c.longest.CompareAndSwap(old, int64(d)) {
			return
		}
	}
}

// lastFailure is why a hook has failed last.
type lastFailure struct {
	mu   sync.Mutex
	text string
	at   time.Time
}

func (f *lastFailure) set(text string, at time.Time) {
	f.mu.Lock()
	f.text, f.at = cut(text, 1024), at
	f.mu.Unlock()
}

func (f *lastFailure) get() (string, time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.text, f.at
}
