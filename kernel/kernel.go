package kernel

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/runtime"
)

// The errors of a Kernel that callers branch on, each wrapped with details.
var (
	// ErrNoSession: there is no session of that id.
	ErrNoSession = errors.New("no such session")
	// ErrExists: a session of that id exists.
	ErrExists = errors.New("the session exists")
	// ErrInvalidID: the id of a session holds what ids cannot, or is too long.
	ErrInvalidID = errors.New("not a valid session id")
	// ErrBusy: a limit of the kernel is reached; later it may work.
	ErrBusy = errors.New("the kernel is busy")
	// ErrShutdown: the kernel takes no more work.
	ErrShutdown = errors.New("the kernel is shutting down")
	// ErrClosed: the session has been closed.
	ErrClosed = errors.New("the session has been closed")
	// ErrInterrupted is the cause of executions that Interrupt has ended.
	ErrInterrupted = errors.New("interrupted")
)

// Options of a Kernel. The zero value works.
type Options struct {
	ID     string // "": a random one
	Limits Limits
	// Services are what the sessions share; nil: services that keep nothing. The
	// kernel does not close them.
	Services *Services
	// NewSession makes the Lua session of a hosted session from what the kernel
	// wants of it; nil: NewSession.
	NewSession func(SessionOptions, Config) (*Session, error)
	// Opened and Closed, if not nil, are told of sessions: before a session runs
	// anything, and when it runs nothing any more but before it is freed.
	Opened, Closed func(*Hosted)
	// Started and Ended, if not nil, are told of executions on the goroutine that
	// runs them: when they leave the queue, and with their outcome before anybody
	// else has it. They should return soon. Ended alone is told of an execution that
	// is cancelled in the queue.
	Started func(*Execution)
	Ended   func(*Execution, Outcome)
	Log     *zap.Logger // nil: no log
}

// Kernel executes Lua for many clients, in sessions. Its methods may be called by
// any goroutine.
type Kernel struct {
	opts    Options
	cache   *runtime.Cache
	started time.Time

	stateEvents atomic.Bool

	// mu guards all below, and the fields of sessions and executions that say so.
	// Nothing of anybody else's is called while it is held.
	mu       sync.Mutex
	limits   Limits
	sessions map[string]*Hosted
	opening  map[string]context.CancelCauseFunc // sessions that are being made, and what ends that
	ready    []*Hosted                          // sessions that could run something, in the order in which they will
	workers  int                                // goroutines that run executions
	counts   Counts
	lastUse  time.Time
	closing  bool
	drained  chan struct{} // closed when the kernel is closing and nothing is left to run
}

// Counts are what a kernel has done since it was made.
type Counts struct {
	Sessions                                  int64 // opened
	Submitted, Completed, Failed, Interrupted int64 // executions
	Running, Queued                           int   // executions now
}

// New makes a kernel. It costs next to nothing: no goroutine runs until there is
// something to execute.
func New(o Options) *Kernel {
	if o.ID == "" {
		o.ID = newID()
	}
	if o.Services == nil {
		o.Services = NewServices(Openers{})
	}
	if o.NewSession == nil {
		o.NewSession = func(_ SessionOptions, cfg Config) (*Session, error) { return NewSession(cfg) }
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	now := time.Now()
	return &Kernel{
		opts: o, limits: o.Limits.withDefaults(), cache: runtime.NewCache(), started: now, lastUse: now,
		sessions: map[string]*Hosted{}, opening: map[string]context.CancelCauseFunc{}, drained: make(chan struct{}),
	}
}

// newID makes an id that no other kernel or session has: 12 lower-case letters
// and digits.
func newID() string { return strings.ToLower(rand.Text()[:12]) }

// ID returns the kernel's id.
func (k *Kernel) ID() string { return k.opts.ID }

// Started tells when the kernel was made.
func (k *Kernel) Started() time.Time { return k.started }

// Services returns what the sessions share.
func (k *Kernel) Services() *Services { return k.opts.Services }

// idleChunks is how many bytes of compiled chunks an idle kernel keeps for the next
// time: some thousand lines.
const idleChunks = 2 << 20

// Shrink gives back memory that is kept to be faster the next time.
func (k *Kernel) Shrink(ctx context.Context) {
	k.cache.Shrink(idleChunks)
	k.Services().Shrink(ctx)
}

// Counts returns what the kernel has done.
func (k *Kernel) Counts() Counts {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.counts
}

// IdleSince tells since when nothing has run, been queued or been asked in any
// session; busy says that something does, or that a session is held (see
// Hosted.Hold).
func (k *Kernel) IdleSince() (since time.Time, busy bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	busy = k.counts.Running+k.counts.Queued+len(k.opening) > 0
	for _, h := range k.sessions {
		busy = busy || h.held > 0
	}
	return k.lastUse, busy
}

// LastWork tells when something has run, been queued or been asked last in any session:
// now, if something does.
func (k *Kernel) LastWork() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.counts.Running+k.counts.Queued+len(k.opening) > 0 {
		return time.Now()
	}
	return k.lastUse
}

