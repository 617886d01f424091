package kernel

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
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
	Env  map[string]*string // laid over the environment; nil removes a variable
	// BaseEnv is the environment; nil: the process's. See Config.BaseEnv.
	BaseEnv map[string]string
	// Sandbox is what scripts may touch; nil: sandbox.Restricted(Dir).
	Sandbox *sandbox.Sandbox
	Limits  runtime.Limits // of each execution
	// Record is the id of the session in the archive in which executions are
	// journaled, and whose variables are there; "": none. See Config.SessionID.
	Record string
	// Meta is for the maker of the session; the kernel does not look at it.
	Meta any
}

// Hosted is a session of a Kernel: a Session with a queue of executions, of which
// one runs at a time. Variables last between executions. Its methods may be
// called by any goroutine.
type Hosted struct {
	kernel  *Kernel
	id      string
	opts    SessionOptions
	created time.Time
	session *Session
	running atomic.Pointer[Execution] // current, for what the script prints
	gone    chan struct{}             // closed when the session has been freed

	// Under Kernel.mu:
	queue   []*Execution
	current *Execution
	closed  bool
	reason  string // why it was closed, if not by Close
	held    int
	last    time.Time // of its last use
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

func (k *Kernel) newHosted(ctx context.Context, o SessionOptions) (*Hosted, error) {
	h := &Hosted{kernel: k, id: o.ID, created: time.Now(), gone: make(chan struct{})}
	if o.Dir == "" {
		var err error
		if o.Dir, err = os.Getwd(); err != nil {
			return nil, fmt.Errorf("the working folder is not known: %w", err)
		}
	}
	h.opts = o
	var err error
	cfg := k.config(o)
	cfg.Loading = ctx
	cfg.Stdout, cfg.Stderr = streamWriter{h, Stdout}, streamWriter{h, Stderr}
	h.session, err = k.opts.NewSession(o, cfg)
	if err != nil {
		return nil, err
	}
	if _, err := h.session.inspect(context.Background()); err != nil { // before scripts change the libraries
		_ = h.session.Close() // never fails
		return nil, err
	}
	return h, nil
}

// config is what the kernel wants of a session.
func (k *Kernel) config(o SessionOptions) Config {
	return Config{
		ID: o.ID, SessionID: o.Record, Dir: o.Dir, Env: o.Env, BaseEnv: o.BaseEnv, Limits: o.Limits, Cache: k.cache, Sandbox: o.Sandbox,
		Services: k.opts.Services, Log: k.opts.Log.With(zap.String("session", o.ID)),
	}
}

// ID returns the session's id.
func (h *Hosted) ID() string { return h.id }

// Kernel returns the kernel that hosts the session.
func (h *Hosted) Kernel() *Kernel { return h.kernel }

// Options returns what the session was made with. Dir is never empty.
func (h *Hosted) Options() SessionOptions { return h.opts }

// Session returns the Lua session. What it offers belongs to the goroutine that
// runs the session's executions, except State().Do and what goes through it.
func (h *Hosted) Session() *Session { return h.session }

// Info returns what is known of the session.
func (h *Hosted) Info() SessionInfo {
	h.kernel.mu.Lock()
	defer h.kernel.mu.Unlock()
	return SessionInfo{
		ID: h.id, Name: h.opts.Name, Dir: h.opts.Dir, Created: h.created, LastUse: h.last,
		Busy: h.current != nil, Queued: len(h.queue), Executions: h.count,
	}
}

// Submit queues an execution, which runs when those before it have ended. When
// ctx is done the execution ends, also while it is queued. Errors wrap ErrBusy,
// ErrClosed or ErrShutdown.
func (h *Hosted) Submit(ctx context.Context, r Request) (*Execution, error) {
	if ctx == nil {
		ctx = context.Background()
	}
	x := &Execution{hosted: h, request: r, ctx: ctx, done: make(chan struct{})}
	k := h.kernel
	k.mu.Lock()
	if err := h.admits(); err != nil {
		k.mu.Unlock()
		return nil, err
	}
	x.timeout = shorter(r.Timeout, k.limits.ExecutionTimeout)
	h.count++
	x.sequence = h.count
	if ctx.Done() != nil {
		x.unwatch = context.AfterFunc(ctx, func() { x.Cancel(context.Cause(ctx)) })
	}
	h.queue = append(h.queue, x)
	k.counts.Submitted++
	k.counts.Queued++
	h.used()
	if h.current == nil && len(h.queue) == 1 {
		k.ready = append(k.ready, h)
	}
	k.dispatch()
	k.mu.Unlock()
	return x, nil
}

// admits tells why the session takes no execution, or nil. Under Kernel.mu.
func (h *Hosted) admits() error {
	limit := h.kernel.limits.MaxQueue
	switch {
	case h.kernel.closing:
		return ErrShutdown
	case h.closed && h.reason != "":
		return fmt.Errorf("%w: %s: %s", ErrClosed, h.id, h.reason)
	case h.closed:
		return fmt.Errorf("%w: %s", ErrClosed, h.id)
	case limit > 0 && len(h.queue) >= limit:
		return fmt.Errorf("%w: %d executions wait in session %s, and that is the most that may (queue_length): wait for some to end",
			ErrBusy, len(h.queue), h.id)
	}
	return nil
}

// Interrupt ends the execution that runs, if any, and those that are queued, if
// all is set. The session stays usable. It returns how many were ended.
func (h *Hosted) Interrupt(all bool) int { return h.interrupt(all, ErrInterrupted) }

func (h *Hosted) interrupt(all bool, cause error) (n int) {
	k := h.kernel
	k.mu.Lock()
	var ended []*Execution
	if all {
		ended = h.clearQueue(cause)
	}
	n = len(ended)
	if h.current != nil {
		n++
		h.current.end(cause)
	}
	k.mu.Unlock()
	k.announce(ended)
	return n
}

// Execution returns the execution that runs, or nil.
func (h *Hosted) Execution() *Execution { return h.running.Load() }

// Close ends what runs and what is queued, and frees the session. Closing again
// does nothing. It must not be called by an execution's callbacks.
func (h *Hosted) Close() { h.close("", false) }

// close is Close for a reason, of an idle session only if idle is set.
func (h *Hosted) close(reason string, idle bool) {
	k := h.kernel
	k.mu.Lock()
	if h.closed || idle && !h.expired() {
		k.mu.Unlock()
		return
	}
	h.closed, h.reason = true, reason
	ended := h.clearQueue(ErrClosed)
	current := h.current
	if current != nil {
		current.end(ErrClosed)
	}
	k.mu.Unlock()
	k.announce(ended)
	if current != nil {
		<-current.done
	}
	if reason != "" {
		k.opts.Log.Info("session closed", zap.String("session", h.id), zap.String("reason", reason))
	}
	h.dismantle()
}

// dismantle frees a session in which nothing runs any more.
func (h *Hosted) dismantle() {
	k := h.kernel
	k.guarded("the callback Closed", func() {
		if k.opts.Closed != nil {
			k.opts.Closed(h)
		}
	})
	k.guarded("the hooks of a session's end", func() { k.tellClosed(h) })
	k.guarded("closing a session", func() { _ = h.session.Close() }) // never fails
	k.mu.Lock()
	if h.timer != nil {
		h.timer.Stop()
	}
	if k.sessions[h.id] == h {
		delete(k.sessions, h.id)
	}
	k.lastUse = time.Now()
	k.mu.Unlock()
	close(h.gone)
}

// Done is closed when the session has been closed and freed.
func (h *Hosted) Done() <-chan struct{} { return h.gone }
