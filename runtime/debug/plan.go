package debug

import (
	"slices"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/vm"
)

type planKind int

const (
	planIn   planKind = iota // stop at any slot
	planOver                 // stop in the frame or a caller
	planOut                  // stop in a caller
)

// plan says where a resumed script stops next. A frame is known by its thread
// and place in the call stack; tail counts the frames that tail calls replaced
// there, so that what it tail-called is not taken for it.
type plan struct {
	kind     planKind
	reason   StopReason
	threadID int
	from     *stop

	thread *lua.LState
	index  int
	tail   int
}

// anyTail is the tail of a plan that waits for a caller, whose count is not known.
const anyTail = int(^uint(0) >> 1)

// matches tells whether the plan stops at a slot of frame f.
func (p *plan) matches(L *lua.LState, f vm.Frame, slot *compile.Slot) bool {
	if p.kind == planIn {
		return true
	}
	if L != p.thread {
		return false
	}
	i := f.Index()
	if slot.Entry && i <= p.index {
		// A function begins in a place of the stack that the frame or a caller
		// had: whatever was there, or above, has returned, raised an error or
		// made a tail call.
		p.kind = planOver
		p.index = i - 1
		p.tail = anyTail
		return false
	}
	if p.kind == planOut {
		return i < p.index
	}
	return i < p.index || i == p.index && f.TailCalls() <= p.tail
}

// setPlan installs a plan and arms what it needs.
func (e *Engine) setPlan(p *plan) {
	e.plan = p
	if p != nil && p.kind != planIn && p.thread == nil {
		th, top := e.threadTop(p.threadID, p.from)
		p.thread, p.index, p.tail = th, top.Index(), top.TailCalls()
	}
	all := p != nil && p.kind == planIn
	if !all && p == nil && !e.armedAll && len(e.armed) == 0 {
		return
	}
	var fns []*compile.Function
	if p != nil && !all {
		fns = e.stackFunctions(p.thread)
	}
	old := e.armed
	e.armed = fns
	switch {
	case all && e.armedAll:
		return
	case all, e.armedAll:
		e.armedAll = all
		e.refreshSlots()
		return
	}
	for _, fn := range old {
		e.arm(fn)
	}
	for _, fn := range fns {
		e.arm(fn)
	}
}

// Bounds of the search for functions in which a step over could end: a lookup
// costs the distance of the frame from the top.
const (
	maxLookups = 1000
	maxRecent  = 16
)

// stackFunctions collects the functions on a thread's stack and on those of
// the threads that resumed it. Deep stacks are recursions: the frames that run
// a closure seen shortly before need no lookup.
func (e *Engine) stackFunctions(th *lua.LState) (fns []*compile.Function) {
	seen := map[*compile.Function]bool{}
	var recent []*lua.LFunction
	lookups := 0
	for ; th != nil; th = th.Parent {
		level := 0
		for f := currentFrame(th); f.Valid(); f = f.Parent() {
			at := level
			level++
			if f.IsGo() {
				continue
			}
			level += f.TailCalls()
			if lookups == maxLookups || slices.ContainsFunc(recent, f.Runs) {
				continue
			}
			lookups++
			d, _ := th.GetStack(at)
			closure := vm.Function(th, d)
			if recent = append(recent, closure); len(recent) > maxRecent {
				recent = recent[1:]
			}
			if fn := staticOf(closure); fn != nil && !seen[fn] {
				seen[fn] = true
				fns = append(fns, fn)
			}
		}
	}
	return fns
}

// arm brings the slots of a function, in all its running copies, up to date.
func (e *Engine) arm(fn *compile.Function) {
	whole := e.armedWhole(fn)
	for _, w := range e.protos[fn] {
		p := w.Value()
		if p == nil {
			continue
		}
		for _, s := range fn.Slots {
			if want := whole || e.used(s); want != s.Armed(p) {
				s.Arm(p, want)
			}
		}
	}
}

// armedWhole tells whether the plan needs all slots of a function.
func (e *Engine) armedWhole(fn *compile.Function) bool {
	return e.armedAll || slices.Contains(e.armed, fn)
}

// used tells whether a slot is needed, whatever the plan.
func (e *Engine) used(s *compile.Slot) bool { return len(e.sites[s]) > 0 || e.coverage.wants(s) }

// refreshSlots brings every slot up to date.
func (e *Engine) refreshSlots() {
	for fn, ps := range e.protos {
		live := ps[:0]
		for _, w := range ps {
			if w.Value() != nil {
				live = append(live, w)
			}
		}
		if len(live) == 0 {
			delete(e.protos, fn)
			continue
		}
		e.protos[fn] = live
		e.arm(fn)
	}
}

// onReturned follows a step whose coroutine has ended, or that steps out of a
// coroutine's body, to the thread that resumed it.
func (e *Engine) onReturned(from, to *lua.LState, dead bool) {
	if dead && e.raised.thread == from {
		e.raised.via = functionOf(to, currentFrame(to))
	}
	p := e.plan
	if p == nil || p.kind == planIn || p.thread != from || !dead && !(p.kind == planOut && p.index == 0) {
		return
	}
	f := currentFrame(to)
	for f.Valid() && f.IsGo() {
		f = f.Parent()
	}
	if !f.Valid() {
		return
	}
	e.setPlan(&plan{kind: planOver, reason: p.reason, thread: to, index: f.Index(), tail: f.TailCalls()})
}
