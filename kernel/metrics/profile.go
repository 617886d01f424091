package metrics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"slices"
	"strings"
	"sync"
	"time"
)

// The bounds of profiles.
const (
	DefaultProfileTime = 10 * time.Second
	MaxProfileTime     = 5 * time.Minute
	// MaxProfileBytes is how large a profile may become; only traces come near.
	MaxProfileBytes = 256 << 20
)

// ErrProfileBusy: a profile of that kind is being taken.
var ErrProfileBusy = errors.New("a profile of that kind is being taken: try again when it has ended")

// ProfileKinds are what Profiler.Write can take.
func ProfileKinds() []string {
	return []string{"cpu", "heap", "goroutine", "allocs", "block", "mutex", "threadcreate", "trace"}
}

// Profiler takes profiles of this process, of its Go code. The zero value is
// ready. A process should have one: a second could not see that the first takes
// a profile. Its methods may be called by any goroutine.
type Profiler struct {
	mu   sync.Mutex
	busy map[string]bool
}

// Write takes a profile and writes it: in the format of `go tool pprof`, or of
// `go tool trace` for trace. cpu, block, mutex and trace look on for a time: took,
// or DefaultProfileTime if it is zero, and end early, with what they have seen,
// when ctx is done. The other kinds are pictures of the moment.
//
// Errors: an unknown kind, a time beyond MaxProfileTime, ErrProfileBusy, or what
// w has answered.
func (p *Profiler) Write(ctx context.Context, w io.Writer, kind string, took time.Duration) error {
	if took == 0 {
		took = DefaultProfileTime
	}
	switch {
	case !slices.Contains(ProfileKinds(), kind):
		return fmt.Errorf("there is no profile %q: use one of %s", kind, strings.Join(ProfileKinds(), ", "))
	case took < 0 || took > MaxProfileTime:
		return fmt.Errorf("a profile cannot take %v: use more than 0 and at most %v", took, MaxProfileTime)
	}
	if !p.begin(kind) {
		return fmt.Errorf("%s: %w", kind, ErrProfileBusy)
	}
	defer p.end(kind)
	out := &bounded{w: w, left: MaxProfileBytes}
	err := write(ctx, out, kind, took)
	if out.err != nil {
		err = out.err // the runtime does not tell of failed writes
	}
	if err != nil {
		return fmt.Errorf("take the %s profile: %w", kind, err)
	}
	return nil
}

func write(ctx context.Context, w *bounded, kind string, took time.Duration) error {
	switch kind {
	case "cpu":
		if err := pprof.StartCPUProfile(w); err != nil {
			return fmt.Errorf("%w (%w)", ErrProfileBusy, err)
		}
		wait(ctx, took)
		pprof.StopCPUProfile()
		return nil
	case "trace":
		full, stop := context.WithCancel(ctx)
		defer stop()
		w.full = stop
		if err := trace.Start(w); err != nil {
			return fmt.Errorf("%w (%w)", ErrProfileBusy, err)
		}
		wait(full, took)
		trace.Stop()
		return nil
	case "block":
		runtime.SetBlockProfileRate(int(10 * time.Microsecond)) // one event for each 10 µs that was waited
		wait(ctx, took)
		runtime.SetBlockProfileRate(0)
	case "mutex":
		before := runtime.SetMutexProfileFraction(10)
		wait(ctx, took)
		runtime.SetMutexProfileFraction(before)
	case "heap", "allocs":
		runtime.GC() // the figures are those of the last collection
	}
	return pprof.Lookup(kind).WriteTo(w, 0)
}

// begin says whether no profile of that kind is being taken.
func (p *Profiler) begin(kind string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy[kind] {
		return false
	}
	if p.busy == nil {
		p.busy = map[string]bool{}
	}
	p.busy[kind] = true
	return true
}

func (p *Profiler) end(kind string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.busy, kind)
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// bounded is a writer that stops at a size, and remembers the first error. One
// goroutine writes to it, and has ended before the error is read.
type bounded struct {
	w    io.Writer
	left int64
	err  error
	full func() // called when it takes nothing more; may be nil
}

func (b *bounded) Write(p []byte) (n int, err error) {
	if b.err != nil {
		return 0, b.err
	}
	if int64(len(p)) > b.left {
		err = fmt.Errorf("it is larger than %d MB: use less time", MaxProfileBytes>>20)
	} else {
		n, err = b.w.Write(p)
	}
	b.left -= int64(n)
	if b.err = err; err != nil && b.full != nil {
		b.full()
	}
	return n, err
}
