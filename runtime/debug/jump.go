package debug

import (
	"context"
	"errors"
	"fmt"
	"slices"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/vm"
)

// A jump makes a frame of the stopped thread go on at another slot of its
// function; the frames above it return at once. What a frame runs next is the
// word behind the slot or trap at which it is stopped, or behind its call: that
// word becomes, for one execution, a jump to the function's detour.
type jump struct {
	th      *lua.LState
	top     vm.Frame // the innermost frame
	index   int      // of the frame that goes on
	slot    *compile.Slot
	patches []patch
}

// patch is a word that is a jump to a detour for now.
type patch struct {
	code    *compile.Function
	proto   *lua.FunctionProto
	restore func()
}

// gotoTarget is what the handle of a GotoTarget stands for.
type gotoTarget struct {
	r    frameRef
	slot *compile.Slot
}

// errCannotJump explains stops from which a frame cannot be sent elsewhere.
var errCannotJump = errors.New("the script has stopped in the middle of an instruction, by a pause or an error: step to the next line first")

// jumpable tells whether the innermost frame of a stop can go on elsewhere: not
// from an error, which is raised whatever comes next.
func (at *stop) jumpable() error {
	if at.exception != nil {
		return errCannotJump
	}
	return jumpable(at.top)
}

// jumpable tells whether a frame that is the innermost one can go on elsewhere.
func jumpable(f vm.Frame) error {
	if f.IsGo() {
		return errors.New("a Go function is running: step out of it first")
	}
	if word, ok := f.Instruction(); !ok || !compile.IsPause(word) {
		return errCannotJump
	}
	return nil
}

// GotoTargets returns where the innermost frame of the stopped thread could go
// on at a line. An error says why it cannot.
func (e *Engine) GotoTargets(src Source, line int) (out []GotoTarget, err error) {
	err = e.inStop(context.Background(), func(at *stop) error {
		if err := at.jumpable(); err != nil {
			return err
		}
		fn := functionOf(at.L, at.top)
		r := frameRef{th: at.L, f: at.top, fn: fn, code: staticOf(fn)}
		if r.code == nil || sourceKey(e.sourceOfChunk(r.code.Chunk)) != sourceKey(src) {
			return fmt.Errorf("line %d is in another file than the function that runs: a jump stays within one function", line)
		}
		slot, err := landing(r, line)
		if err != nil {
			return err
		}
		out = append(out, GotoTarget{
			ID: e.handles.add(gotoTarget{r, slot}), Label: fmt.Sprintf("line %d", line), Line: line,
			Address: e.address(r.code, r.code.RawPc(slot.Pc)),
		})
		return nil
	})
	return out, err
}

// landing finds the slot of a line at which the function can go on: the start
// of a statement that sees no local which does not exist where it comes from.
func landing(r frameRef, line int) (*compile.Slot, error) {
	here := r.code.ActiveLocals(r.code.RawPc(r.f.Pc()))
	var reason error
	elsewhere := false
	for _, s := range r.code.Chunk.Lines()[line] {
		if s.Function != r.code {
			elsewhere = true
			continue
		}
		raw := r.code.RawPc(s.Pc)
		if !r.code.StatementAt(raw) {
			if reason != nil {
				continue
			}
			reason = fmt.Errorf("line %d is in the middle of a statement", line)
			continue
		}
		missing := ""
		for i, l := range r.code.ActiveLocals(raw) {
			if i >= len(here) || here[i] != l {
				missing = l.Name
				break
			}
		}
		if missing == "" {
			return s, nil
		}
		reason = fmt.Errorf("line %d is in the scope of local '%s', which does not exist here", line, missing)
		if missing[0] == '(' {
			reason = fmt.Errorf("line %d is inside a for loop that has not begun", line)
		}
	}
	switch {
	case reason != nil:
		return nil, reason
	case elsewhere:
		return nil, fmt.Errorf("line %d is in another function: a jump stays within one function", line)
	}
	return nil, fmt.Errorf("there is nothing to run on line %d", line)
}

