package debug

import (
	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/vm"
)

// StepInstruction executes one instruction of the thread. With over set, a call
// is executed as a whole.
func (e *Engine) StepInstruction(thread int, over bool) error {
	if err := e.knows(thread); err != nil {
		return err
	}
	return e.run(func(at *stop) (*plan, error) {
		p := &plan{kind: planInstruction, reason: ReasonStep, threadID: thread, from: at, at: -1}
		if over {
			p.kind = planInstructionOver
		}
		return p, nil
	})
}

// onInstruction is called before every instruction while a plan asks for it.
func (e *Engine) onInstruction(L *lua.LState) {
	p := e.plan
	f := vm.Current(L)
	if p == nil || !p.byInstruction() || f.IsGo() {
		return
	}
	if p.kind == planInstructionOver && (L != p.thread || f.Index() > p.index) {
		return
	}
	fn := functionOf(L, f)
	code := staticOf(fn)
	if code == nil {
		return
	}
	raw, ok := code.InstructionAt(fn.Proto, f.Pc())
	switch {
	case !ok:
		return
	case raw == p.at && L == p.thread && f.Index() == p.index:
		p.at = -1 // where the step began: it has not run before
		return
	case e.passes(L, f, code):
		return
	}
	e.stopAt(L, f, Stop{Reason: ReasonStep, Description: descriptions[ReasonStep]})
}
