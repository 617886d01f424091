package debug

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/vm"
)

// instructionBreakpoints is what SetInstructionBreakpoints has set. Only for the
// goroutine that runs Lua.
type instructionBreakpoints struct {
	user *trapUser
	at   map[*compile.Trap][]*breakpoint
}

// instructionBreakpoint is a breakpoint and its trap, nil without one.
type instructionBreakpoint struct {
	*breakpoint
	trap *compile.Trap
}

// SetInstructionBreakpoints replaces all instruction breakpoints and answers in
// the order of specs.
func (e *Engine) SetInstructionBreakpoints(specs []InstructionBreakpointSpec) []Breakpoint {
	out := make([]Breakpoint, len(specs))
	list := make([]instructionBreakpoint, len(specs))
	for i, spec := range specs {
		list[i] = e.newInstructionBreakpoint(spec)
	}
	e.mu.Lock()
	for i, b := range list {
		e.nextID++
		b.ID = e.nextID
		out[i] = b.Breakpoint
	}
	e.mu.Unlock()
	e.soon(func(*lua.LState, bool) { e.armInstructions(list) })
	return out
}

func (e *Engine) newInstructionBreakpoint(spec InstructionBreakpointSpec) instructionBreakpoint {
	b := newBreakpoint(BreakpointSpec{Condition: spec.Condition, HitCondition: spec.HitCondition}, Source{})
	b.reason = ReasonInstruction
	if b.broken {
		return instructionBreakpoint{b, nil}
	}
	a, raw, ok := e.addresses.at(spec.Address)
	switch {
	case !ok:
		b.Message = fmt.Sprintf("there is no instruction at 0x%x", spec.Address)
		return instructionBreakpoint{b, nil}
	case a.fn.Pc(raw) < 0:
		b.Message = fmt.Sprintf("0x%x belongs to the instruction before it", spec.Address)
		return instructionBreakpoint{b, nil}
	}
	t, err := a.fn.TrapAt(raw)
	if err != nil {
		b.Message = err.Error()
		return instructionBreakpoint{b, nil}
	}
	b.Verified, b.Source, b.Line = true, a.source, a.fn.RawLine(raw)
	return instructionBreakpoint{b, t}
}

// armInstructions makes a list the breakpoints that are armed.
func (e *Engine) armInstructions(list []instructionBreakpoint) {
	if e.instrs.user != nil {
		e.dropTraps(e.instrs.user)
	}
	e.instrs = instructionBreakpoints{user: &trapUser{before: e.beforeInstruction}, at: map[*compile.Trap][]*breakpoint{}}
	for _, b := range list {
		if b.trap == nil {
			continue
		}
		e.instrs.at[b.trap] = append(e.instrs.at[b.trap], b.breakpoint)
		if err := e.addTrap(e.instrs.user, b.trap.Function, b.trap.Raw); err != nil {
			b.Verified, b.Message = false, err.Error()
			e.h.BreakpointChanged(b.Breakpoint)
		}
	}
}

func (e *Engine) beforeInstruction(L *lua.LState, f vm.Frame, t *compile.Trap) Stop {
	return e.hit(L, f, nil, e.instrs.at[t])
}
