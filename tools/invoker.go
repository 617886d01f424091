package tools

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

// What an Invoker takes for Options that are zero.
const (
	DefaultTimeout      = 30 * time.Second
	DefaultGrace        = 100 * time.Millisecond
	DefaultMaxAbandoned = 16
	DefaultCacheBytes   = 32 << 20
)

// Observation is what a metrics hook learns of one call.
type Observation struct {
	Tool      string
	Operation string
	Duration  time.Duration
	Err       *tool.Error // nil when the call worked
}

// Options of an Invoker. The zero value works.
type Options struct {
	// Sandbox is what calls may touch that bring none of their own. Nil: the
	// process's working folder and the temp folder.
	Sandbox *sandbox.Sandbox
	// Timeout of calls of tools that have none of their own. 0: DefaultTimeout.
	Timeout time.Duration
	// Grace is how long a tool may take to return once its call must end. Then
	// the caller is answered without it. 0: DefaultGrace.
	Grace time.Duration
	// MaxAbandoned is how many calls of one tool may go on in the background
	// because the tool did not stop in time; more are refused until one ends. 0:
	// DefaultMaxAbandoned.
	MaxAbandoned int
	// CacheBytes bounds the memory of cached results. 0: DefaultCacheBytes;
	// negative: no result is cached.
	CacheBytes int64
	// CacheTTL is how long a result is kept at most. 0: as each tool says.
	CacheTTL time.Duration
	// Hooks are told of every call.
	Hooks []Hook
	// Settings finds the configured values of tools. What it does not know is
	// looked for in the environment: see SettingVariable.
	Settings func(tool, name string) (string, bool)
	// Observe is called after each call, on the goroutine that ends it: the
	// caller's, or that of a call that was started. A panic in it is told to
	// Panicked and changes nothing.
	Observe func(Observation)
	// Panicked is told of a panic in a tool or hook, with its stack: for the log.
	// It may be called on any goroutine.
	Panicked func(name string, value any, stack []byte)
}

// Invoker runs the tools of a registry. It is safe for concurrent use. A quick
// tool runs on the goroutine of its caller, any other on one of its own, so that
// the caller is answered in time even by a tool that does not stop.
type Invoker struct {
	reg     *Registry
	opt     Options
	sandbox func() (*sandbox.Sandbox, error) // of calls that bring none
	handles sync.Map                         // *entry to *Handle
	cache   *cache
	timers  sync.Pool // of *time.Timer, stopped
}

// NewInvoker makes an Invoker.
func NewInvoker(reg *Registry, opt Options) *Invoker {
	if opt.Timeout <= 0 {
		opt.Timeout = DefaultTimeout
	}
	if opt.Grace <= 0 {
		opt.Grace = DefaultGrace
	}
	if opt.MaxAbandoned <= 0 {
		opt.MaxAbandoned = DefaultMaxAbandoned
	}
	if opt.CacheBytes == 0 {
		opt.CacheBytes = DefaultCacheBytes
	}
	inv := &Invoker{reg: reg, opt: opt, cache: newCache(opt.CacheBytes)}
	inv.sandbox = sync.OnceValues(func() (*sandbox.Sandbox, error) {
		if opt.Sandbox != nil {
			return opt.Sandbox, nil
		}
		return sandbox.New("", sandbox.Restricted("."))
	})
	return inv
}

// Registry returns the registry whose tools the Invoker runs.
func (inv *Invoker) Registry() *Registry { return inv.reg }

// CallOptions of one call. The zero value takes everything from the Invoker.
type CallOptions struct {
	Timeout time.Duration
	Sandbox *sandbox.Sandbox
	// NoCache makes the tool run even when a result is cached; what it gives is
	// not cached either.
	NoCache bool
	// Retries is how often a call is made again that failed for a reason that
	// may pass (tool.Error.Temporary), after a pause that grows. Tools with side
	// effects are never called again.
	Retries int
	// Progress is told how a long call goes on, on a goroutine of the tool's, and
	// not after the call has returned. It must not block.
	Progress func(tool.Progress)
	// Thread is handed to hooks, for those that need to know on what behalf the call
	// is made. The tool does not see it.
	Thread any
	// Wake and Serve, if set, give the caller's goroutine something to do while it
	// waits for the tool: it calls Serve whenever Wake() is readable. InvokeAll and
	// Start, whose callers do not wait there, ignore them.
	Wake  func() <-chan struct{}
	Serve func()
}

// Hooked tells whether a hook has anything to do now. Who makes calls that others
// carry out then makes them in steps, with Handle.Begin, so that hooks run on its
// own goroutine.
func (inv *Invoker) Hooked() bool {
	for i := range inv.opt.Hooks {
		if active := inv.opt.Hooks[i].Active; active == nil || active() {
			return true
		}
	}
	return false
}

// Invoke calls a tool by name. The Response is never nil; when the error is not
// nil it is the same *tool.Error that the Response carries.
func (inv *Invoker) Invoke(ctx context.Context, name string, params map[string]any, opt CallOptions) (*Response, error) {
	h, err := inv.within(ctx, name, opt.Timeout)
	if err != nil {
		return failed("", err), err
	}
	return h.Invoke(ctx, params, opt)
}

// within is HandleContext for a call that has its time, 0 for none of its own.
func (inv *Invoker) within(ctx context.Context, name string, limit time.Duration) (*Handle, error) {
	if _, _, ok := inv.reg.lookup(name); !ok && limit > 0 { // most are known, and a timer costs
		var cancel func()
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	return inv.HandleContext(ctx, name)
}

// Handle is HandleContext with all the time that it takes.
func (inv *Invoker) Handle(name string) (*Handle, error) {
	return inv.HandleContext(context.Background(), name)
}

// HandleContext finds a tool once for many calls. It may have to wait for another
// program that has tools, until ctx is done at the latest. The error is a
// *tool.Error that suggests names.
func (inv *Invoker) HandleContext(ctx context.Context, name string) (*Handle, error) {
	e, owner, err := inv.reg.find(ctx, name)
	if err != nil {
		return nil, inv.reg.unknown(name, err)
	}
	if h, ok := inv.handles.Load(e); ok {
		return h.(*Handle), nil
	}
	h, _ := inv.handles.LoadOrStore(e, &Handle{inv: inv, entry: e, make: owner.instance(e)})
	return h.(*Handle), nil
}

// Handle is a tool that is ready to be called.
type Handle struct {
	inv   *Invoker
	entry *entry
	make  func() (tool.Tool, error)
	asks  atomic.Bool // the tool was made, and is a tool.Quicker
	stats counters
}

// Descriptor describes the tool.
func (h *Handle) Descriptor() *tool.Descriptor { return h.entry.def.Descriptor }

// Invoke checks the parameters and calls the tool. The Response is never nil;
// when the error is not nil it is the same *tool.Error that the Response
// carries. Parameters may be of any Go types that encoding/json writes ([]string,
// int32, structs); []byte is text. They are not changed. The caller must not change them
// before the call has returned, or at all if the error says that the tool goes
// on in the background.
func (h *Handle) Invoke(ctx context.Context, params map[string]any, opt CallOptions) (*Response, error) {
	c := h.begin(ctx, params, opt)
	if err := c.prepare(); err != nil {
		return c.end(nil, err)
	}
	return c.end(c.perform())
}
