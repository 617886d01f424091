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
	planInto                 // stop where the next function is entered, or as planOver
	planJump                 // stop where the jump lands

	planInstruction     // stop at any instruction
	planInstructionOver // stop at an instruction of the frame or a caller
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

	call     *stepTarget   // the call that a step over is to step into
	jump     *jump         // of planJump
	slot     *compile.Slot // where that lands
	at       int           // raw pc at which an instruction step begins, -1 if it has run
	users    []*trapUser   // traps that go with the plan
	unhook   []func()      // what else goes with it
	returned *returned     // what the frame that was left has returned
}

// all tells whether the plan needs every slot.
func (p *plan) all() bool { return p != nil && (p.kind == planIn || p.kind == planInto) }

// byInstruction tells whether the plan looks at every instruction.
func (p *plan) byInstruction() bool {
	return p != nil && (p.kind == planInstruction || p.kind == planInstructionOver)
}

// anyTail is the tail of a plan that waits for a caller, whose count is not known.
const anyTail = int(^uint(0) >> 1)

// matches tells whether the plan stops at a slot of frame f.
func (p *plan) matches(L *lua.LState, f vm.Frame, slot *compile.Slot) bool {
	switch {
	case p.byInstruction():
		return false
	case p.kind == planIn:
		return true
	case p.kind == planInto && slot.Entry && (L != p.thread || f.Index() > p.index || f.Index() == p.index && f.TailCalls() > p.tail):
		return true // called, or tail-called in its place
	case L != p.thread:
		return false
	}
	i := f.Index()
	if p.kind == planJump {
		return slot == p.slot && i == p.index
	}
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
	e.endPlan()
	if e.left { // the stop was served a Detach before this plan
		return
	}
	e.plan = p
	if p != nil {
		e.beginPlan(p)
	}
	e.armPlan(p)
	if p != nil && p.jump != nil && e.install(p.jump) != nil { // a very long function
		p.kind = planIn
		e.armPlan(p)
	}
}

// armPlan arms the slots that a plan needs, and disarms what the one before did.
func (e *Engine) armPlan(p *plan) {
	all := p.all()
	if !all && p == nil && !e.armedAll && len(e.armed) == 0 {
		return
	}
	var fns []*compile.Function
	switch {
	case p == nil, all, p.byInstruction():
	case p.kind == planJump:
		fns = []*compile.Function{p.slot.Function}
	default:
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

// beginPlan finds the frame that the plan starts from, and sets its traps.
func (e *Engine) beginPlan(p *plan) {
	if p.kind != planIn && p.thread == nil {
		th, top := e.threadTop(p.threadID, p.from)
		p.thread, p.index, p.tail = th, top.Index(), top.TailCalls()
		if code := staticOf(functionOf(th, top)); code != nil && (p.kind == planOver || p.kind == planOut) {
			e.awaitReturn(p, code)
		}
	}
	switch {
	case p.call != nil:
		if e.awaitCall(p) != nil {
			p.kind = planIn // a very long function: its first call will do
		}
	case p.byInstruction():
		p.at = e.pending(p)
		e.st.StepInstructions(true)
	}
}

// pending is the raw pc of the instruction that the frame of a plan has stopped
// before but not begun, or -1.
func (e *Engine) pending(p *plan) int {
	f := currentFrame(p.thread)
	for f.Valid() && f.Index() > p.index {
		f = f.Parent()
	}
	if !f.Valid() || f.IsGo() || jumpable(f) != nil {
		return -1
	}
	fn := functionOf(p.thread, f)
	if t, after := staticOf(fn).TrapHit(f.Pc()); t != nil && after {
		return -1
	}
	return staticOf(fn).RawPc(f.Pc())
}

// endPlan takes away what beginPlan has set.
func (e *Engine) endPlan() {
	p := e.plan
	e.plan = nil
	if p == nil {
		return
	}
	for _, u := range p.users {
		e.dropTraps(u)
	}
	for _, unhook := range p.unhook {
		unhook()
	}
	if p.jump != nil {
		e.undo(p.jump)
		e.st.Uninterrupted(false)
	}
	if p.byInstruction() {
		e.st.StepInstructions(false)
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
func (e *Engine) used(s *compile.Slot) bool {
	return len(e.sites[s]) > 0 || e.coverage.wants(s) || s.Entry && e.data.entries[s.Function]
}

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
	if p == nil || p.kind == planIn || p.kind == planInstruction || p.thread != from || !dead && !(p.kind == planOut && p.index == 0) {
		return
	}
	f := currentFrame(to)
	for f.Valid() && f.IsGo() {
		f = f.Parent()
	}
	if !f.Valid() {
		return
	}
	next := &plan{kind: planOver, reason: p.reason, thread: to, index: f.Index(), tail: f.TailCalls(), returned: p.returned}
	if p.kind == planInstructionOver {
		next.kind, next.at = p.kind, -1
	}
	e.setPlan(next)
}
