package kernel

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
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
	// ErrBusy: a limit of the kernel is reached; later it may work.
	ErrBusy = errors.New("the kernel is busy")
	// ErrShutdown: the kernel takes no more work.
	ErrShutdown = errors.New("the kernel is shutting down")
	// ErrClosed: the session has been closed.
	ErrClosed = errors.New("the session has been closed")
	// ErrInterrupted is the cause of executions that Interrupt has ended.
	ErrInterrupted = errors.New("interrupted")
)

// Limits of a Kernel. A field that is zero takes its value from DefaultLimits; a
// negative one means no limit.
type Limits struct {
	MaxSessions      int           // sessions that exist at once
	MaxParallel      int           // executions that run at once, in all sessions
	MaxQueue         int           // executions that wait in one session
	ExecutionTimeout time.Duration // of each execution
	IdleTimeout      time.Duration // a session that was not used for so long is closed
}

// DefaultLimits are those of a kernel that serves one user.
func DefaultLimits() Limits {
	return Limits{MaxSessions: 100, MaxParallel: 10, MaxQueue: 1000, ExecutionTimeout: -1, IdleTimeout: -1}
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	for _, f := range []struct{ v, d *int }{{&l.MaxSessions, &d.MaxSessions}, {&l.MaxParallel, &d.MaxParallel}, {&l.MaxQueue, &d.MaxQueue}} {
		if *f.v == 0 {
			*f.v = *f.d
		}
	}
	if l.ExecutionTimeout == 0 {
		l.ExecutionTimeout = d.ExecutionTimeout
	}
	if l.IdleTimeout == 0 {
		l.IdleTimeout = d.IdleTimeout
	}
	return l
}

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
	Log            *zap.Logger // nil: no log
}

// Kernel executes Lua for many clients, in sessions. Its methods may be called by
// any goroutine.
type Kernel struct {
	opts    Options
	limits  Limits
	cache   *runtime.Cache
	started time.Time
	slots   chan struct{} // one for each execution that runs; nil: no limit
	ctx     context.Context
	stop    context.CancelCauseFunc

	mu       sync.Mutex
	sessions map[string]*Hosted
	opening  map[string]bool
	closing  bool
	running  sync.WaitGroup // goroutines that run sessions' queues
	counts   Counts
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
	k := &Kernel{
		opts: o, limits: o.Limits.withDefaults(), cache: runtime.NewCache(), started: time.Now(),
		sessions: map[string]*Hosted{}, opening: map[string]bool{},
	}
	if k.limits.MaxParallel > 0 {
		k.slots = make(chan struct{}, k.limits.MaxParallel)
	}
	k.ctx, k.stop = context.WithCancelCause(context.Background())
	return k
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

// Limits returns the limits in force.
func (k *Kernel) Limits() Limits {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.limits
}

// SetLimits changes the limits, for executions and sessions from now on.
// MaxParallel stays as it was made.
func (k *Kernel) SetLimits(l Limits) {
	k.mu.Lock()
	defer k.mu.Unlock()
	parallel := k.limits.MaxParallel
	k.limits = l.withDefaults()
	k.limits.MaxParallel = parallel
}

// Counts returns what the kernel has done.
func (k *Kernel) Counts() Counts {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.counts
}

// Open makes a session. Errors wrap ErrExists, ErrBusy, ErrShutdown, or say why
// there can be no such session.
func (k *Kernel) Open(o SessionOptions) (*Hosted, error) {
	if o.ID == "" {
		o.ID = newID()
	}
	if err := checkID(o.ID); err != nil {
		return nil, err
	}
	if err := k.reserve(o.ID); err != nil {
		return nil, err
	}
	h, err := k.newHosted(o)
	k.mu.Lock()
	delete(k.opening, o.ID)
	if err == nil && k.closing {
		err = ErrShutdown
	}
	if err == nil {
		k.sessions[o.ID] = h
		k.counts.Sessions++
	}
	k.mu.Unlock()
	if err != nil {
		if h != nil {
			h.free()
		}
		return nil, err
	}
	h.touch()
	if k.opts.Opened != nil {
		k.opts.Opened(h)
	}
	return h, nil
}

func (k *Kernel) reserve(id string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.closing:
		return ErrShutdown
	case k.sessions[id] != nil || k.opening[id]:
		return fmt.Errorf("%w: %s", ErrExists, id)
	case k.limits.MaxSessions > 0 && len(k.sessions)+len(k.opening) >= k.limits.MaxSessions:
		return fmt.Errorf("%w: %d sessions exist, and that is the most that it may have (max_sessions): close one",
			ErrBusy, k.limits.MaxSessions)
	}
	k.opening[id] = true
	return nil
}

// checkID refuses ids that are no good name for anything.
func checkID(id string) error {
	if len(id) > 128 {
		return fmt.Errorf("the session id has %d characters: at most 128 are allowed", len(id))
	}
	for _, r := range id {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.:", r)) {
			return fmt.Errorf("the session id %q holds %q: use letters, digits and - _ . :", id, r)
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
// done, what still runs is interrupted. Then all sessions are closed; the kernel
// is of no use any more.
func (k *Kernel) Drain(ctx context.Context) {
	k.mu.Lock()
	k.closing = true
	k.mu.Unlock()
	idle := make(chan struct{})
	go func() {
		k.running.Wait()
		close(idle)
	}()
	select {
	case <-idle:
	case <-ctx.Done():
		k.stop(ErrShutdown)
		<-idle
	}
	for _, h := range k.Sessions() {
		h.Close()
	}
	k.stop(ErrShutdown)
}

// Close is Drain that waits for nothing.
func (k *Kernel) Close() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	k.Drain(ctx)
}
