package debug

import (
	"context"
	"errors"

	"github.com/llmspell/llmspell/runtime/compile"
)

// instructionBreakpoints is what SetInstructionBreakpoints has set.
type instructionBreakpoints struct{}

// SetInstructionBreakpoints replaces all instruction breakpoints and answers in
// the order of specs.
func (e *Engine) SetInstructionBreakpoints(specs []InstructionBreakpointSpec) []Breakpoint {
	return make([]Breakpoint, len(specs))
}

// address is that of an instruction, by its raw pc.
func (e *Engine) address(fn *compile.Function, raw int) uint64 { return 0 }

// Disassemble returns count instructions, the first of which is offset
// instructions behind (or, if negative, before) the one at an address. Where
// there are none, they are marked as invalid.
func (e *Engine) Disassemble(ctx context.Context, address uint64, offset, count int) ([]Instruction, error) {
	return nil, errors.New("not built yet")
}
