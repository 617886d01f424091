package debug

import (
	"context"
	"fmt"
	"math"
)

// maxInstructions is how many instructions one request can have.
const maxInstructions = 10_000

// Disassemble returns count instructions, the first of which is offset
// instructions behind (or, if negative, before) the one at an address. Where
// there are none, they are marked as invalid: each function has its own range
// of addresses. Before address 0 there is nothing, not even that.
func (e *Engine) Disassemble(ctx context.Context, address uint64, offset, count int) ([]Instruction, error) {
	if count < 0 || count > maxInstructions {
		return nil, fmt.Errorf("%d instructions cannot be disassembled at once: ask for 0 to %d", count, maxInstructions)
	}
	first := moved(address, offset, count)
	out := make([]Instruction, count)
	for i := range out {
		if i%1000 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		out[i] = e.instruction(first + uint64(i))
	}
	return out, nil
}

// moved is an address moved by an offset, such that count addresses from it on exist.
func moved(address uint64, offset, count int) uint64 {
	if offset < 0 {
		back := uint64(-(int64(offset) + 1)) + 1
		address -= min(back, address)
	} else {
		address += min(uint64(offset), math.MaxUint64-address)
	}
	return min(address, math.MaxUint64-uint64(count))
}

// instruction describes what is at an address.
func (e *Engine) instruction(address uint64) Instruction {
	a, raw, ok := e.addresses.at(address)
	if !ok {
		return Instruction{Address: address, Text: "(no instruction)", Invalid: true}
	}
	out := Instruction{
		Address: address, Source: a.source, Line: a.fn.RawLine(raw),
		Bytes: fmt.Sprintf("%08x", a.fn.Raw(raw)),
		Text:  e.Redact((&operands{a: a, raw: raw}).text()),
	}
	if raw == 0 {
		out.Symbol = functionLabel(a.fn)
	}
	return out
}