// Open makes a session. Errors wrap ErrExists, ErrBusy, ErrShutdown, or say why
// there can be no such session.
func (k *Kernel) Open(o SessionOptions) (*Hosted, error) {
	return k.OpenContext(context.Background(), o)
}

// OpenContext is Open, unless ctx is done first.
func (k *Kernel) OpenContext(ctx context.Context, o SessionOptions) (*Hosted, error) {
	if o.ID == "" {
		o.ID = newID()
	}
	if err := checkID(o.ID); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if err := k.reserve(o.ID, cancel); err != nil {
		return nil, err
	}
	err := k.begins(&o)
	var h *Hosted
	if err == nil {
		h, err = k.newHosted(ctx, o)
	}
	if err == nil {
		k.guarded("the callback Opened", func() {
			if k.opts.Opened != nil {
				k.opts.Opened(h)
			}
		})
	}
	k.mu.Lock()
	stopping := k.closing
	delete(k.opening, o.ID)
	if err == nil && !stopping {
		k.sessions[o.ID] = h
		k.counts.Sessions++
		h.used()
		h.watch()
	}
	k.checkDrained()
	k.mu.Unlock()
	if err == nil && stopping {
		h.dismantle()
		return nil, ErrShutdown
	}
	if err != nil {
		return nil, err
	}
	k.tellOpened(h)
	return h, nil
}

func (k *Kernel) reserve(id string, cancel context.CancelCauseFunc) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.closing:
		return ErrShutdown
	case k.sessions[id] != nil || k.opening[id] != nil:
		return fmt.Errorf("%w: %s", ErrExists, id)
	case k.limits.MaxSessions > 0 && len(k.sessions)+len(k.opening) >= k.limits.MaxSessions:
		return fmt.Errorf("%w: %d sessions exist, and that is the most that it may have (max_sessions): close one",
			ErrBusy, k.limits.MaxSessions)
	}
	k.opening[id] = cancel
	return nil
}

// checkID refuses ids that are no good name for anything.
func checkID(id string) error {
	if len(id) > 128 {
		return fmt.Errorf("%w: it has %d bytes, and at most 128 are allowed", ErrInvalidID, len(id))
	}
	for _, r := range id {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.:", r)) {
			return fmt.Errorf("%w: %q holds %q; use letters, digits and - _ . : only", ErrInvalidID, id, r)
		}
	}
	return nil
}

// Session finds a session by its id. The error wraps ErrNoSession.
func (k *Kernel) Session(id string) (*Hosted, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if h := k.sessions[id]; h != nil {
		return h, nil
	}
	return nil, fmt.Errorf("%w: %q", ErrNoSession, id)
}

// Sessions returns the sessions that exist, the oldest first.
func (k *Kernel) Sessions() []*Hosted {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := make([]*Hosted, 0, len(k.sessions))
	for _, h := range k.sessions {
		out = append(out, h)
	}
	slices.SortFunc(out, func(a, b *Hosted) int {
		if c := a.created.Compare(b.created); c != 0 {
			return c
		}
		return strings.Compare(a.id, b.id)
	})
	return out
}

// Drain refuses new work and waits for what runs and what is queued. When ctx is
// done, what is left is interrupted. Then all sessions are closed; the kernel is
// of no use any more. It must not be called by an execution's callbacks.
func (k *Kernel) Drain(ctx context.Context) {
	k.mu.Lock()
	k.closing = true
	k.checkDrained()
	k.mu.Unlock()
	select {
	case <-k.drained:
	case <-ctx.Done():
		k.mu.Lock()
		for _, cancel := range k.opening {
			cancel(ErrShutdown) // nobody waits for this context but the making of the session
		}
		k.mu.Unlock()
		for _, h := range k.Sessions() {
			h.interrupt(true, ErrShutdown)
		}
		<-k.drained
	}
	for _, h := range k.Sessions() {
		h.Close()
		<-h.gone // somebody else may be closing it
	}
}

// Close is Drain that waits for nothing.
func (k *Kernel) Close() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	k.Drain(ctx)
}

// checkDrained tells Drain when nothing is left. Under k.mu.
func (k *Kernel) checkDrained() {
	if !k.closing || k.workers+k.counts.Queued+len(k.opening) > 0 {
		return
	}
	select {
	case <-k.drained:
	default:
		close(k.drained)
	}
}

// guarded calls somebody else's code, whose panic must not end the kernel.
func (k *Kernel) guarded(what string, call func()) {
	defer func() {
		if v := recover(); v != nil {
			k.opts.Log.Error("panic in "+what, zap.Any("panic", v), zap.Stack("stack"))
		}
	}()
	call()
}
