package compile

import lua "github.com/yuin/gopher-lua"

// A chain a .. b .. c becomes one call of the Go function Env.Concat: the VM's
// own CONCAT formats numbers with 17 digits where Lua has 14, and allocates
// before anybody can object. The function's register is left free before the
// first operand.

// concatKey is the key of Env.Concat among a function's constants.
type concatKey struct{}

// beginConcat puts the left operand of `..` into the next register.
func (f *funcState) beginConcat(e *exp, inChain bool) {
	if inChain {
		f.toNextReg(e)
		return
	}
	f.discharge(e)
	f.releaseExp(e)
	f.reserve(2)
	if reg := f.freeReg - 1; e.kind == eNonReloc && e.info == reg-1 {
		// A result already in the function's register moves up. The move has the
		// line of what made it: PUC Lua has no instruction here.
		line := f.lines[len(f.lines)-1]
		f.emitABC(lua.OP_MOVE, reg, e.info, 0)
		f.lines[len(f.lines)-1] = line
		e.info = reg
	}
	f.toReg(e, f.freeReg-1)
}

// endConcat joins the right operand. Inside a chain it leaves a CONCAT that
// the head of the chain turns into the call.
func (f *funcState) endConcat(e, e2 *exp, inChain bool) {
	f.toValue(e2)
	last := len(f.code) - 1
	if e2.kind == eReloc && Opcode(f.code[e2.info]) == lua.OP_CONCAT {
		f.releaseExp(e)
		f.code[last] = setB(f.code[last], e.info)
		e.set(eReloc, e2.info)
	} else {
		f.toNextReg(e2)
		f.arith(lua.OP_CONCAT, e, e2)
	}
	if inChain {
		return
	}
	_, first, end := Operands(f.code[len(f.code)-1])
	fn := first - 1
	f.code[len(f.code)-1] = abx(lua.OP_LOADK, fn, f.constant(concatKey{}, f.env.Concat))
	f.emitABC(lua.OP_CALL, fn, end-first+2, 2)
	f.freeReg = fn + 1
	*e = mk(eNonReloc, fn)
}
