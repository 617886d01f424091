package tools

import (
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/llmspell/llmspell/tools/tool"
)

// HistogramBounds are the upper ends of the buckets in which durations of calls
// are counted; a last bucket holds what took longer.
func HistogramBounds() [7]time.Duration {
	return [...]time.Duration{10 * time.Microsecond, 100 * time.Microsecond, time.Millisecond, 10 * time.Millisecond,
		100 * time.Millisecond, time.Second, 10 * time.Second}
}

// Snapshot is what an Invoker has counted since it was made.
type Snapshot struct {
	Tools []ToolMetrics // of the tools that were called, by name
	Cache CacheMetrics
}

// ToolMetrics are the figures of one tool.
type ToolMetrics struct {
	Tool       string
	Calls      int64 // that have ended
	InFlight   int64 // that have begun and not ended
	Errors     map[tool.Code]int64
	CacheHits  int64 // calls answered with the result of another
	Retries    int64
	Abandoned  int64 // calls that were answered although the tool had not stopped
	Background int64 // of those, how many still run
	Total      time.Duration
	Min, Max   time.Duration
	Histogram  [8]int64 // see HistogramBounds
}

// CacheMetrics are the figures of the cache of results.
type CacheMetrics struct {
	Entries, Bytes, Hits, Misses, Evicted int64
}

// counted are the codes that have a counter of their own; all others share the
// last one.
var counted = [...]tool.Code{tool.InvalidParameters, tool.UnknownTool, tool.PermissionDenied, tool.ResourceNotFound, tool.Timeout,
	tool.Cancelled, tool.ExecutionFailed, tool.NotConfigured, tool.Unsupported, tool.RemoteFailed, tool.LimitExceeded, tool.Internal, "other"}

// counters are the figures of one tool, for concurrent use.
type counters struct {
	calls, inFlight, hits, retries, abandoned, background atomic.Int64
	total, least, most                                    atomic.Int64 // ns; least is 0 until the first call has ended
	errors                                                [len(counted)]atomic.Int64
	histogram                                             [8]atomic.Int64
}

func (c *counters) ended(d time.Duration, err *tool.Error) {
	c.inFlight.Add(-1)
	c.calls.Add(1)
	ns := max(int64(d), 1)
	c.total.Add(ns)
	for old := c.least.Load(); (old == 0 || ns < old) && !c.least.CompareAndSwap(old, ns); old = c.least.Load() {
	}
	for old := c.most.Load(); ns > old && !c.most.CompareAndSwap(old, ns); old = c.most.Load() {
	}
	bucket := 0
	for _, bound := range HistogramBounds() {
		if d <= bound {
			break
		}
		bucket++
	}
	c.histogram[bucket].Add(1)
	if err != nil {
		i := slices.Index(counted[:], err.Code)
		if i < 0 {
			i = len(counted) - 1
		}
		c.errors[i].Add(1)
	}
}

func (c *counters) snapshot(name string) ToolMetrics {
	m := ToolMetrics{
		Tool: name, Calls: c.calls.Load(), InFlight: c.inFlight.Load(), CacheHits: c.hits.Load(), Retries: c.retries.Load(),
		Abandoned: c.abandoned.Load(), Background: c.background.Load(), Errors: map[tool.Code]int64{},
		Total: time.Duration(c.total.Load()), Min: time.Duration(c.least.Load()), Max: time.Duration(c.most.Load()),
	}
	for i := range c.errors {
		if n := c.errors[i].Load(); n > 0 {
			m.Errors[counted[i]] = n
		}
	}
	for i := range c.histogram {
		m.Histogram[i] = c.histogram[i].Load()
	}
	return m
}

// Snapshot returns the figures of all tools that were called. Calls that go on
// meanwhile may be counted in one figure and not yet in another.
func (inv *Invoker) Snapshot() Snapshot {
	s := Snapshot{Cache: inv.cache.metrics()}
	inv.handles.Range(func(_, v any) bool {
		h := v.(*Handle)
		if h.stats.calls.Load() > 0 || h.stats.inFlight.Load() > 0 {
			s.Tools = append(s.Tools, h.stats.snapshot(h.Descriptor().Name))
		}
		return true
	})
	slices.SortFunc(s.Tools, func(a, b ToolMetrics) int { return strings.Compare(a.Tool, b.Tool) })
	return s
}
