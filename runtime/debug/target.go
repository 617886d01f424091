package debug

import (
	"context"
	"errors"
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/vm"
)

// stepTarget is what the handle of a StepInTarget stands for.
type stepTarget struct {
	r   frameRef
	raw int // of the call
}

// StepInTargets returns the calls on the line of a frame that have not begun.
func (e *Engine) StepInTargets(frame int) (out []StepInTarget, err error) {
	err = e.inStop(context.Background(), func(at *stop) error {
		r, err := e.frameOf(frame)
		if err != nil {
			return err
		}
		if r.th != at.L || r.f.Index() != at.top.Index() || r.code == nil {
			return nil // what a caller goes on to call is not known to be reached
		}
		seen := map[string]int{}
		for _, c := range r.code.CallsAhead(r.code.RawPc(r.f.Pc())) {
			label := c.Name
			if label == "" {
				label = "(expression)"
			}
			if seen[label]++; seen[label] > 1 {
				label = fmt.Sprintf("%s (%d)", label, seen[label])
			}
			out = append(out, StepInTarget{ID: e.handles.add(stepTarget{r, c.Raw}), Label: label, Line: c.Line})
		}
		return nil
	})
	return out, err
}

// StepInTarget runs until the function that a target calls is entered, or, if
// that has no Lua code, as StepOver does.
func (e *Engine) StepInTarget(thread, target int) error {
	return e.runFrom(func(at *stop) (*plan, error) {
		t, ok := e.handles.get(target).(stepTarget)
		if !ok {
			return nil, fmt.Errorf("step-in target %d: %w", target, ErrStale)
		}
		if e.threadID(t.r.th) != thread {
			return nil, errors.New("the step-in target belongs to another thread")
		}
		return &plan{kind: planOver, reason: ReasonStep, threadID: thread, from: at, call: &t}, nil
	})
}

// awaitCall makes a step over become a step into its target while that is
// called.
func (e *Engine) awaitCall(p *plan) error {
	become := func(kind planKind) func(*lua.LState, vm.Frame, *compile.Trap) Stop {
		return func(L *lua.LState, f vm.Frame, _ *compile.Trap) Stop {
			if L == p.thread && f.Index() == p.index && f.TailCalls() == p.tail {
				p.kind = kind
				e.armPlan(p)
			}
			return Stop{}
		}
	}
	u := &trapUser{before: become(planInto), after: become(planOver)}
	p.users = append(p.users, u)
	return e.addTrap(u, p.call.r.code, p.call.raw)
}

// returned is what a function has returned to a step that left it.
type returned struct {
	fn     *compile.Function
	values []lua.LValue
}

// awaitReturn keeps what the frame that a step leaves returns, also through
// tail calls.
func (e *Engine) awaitReturn(p *plan, fn *compile.Function) {
	mine := func(L *lua.LState, f vm.Frame) bool {
		return L == p.thread && f.Index() == p.index && f.TailCalls() >= p.tail
	}
	watched := map[*compile.Function]bool{}
	var watch func(*compile.Function)
	watch = func(code *compile.Function) {
		watched[code] = true
		u := &trapUser{}
		u.before = func(L *lua.LState, f vm.Frame, t *compile.Trap) Stop {
			if !mine(L, f) {
				return Stop{}
			}
			i := code.Raw(t.Raw)
			a, b, _ := compile.Operands(i)
			if compile.Opcode(i) == lua.OP_RETURN {
				p.returned = &returned{fn: code, values: openValues(L, f, a, b-1)}
				return Stop{}
			}
			called, _ := vm.Register(L, vm.Debug(L, f), a).(*lua.LFunction)
			if next := staticOf(called); next != nil && !watched[next] {
				watch(next)
			}
			if called != nil && called.IsG {
				e.keepResults(p, called, code)
			}
			return Stop{}
		}
		p.users = append(p.users, u)
		e.trapReturns(u, code)
	}
	watch(fn)
}

// keepResults keeps what the next call of a Go function returns.
func (e *Engine) keepResults(p *plan, called *lua.LFunction, code *compile.Function) {
	var h *nativeHook
	h = e.wrapNative(called, func(L *lua.LState, call lua.LGFunction) int {
		e.unwrapNative(called, h)
		n := call(L)
		r := &returned{fn: code}
		for i := n; i > 0; i-- {
			r.values = append(r.values, L.Get(-i))
		}
		p.returned = r
		return n
	})
	p.unhook = append(p.unhook, func() { e.unwrapNative(called, h) })
}

// maxReturns is how many ways out of a function are watched for its results.
const maxReturns = 64

// trapReturns traps the ways out of a function for u.
func (e *Engine) trapReturns(u *trapUser, fn *compile.Function) {
	for raw, n := 0, 0; raw < fn.RawLen() && n < maxReturns; raw++ {
		op := compile.Opcode(fn.Raw(raw))
		if op != lua.OP_RETURN && op != lua.OP_TAILCALL || fn.Pc(raw) < 0 {
			continue
		}
		if n++; e.addTrap(u, fn, raw) != nil {
			return // a very long function: the results of its other ways out are not shown
		}
	}
}

// openValues reads n values from a register on; with n < 0 all that follow.
func openValues(L *lua.LState, f vm.Frame, from, n int) []lua.LValue {
	d := vm.Debug(L, f)
	if n < 0 {
		n = vm.Current(L).Base() - f.LocalBase() - from // the trap was called on top of them
	}
	out := make([]lua.LValue, 0, max(n, 0))
	for i := range max(n, 0) {
		out = append(out, vm.Register(L, d, from+i))
	}
	return out
}

// returnScope shows what the function returned that a step has left.
type returnScope struct{ r *returned }

func (s *returnScope) size() (int, int)         { return len(s.r.values), 0 }
func (s *returnScope) indexed(int, int) []child { return nil }
func (s *returnScope) named(start, count int) []child {
	name := s.r.fn.Name
	if name == "" {
		name = "function"
	}
	var all []child
	for i, v := range s.r.values {
		ch := child{name: "(" + name + " returned)", value: v, readOnly: true}
		if len(s.r.values) > 1 {
			ch.name = fmt.Sprintf("(%s returned) %d", name, i+1)
		}
		all = append(all, ch)
	}
	return page(all, start, count)
}

func (s *returnScope) set(string, lua.LValue) error {
	return errors.New("what a function has returned cannot be changed here")
}
