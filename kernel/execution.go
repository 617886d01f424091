package kernel

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/llmspell/llmspell/runtime"
)

// Stream is one of a script's output streams.
type Stream string

// The output streams.
const (
	Stdout Stream = "stdout"
	Stderr Stream = "stderr"
)

// Request says what to execute.
type Request struct {
	Code string // if File is ""
	File string // a script; relative: below the session's working folder
	Name string // chunk name of Code; "": "=(execution N)"
	Args []string
	// Output, if not nil, gets what the script prints, in order, on the goroutine
	// that runs it. It must not keep p, and should return soon: the script waits.
	Output  func(stream Stream, p []byte)
	Stdin   io.Reader     // nil: empty
	Timeout time.Duration // 0: that of the kernel
	// Started, if not nil, is called when the execution leaves the queue.
	Started func()
	// Values asks for the results as Go values too.
	Values bool
}

// Outcome is how an execution has ended.
type Outcome struct {
	Sequence int      // of the execution in its session, from 1
	Texts    []string // the results, as tostring shows them
	// Values are the results as runtime.ToGo gives them, if they were asked for; a
	// value that has no such form is its text.
	Values []any
	// Err is nil or says why it failed: a *runtime.Error, whose Cause is what Cancel
	// was given if the execution was cancelled.
	Err      error
	Started  time.Time // zero if it never left the queue
	Duration time.Duration
}

// Execution is a piece of Lua that runs, or will, in a session.
type Execution struct {
	hosted   *Hosted
	request  Request
	ctx      context.Context
	sequence int
	timeout  time.Duration
	done     chan struct{}
	outcome  Outcome // read after done

	mu     sync.Mutex
	cancel context.CancelCauseFunc // while it runs
	cause  error                   // why it was cancelled
}

// Sequence is the number of the execution in its session, from 1.
func (x *Execution) Sequence() int { return x.sequence }

// Done is closed when the execution has ended.
func (x *Execution) Done() <-chan struct{} { return x.done }

// Outcome waits for the end of the execution.
func (x *Execution) Outcome() Outcome {
	<-x.done
	return x.outcome
}

// Cancel ends the execution, with cause as the reason.
func (x *Execution) Cancel(cause error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.cause == nil {
		x.cause = cause
	}
	if x.cancel != nil {
		x.cancel(cause)
	}
}

// run runs the execution on the session's goroutine.
func (x *Execution) run() {
	k := x.hosted.kernel
	defer close(x.done)
	ctx, cancel := context.WithCancelCause(x.ctx)
	defer cancel(nil)
	stop := context.AfterFunc(k.ctx, func() { cancel(context.Cause(k.ctx)) })
	defer stop()
	x.mu.Lock()
	x.cancel = cancel
	if x.cause != nil {
		cancel(x.cause)
	}
	x.mu.Unlock()

	waited := x.acquire(ctx)
	k.count(func(c *Counts) { c.Queued--; c.Running++ })
	if waited {
		x.execute(ctx)
		x.release()
	} else {
		x.outcome.Err = x.cancelled(ctx)
	}
	x.outcome.Sequence = x.sequence
	k.count(func(c *Counts) {
		c.Running--
		var e *runtime.Error
		switch {
		case x.outcome.Err == nil:
			c.Completed++
		case errors.As(x.outcome.Err, &e) && e.Kind == runtime.KindCancelled:
			c.Interrupted++
		default:
			c.Failed++
		}
	})
}

func (k *Kernel) count(f func(*Counts)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	f(&k.counts)
}

// acquire waits for one of the kernel's slots; false: ctx is done.
func (x *Execution) acquire(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	slots := x.hosted.kernel.slots
	if slots == nil {
		return true
	}
	select {
	case slots <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (x *Execution) release() {
	if slots := x.hosted.kernel.slots; slots != nil {
		<-slots
	}
}

func (x *Execution) cancelled(ctx context.Context) error {
	return &runtime.Error{Kind: runtime.KindCancelled, Message: "execution cancelled", Cause: context.Cause(ctx)}
}

func (x *Execution) execute(ctx context.Context) {
	r, s := &x.request, x.hosted.session
	if r.Started != nil {
		r.Started()
	}
	x.outcome.Started = time.Now()
	s.state.SetTimeLimit(max(shorter(x.timeout, x.hosted.opts.Limits.Time), 0))
	var result Result
	if r.File != "" {
		result, x.outcome.Err = s.RunFile(ctx, r.File, r.Args)
	} else {
		name := r.Name
		if name == "" {
			name = "=(execution)"
		}
		result, x.outcome.Err = s.RunString(ctx, r.Code, name, r.Args)
	}
	x.outcome.Texts = result.Texts(s)
	if r.Values {
		for i, v := range result.Values {
			g, err := runtime.ToGo(v, runtime.ConvertLimits{})
			if err != nil {
				g = x.outcome.Texts[i]
			}
			x.outcome.Values = append(x.outcome.Values, g)
		}
	}
	x.outcome.Duration = time.Since(x.outcome.Started)
}
