package runtime

import (
	"context"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/vm"
)

// Bits of the attention word.
const (
	attendAbort uint32 = 1 << iota
	attendCalls
	attendPause
	attendGuard
	attendCheck  // a guarded evaluation looks at each instruction
	attendStep   // the debugger steps by instructions
	attendKill   // the running coroutine is to be ended
	attendExpiry // the time of a protected call is up
)

// quantum is the number of instructions between two looks at budget and depth.
const quantum = 1024

// heapEvery is the number of quanta between two samples of the heap.
const heapEvery = 64

// monitor is the context.Context of every thread of a State. Done runs before
// each VM instruction.
type monitor struct {
	context.Context
	left      int // instructions until the next look; VM goroutine only
	attention atomic.Uint32

	st       *State
	traced   bool // the reason for the abort has its traceback
	shut     bool // no safe points for now, see Uninterrupted; VM goroutine only
	quanta   int64
	budget   int64 // instructions still allowed, when limited
	limited  bool
	maxHeap  uint64
	sample   []metrics.Sample
	lastGC   time.Time
	maxDepth int

	expiry *expiry // of the innermost protected call with a time of its own; VM goroutine only

	nestingThread *lua.LState // the thread whose nesting was counted last
	nestingSteps  int         // at this many nestingSteps
	nestingWhole  int         // the step at which all frames were counted
	nested        []int       // the calls through Go below settled(1), settled(2), …

	mu    sync.Mutex
	abort *Error // why the execution must end
	held  *Error // the same, while a debugger shows it
	calls []func(*lua.LState)
	wake  chan struct{} // tells a stopped debugger that calls wait
	guard *guard        // a bounded evaluation by the debugger
}

func newMonitor(st *State) *monitor {
	return &monitor{
		Context: context.Background(), st: st, left: quantum,
		sample: []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}},
		wake:   make(chan struct{}, 1),
	}
}

// Done is called by the VM before each instruction. It never returns a
// channel: a state that must stop is stopped by raising an error from here.
func (m *monitor) Done() <-chan struct{} {
	m.left--
	if m.left > 0 && m.attention.Load() == 0 {
		return nil
	}
	m.attend()
	return nil
}

func (m *monitor) raise(bit uint32) {
	for {
		old := m.attention.Load()
		if old&bit != 0 || m.attention.CompareAndSwap(old, old|bit) {
			return
		}
	}
}

func (m *monitor) lower(bit uint32) bool {
	for {
		old := m.attention.Load()
		if old&bit == 0 {
			return false
		}
		if m.attention.CompareAndSwap(old, old&^bit) {
			return true
		}
	}
}

// attend does at a safe point whatever is due.
func (m *monitor) attend() {
	if m.shut {
		return
	}
	L := m.st.thread()
	if m.attention.Load() != 0 {
		if m.lower(attendCalls) {
			m.serve(L)
		}
		if m.attention.Load()&attendAbort != 0 {
			m.raiseAbort(L)
		}
		if m.lower(attendGuard) { // it may have been meant for an evaluation that has ended
			if g := m.guard; g != nil && g.cancelled.Load() {
				m.raise(attendGuard) // again and again, whatever the code catches
				L.RaiseError("%s", g.reason)
			}
		}
		if m.attention.Load()&attendKill != 0 {
			m.st.raiseKill(L)
		}
		if m.attention.Load()&attendExpiry != 0 {
			m.raiseExpiry(L)
		}
		if m.attention.Load()&attendPause != 0 && m.guard == nil && m.st.executing && m.lower(attendPause) && m.st.hooks != nil {
			m.st.hooks.Pause(L)
		}
		if m.attention.Load()&(attendCheck|attendStep) != 0 {
			m.eachInstruction(L)
		}
	}
	if m.left <= 0 {
		m.account(L, quantum-m.left)
		m.left = quantum
		m.limits(L)
	}
}

// eachInstruction serves those who look at every instruction before it runs.
func (m *monitor) eachInstruction(L *lua.LState) {
	switch g := m.guard; {
	case g != nil && g.check != nil:
		g.check(L)
	case g == nil && m.st.hooks != nil && m.attention.Load()&attendStep != 0:
		m.st.hooks.Instruction(L)
	}
}

func (m *monitor) account(L *lua.LState, n int) {
	m.quanta++
	if g := m.guard; g != nil {
		if g.budget -= n; g.budget <= 0 {
			g.budget = quantum // its handlers get a little room
			L.RaiseError("evaluation stopped after too many instructions")
		}
		return
	}
	if m.limited {
		if m.budget -= int64(n); m.budget <= 0 {
			m.end(&Error{Kind: KindBudget, Message: "instruction budget spent"})
			m.left = quantum
			m.raiseAbort(L)
		}
	}
}

