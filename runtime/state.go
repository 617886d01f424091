package runtime

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/lualib"
	"github.com/llmspell/llmspell/runtime/vm"
)

// Limits of one execution. Zero values mean no limit.
type Limits struct {
	Time         time.Duration // wall time
	Instructions int64         // VM instructions, counted in steps of about 1,000
	Heap         int64         // bytes of live heap of the process, sampled; exceeding it raises "not enough memory"
}

// Options configure a State.
type Options struct {
	// Host is what the libraries see; nil: lualib.NewHost(). Its Context,
	// Charge, Alloc, Raise, Exit, Wake and Serve are set by the State.
	Host   *lualib.Host
	Limits Limits
	// Cache of compiled chunks to share between states; nil: one of its own.
	Cache *Cache
	// Path holds the templates that require searches, "?" standing for the
	// module's name; nil: ./?.lua and ./?/init.lua under Host.Dir.
	Path []string
	// Shapes are the kinds of tables that the host makes, the more special ones first.
	Shapes []Shape
}

// The depth of Lua calls at which "stack overflow" is raised, in the main
// thread and in a coroutine. The VM's own limits lie above, so that handlers
// and debuggers have room.
const (
	mainDepth   = 200_000
	threadDepth = 16_000
	headroom    = 2_000
)

// State is a Lua state with its monitor. Methods that say so may be called
// from any goroutine; all else belongs to the goroutine that runs the state.
type State struct {
	// L is the main thread.
	L *lua.LState

	mon        *monitor
	host       *lualib.Host
	cache      *Cache
	limits     Limits
	hooks      *Hooks
	guards     []guardEntry // what would catch an error, innermost last
	errFunc    *lua.LFunction
	stock      stockFunctions
	loaded     registry
	exitLine   int // see ExitLine
	threads    threadSet
	ending     map[weak.Pointer[lua.LState]]bool // coroutines whose next resume ends them
	cause      raisedCause
	exact      lua.LValue // an error value that needs no rewording
	path       []string
	shapes     []Shape
	kills      kills
	runContext context.Context
	callCtx    context.Context                         // that of the caller of Call: no limit has ended it
	executing  bool                                    // inside execute; elsewhere nobody may be served, so nothing stops
	stopRun    atomic.Pointer[context.CancelCauseFunc] // ends runContext
	outer      context.Context                         // the context that the state had before Adopt, or nil
	closeFiles func()
	hostNames  func(string) (string, error)

	mu      sync.Mutex
	running bool
	closed  bool
}

// Frame is a call frame of gopher-lua.
type Frame = vm.Frame

// Hooks are what a debugger is told. All run on the goroutine that runs Lua.
type Hooks struct {
	// Slot: execution is at an armed slot, fn.SlotAt(f.Pc()), or in the stub of
	// an armed trap, fn.TrapHit(f.Pc()), or at the function's detour, whose way
	// it answers.
	Slot func(L *lua.LState, fn *compile.Function, f Frame) bool
	// Instruction: an instruction is about to run, while StepInstructions is on.
	Instruction func(L *lua.LState)
	// Host: the script calls something of the host's under a name such as
	// "tool:calculator"; see State.HostCall.
	Host func(L *lua.LState, name string, params lua.LValue)
	// Raise: an error is being raised, its frames are intact. Of the errors that
	// end the execution only limits are shown, once; they wait until it returns.
	Raise func(L *lua.LState, r Raised)
	// Load: a chunk was loaded and has not run yet.
	Load func(src *Source, in *compile.Instance)
	// Pause: State.RequestPause was called.
	Pause func(L *lua.LState)
	// Thread: a coroutine began to exist, or ended.
	Thread func(th *lua.LState, alive bool)
	// Returned: control went from a coroutine back to the thread that resumed it.
	Returned func(from, to *lua.LState, dead bool)
}

// New makes a state with llmspell's libraries.
func New(opts Options) (*State, error) {
	L := lua.NewState(lua.Options{
		CallStackSize: mainDepth + headroom, MinimizeStackMemory: true,
		RegistrySize: 1024, RegistryMaxSize: 1 << 23, RegistryGrowStep: 1 << 18,
		SkipOpenLibs: true,
	})
	openLibraries(L)
	return Adopt(L, opts)
}

