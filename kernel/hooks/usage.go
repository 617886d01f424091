package hooks

import (
	"context"
	"sync"
	"time"
)

// Thresholds of the points of performance. Zero members never fire.
type Thresholds struct {
	Memory    uint64        // bytes of the process: MemoryUsageHigh
	CPU       float64       // per cent of one core: CpuUsageHigh
	Operation time.Duration // of one execution or request: PerformanceThresholdExceeded
}

// Usage watches what the process uses and fires the points of performance. Whoever
// samples the process tells it. It is safe for concurrent use.
type Usage struct {
	notify Notifier
	above  Thresholds

	mu          sync.Mutex
	memory, cpu bool // above the threshold
}

// Notifier runs hooks, as Registry.Notify does.
type Notifier func(ctx context.Context, p Point, about Component, data func() map[string]any)

// NewUsage makes a watcher that runs hooks by notify.
func NewUsage(notify Notifier, t Thresholds) *Usage { return &Usage{notify: notify, above: t} }

// calm is the part of a threshold under which use must fall before it is told of
// again.
const calm = 0.9

// Sample tells what the process uses now: bytes of memory, and CPU in per cent of
// one core. The hooks run when a threshold is passed, once until the use has fallen
// to nine tenths of it.
func (u *Usage) Sample(ctx context.Context, memory uint64, cpu float64) {
	u.mu.Lock()
	fireMemory := crossed(&u.memory, float64(memory), float64(u.above.Memory))
	fireCPU := crossed(&u.cpu, cpu, u.above.CPU)
	u.mu.Unlock()
	about := Component{"system", "kernel"}
	if fireMemory {
		u.notify(ctx, MemoryUsageHigh, about, func() map[string]any {
			return map[string]any{"bytes": int64(memory), "threshold": int64(u.above.Memory)}
		})
	}
	if fireCPU {
		u.notify(ctx, CPUUsageHigh, about, func() map[string]any {
			return map[string]any{"percent": cpu, "threshold": u.above.CPU}
		})
	}
}

func crossed(above *bool, now, threshold float64) bool {
	switch {
	case threshold <= 0:
	case now >= threshold && !*above:
		*above = true
		return true
	case now < calm*threshold:
		*above = false
	}
	return false
}

// Took tells how long an operation has taken. The hooks run when that is more than
// the threshold.
func (u *Usage) Took(ctx context.Context, about Component, operation string, d time.Duration) {
	if u.above.Operation <= 0 || d <= u.above.Operation {
		return
	}
	u.notify(ctx, PerformanceThresholdExceeded, about, func() map[string]any {
		return map[string]any{"operation": operation, "duration_ms": float64(d) / 1e6, "threshold_ms": float64(u.above.Operation) / 1e6}
	})
}
