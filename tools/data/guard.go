package data

import (
	"context"
	"fmt"
	"runtime/metrics"
	"sync"
	"time"

	"github.com/llmspell/llmspell/tools/tool"
)

// maxGrowth is how much the process's memory may grow while one query runs.
const maxGrowth = 512 << 20

// guardEvery is how often the memory is looked at, and how long a query may
// run before anybody looks: most end sooner, and pay for one timer only.
const guardEvery = 20 * time.Millisecond

// guard cancels a query that fills the memory, [range(1e12)] for one: gojq
// bounds single values, not what a query collects. The heap is the whole
// process's, so a query can be blamed for another's growth; it can never take
// the process down.
type guard struct {
	limit  uint64
	cancel context.CancelCauseFunc

	mu      sync.Mutex
	timer   *time.Timer
	base    uint64 // the heap at the first look
	stopped bool
}

// watch returns a context that is done when the memory has grown by limit, and
// a function that must be called when the query has ended.
func watch(ctx context.Context, limit uint64) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	g := &guard{limit: limit, cancel: cancel}
	ctx = context.WithValue(ctx, guardKey{}, g)
	g.mu.Lock()
	g.timer = time.AfterFunc(guardEvery, g.tick)
	g.mu.Unlock()
	return ctx, g.stop
}

// guardKey is where a context holds its guard.
type guardKey struct{}

// lookNow returns the function that looks at the memory before the timer does;
// nil if nobody watches.
func lookNow(ctx context.Context) func() {
	if g, ok := ctx.Value(guardKey{}).(*guard); ok {
		return func() { g.look() }
	}
	return nil
}

func (g *guard) stop() {
	g.mu.Lock()
	g.stopped = true
	g.timer.Stop()
	g.mu.Unlock()
	g.cancel(context.Canceled)
}

func (g *guard) tick() {
	if g.look() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if !g.stopped {
			g.timer.Reset(guardEvery)
		}
	}
}

// look cancels the query if the memory has grown too much, and tells whether to look again.
func (g *guard) look() bool {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	heap := sample[0].Value.Uint64()
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.stopped:
		return false
	case g.base == 0 || heap < g.base: // a collection came in between
		g.base = heap
	case heap-g.base > g.limit:
		g.cancel(tool.Errorf(tool.ExecutionFailed, "%s",
			fmt.Sprintf("the query was stopped: the process's memory grew by more than %d MB while it ran; narrow the query or the input", g.limit>>20)))
		return false
	}
	return true
}
