//go:build !race

package latency

import (
	"sync"
	"testing"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/debug"
)

// debugger is an engine whose stops are counted and continued at once.
type debugger struct {
	tb      testing.TB
	engine  *debug.Engine
	stopped chan debug.Stop
	done    sync.WaitGroup
	mu      sync.Mutex
	count   int
}

func attach(tb testing.TB, st *runtime.State) *debugger {
	tb.Helper()
	d := &debugger{tb: tb, stopped: make(chan debug.Stop, 1)}
	var err error
	if d.engine, err = debug.Attach(st, d, debug.Options{}); err != nil {
		tb.Fatalf("attach the debugger: %v", err)
	}
	d.done.Go(func() {
		for range d.stopped {
			d.mu.Lock()
			d.count++
			d.mu.Unlock()
			if err := d.engine.Continue(); err != nil {
				tb.Errorf("continue: %v", err)
			}
		}
	})
	return d
}

func (d *debugger) stops() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.count
}

// close frees the debugger. The script must have ended.
func (d *debugger) close() {
	d.engine.Detach()
	close(d.stopped)
	d.done.Wait()
}

// breakpoints sets breakpoints with one condition on lines of a source, which
// must all be places to stop.
func (d *debugger) breakpoints(path string, lines []int, condition string) {
	d.tb.Helper()
	specs := make([]debug.BreakpointSpec, len(lines))
	for i, line := range lines {
		specs[i] = debug.BreakpointSpec{Line: line, Condition: condition}
	}
	for i, b := range d.engine.SetBreakpoints(debug.Source{Path: path}, specs) {
		if !b.Verified || b.Line != lines[i] {
			d.tb.Fatalf("breakpoint on line %d of %s: verified %v on line %d: %s", lines[i], path, b.Verified, b.Line, b.Message)
		}
	}
}

// Stopped implements debug.Handler.
func (d *debugger) Stopped(s debug.Stop) { d.stopped <- s }

// ThreadStarted implements debug.Handler.
func (d *debugger) ThreadStarted(debug.Thread) {}

// StopEnded implements debug.Handler.
func (d *debugger) StopEnded() {}

// ThreadExited implements debug.Handler.
func (d *debugger) ThreadExited(debug.Thread) {}

// ModuleLoaded implements debug.Handler.
func (d *debugger) ModuleLoaded(debug.Module, bool) {}

// SourceLoaded implements debug.Handler.
func (d *debugger) SourceLoaded(debug.Source) {}

// BreakpointChanged implements debug.Handler.
func (d *debugger) BreakpointChanged(debug.Breakpoint) {}

// LogPoint implements debug.Handler: a condition failed.
func (d *debugger) LogPoint(text string, _ debug.Source, line int) {
	d.tb.Errorf("line %d: %s", line, text)
}
