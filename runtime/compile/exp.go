package compile

import (
	"math"
	"strconv"

	lua "github.com/yuin/gopher-lua"
)

func itoa(n int) string { return strconv.Itoa(n) }

type expKind int

const (
	eVoid     expKind = iota
	eNil              //
	eTrue             //
	eFalse            //
	eConst            // info: constant
	eNumber           // num
	eLocal            // info: register
	eUpvalue          // info: upvalue
	eGlobal           // info: constant of the name
	eIndexed          // info: table register, aux: RK of the key
	eJump             // info: pc of the jump
	eReloc            // info: pc of the instruction whose A is open
	eNonReloc         // info: register
	eCall             // info: pc
	eVararg           // info: pc
)

// exp is an expression not yet in a register. t and f are the lists of jumps
// that leave it when it is true or false.
type exp struct {
	kind expKind
	info int
	aux  int
	num  float64
	t, f int
}

func mk(kind expKind, info int) exp { return exp{kind: kind, info: info, t: noJump, f: noJump} }

func (e *exp) set(kind expKind, info int) { e.kind, e.info = kind, info }
func (e *exp) hasJumps() bool             { return e.t != e.f }
func (e *exp) isNumeral() bool            { return e.kind == eNumber && e.t == noJump && e.f == noJump }
func (e *exp) isMulti() bool              { return e.kind == eCall || e.kind == eVararg }

// setReturns fixes the number of results of a call or vararg; -1 is all.
func (f *funcState) setReturns(e *exp, n int) {
	switch e.kind {
	case eCall:
		f.code[e.info] = setC(f.code[e.info], n+1)
	case eVararg:
		f.code[e.info] = setA(setB(f.code[e.info], n+1), f.freeReg)
		f.reserve(1)
	}
}

func (f *funcState) setOneReturn(e *exp) {
	switch e.kind {
	case eCall:
		a, _, _ := Operands(f.code[e.info])
		e.set(eNonReloc, a)
	case eVararg:
		f.code[e.info] = setB(f.code[e.info], 2)
		e.kind = eReloc
	}
}

func (f *funcState) discharge(e *exp) {
	switch e.kind {
	case eLocal:
		e.kind = eNonReloc
	case eUpvalue:
		e.set(eReloc, f.emitABC(lua.OP_GETUPVAL, 0, e.info, 0))
	case eGlobal:
		e.set(eReloc, f.emit(abx(lua.OP_GETGLOBAL, 0, e.info)))
	case eIndexed:
		f.release(e.aux)
		f.release(e.info)
		op := lua.OP_GETTABLE
		if f.isStringK(e.aux) {
			op = lua.OP_GETTABLEKS
		}
		e.set(eReloc, f.emitABC(op, 0, e.info, e.aux))
	case eCall, eVararg:
		f.setOneReturn(e)
	}
}

func (f *funcState) isStringK(rk int) bool {
	if rk&bitK == 0 {
		return false
	}
	_, ok := f.consts[rk&maxRK].(lua.LString)
	return ok
}

func (f *funcState) dischargeTo(e *exp, reg int) {
	f.discharge(e)
	switch e.kind {
	case eNil:
		f.loadNil(reg, 1)
	case eFalse, eTrue:
		b := 0
		if e.kind == eTrue {
			b = 1
		}
		f.emitABC(lua.OP_LOADBOOL, reg, b, 0)
	case eConst:
		f.emit(abx(lua.OP_LOADK, reg, e.info))
	case eNumber:
		f.emit(abx(lua.OP_LOADK, reg, f.numberK(e.num)))
	case eReloc:
		f.code[e.info] = setA(f.code[e.info], reg)
	case eNonReloc:
		if reg != e.info {
			f.emitABC(lua.OP_MOVE, reg, e.info, 0)
		}
	default:
		return // void or jump: nothing to do
	}
	e.set(eNonReloc, reg)
}

func (f *funcState) dischargeAny(e *exp) {
	if e.kind != eNonReloc {
		f.reserve(1)
		f.dischargeTo(e, f.freeReg-1)
	}
}

func (f *funcState) toReg(e *exp, reg int) {
	f.dischargeTo(e, reg)
	if e.kind == eJump {
		f.concat(&e.t, e.info)
	}
	if e.hasJumps() {
		pf, pt := noJump, noJump
		if f.needsValue(e.t) || f.needsValue(e.f) {
			fj := noJump
			if e.kind != eJump {
				fj = f.jump()
			}
			f.label()
			pf = f.emitABC(lua.OP_LOADBOOL, reg, 0, 1)
			f.label()
			pt = f.emitABC(lua.OP_LOADBOOL, reg, 1, 0)
			f.patchToHere(fj)
		}
		final := f.label()
		f.patchListAux(e.f, final, reg, pf)
		f.patchListAux(e.t, final, reg, pt)
	}
	*e = mk(eNonReloc, reg)
}

func (f *funcState) toNextReg(e *exp) {
	f.discharge(e)
	f.releaseExp(e)
	f.reserve(1)
	f.toReg(e, f.freeReg-1)
}

func (f *funcState) toAnyReg(e *exp) int {
	f.discharge(e)
	if e.kind == eNonReloc {
		if !e.hasJumps() {
			return e.info
		}
		if e.info >= len(f.active) {
			f.toReg(e, e.info)
			return e.info
		}
	}
	f.toNextReg(e)
	return e.info
}

func (f *funcState) toValue(e *exp) {
	if e.hasJumps() {
		f.toAnyReg(e)
	} else {
		f.discharge(e)
	}
}