// Adopt puts an existing gopher-lua state, with its base libraries open and
// not running, under a monitor, and replaces its library functions. Code must
// be loaded afterwards through the State or from Lua to be debuggable. A context
// that the state has still ends what runs in it; one set later would take the
// monitor's place.
func Adopt(L *lua.LState, opts Options) (*State, error) {
	if err := vm.Check(); err != nil {
		return nil, err
	}
	if monitorOf(L) != nil {
		return nil, errors.New("the Lua state is under a monitor already: use the State that Adopt returned first")
	}
	outer := L.Context()
	st := &State{L: L, host: opts.Host, cache: opts.Cache, limits: opts.Limits, path: opts.Path, shapes: opts.Shapes, runContext: context.Background(), callCtx: context.Background()}
	if st.host == nil {
		st.host = lualib.NewHost()
	}
	if st.cache == nil {
		st.cache = NewCache()
	}
	st.ending = map[weak.Pointer[lua.LState]]bool{}
	st.kills = kills{doomed: map[*lua.LState]bool{}, dead: map[weak.Pointer[lua.LState]]bool{}}
	st.mon = newMonitor(st)
	st.mon.maxHeap = uint64(max(opts.Limits.Heap, 0))
	st.mon.maxDepth = min(mainDepth, L.Options.CallStackSize-min(headroom, L.Options.CallStackSize/10))
	L.SetContext(st.mon)
	if outer != nil {
		st.outer = outer
		context.AfterFunc(outer, func() { st.Cancel(context.Cause(outer)) })
	}
	st.host.Context = func() context.Context { return st.runContext }
	st.host.Charge = st.mon.charge
	st.host.Alloc = st.alloc
	st.host.Exit = st.exit
	st.host.Raise = st.Raise
	st.host.Wake, st.host.Serve = st.Wake, st.Serve
	st.keepStock()
	st.closeFiles = lualib.Open(L, st.host)
	st.openBase()
	st.openCoroutine()
	st.openLoad()
	st.openDebug()
	return st, nil
}

// Host returns what the libraries see.
func (st *State) Host() *lualib.Host { return st.host }

// thread returns the thread that runs now.
func (st *State) thread() *lua.LState {
	if th := st.L.G.CurrentThread; th != nil {
		return th
	}
	return st.L
}

// SetTimeLimit changes Limits.Time for the executions that begin from now on; 0:
// no limit. Call it while the state does not run.
func (st *State) SetTimeLimit(d time.Duration) { st.limits.Time = d }

// TimeLimit is how long a Call may take; 0: as long as it likes.
func (st *State) TimeLimit() time.Duration { return st.limits.Time }

// SetHooks installs a debugger's hooks, or none. Call it while the state does
// not run, or through Do.
func (st *State) SetHooks(h *Hooks) { st.hooks = h }

// Hooked tells whether hooks are installed. Like SetHooks, call it while the
// state does not run, or through Do.
func (st *State) Hooked() bool { return st.hooks != nil }

// Threads returns the live coroutines in the order of their creation.
func (st *State) Threads() []*lua.LState { return st.threads.live() }

// RequestPause makes the hook Pause run at the next safe point. Any goroutine.
func (st *State) RequestPause() { st.mon.raise(attendPause) }

// StepInstructions turns the hook Instruction on or off. Only for the goroutine
// that runs Lua.
func (st *State) StepInstructions(on bool) {
	if on {
		st.mon.raise(attendStep)
	} else {
		st.mon.lower(attendStep)
	}
}

// Uninterrupted puts off all that is due at safe points, also the end of the
// execution, until it is turned off: for a few instructions that a debugger has
// patched. Only for the goroutine that runs Lua.
func (st *State) Uninterrupted(on bool) { st.mon.shut = on }

// Watched tells whether a debugger may stop the script here: one is attached,
// no evaluation of its own is running, and the execution need not end. Only for
// the goroutine that runs Lua.
func (st *State) Watched() bool {
	return st.hooks != nil && st.mon.guard == nil && st.mon.aborted() == nil
}

// HostCall tells a debugger that the running script calls something of the
// host's that has a name of its own, such as "tool:calculator", with params.
// Library functions call it before they do their work, on the goroutine that
// runs Lua.
func (st *State) HostCall(L *lua.LState, name string, params lua.LValue) {
	if st.Watched() && st.hooks.Host != nil {
		st.hooks.Host(L, name, params)
	}
}

