package debug

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"weak"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/compile"
)

// Options configure an Engine.
type Options struct {
	// StopOnEntry stops at the first line that runs.
	StopOnEntry bool
	// Coverage records what runs, if it is set.
	Coverage *Coverage
	// Readable tells whether a file that is not loaded may be read to say where
	// breakpoints would be in it; nil: any may.
	Readable func(path string) bool
}

// Engine debugs one Lua state. All its methods may be called from any
// goroutine but the one that runs Lua, unless they say otherwise.
type Engine struct {
	st       *runtime.State
	h        Handler
	readable func(path string) bool // Options.Readable

	mu          sync.Mutex
	breakpoints map[string][]*breakpoint // by source key
	chunks      map[string][]*compile.Chunk
	nextID      int
	filters     []*exceptionFilter
	modules     modules
	functions   functionBreakpoints
	instrs      instructionBreakpoints
	addresses   addressMap
	data        dataBreakpoints
	at          *stop // where the script is stopped, nil while it runs
	detached    bool

	secrets atomic.Pointer[secretSet] // nil: none

	resume chan *plan
	done   chan struct{} // closed by Detach

	globals *lua.LTable // set by Attach: L itself is for the goroutine that runs Lua

	// Below: only for the goroutine that runs Lua.
	protos    map[*compile.Function][]weak.Pointer[lua.FunctionProto]
	maxProtos int // size of protos at which those collected are forgotten
	sites     map[*compile.Slot][]*breakpoint
	coverage  *Coverage
	left      bool // Detach has removed the traces: nothing is armed any more
	plan      *plan
	armedAll  bool
	armed     []*compile.Function // armed whole, for a step over or out
	threads   map[weak.Pointer[lua.LState]]knownThread
	nextTID   int
	maxTID    int // size of threads at which those collected are forgotten
	traps     trapSet
	recent    recentTraps
	handles   handles
	raised    raised
	skip      atomic.Pointer[skipper]
	stdGlobal map[string]bool
	natives   map[*lua.LFunction]string
	hooked    map[*lua.LFunction]*native
	purity    map[*lua.LFunction]purity
}

// Attach starts debugging st, whether it runs already or not yet.
func Attach(st *runtime.State, h Handler, opts Options) (*Engine, error) {
	return AttachContext(context.Background(), st, h, opts)
}

// AttachContext is Attach that gives up when ctx ends: a state that is inside a
// Go function lets nobody in before that returns.
func AttachContext(ctx context.Context, st *runtime.State, h Handler, opts Options) (*Engine, error) {
	e := &Engine{
		st:          st,
		breakpoints: map[string][]*breakpoint{}, chunks: map[string][]*compile.Chunk{},
		traps:  trapSet{},
		resume: make(chan *plan, 1), done: make(chan struct{}),
		protos:  map[*compile.Function][]weak.Pointer[lua.FunctionProto]{},
		sites:   map[*compile.Slot][]*breakpoint{},
		threads: map[weak.Pointer[lua.LState]]knownThread{}, nextTID: 1,
		readable: opts.Readable,
	}
	if e.readable == nil {
		e.readable = func(string) bool { return true }
	}
	e.h = discreet{h, e}
	attached := false
	err := st.Do(ctx, func(*lua.LState) {
		if attached = st.Hooked(); !attached {
			e.begin(opts)
		}
	})
	if attached {
		err = errors.New("a debugger is attached already")
	}
	if err != nil {
		return nil, fmt.Errorf("attach to the Lua state: %w", err)
	}
	return e, nil
}

func (e *Engine) begin(opts Options) {
	e.st.EachProto(func(fn *compile.Function, p *lua.FunctionProto) {
		e.protos[fn] = append(e.protos[fn], weak.Make(p))
	})
	for _, src := range e.st.Sources() {
		e.addChunk(src)
		e.addModule(src)
	}
	for _, th := range e.st.Threads() {
		e.threadID(th)
	}
	e.keepGlobals()
	e.startCoverage(opts.Coverage)
	if opts.StopOnEntry {
		e.setPlan(&plan{kind: planIn, reason: ReasonEntry})
	}
	e.st.SetHooks(&runtime.Hooks{
		Slot:        e.onSlot,
		Instruction: e.onInstruction,
		Host:        e.onHost,
		Raise:       func(L *lua.LState, r runtime.Raised) { e.onRaise(L, r); e.afterError() },
		Load:        e.onLoad,
		Pause:       e.onPause,
		Thread:      e.onThread,
		Returned:    e.onReturned,
	})
}

