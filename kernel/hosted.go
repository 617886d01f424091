package kernel

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// SessionOptions say what a session of a Kernel is like.
type SessionOptions struct {
	ID   string             // "": a random one
	Name string             // for people
	Dir  string             // working folder; "": the process's
	Env  map[string]*string // laid over the process's environment; nil removes a variable
	// Sandbox is what scripts may touch; nil: sandbox.Restricted(Dir).
	Sandbox *sandbox.Sandbox
	Limits  runtime.Limits // of each execution
	// Meta is for the maker of the session; the kernel does not look at it.
	Meta any
}

// Hosted is a session of a Kernel: a Session with a queue of executions, of which
// one runs at a time. Its methods may be called by any goroutine.
type Hosted struct {
	kernel  *Kernel
	id      string
	opts    SessionOptions
	created time.Time
	session *Session

	mu      sync.Mutex
	queue   []*Execution
	current *Execution
	runs    bool // a goroutine runs the queue
	closed  bool
	idle    *sync.Cond // current, queue or closed have changed
	last    time.Time  // of its last use
	timer   *time.Timer
	count   int // executions that were submitted
}

// SessionInfo is what is known of a session.
type SessionInfo struct {
	ID, Name, Dir    string
	Created, LastUse time.Time
	Busy             bool
	Queued           int
	Executions       int // submitted so far
}

func (k *Kernel) newHosted(o SessionOptions) (*Hosted, error) {
	h := &Hosted{kernel: k, id: o.ID, opts: o, created: time.Now()}
	h.idle = sync.NewCond(&h.mu)
	dir := o.Dir
	if dir == "" {
		var err error
		if dir, err = os.Getwd(); err != nil {
			return nil, fmt.Errorf("the working folder is not known: %w", err)
		}
	}
	var err error
	h.session, err = k.opts.NewSession(o, Config{
		ID:     o.ID,
		Stdout: streamWriter{h, Stdout}, Stderr: streamWriter{h, Stderr}, Stdin: stdinReader{h},
		Dir: dir, Env: o.Env, Limits: o.Limits, Cache: k.cache, Sandbox: o.Sandbox,
		Services: k.opts.Services, Log: k.opts.Log.With(zap.String("session", o.ID)),
	})
	if err != nil {
		return nil, err
	}
	return h, nil
}

// ID returns the session's id.
func (h *Hosted) ID() string { return h.id }

// Options returns what the session was made with.
func (h *Hosted) Options() SessionOptions { return h.opts }

// Session returns the Lua session. What it offers belongs to the goroutine that
// runs the session's executions, except State().Do and what goes through it.
func (h *Hosted) Session() *Session { return h.session }

// Info returns what is known of the session.
func (h *Hosted) Info() SessionInfo {
	h.mu.Lock()
	defer h.mu.Unlock()
	return SessionInfo{
		ID: h.id, Name: h.opts.Name, Dir: h.opts.Dir, Created: h.created, LastUse: h.last,
		Busy: h.current != nil, Queued: len(h.queue), Executions: h.count,
	}
}

// Submit queues an execution, which runs when those before it have ended. When
// ctx is done the execution ends, also while it is queued. Errors wrap ErrBusy,
// ErrClosed or ErrShutdown.
func (h *Hosted) Submit(ctx context.Context, r Request) (*Execution, error) {
	k := h.kernel
	x := &Execution{hosted: h, request: r, ctx: ctx, done: make(chan struct{})}
	h.mu.Lock()
	defer h.mu.Unlock()
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.closing:
		return nil, ErrShutdown
	case h.closed:
		return nil, fmt.Errorf("%w: %s", ErrClosed, h.id)
	case k.limits.MaxQueue > 0 && len(h.queue) >= k.limits.MaxQueue:
		return nil, fmt.Errorf("%w: %d executions wait in session %s, and that is the most that may (queue_length)", ErrBusy, len(h.queue), h.id)
	}
	x.timeout = shorter(r.Timeout, k.limits.ExecutionTimeout)
	h.count++
	x.sequence = h.count
	h.queue = append(h.queue, x)
	h.last = time.Now()
	k.counts.Submitted++
	k.counts.Queued++
	if !h.runs {
		h.runs = true
		k.running.Add(1)
		go h.runQueue()
	}
	return x, nil
}

