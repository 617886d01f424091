package tools

import (
	"slices"
	"strings"
	"sync"

	"github.com/llmspell/llmspell/tools/tool"
)

// maxTotals bounds the tools that Totals tells apart: scripts may register any
// number. Further ones share the name "other".
const maxTotals = 500

// Totals are the figures of several Invokers, also of those that are gone, so
// that its counts only grow. The zero value is ready. Its methods may be called
// by any goroutine.
type Totals struct {
	mu    sync.Mutex
	gone  map[string]*ToolMetrics // of Invokers that were released, by tool
	cache CacheMetrics            // likewise
	live  map[*Invoker]struct{}
	names map[string]bool // tools that have a place of their own
}

// Add counts what an Invoker does from now on, and has done. Release it when the
// Invoker is not used any more: its figures stay, and it can be freed. To
// release it again does nothing.
func (t *Totals) Add(inv *Invoker) (release func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.live == nil {
		t.live, t.gone, t.names = map[*Invoker]struct{}{}, map[string]*ToolMetrics{}, map[string]bool{}
	}
	t.live[inv] = struct{}{}
	return sync.OnceFunc(func() { t.release(inv) })
}

func (t *Totals) release(inv *Invoker) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.live, inv)
	s := inv.Snapshot()
	for i := range s.Tools {
		s.Tools[i].InFlight, s.Tools[i].Background = 0, 0 // nobody would count them down
	}
	t.merge(t.gone, s.Tools)
	t.cache.add(s.Cache)
	t.cache.Entries, t.cache.Bytes = 0, 0 // they go with it
}

// Snapshot returns the sums, by tool in the order of their names.
func (t *Totals) Snapshot() Snapshot {
	t.mu.Lock()
	defer t.mu.Unlock()
	sums := map[string]*ToolMetrics{}
	for _, m := range t.gone {
		t.merge(sums, []ToolMetrics{*m})
	}
	out := Snapshot{Cache: t.cache}
	for inv := range t.live {
		s := inv.Snapshot()
		t.merge(sums, s.Tools)
		out.Cache.add(s.Cache)
	}
	for _, m := range sums {
		out.Tools = append(out.Tools, *m)
	}
	slices.SortFunc(out.Tools, func(a, b ToolMetrics) int { return strings.Compare(a.Tool, b.Tool) })
	return out
}

// merge adds figures to sums.
func (t *Totals) merge(sums map[string]*ToolMetrics, list []ToolMetrics) {
	for i := range list {
		name := t.place(list[i].Tool)
		m := sums[name]
		if m == nil {
			m = &ToolMetrics{Tool: name, Errors: map[tool.Code]int64{}}
			sums[name] = m
		}
		m.add(&list[i])
	}
}

// place gives a tool the name under which it is counted, for good.
func (t *Totals) place(name string) string {
	if !t.names[name] {
		if len(t.names) >= maxTotals {
			return "other"
		}
		t.names[name] = true
	}
	return name
}

func (m *ToolMetrics) add(o *ToolMetrics) {
	if o.Calls > 0 && (m.Calls == 0 || o.Min < m.Min) {
		m.Min = o.Min
	}
	m.Max = max(m.Max, o.Max)
	m.Calls += o.Calls
	m.InFlight += o.InFlight
	m.CacheHits += o.CacheHits
	m.Retries += o.Retries
	m.Abandoned += o.Abandoned
	m.Background += o.Background
	m.Total += o.Total
	for code, n := range o.Errors {
		m.Errors[code] += n
	}
	for i, n := range o.Histogram {
		m.Histogram[i] += n
	}
}

func (c *CacheMetrics) add(o CacheMetrics) {
	c.Entries += o.Entries
	c.Bytes += o.Bytes
	c.Hits += o.Hits
	c.Misses += o.Misses
	c.Evicted += o.Evicted
}
