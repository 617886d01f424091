package hooks

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/kernel/internal/glob"
)

// Builtins are hooks that come with the kernel, for the configuration to switch on.
// The zero value has none.
type Builtins struct {
	// Logging writes a line at level debug at each point, with its component. It
	// makes every point cost what a hook costs.
	Logging bool
	// Metrics counts, at each point, by the type of component. Nil: it does not.
	Metrics *Metrics
	// ToolsPerMinute refuses calls of tools beyond so many a minute, all sessions
	// together. 0: no limit.
	ToolsPerMinute int
	// RetryAttempts does failed calls again that may work a moment later (timeouts,
	// failures of servers), of tools without side effects, so often in all.
	// RetryDelay lies between them, doubled each time. 0: no call.
	RetryAttempts int
	RetryDelay    time.Duration // 0: 200 ms
	// DenyTools are patterns of tools that are refused.
	DenyTools []string
}

// Builtin registers the hooks that b switches on, all at the kernel's priority:
// guards first, then the rate limit; logging and metrics last.
func (r *Registry) Builtin(b Builtins) error {
	type entry struct {
		points []Point
		def    Definition
	}
	var entries []entry
	def := func(name, description string, p Priority, f Func) Definition {
		return Definition{Name: name, Description: description, Priority: p, Tags: []string{"builtin"}, Func: f}
	}
	if len(b.DenyTools) > 0 {
		d := def("builtin:security", "refuses tools by name", Highest, denyTools(slices.Clone(b.DenyTools)))
		d.Guard = true
		entries = append(entries, entry{[]Point{BeforeToolExecution}, d})
	}
	if b.ToolsPerMinute > 0 {
		l := &rateLimit{now: r.shared.opt.Now, perMinute: b.ToolsPerMinute}
		entries = append(entries, entry{[]Point{BeforeToolExecution}, def("builtin:rate_limit", "refuses calls of tools beyond a rate", High, l.hook)})
	}
	if b.RetryAttempts > 1 {
		if b.RetryDelay <= 0 {
			b.RetryDelay = 200 * time.Millisecond
		}
		entries = append(entries, entry{[]Point{ToolError}, def("builtin:retry", "does failed calls again that may work later", Low, retry(b.RetryAttempts, b.RetryDelay))})
	}
	if b.Metrics != nil {
		entries = append(entries, entry{Points(), def("builtin:metrics", "counts what happens at each point", Lowest, b.Metrics.hook)})
	}
	if b.Logging {
		entries = append(entries, entry{Points(), def("builtin:logging", "logs each point", Lowest, logging(r.shared.opt.Log))})
	}
	for _, e := range entries {
		for _, p := range e.points {
			if _, err := r.Register(p, e.def); err != nil {
				return fmt.Errorf("%s at %s: %w", e.def.Name, p, err)
			}
		}
	}
	return nil
}

func logging(log *zap.Logger) Func {
	return func(_ context.Context, c *Call) (Result, error) {
		log.Debug("hook point", zap.String("point", string(c.Point)), zap.String("component", c.Component.Type),
			zap.String("name", c.Component.Name), zap.String("correlation_id", c.CorrelationID))
		return Result{}, nil
	}
}

func denyTools(patterns []string) Func {
	return func(_ context.Context, c *Call) (Result, error) {
		for _, p := range patterns {
			if glob.Match(p, c.Component.Name) {
				return Result{Kind: Cancel, Reason: fmt.Sprintf("the configuration denies the tool %s (by %q)", c.Component.Name, p)}, nil
			}
		}
		return Result{}, nil
	}
}

func retry(attempts int, delay time.Duration) Func {
	return func(_ context.Context, c *Call) (Result, error) {
		info, _ := c.Data["error"].(map[string]any)
		code, _ := info["code"].(string)
		attempt, _ := c.Metadata["attempt"].(int)
		if c.Metadata["side_effects"] == true || code != "timeout" && code != "remote_error" || attempt >= attempts {
			return Result{}, nil
		}
		return Result{Kind: Retry, Delay: min(delay<<min(max(attempt-1, 0), 10), maxRetryDelay), MaxAttempts: min(attempts, maxRetryAttempts)}, nil
	}
}

// rateLimit is a bucket that holds a minute's calls.
type rateLimit struct {
	now       func() time.Time
	perMinute int

	mu   sync.Mutex
	used float64 // leaks away
	last time.Time
}

func (l *rateLimit) hook(context.Context, *Call) (Result, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	perSecond := float64(l.perMinute) / 60
	if passed := now.Sub(l.last).Seconds(); passed > 0 && !l.last.IsZero() {
		l.used = max(0, l.used-passed*perSecond)
	}
	l.last = now
	if l.used+1 > float64(l.perMinute) {
		wait := time.Duration((l.used + 1 - float64(l.perMinute)) / perSecond * float64(time.Second)).Round(time.Millisecond)
		return Result{Kind: Cancel, Reason: fmt.Sprintf("at most %d calls of tools a minute; try again in %v", l.perMinute, wait)}, nil
	}
	l.used++
	return Result{}, nil
}

// Metrics counts what happens at points. The zero value is ready.
type Metrics struct {
	counts sync.Map // metricKey to *atomic.Int64
	kinds  atomic.Int64
}

type metricKey struct {
	point     Point
	component string
}

// maxMetrics bounds the pairs that are counted: a type of component is not a
// script's to choose, but nothing that counts by names should have no bound.
const maxMetrics = 1000

func (m *Metrics) hook(_ context.Context, c *Call) (Result, error) {
	key := metricKey{c.Point, c.Component.Type}
	n, ok := m.counts.Load(key)
	if !ok {
		if m.kinds.Add(1) > maxMetrics {
			return Result{}, nil
		}
		n, _ = m.counts.LoadOrStore(key, new(atomic.Int64))
	}
	n.(*atomic.Int64).Add(1)
	return Result{}, nil
}

// PointCount is how often a point was passed.
type PointCount struct {
	Point     Point
	Component string // the type
	Count     int64
}

// Counts returns the counts, by point and component.
func (m *Metrics) Counts() []PointCount {
	var out []PointCount
	m.counts.Range(func(k, v any) bool {
		key := k.(metricKey)
		out = append(out, PointCount{key.point, key.component, v.(*atomic.Int64).Load()})
		return true
	})
	slices.SortFunc(out, func(a, b PointCount) int {
		switch {
		case a.Point+Point(a.Component) < b.Point+Point(b.Component):
			return -1
		case a.Point == b.Point && a.Component == b.Component:
			return 0
		}
		return 1
	})
	return out
}