func shorter(a, b time.Duration) time.Duration {
	if a <= 0 || b > 0 && b < a {
		return b
	}
	return a
}

// runQueue runs executions until none is left.
func (h *Hosted) runQueue() {
	defer h.kernel.running.Done()
	for {
		h.mu.Lock()
		h.current = nil
		h.last = time.Now()
		if len(h.queue) == 0 {
			h.queue, h.runs = nil, false
			h.idle.Broadcast()
			h.mu.Unlock()
			h.touch()
			return
		}
		x := h.queue[0]
		h.queue = h.queue[1:]
		h.current = x
		h.mu.Unlock()
		x.run()
	}
}

// Interrupt ends the execution that runs, if any, and those that are queued, if
// all is set. The session stays usable. It returns how many were ended.
func (h *Hosted) Interrupt(all bool) int {
	h.mu.Lock()
	var ended []*Execution
	if h.current != nil {
		ended = append(ended, h.current)
	}
	if all {
		ended = append(ended, h.queue...)
	}
	h.mu.Unlock()
	for _, x := range ended {
		x.Cancel(ErrInterrupted)
	}
	return len(ended)
}

// Execution returns the execution that runs, or nil.
func (h *Hosted) Execution() *Execution {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.current
}

// Close ends what runs and what is queued, and frees the session. Closing again
// does nothing.
func (h *Hosted) Close() {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return
	}
	h.closed = true
	if h.timer != nil {
		h.timer.Stop()
	}
	ended := append([]*Execution{}, h.queue...)
	if h.current != nil {
		ended = append(ended, h.current)
	}
	h.mu.Unlock()
	for _, x := range ended {
		x.Cancel(ErrClosed)
	}
	h.mu.Lock()
	for h.runs {
		h.idle.Wait()
	}
	h.mu.Unlock()
	k := h.kernel
	k.mu.Lock()
	delete(k.sessions, h.id)
	k.mu.Unlock()
	if k.opts.Closed != nil {
		k.opts.Closed(h)
	}
	h.free()
}

func (h *Hosted) free() { _ = h.session.Close() } // never fails

// touch starts the idle timeout again.
func (h *Hosted) touch() {
	limit := h.kernel.Limits().IdleTimeout
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last = time.Now()
	if limit <= 0 || h.closed {
		return
	}
	if h.timer != nil {
		h.timer.Stop()
	}
	h.timer = time.AfterFunc(limit, func() { h.expire(limit) })
}

// expire closes the session if it was not used for so long.
func (h *Hosted) expire(limit time.Duration) {
	h.mu.Lock()
	idle := !h.runs && !h.closed && time.Since(h.last) >= limit
	h.mu.Unlock()
	if idle {
		h.kernel.opts.Log.Info("session closed: it was idle", zap.String("session", h.id), zap.Duration("for", limit))
		h.Close()
	}
}

// streamWriter is a session's stdout or stderr: the output of the execution that
// runs.
type streamWriter struct {
	h      *Hosted
	stream Stream
}

// Write never fails: a script goes on when nobody listens.
func (w streamWriter) Write(p []byte) (int, error) {
	if x := w.h.Execution(); x != nil && x.request.Output != nil && len(p) > 0 {
		x.request.Output(w.stream, p)
	}
	return len(p), nil
}

// stdinReader is a session's stdin: that of the execution that runs.
type stdinReader struct{ h *Hosted }

func (r stdinReader) Read(p []byte) (int, error) {
	if x := r.h.Execution(); x != nil && x.request.Stdin != nil {
		return x.request.Stdin.Read(p)
	}
	return 0, io.EOF
}