// Detach removes every trace of the debugger and lets the script run on. It
// returns at once if the script is in a Go call; the traces go at its next
// safe point.
func (e *Engine) Detach() {
	e.mu.Lock()
	if e.detached {
		e.mu.Unlock()
		return
	}
	e.detached = true
	e.breakpoints = map[string][]*breakpoint{}
	e.functions.list = nil
	e.mu.Unlock()
	e.st.CancelPause()
	e.st.Post(func(*lua.LState) {
		e.sites = map[*compile.Slot][]*breakpoint{}
		e.coverage = nil
		e.setPlan(nil)
		e.unwatchData()
		e.dropAllTraps()
		e.functions.wrap(e, nil)
		e.refreshSlots()
		e.st.SetHooks(nil)
		e.left = true
	})
	close(e.done)
}

// Reset removes what was set: breakpoints of all kinds, exception filters, and
// the filters of steps. A stopped script stays stopped.
func (e *Engine) Reset() {
	e.mu.Lock()
	e.breakpoints = map[string][]*breakpoint{}
	e.mu.Unlock()
	e.st.Post(func(*lua.LState) { e.bind() })
	e.SetFunctionBreakpoints(nil)
	e.SetInstructionBreakpoints(nil)
	e.SetDataBreakpoints(nil)
	e.SetExceptionFilters()
	e.SetSkip(nil)
	e.SetStepFilter(nil)
}

// --- what the state reports; all on the goroutine that runs Lua ---

func (e *Engine) onLoad(src *runtime.Source, in *compile.Instance) {
	e.forget()
	for i, p := range in.Protos {
		fn := src.Chunk.Functions[i]
		live := e.protos[fn][:0]
		for _, w := range e.protos[fn] {
			if w.Value() != nil {
				live = append(live, w)
			}
		}
		e.protos[fn] = append(live, weak.Make(p))
		e.armTraps(fn, p)
		e.watchLoaded(fn)
	}
	e.addChunk(src)
	e.cover(src)
	e.h.SourceLoaded(sourceOf(src))
	if m, isNew, again := e.addModule(src); isNew {
		e.h.ModuleLoaded(m, again)
	}
	for _, b := range e.bind() {
		e.h.BreakpointChanged(b)
	}
	if e.armedAll {
		for i, p := range in.Protos {
			for _, s := range src.Chunk.Functions[i].Slots {
				s.Arm(p, true)
			}
		}
	}
}

// addChunk makes a source known to SetBreakpoints, as the latest of its file.
func (e *Engine) addChunk(src *runtime.Source) {
	key := sourceKey(sourceOf(src))
	e.mu.Lock()
	defer e.mu.Unlock()
	others := slices.DeleteFunc(e.chunks[key], func(c *compile.Chunk) bool { return c == src.Chunk })
	isNew := len(others) == len(e.chunks[key])
	e.chunks[key] = append(others, src.Chunk)
	for _, b := range e.functions.list {
		if isNew {
			b.declaredIn(key, src.Chunk)
		}
	}
}

func (e *Engine) onPause(L *lua.LState) {
	e.stopAt(L, currentFrame(L), Stop{Reason: ReasonPause, Description: "Paused"})
}

func (e *Engine) onThread(th *lua.LState, alive bool) {
	key := weak.Make(th)
	if alive {
		e.h.ThreadStarted(e.describeThread(th))
		return
	}
	if known, ok := e.threads[key]; ok {
		delete(e.threads, key)
		e.h.ThreadExited(exited(known.id))
	}
}

// threadID numbers threads in the order in which they were first seen.
func (e *Engine) threadID(th *lua.LState) int { return e.known(th).id }

// known is what is kept of a thread, main or a coroutine.
func (e *Engine) known(th *lua.LState) knownThread {
	if th == e.st.L {
		return knownThread{id: 1, name: "main"}
	}
	key := weak.Make(th)
	known, ok := e.threads[key]
	if !ok {
		e.forgetThreads()
		e.nextTID++
		known = knownThread{id: e.nextTID, name: threadName(e.nextTID, th)}
		e.threads[key] = known
	}
	return known
}

// forgetThreads reports coroutines that the script has dropped without ending
// them as exited, once there are many.
func (e *Engine) forgetThreads() {
	if len(e.threads) < e.maxTID {
		return
	}
	for key, known := range e.threads {
		if key.Value() == nil {
			delete(e.threads, key)
			e.h.ThreadExited(exited(known.id))
		}
	}
	e.maxTID = max(64, 2*len(e.threads))
}

func exited(id int) Thread {
	return Thread{ID: id, Name: fmt.Sprintf("coroutine %d", id), Status: "dead"}
}

// --- asking the goroutine that runs Lua ---

// inStop runs fn on that goroutine while the script is stopped.
func (e *Engine) inStop(ctx context.Context, fn func(*stop) error) error {
	e.mu.Lock()
	at, gone := e.at, e.detached
	e.mu.Unlock()
	if gone {
		return ErrEnded
	}
	if at == nil {
		return ErrNotStopped
	}
	result := ErrNotStopped
	err := e.st.Do(ctx, func(*lua.LState) {
		e.mu.Lock()
		same := e.at == at
		e.mu.Unlock()
		if same {
			result = fn(at)
		}
	})
	if err != nil {
		return err
	}
	return result
}
