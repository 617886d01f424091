package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// StopOptions say how a kernel is stopped.
type StopOptions struct {
	// Shutdown asks the kernel to end, as a client; nil: signals alone do.
	Shutdown func(context.Context, Record) error
	// Timeout is how long running work may go on.
	Timeout time.Duration
	// Force does not wait for running work.
	Force bool
	// KeepFiles leaves what a killed kernel leaves behind.
	KeepFiles bool
}

// StopResult says how a kernel ended.
type StopResult string

// The results of Stop.
const (
	Drained    StopResult = "stopped"    // it ended by itself
	Terminated StopResult = "terminated" // by SIGTERM
	Killed     StopResult = "killed"     // by SIGKILL
)

// How long a kernel may take to clean up, and to die. One that has said that it will
// end is at work, if slowly on a busy machine; one that does not answer has less time.
const (
	cleanupPatience = 15 * time.Second
	termPatience    = 3 * time.Second
	killPatience    = 10 * time.Second
)

// Stop ends a kernel: it is asked to, then told to (SIGTERM), then killed. The
// error says that it lives on.
func (r Root) Stop(ctx context.Context, rec Record, o StopOptions) (StopResult, error) {
	work := o.Timeout
	if o.Force {
		work = 0
	}
	if o.Shutdown != nil && rec.Alive() {
		asked, cancel := context.WithTimeout(ctx, work+cleanupPatience)
		err := o.Shutdown(asked, rec)
		cancel()
		if ctx.Err() != nil {
			return "", fmt.Errorf("stop kernel %q: %w: it goes on shutting down", rec.ID, context.Cause(ctx))
		}
		if err == nil && rec.waitGone(work+cleanupPatience) {
			return Drained, nil
		}
	}
	// A kernel that was asked and has not ended is stuck. One that could not be asked may
	// be busy, and drains on SIGTERM.
	patience := termPatience
	if o.Shutdown == nil {
		patience = work + cleanupPatience
	}
	if err := rec.Signal(syscall.SIGTERM); err == nil && rec.waitGone(patience) {
		return Terminated, nil
	}
	err := rec.Signal(os.Kill)
	if err != nil && !errors.Is(err, ErrGone) {
		return "", fmt.Errorf("stop kernel %q: %w", rec.ID, err)
	}
	if !rec.waitGone(killPatience) {
		return "", fmt.Errorf("stop kernel %q: process %d does not end, although it was killed: it hangs in the system", rec.ID, rec.PID)
	}
	if !o.KeepFiles && rec.Folder != "" {
		_, _, _ = r.look(rec.Folder, true) // what is left shows in the next listing
	}
	if err != nil {
		return Terminated, nil
	}
	return Killed, nil
}
