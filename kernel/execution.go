package kernel

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/runtime"
)

// Request says what to execute.
type Request struct {
	Code string // if File is ""
	File string // a script; relative: below the session's working folder
	Name string // chunk name of Code; "": "=(execution)"
	Args []string
	// Output, if not nil, gets what the script prints, in order, on the goroutine
	// that runs it. It must not keep p, and should return soon: the script waits.
	// One that panics is not called again.
	Output func(stream Stream, p []byte)
	// Flush, if not nil, returns when what Output was given is where the caller wants it,
	// or says why that is not so. The script waits.
	Flush   func() error
	Stdin   io.Reader     // nil: empty. Of it alone, not of the next execution
	Timeout time.Duration // 0: that of the kernel
	// Started, if not nil, is called when the execution leaves the queue, on the
	// goroutine that runs it.
	Started func()
	// Values asks for the results as Go values too.
	Values bool
	// Pretty makes texts for people: see Script.Pretty.
	Pretty bool
}

// Outcome is how an execution has ended.
type Outcome struct {
	Sequence int      // of the execution in its session, from 1
	Texts    []string // the results, as tostring shows them
	// Values are the results as runtime.ToGo gives them, if they were asked for; a
	// value that has no such form is its text.
	Values []any
	// Truncated says that the results were larger than Limits.MaxResult: texts are
	// cut, values are their texts, and what is left has no place at all.
	Truncated bool
	// Err is nil or says why it failed: a *runtime.Error, whose Cause is what Cancel
	// was given if the execution was cancelled, or the context's cause. A script that
	// calls os.exit ends its execution only: Kind is runtime.KindExit and Code its
	// status, unless that is 0, which is no error.
	Err      error
	Started  time.Time // zero if it never left the queue
	Duration time.Duration
}

// executionState tells where an execution is.
type executionState int8

const (
	executionQueued executionState = iota
	executionRuns
	executionEnded
)

// Execution is a piece of Lua that runs, or will, in a session.
type Execution struct {
	hosted   *Hosted
	request  Request
	ctx      context.Context // the submitter's
	sequence int
	timeout  time.Duration
	unwatch  func() bool // stops the watch of ctx; nil: there is none
	done     chan struct{}
	outcome  Outcome // read after done

	// Under Kernel.mu:
	state  executionState
	runCtx context.Context // while it runs
	cancel context.CancelCauseFunc

	muted bool // Output has panicked; for the goroutine that runs it
}

// Sequence is the number of the execution in its session, from 1.
func (x *Execution) Sequence() int { return x.sequence }

// Session returns the session that the execution belongs to.
func (x *Execution) Session() *Hosted { return x.hosted }

// Request returns what is executed.
func (x *Execution) Request() Request { return x.request }

// Context returns the context that the execution was submitted with.
func (x *Execution) Context() context.Context { return x.ctx }

// Ending returns the context that is done when the execution must end: for
// Request.Output and Request.Stdin, if they wait.
func (x *Execution) Ending() context.Context {
	x.hosted.kernel.mu.Lock()
	defer x.hosted.kernel.mu.Unlock()
	if x.runCtx != nil {
		return x.runCtx
	}
	return x.ctx
}

// Done is closed when the execution has ended.
func (x *Execution) Done() <-chan struct{} { return x.done }

// Outcome waits for the end of the execution.
func (x *Execution) Outcome() Outcome {
	<-x.done
	return x.outcome
}

// Running tells whether the execution runs: it has left the queue and has not
// ended.
func (x *Execution) Running() bool {
	x.hosted.kernel.mu.Lock()
	defer x.hosted.kernel.mu.Unlock()
	return x.state == executionRuns
}

// Cancel ends the execution, with cause as the reason. One that is queued has
// ended when Cancel returns. Canceling what has ended does nothing.
func (x *Execution) Cancel(cause error) {
	h := x.hosted
	k := h.kernel
	k.mu.Lock()
	switch x.state {
	case executionRuns:
		x.end(cause)
	case executionQueued:
		if i := slices.Index(h.queue, x); i >= 0 {
			h.queue = slices.Delete(h.queue, i, i+1)
			h.leave()
			x.drop(cause)
			k.checkDrained()
			k.mu.Unlock()
			k.announce([]*Execution{x})
			return
		}
	}
	k.mu.Unlock()
}

// run runs the execution. A reason means that the session cannot be used any
// more.
func (x *Execution) run() (broken string) {
	k, s := x.hosted.kernel, x.hosted.session
	defer x.cancel(nil)
	defer func() {
		if v := recover(); v != nil {
			cause := &runtime.PanicError{Value: v, Stack: debug.Stack()}
			k.opts.Log.Error("panic in an execution", zap.String("session", x.hosted.id), zap.Any("panic", v), zap.ByteString("stack", cause.Stack))
			broken = fmt.Sprintf("an internal error has broken it (%v)", v)
			x.outcome.Err = &runtime.Error{Message: cause.Error() + "; this is a bug, and the session is closed", Cause: cause}
		}
	}()
	x.outcome.Sequence = x.sequence
	x.outcome.Started = time.Now()
	defer func() { x.outcome.Duration = time.Since(x.outcome.Started) }()
	x.started()
	r := &x.request
	s.state.SetTimeLimit(max(shorter(x.timeout, x.hosted.opts.Limits.Time), 0))
	s.state.Host().Stdin = input(r.Stdin)
	name := r.Name
	if name == "" {
		name = "=(execution)"
	}
	result, err := s.Run(x.runCtx, Script{
		File: r.File, Code: r.Code, Name: name, Args: r.Args,
		Texts: true, Values: r.Values, Pretty: r.Pretty, MaxBytes: k.Limits().MaxResult,
	})
	x.outcome.Err = err
	x.outcome.Texts, x.outcome.Values, x.outcome.Truncated = result.Texts, result.Go, result.Truncated
	return ""
}

// started tells those who want to know that the execution has left the queue.
func (x *Execution) started() {
	k := x.hosted.kernel
	if k.opts.Started != nil {
		k.guarded("the callback Started", func() { k.opts.Started(x) })
	}
	if x.request.Started != nil {
		k.guarded("an execution's Started", x.request.Started)
	}
}
