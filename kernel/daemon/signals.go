package daemon

import (
	"context"
	"os"
	"os/signal"
	"slices"
	"time"
)

// Actions are what signals do to a kernel. All of them return soon.
type Actions struct {
	// Interrupt ends what runs, and tells whether there was anything.
	Interrupt func() bool
	// Drain ends the kernel when running work has ended; Stop ends it now.
	Drain, Stop func()
	// Reload reads the configuration again and opens the log anew; Dump logs what the
	// program does.
	Reload, Dump func()
}

// again is how soon a second interrupt is meant as one.
const again = 2 * time.Second

// Signals acts on signals until ctx is done: SIGINT interrupts what runs; a second
// one, or one when nothing runs, ends the kernel; SIGTERM drains it, and a second
// one ends it; SIGHUP reloads; SIGUSR1 dumps. It catches them before it returns, and
// the function that it returns waits until it has let go of them.
func Signals(ctx context.Context, a Actions) (wait func()) { return signals(ctx, a, again) }

func signals(ctx context.Context, a Actions, again time.Duration) (wait func()) {
	all := append([]os.Signal{os.Interrupt, sigTerm}, sigHangup...)
	all = append(all, sigDump...)
	c := make(chan os.Signal, 8)
	signal.Notify(c, all...)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer signal.Stop(c)
		var last time.Time
		draining := false
		for {
			select {
			case <-ctx.Done():
				return
			case sig := <-c:
				switch {
				case sig == os.Interrupt:
					second := !last.IsZero() && time.Since(last) < again
					last = time.Now()
					switch {
					case second || draining:
						a.Stop()
					case !a.Interrupt():
						draining = true
						a.Drain()
					}
				case sig == sigTerm && draining:
					a.Stop()
				case sig == sigTerm:
					draining = true
					a.Drain()
				case slices.Contains(sigHangup, sig):
					a.Reload()
				case slices.Contains(sigDump, sig):
					a.Dump()
				}
			}
		}
	}()
	return func() { <-done }
}
