package debug

import (
	"slices"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
)

// What the code of a function says of accesses to variables. Places are raw pcs.

// bitK marks an operand that is a constant.
const bitK = 1 << 8

// constant returns the constant that an operand stands for, nil for a register.
func constant(fn *compile.Function, rk int) lua.LValue {
	if rk&bitK == 0 {
		return nil
	}
	return fn.Proto.Constants[rk&^bitK]
}

// writesRegister tells whether the instruction at raw may give a register
// another value.
func writesRegister(fn *compile.Function, raw, reg int) bool {
	i := fn.Raw(raw)
	a, b, _ := compile.Operands(i)
	switch compile.Opcode(i) {
	case lua.OP_LOADNIL:
		return a <= reg && reg <= b
	case lua.OP_SELF:
		return reg == a || reg == a+1
	case lua.OP_CALL: // what lies above the results is lost
		return reg >= a
	case lua.OP_VARARG:
		return reg >= a && (b == 0 || reg < a+b-1)
	case lua.OP_TFORLOOP:
		return reg >= a+2
	case lua.OP_FORLOOP, lua.OP_FORPREP:
		return reg == a || reg == a+3 && compile.Opcode(i) == lua.OP_FORLOOP
	case lua.OP_JMP, lua.OP_EQ, lua.OP_LT, lua.OP_LE, lua.OP_TEST, lua.OP_TAILCALL, lua.OP_RETURN, lua.OP_CLOSE, lua.OP_NOP,
		lua.OP_SETGLOBAL, lua.OP_SETUPVAL, lua.OP_SETTABLE, lua.OP_SETTABLEKS, lua.OP_SETLIST:
		return false
	}
	return reg == a
}

// readsRegister tells whether the instruction at raw reads a register. Calls do
// not: what they take was moved to registers of their own.
func readsRegister(fn *compile.Function, raw, reg int) bool {
	i := fn.Raw(raw)
	a, b, c := compile.Operands(i)
	switch compile.Opcode(i) {
	case lua.OP_MOVE, lua.OP_UNM, lua.OP_NOT, lua.OP_LEN, lua.OP_TESTSET, lua.OP_GETTABLEKS:
		return reg == b
	case lua.OP_GETTABLE, lua.OP_SELF, lua.OP_EQ, lua.OP_LT, lua.OP_LE,
		lua.OP_ADD, lua.OP_SUB, lua.OP_MUL, lua.OP_DIV, lua.OP_MOD, lua.OP_POW:
		return reg == b || reg == c
	case lua.OP_SETTABLE:
		return reg == a || reg == b || reg == c
	case lua.OP_SETTABLEKS:
		return reg == a || reg == c
	case lua.OP_SETGLOBAL, lua.OP_SETUPVAL, lua.OP_TEST:
		return reg == a
	case lua.OP_RETURN:
		return a <= reg && (b == 0 || reg < a+b-1)
	}
	return false
}

// successors are where execution may go on after the instruction at raw.
func successors(fn *compile.Function, raw int) []int {
	i := fn.Raw(raw)
	_, _, c := compile.Operands(i)
	next := raw + 1
	for next < fn.RawLen() && fn.Pc(next) < 0 { // operand words
		next++
	}
	switch compile.Opcode(i) {
	case lua.OP_JMP, lua.OP_FORPREP:
		return []int{raw + 1 + compile.SBx(i)}
	case lua.OP_FORLOOP:
		return []int{next, raw + 1 + compile.SBx(i)}
	case lua.OP_TFORLOOP:
		return []int{next, raw + 2 + compile.SBx(fn.Raw(raw+1))}
	case lua.OP_EQ, lua.OP_LT, lua.OP_LE, lua.OP_TEST, lua.OP_TESTSET:
		return []int{raw + 1, raw + 2}
	case lua.OP_LOADBOOL:
		if c != 0 {
			return []int{raw + 2}
		}
	case lua.OP_RETURN:
		return nil
	}
	return []int{next}
}

// localAccess is where the function that declares a local accesses it.
type localAccess struct {
	writes   []int // assignments, and what gives it its first value
	reads    []int
	exits    []int // where a frame of the function ends
	captures []int // where closures that share it are made
	begins   bool  // its scope can be entered without passing the end of a write
}

