package metrics

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Other is the value of a label that stands for all values beyond the bound.
const Other = "other"

const (
	maxMethods  = 64
	maxStatuses = 8 // of each method
)

// Metrics are the figures of one kernel. Its methods may be called by any
// goroutine.
type Metrics struct {
	sources    Sources
	started    time.Time
	executions histogram
	requests   atomic.Pointer[map[string]*method] // replaced as a whole under mu

	mu sync.Mutex
}

// method is what is known of the requests of one method.
type method struct {
	durations histogram
	statuses  atomic.Pointer[map[string]*atomic.Uint64] // replaced as a whole under Metrics.mu
}

// New makes the figures of a kernel whose own counts sources give.
func New(sources Sources) *Metrics {
	m := &Metrics{sources: sources, started: sources.Started}
	if m.started.IsZero() {
		m.started = time.Now()
	}
	m.requests.Store(&map[string]*method{})
	return m
}

// Observe counts a request that has ended: its method, how it ended ("ok", or a
// word for the kind of error) and how long it took. It costs some 50 ns.
func (m *Metrics) Observe(name, status string, took time.Duration) {
	r, ok := (*m.requests.Load())[name]
	if !ok {
		r = m.method(name)
	}
	r.durations.observe(took)
	count, ok := (*r.statuses.Load())[status]
	if !ok {
		count = m.status(r, status)
	}
	count.Add(1)
}

// ObserveExecution counts the time that an execution has run.
func (m *Metrics) ObserveExecution(took time.Duration) { m.executions.observe(took) }

// method adds a method, if there is room for one more.
func (m *Metrics) method(name string) *method {
	if known := m.sources.Methods; len(known) > 0 && !slices.Contains(known, name) {
		name = Other
	}
	return enter(m, &m.requests, name, maxMethods, func() *method {
		r := &method{}
		r.statuses.Store(&map[string]*atomic.Uint64{})
		return r
	})
}

func (m *Metrics) status(r *method, status string) *atomic.Uint64 {
	return enter(m, &r.statuses, status, maxStatuses, func() *atomic.Uint64 { return new(atomic.Uint64) })
}

// enter returns the entry of a key in a table that readers use without a lock,
// and makes it if there is room; else that of Other.
func enter[T any](m *Metrics, table *atomic.Pointer[map[string]*T], key string, limit int, make func() *T) *T {
	m.mu.Lock()
	defer m.mu.Unlock()
	old := *table.Load()
	if _, ok := old[key]; !ok && len(old) >= limit-1 { // one place is kept for Other
		key = Other
	}
	if v, ok := old[key]; ok {
		return v
	}
	next := maps.Clone(old)
	v := make()
	next[key] = v
	table.Store(&next)
	return v
}