// toRK puts an expression into a register or a constant operand.
func (f *funcState) toRK(e *exp) int {
	f.toValue(e)
	switch e.kind {
	case eNumber, eTrue, eFalse, eNil:
		if len(f.consts) <= maxRK {
			k := 0
			switch e.kind {
			case eNil:
				k = f.nilK()
			case eNumber:
				k = f.numberK(e.num)
			default:
				k = f.boolK(e.kind == eTrue)
			}
			e.set(eConst, k)
			return k | bitK
		}
	case eConst:
		if e.info <= maxRK {
			return e.info | bitK
		}
	}
	return f.toAnyReg(e)
}

func (f *funcState) store(v, e *exp) {
	switch v.kind {
	case eLocal:
		f.releaseExp(e)
		f.toReg(e, v.info)
		return
	case eUpvalue:
		f.emitABC(lua.OP_SETUPVAL, f.toAnyReg(e), v.info, 0)
	case eGlobal:
		f.emit(abx(lua.OP_SETGLOBAL, f.toAnyReg(e), v.info))
	case eIndexed:
		rk := f.toRK(e)
		op := lua.OP_SETTABLE
		if f.isStringK(v.aux) {
			op = lua.OP_SETTABLEKS
		}
		f.emitABC(op, v.info, v.aux, rk)
	}
	f.releaseExp(e)
}

func (f *funcState) self(e, key *exp) {
	f.toAnyReg(e)
	f.releaseExp(e)
	base := f.freeReg
	f.reserve(2)
	f.emitABC(lua.OP_SELF, base, e.info, f.toRK(key))
	f.releaseExp(key)
	e.set(eNonReloc, base)
}

func (f *funcState) invertJump(e *exp) {
	at := f.control(e.info)
	a, _, _ := Operands(f.code[at])
	f.code[at] = setA(f.code[at], 1-a)
}

func (f *funcState) jumpOnCond(e *exp, cond bool) int {
	c := 0
	if cond {
		c = 1
	}
	if e.kind == eReloc {
		if i := f.code[e.info]; Opcode(i) == lua.OP_NOT {
			_, b, _ := Operands(i)
			f.code = f.code[:len(f.code)-1]
			f.lines = f.lines[:len(f.lines)-1]
			return f.condJump(lua.OP_TEST, b, 0, 1-c)
		}
	}
	f.dischargeAny(e)
	f.releaseExp(e)
	return f.condJump(lua.OP_TESTSET, noReg, e.info, c)
}

func (f *funcState) goIfTrue(e *exp) {
	f.discharge(e)
	pc := noJump
	switch e.kind {
	case eConst, eNumber, eTrue:
	case eJump:
		f.invertJump(e)
		pc = e.info
	default:
		pc = f.jumpOnCond(e, false)
	}
	f.concat(&e.f, pc)
	f.patchToHere(e.t)
	e.t = noJump
}

func (f *funcState) goIfFalse(e *exp) {
	f.discharge(e)
	pc := noJump
	switch e.kind {
	case eNil, eFalse:
	case eJump:
		pc = e.info
	default:
		pc = f.jumpOnCond(e, true)
	}
	f.concat(&e.t, pc)
	f.patchToHere(e.f)
	e.f = noJump
}

func (f *funcState) not(e *exp) {
	f.discharge(e)
	switch e.kind {
	case eNil, eFalse:
		e.kind = eTrue
	case eConst, eNumber, eTrue:
		e.kind = eFalse
	case eJump:
		f.invertJump(e)
	case eReloc, eNonReloc:
		f.dischargeAny(e)
		f.releaseExp(e)
		e.set(eReloc, f.emitABC(lua.OP_NOT, 0, e.info, 0))
	}
	e.t, e.f = e.f, e.t
	f.removeValues(e.f)
	f.removeValues(e.t)
}

func (f *funcState) indexed(t, k *exp) {
	t.aux = f.toRK(k)
	t.kind = eIndexed
}

// fold computes an operation on two numerals where that is safe.
func fold(op int, a, b *exp) bool {
	if !a.isNumeral() || !b.isNumeral() {
		return false
	}
	x, y := a.num, b.num
	var r float64
	switch op {
	case lua.OP_ADD:
		r = x + y
	case lua.OP_SUB:
		r = x - y
	case lua.OP_MUL:
		r = x * y
	case lua.OP_DIV:
		if y == 0 {
			return false
		}
		r = x / y
	case lua.OP_MOD:
		if y == 0 || math.IsInf(y, 0) {
			return false
		}
		r = x - math.Floor(x/y)*y
	case lua.OP_POW:
		r = math.Pow(x, y)
	case lua.OP_UNM:
		r = -x
	default:
		return false
	}
	if math.IsNaN(r) {
		return false
	}
	a.num = r
	return true
}

func (f *funcState) arith(op int, a, b *exp) {
	if fold(op, a, b) {
		return
	}
	y := 0
	if op != lua.OP_UNM && op != lua.OP_LEN {
		y = f.toRK(b)
	}
	x := f.toRK(a)
	if x > y {
		f.releaseExp(a)
		f.releaseExp(b)
	} else {
		f.releaseExp(b)
		f.releaseExp(a)
	}
	a.set(eReloc, f.emitABC(op, 0, x, y))
}

func (f *funcState) compare(op, cond int, a, b *exp) {
	x := f.toRK(a)
	y := f.toRK(b)
	f.releaseExp(b)
	f.releaseExp(a)
	if cond == 0 && op != lua.OP_EQ { // a > b is b < a
		x, y = y, x
		cond = 1
	}
	a.set(eJump, f.condJump(op, cond, x, y))
}
