package debug

import (
	"context"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/vm"
)

// stop is one stop: the thread, its innermost frame that is shown, and the
// error if it stopped at one.
type stop struct {
	L         *lua.LState
	thread    int
	top       vm.Frame
	exception *Exception
	news      Stop // as the Handler was told
	returned  *returned
}

func currentFrame(L *lua.LState) vm.Frame { return vm.Current(L) }

func functionOf(L *lua.LState, f vm.Frame) *lua.LFunction { return vm.Function(L, vm.Debug(L, f)) }

// staticOf returns what was compiled for the function of a frame, or nil.
func staticOf(fn *lua.LFunction) *compile.Function {
	if fn == nil || fn.IsG {
		return nil
	}
	return compile.FunctionOf(fn.Proto)
}

// onSlot decides at an armed slot or trap whether to stop.
func (e *Engine) onSlot(L *lua.LState, fn *compile.Function, f vm.Frame) bool {
	pc := f.Pc()
	if t, after := fn.TrapHit(pc); t != nil { // asks first: it is quick to say no
		e.onTrap(L, f, t, after)
		return true
	}
	if slot := fn.SlotAt(pc); slot != nil {
		e.atSlot(L, f, slot)
		return true
	}
	return e.onDetour(L, f)
}

func (e *Engine) atSlot(L *lua.LState, f vm.Frame, slot *compile.Slot) {
	e.covered(slot)
	if slot.Entry {
		e.enterWatched(L, f, slot.Function)
	}
	var s Stop
	if e.plan == nil || e.plan.kind != planJump { // where a jump lands, nothing has been reached yet
		if bps := e.sites[slot]; len(bps) > 0 {
			s = e.hit(L, f, slot, bps)
		}
	}
	matches := e.plan != nil && e.plan.matches(L, f, slot)
	if matches && e.plan.kind == planJump {
		e.st.Uninterrupted(false)
	}
	if matches && (s.Reason == "" || e.plan.reason == ReasonEntry) && !e.passes(L, f, slot.Function) {
		s.Reason = e.plan.reason
		s.Description = descriptions[s.Reason]
	}
	if s.Reason != "" {
		e.stopAt(L, f, s)
	}
}

// descriptions are the texts of stops that a plan asked for.
var descriptions = map[StopReason]string{
	ReasonEntry: "Paused on entry", ReasonStep: "Paused after a step",
	ReasonGoto: "Paused after a jump", ReasonRestart: "Paused at the start of the frame",
}

func (e *Engine) stopAt(L *lua.LState, f vm.Frame, s Stop) { e.stopException(L, f, s, nil) }

// stopException publishes a stop and serves requests until the script is to
// run on.
func (e *Engine) stopException(L *lua.LState, f vm.Frame, s Stop, x *Exception) {
	if e.st.Aborted() != nil {
		return
	}
	s.Thread = e.threadID(L)
	if fn := staticOf(functionOf(L, f)); fn != nil {
		s.Line = fn.Line(f.Pc())
		s.Source = e.sourceOfChunk(fn.Chunk)
	}
	e.handles.reset()
	e.mu.Lock()
	if e.detached {
		e.mu.Unlock()
		return
	}
	select {
	case <-e.resume: // meant for a stop that ended otherwise
	default:
	}
	e.at = &stop{L: L, thread: s.Thread, top: f, exception: x, news: s}
	if e.plan != nil {
		e.at.returned = e.plan.returned
	}
	e.mu.Unlock()
	e.endPlan()
	e.st.CancelPause()
	e.h.Stopped(s)
	release := e.holdData()
	next, ended := e.wait()
	release()
	e.forgetVariables()
	e.mu.Lock()
	e.at = nil
	e.mu.Unlock()
	e.handles.reset()
	if ended {
		e.h.StopEnded()
	}
	e.setPlan(next)
}

// wait serves requests until a resume, the end of the execution, or Detach. It
// tells whether it was the end of the execution.
func (e *Engine) wait() (next *plan, ended bool) {
	end := e.st.RunContext().Done()
	for {
		select {
		case p := <-e.resume:
			return p, false
		case <-e.st.Wake():
			e.st.Serve()
		case <-end:
			// Whoever ended it may not have got round to saying so.
			e.st.Cancel(context.Cause(e.st.RunContext()))
			return nil, true
		case <-e.done:
			return nil, false
		}
	}
}

// run ends the stop with a plan.
func (e *Engine) run(make func(at *stop) (*plan, error)) error {
	e.mu.Lock()
	at, gone := e.at, e.detached
	e.mu.Unlock()
	switch {
	case gone:
		return ErrEnded
	case at == nil:
		return ErrNotStopped
	}
	p, err := make(at)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.at != at {
		return ErrNotStopped
	}
	e.at = nil
	e.resume <- p
	return nil
}

// runFrom is run with a plan that is made on the goroutine that runs Lua, and is
// good for that stop only.
func (e *Engine) runFrom(make func(at *stop) (*plan, error)) error {
	var from *stop
	var p *plan
	err := e.inStop(context.Background(), func(at *stop) (err error) {
		from = at
		p, err = make(at)
		return err
	})
	if err != nil {
		return err
	}
	return e.run(func(at *stop) (*plan, error) {
		if at != from {
			return nil, ErrNotStopped
		}
		return p, nil
	})
}

// Stopped tells whether the script is stopped, and how.
func (e *Engine) Stopped() (Stop, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.at == nil || e.detached {
		return Stop{}, false
	}
	return e.at.news, true
}

// Continue lets the script run on.
func (e *Engine) Continue() error {
	return e.run(func(*stop) (*plan, error) { return nil, nil })
}

// StepIn runs to the next line, in whatever function or coroutine.
func (e *Engine) StepIn(thread int) error {
	if err := e.knows(thread); err != nil {
		return err
	}
	return e.run(func(*stop) (*plan, error) { return &plan{kind: planIn, reason: ReasonStep}, nil })
}

// StepOver runs to the next line of the thread's innermost function, or of a
// caller once that has returned.
func (e *Engine) StepOver(thread int) error { return e.step(thread, planOver) }

// StepOut runs until the thread's innermost function has returned, to the next
// line of its caller.
func (e *Engine) StepOut(thread int) error { return e.step(thread, planOut) }

// knows tells whether there is such a thread.
func (e *Engine) knows(thread int) error {
	return e.inStop(context.Background(), func(*stop) error {
		_, err := e.thread(thread)
		return err
	})
}

func (e *Engine) step(thread int, kind planKind) error {
	if err := e.knows(thread); err != nil {
		return err
	}
	return e.run(func(at *stop) (*plan, error) {
		return &plan{kind: kind, reason: ReasonStep, threadID: thread, from: at}, nil
	})
}

// Pause stops the script at its next instruction. It does nothing if the
// script is stopped.
func (e *Engine) Pause() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.detached {
		return ErrEnded
	}
	if e.at == nil {
		e.st.RequestPause()
	}
	return nil
}
