package dap

import (
	"context"

	dap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/runtime/debug"
)

// maxInstructions is how many instructions are disassembled at once.
const maxInstructions = 10_000

// disassemble lists instructions around an address. An instruction counts as
// one byte: there is one address for each.
func (s *session) disassemble(ctx context.Context, args dap.DisassembleArguments) (any, error) {
	e, err := s.engine()
	if err != nil {
		return nil, err
	}
	if args.InstructionCount < 0 || args.InstructionCount > maxInstructions {
		return nil, badArguments("disassemble: instructionCount must be between 0 and %d", maxInstructions)
	}
	address, err := s.handles.toEngineAddress(args.MemoryReference, args.Offset)
	if err != nil {
		return nil, err
	}
	list, err := e.Disassemble(ctx, address, args.InstructionOffset, args.InstructionCount)
	if err != nil {
		return nil, err
	}
	body := disassembleBody{Instructions: make([]instruction, 0, len(list))}
	var last dap.Source
	for _, in := range list {
		w := instruction{Address: s.handles.addressText(in.Address), Bytes: in.Bytes, Text: in.Text, Symbol: in.Symbol}
		if in.Invalid {
			w.Hint = "invalid"
		}
		if in.Line > 0 {
			line := s.client.toClientLine(in.Line)
			w.Line = &line
			// The location stands where it changes.
			if src := s.run.translator.source(in.Source); src != nil && (src.Path != last.Path || src.SourceReference != last.SourceReference) {
				w.Location, last = src, *src
			}
		}
		body.Instructions = append(body.Instructions, w)
	}
	return body, nil
}

// setInstructionBreakpoints stops before instructions of disassemble. Offsets
// count instructions: each has one address.
func (s *session) setInstructionBreakpoints(args dap.SetInstructionBreakpointsArguments) (any, error) {
	all := make([]asked, 0, len(args.Breakpoints))
	for _, b := range args.Breakpoints {
		spec := debug.InstructionBreakpointSpec{Condition: b.Condition, HitCondition: b.HitCondition}
		address, err := s.handles.toEngineAddress(b.InstructionReference, b.Offset)
		spec.Address = address
		a := asked{spec: spec, at: b.InstructionReference, run: s.handles.run}
		if err != nil {
			a.problem = err.Error()
		} else {
			a.at = s.handles.toClientAddress(address)
		}
		a.identity = a.at
		all = append(all, a)
	}
	return s.setGroup(groupKey{kind: instructionBreakpoints}, all)
}