func (m *monitor) limits(L *lua.LState) {
	if f := vm.Current(L); f.Valid() {
		limit := m.maxDepth
		if L != m.st.L {
			limit = threadDepth
		}
		if f.Index() > limit || m.nestsTooDeep(L, f) {
			L.RaiseError("stack overflow")
		}
	}
	if m.maxHeap > 0 && m.quanta%heapEvery == 0 {
		m.checkHeap(L, 0)
	}
}

// Calls that go through Go (callbacks of library functions, metamethods) use
// Go's stack, whose overflow would end the process. They are counted each time
// that a thread's depth has passed another nestingStep.
const (
	maxNesting  = 8_000
	nestingStep = 4_000
)

// nestsTooDeep tells whether too many of the thread's calls go through Go. What is well
// below a step that has been passed is not looked at again: a depth that falls below it
// is seen at the end of a quantum, in which few frames come back. As calls of pcall by pcall
// make more, all are counted again each time that the depth has doubled.
func (m *monitor) nestsTooDeep(L *lua.LState, f vm.Frame) bool {
	step := f.Index() / nestingStep
	if L != m.nestingThread || step < m.nestingSteps {
		if L != m.nestingThread {
			m.nested = m.nested[:0]
		}
		m.nestingThread, m.nestingSteps = L, step
		m.nested, m.nestingWhole = m.nested[:min(len(m.nested), step)], min(m.nestingWhole, step)
		return false
	}
	if step == m.nestingSteps {
		return false
	}
	m.nestingSteps = step
	if step >= 2*m.nestingWhole {
		m.nested, m.nestingWhole = m.nested[:0], step
	}
	// Of the frames above what is known, those below each new step are counted apart.
	known := len(m.nested)
	counts := make([]int, step+2-known)
	for ; f.Valid() && f.Index() >= settled(known); f = f.Parent() {
		if i, ok := f.Instruction(); !ok || compile.Opcode(i) != lua.OP_CALL {
			counts[(f.Index()+quantum)/nestingStep-known]++
		}
	}
	nested := 0
	if known > 0 {
		nested = m.nested[known-1]
	}
	for i, n := range counts {
		if nested += n; known+i < step {
			m.nested = append(m.nested, nested)
		}
	}
	return nested > maxNesting
}

// settled is the index below which frames are known when so many steps are.
func settled(steps int) int { return steps*nestingStep - quantum }

// checkHeap raises "not enough memory" if n more bytes would pass the limit.
// Garbage does not count: a collection runs first, if the last is a while ago.
func (m *monitor) checkHeap(L *lua.LState, n int64) {
	if m.maxHeap == 0 || n >= 0 && m.heap()+uint64(n) <= m.maxHeap {
		return
	}
	if now := time.Now(); uint64(n) <= m.maxHeap && (n > 0 || now.Sub(m.lastGC) > 50*time.Millisecond) {
		collect()
		m.lastGC = now
		if m.heap()+uint64(n) <= m.maxHeap {
			return
		}
	}
	L.RaiseError("not enough memory")
}

func (m *monitor) heap() uint64 {
	metrics.Read(m.sample)
	return m.sample[0].Value.Uint64()
}

// charge counts n steps done inside a Go function.
func (m *monitor) charge(_ *lua.LState, n int) {
	m.left -= n
	if m.left <= 0 || m.attention.Load() != 0 {
		m.attend()
	}
}

// enqueue adds a call for the VM goroutine.
func (m *monitor) enqueue(fn func(*lua.LState)) {
	m.mu.Lock()
	m.calls = append(m.calls, fn)
	m.mu.Unlock()
	m.raise(attendCalls)
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// serve runs the queued calls.
func (m *monitor) serve(L *lua.LState) {
	for {
		m.mu.Lock()
		calls := m.calls
		m.calls = nil
		m.mu.Unlock()
		if len(calls) == 0 {
			return
		}
		for _, fn := range calls {
			fn(L)
		}
	}
}

// guard bounds an evaluation that a debugger makes inside an execution.
type guard struct {
	budget    int
	reason    string
	check     func(*lua.LState)
	cancelled atomic.Bool
}

// threadMonitor is the first context of a coroutine: before the first
// instruction it sets what resuming has just overwritten.
type threadMonitor struct {
	*monitor
	th *lua.LState
}

func (t *threadMonitor) Done() <-chan struct{} {
	t.th.Panic = t.st.panicIn
	t.th.SetContext(t.monitor)
	return t.monitor.Done()
}

func (t *threadMonitor) base() *monitor { return t.monitor }
func (m *monitor) base() *monitor       { return m }

// monitorOf returns the monitor of the State that a thread belongs to, or nil.
func monitorOf(L *lua.LState) *monitor {
	if c, ok := L.Context().(interface{ base() *monitor }); ok {
		return c.base()
	}
	return nil
}