// Goto makes the stopped thread go on at a target, where it stops again, with
// ReasonGoto, before anything has run.
func (e *Engine) Goto(thread, target int) error {
	return e.runFrom(func(at *stop) (*plan, error) {
		t, ok := e.handles.get(target).(gotoTarget)
		if !ok {
			return nil, fmt.Errorf("goto target %d: %w", target, ErrStale)
		}
		if e.threadID(t.r.th) != thread {
			return nil, fmt.Errorf("goto target %d belongs to another thread", target)
		}
		return newJump(at, t.r, t.slot, ReasonGoto), nil
	})
}

// RestartFrame starts the function of a frame again, with what its parameters
// hold now, and stops there with ReasonRestart.
func (e *Engine) RestartFrame(frame int) error {
	return e.runFrom(func(at *stop) (*plan, error) {
		r, err := e.frameOf(frame)
		if err != nil {
			return nil, err
		}
		if err := e.restartable(at, r); err != nil {
			return nil, err
		}
		return newJump(at, r, r.code.Slots[0], ReasonRestart), nil
	})
}

// restartable tells whether the frames above r can be made to return into it.
func (e *Engine) restartable(at *stop, r frameRef) error {
	switch {
	case r.code == nil || r.f.IsGo():
		return errors.New("only a Lua function can be started again")
	case r.th != at.L:
		return errors.New("the frame belongs to a thread that is not running")
	}
	if err := at.jumpable(); err != nil {
		return err
	}
	if r.f.Index() < restartFloor(at, at.top.Index()-r.f.Index()+1) {
		return errors.New("a Go function or a metamethod lies between this frame and the top of the stack")
	}
	return nil
}

// restartFloor is the index of the last of at most n frames, counted from the
// top, that can be started again: those above it were called by Lua code.
func restartFloor(at *stop, n int) int {
	f := at.top
	if at.jumpable() != nil {
		return f.Index() + 1
	}
	for ; n > 1; n-- {
		caller := f.Parent()
		if !caller.Valid() {
			break
		}
		if i, ok := caller.Instruction(); !ok || compile.Opcode(i) != lua.OP_CALL {
			break
		}
		f = caller
	}
	return f.Index()
}

func newJump(at *stop, r frameRef, slot *compile.Slot, reason StopReason) *plan {
	return &plan{
		kind: planJump, reason: reason, thread: r.th, index: r.f.Index(), slot: slot,
		jump: &jump{th: r.th, top: at.top, index: r.f.Index(), slot: slot},
	}
}

// install patches the frames, innermost first.
func (e *Engine) install(j *jump) error {
	for f := j.top; f.Valid() && f.Index() >= j.index; f = f.Parent() {
		fn := functionOf(j.th, f)
		code := staticOf(fn)
		d, err := code.Detour()
		if err != nil {
			e.undo(j)
			return err
		}
		from := code.Registers(code.RawPc(j.slot.Pc))
		if f.Index() > j.index {
			from = 0 // it returns; the words are not reached
		}
		j.patches = append(j.patches, patch{code, fn.Proto, d.Install(fn.Proto, f.Pc()+1, from, j.slot.Pc)})
	}
	// The VM looks for what is due when it has fetched a word: a stop, or a change
	// of the code, would come between a patch and its execution.
	e.st.Uninterrupted(true)
	return nil
}

// undo puts the code back. What else was to be armed there meanwhile is now.
func (e *Engine) undo(j *jump) {
	patches := j.patches
	j.patches = nil
	for _, p := range slices.Backward(patches) {
		p.restore()
	}
	for _, p := range patches {
		e.arm(p.code)
		e.armTraps(p.code, p.proto)
	}
}

// onDetour answers whether a frame goes on (true) or returns.
func (e *Engine) onDetour(L *lua.LState, f vm.Frame) bool {
	p := e.plan
	if p == nil || p.jump == nil || p.jump.th != L || f.Index() > p.jump.index {
		return false
	}
	e.undo(p.jump)
	return true
}