// accessesOf finds the accesses to a local of fn.
func accessesOf(fn *compile.Function, l compile.Local) (out localAccess) {
	into := false // something outside the scope leads to its beginning
	for raw := range fn.RawLen() {
		if fn.Pc(raw) < 0 {
			continue
		}
		inScope := l.Start <= raw && raw < l.End
		op := compile.Opcode(fn.Raw(raw))
		enters := !inScope && slices.Contains(successors(fn, raw), l.Start)
		switch {
		case inScope && writesRegister(fn, raw, l.Reg), enters && stopsAfter(op):
			out.writes = append(out.writes, raw)
		case !inScope && writesRegister(fn, raw, l.Reg) && givesFirst(fn, raw, l):
			out.writes = append(out.writes, raw)
			into = true
		}
		out.begins = out.begins || enters && !stopsAfter(op)
		if inScope && readsRegister(fn, raw, l.Reg) {
			out.reads = append(out.reads, raw)
		}
		switch op {
		case lua.OP_RETURN, lua.OP_TAILCALL:
			out.exits = append(out.exits, raw)
		case lua.OP_CLOSURE:
			if captureOf(fn, raw, true, l.Reg) >= 0 && sharesLocal(fn, raw, l) {
				out.captures = append(out.captures, raw)
			}
		}
	}
	out.begins = out.begins && into
	return out
}

// stopsAfter tells whether a trap of such an instruction can stop after it.
func stopsAfter(op int) bool {
	switch op {
	case lua.OP_JMP, lua.OP_EQ, lua.OP_LT, lua.OP_LE, lua.OP_TEST, lua.OP_TESTSET, lua.OP_RETURN:
		return false
	}
	return true
}

// givesFirst tells whether the value that an instruction outside the scope of a
// local writes to its register can be there when the scope begins.
func givesFirst(fn *compile.Function, raw int, l compile.Local) bool {
	seen := map[int]bool{}
	work := successors(fn, raw)
	for len(work) > 0 {
		at := work[len(work)-1]
		work = work[:len(work)-1]
		switch {
		case at == l.Start:
			return true
		case at >= fn.RawLen() || seen[at] || l.Start <= at && at < l.End || writesRegister(fn, at, l.Reg):
			continue
		}
		seen[at] = true
		work = append(work, successors(fn, at)...)
	}
	return false
}

// captureOf finds among the variables that the CLOSURE at raw captures a
// register, or an upvalue, of fn: the index of the child's upvalue, or -1.
func captureOf(fn *compile.Function, raw int, local bool, index int) int {
	child := fn.Children[compile.Bx(fn.Raw(raw))]
	for i := range int(child.Proto.NumUpvalues) {
		word := fn.Raw(raw + 1 + i)
		_, b, _ := compile.Operands(word)
		if b == index && (compile.Opcode(word) == lua.OP_MOVE) == local {
			return i
		}
	}
	return -1
}

// sharesLocal tells whether a CLOSURE at raw that captures the register of a
// local captures that local. A local function is in scope from behind the
// CLOSURE on that makes it.
func sharesLocal(fn *compile.Function, raw int, l compile.Local) bool {
	return l.Start <= raw && raw < l.End || l.Start == successors(fn, raw)[0]
}

// holder is a function that can hold a variable as one of its upvalues.
type holder struct {
	fn    *compile.Function
	index int
}

// holdersOf finds the functions within fn that can hold a local of fn.
func holdersOf(fn *compile.Function, l compile.Local) (out []holder) {
	eachClosure(fn, func(raw int, child *compile.Function) {
		if i := captureOf(fn, raw, true, l.Reg); i >= 0 && sharesLocal(fn, raw, l) {
			out = addHolders(out, holder{child, i})
		}
	})
	return out
}

func addHolders(out []holder, h holder) []holder {
	out = append(out, h)
	eachClosure(h.fn, func(raw int, child *compile.Function) {
		if i := captureOf(h.fn, raw, false, h.index); i >= 0 {
			out = addHolders(out, holder{child, i})
		}
	})
	return out
}

func eachClosure(fn *compile.Function, visit func(raw int, child *compile.Function)) {
	for raw := range fn.RawLen() {
		if i := fn.Raw(raw); fn.Pc(raw) >= 0 && compile.Opcode(i) == lua.OP_CLOSURE {
			visit(raw, fn.Children[compile.Bx(i)])
		}
	}
}

// declarationOf finds the function and the local that an upvalue stands for.
func declarationOf(fn *compile.Function, index int) (decl *compile.Function, l compile.Local, ok bool) {
	parent := fn.Parent
	if parent == nil {
		return nil, l, false
	}
	at, word := -1, uint32(0)
	eachClosure(parent, func(raw int, child *compile.Function) {
		if child == fn {
			at, word = raw, parent.Raw(raw+1+index)
		}
	})
	if at < 0 {
		return nil, l, false
	}
	_, b, _ := compile.Operands(word)
	if compile.Opcode(word) != lua.OP_MOVE {
		return declarationOf(parent, b)
	}
	for _, x := range parent.Locals {
		if x.Reg == b && sharesLocal(parent, at, x) {
			l, ok = x, true
			if x.Start <= at {
				break // in scope already
			}
		}
	}
	return parent, l, ok
}