// SetHostNames tells debuggers how the host's names are written. name returns
// the name, or pattern of names with `*`, that HostCall is called with for what
// a person may type; "" for what does not look like a name of the host's, and an
// error for one that does not exist. It is called by any goroutine. Call
// SetHostNames before the state runs.
func (st *State) SetHostNames(name func(string) (string, error)) { st.hostNames = name }

// HostNames returns what SetHostNames has set, or nil. Any goroutine.
func (st *State) HostNames() func(string) (string, error) { return st.hostNames }

// CancelPause takes back a RequestPause that has not been served.
func (st *State) CancelPause() { st.mon.lower(attendPause) }

// Do runs fn on the goroutine that runs Lua, at its next safe point, or here
// when the state is idle. It returns ctx's error if that comes first, and a
// *PanicError if fn panics. A script that waits in a library function or a tool
// is at a safe point too. Any goroutine but the one that runs Lua.
func (st *State) Do(ctx context.Context, fn func(L *lua.LState)) error {
	st.mu.Lock()
	if st.closed {
		st.mu.Unlock()
		return fmt.Errorf("the Lua state is closed")
	}
	if !st.running {
		defer st.mu.Unlock()
		st.mon.calm()
		return recovered(st.L, fn)
	}
	done := make(chan struct{})
	var once sync.Once
	var err error
	skip := false
	st.mon.enqueue(func(L *lua.LState) {
		defer close(done)
		once.Do(func() {
			if !skip {
				err = recovered(L, fn)
			}
		})
	})
	st.mu.Unlock()
	select {
	case <-done:
		return err
	case <-ctx.Done():
		once.Do(func() { skip = true }) // waits if fn is running
		return ctx.Err()
	}
}

// Post is Do without waiting for fn to have run.
func (st *State) Post(fn func(L *lua.LState)) {
	st.mu.Lock()
	defer st.mu.Unlock()
	switch {
	case st.closed:
	case st.running:
		st.mon.enqueue(fn)
	default:
		fn(st.L)
	}
}

// Wake is readable when calls of Do wait for the goroutine that runs Lua, which
// a debugger has stopped or which waits itself; it then calls Serve. It is nil
// while nobody may be served.
func (st *State) Wake() <-chan struct{} {
	if st.mon.shut {
		return nil
	}
	return st.mon.wake
}

// Serve runs the waiting calls of Do. Only for the goroutine that runs Lua.
func (st *State) Serve() {
	st.mon.lower(attendCalls)
	st.mon.serve(st.thread())
}

// Aborted tells why the execution must end, or nil. A debugger that has the
// state stopped lets it run when this is set.
func (st *State) Aborted() *Error { return st.mon.aborted() }

// RunContext is done when the running execution must end. While the hook Raise
// shows a limit that was reached it is the caller's context.
func (st *State) RunContext() context.Context { return st.runContext }

// Close frees the state. Any goroutine, once nothing runs.
func (st *State) Close() {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.closed {
		return
	}
	st.closed = true
	st.closeFiles()
	st.L.Close()
}

func (st *State) alloc(L *lua.LState, n int64) {
	if n < 0 || n >= 1<<31 {
		L.RaiseError("not enough memory")
	}
	if n >= 1<<16 {
		st.mon.checkHeap(L, n)
	}
}

func (st *State) exit(L *lua.LState, code int) {
	if st.mon.guard != nil {
		L.RaiseError("os.exit cannot be called while the debugger evaluates an expression")
	}
	st.exitLine = st.outerLine()
	st.mon.end(&Error{Kind: KindExit, Code: code, Message: fmt.Sprintf("exit status %d", code)})
	st.mon.raiseAbort(L)
}

// ExitLine is the line, from 1, at which the script itself was (not the functions that it
// had called) when os.exit was called. It is 0 if that never was, or no line is known. It
// may be asked for between executions.
func (st *State) ExitLine() int { return st.exitLine }

// outerLine is the line at which the outermost Lua function of the main thread is.
func (st *State) outerLine() int {
	var outer vm.Frame
	for f := vm.Current(st.L); f.Valid(); f = f.Parent() {
		if !f.IsGo() {
			outer = f
		}
	}
	if !outer.Valid() {
		return 0
	}
	fn := vm.Function(st.L, vm.Debug(st.L, outer))
	if fn == nil {
		return 0
	}
	return lineAt(fn.Proto, outer.Pc())
}

func collect() { runtime.GC() }

func workingDir(dir string) string {
	if dir != "" {
		return dir
	}
	wd, err := os.Getwd()
	if err != nil {
		return "."
	}
	return wd
}
