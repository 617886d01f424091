package compile

import (
	"math"

	lua "github.com/yuin/gopher-lua"
)

// funcState is a function being compiled.
type funcState struct {
	parent       *funcState
	env          *Env
	trap         *lua.LUserData // constant 0
	lx           *lexer
	code         []uint32
	lines        []int32
	lastTarget   int // pc of the last jump target: no merging across it
	jpc          int // pending jumps to the next instruction
	freeReg      int
	maxStack     int
	consts       []lua.LValue
	constIndex   map[any]int
	children     []*Function
	calls        []callSite // in the order of pc
	locals       []Local
	active       []int // indices into locals, by register
	upvalues     []upvalueDesc
	block        *block
	gotos        []gotoDesc
	labels       []labelDesc
	numParams    int
	varArg       uint8
	lineFrom     int
	loopOperands map[int]string // pc of a conversion -> which operand of a for
	lineTo       int
	name         string // what its declaration calls the function, "" for none
	statements   []statementStart
}

type upvalueDesc struct {
	name  string
	local bool // a register of the enclosing function, else one of its upvalues
	index int
}

func (f *funcState) pc() int { return len(f.code) }

// emit appends an instruction with the line of the last token read.
func (f *funcState) emit(i uint32) int {
	f.patchPending()
	f.code = append(f.code, i)
	f.lines = append(f.lines, int32(f.lx.lastLine))
	return len(f.code) - 1
}

func (f *funcState) emitABC(op, a, b, c int) int { return f.emit(abc(op, a, b, c)) }

// fixLine changes the line of the last instruction.
func (f *funcState) fixLine(line int) { f.lines[len(f.lines)-1] = int32(line) }

func (f *funcState) limit(n, max int, what string) {
	if n <= max {
		return
	}
	where := "main function"
	if f.lineFrom > 0 {
		where = "function at line " + itoa(f.lineFrom)
	}
	f.lx.fail(where+" has more than "+itoa(max)+" "+what, "")
}

func (f *funcState) reserve(n int) {
	f.checkStack(n)
	f.freeReg += n
}

// maxRegisters is PUC Lua's MAXSTACK; operand A has 8 bits.
const maxRegisters = 250

func (f *funcState) checkStack(n int) {
	if size := f.freeReg + n; size > f.maxStack {
		if size >= maxRegisters {
			f.lx.fail("function or expression too complex", "")
		}
		f.maxStack = size
	}
}

func (f *funcState) release(reg int) {
	if reg < bitK && reg >= len(f.active) {
		f.freeReg--
	}
}

func (f *funcState) releaseExp(e *exp) {
	if e.kind == eNonReloc {
		f.release(e.info)
	}
}

// constant returns the index of a constant. Keys keep 0 and -0 apart.
func (f *funcState) constant(key any, v lua.LValue) int {
	if i, ok := f.constIndex[key]; ok {
		return i
	}
	i := len(f.consts)
	if i > maxBx {
		f.lx.fail("constant table overflow", "")
	}
	f.consts = append(f.consts, v)
	f.constIndex[key] = i
	return i
}

func (f *funcState) stringK(s string) int { return f.constant(s, lua.LString(s)) }
func (f *funcState) numberK(n float64) int {
	return f.constant(math.Float64bits(n), lua.LNumber(n))
}

type boolKey bool
type nilKey struct{}

func (f *funcState) boolK(b bool) int { return f.constant(boolKey(b), lua.LBool(b)) }
func (f *funcState) nilK() int        { return f.constant(nilKey{}, lua.LNil) }

// --- jumps ---

func (f *funcState) getJump(pc int) int {
	off := SBx(f.code[pc])
	if off == noJump {
		return noJump
	}
	return pc + 1 + off
}

func (f *funcState) fixJump(pc, dest int) {
	off := dest - (pc + 1)
	if off > maxSbx || -off > maxSbx {
		f.lx.fail("control structure too long", "")
	}
	f.code[pc] = setSBx(f.code[pc], off)
}

// concat appends jump list b to list a.
func (f *funcState) concat(a *int, b int) {
	if b == noJump {
		return
	}
	if *a == noJump {
		*a = b
		return
	}
	list := *a
	for next := f.getJump(list); next != noJump; next = f.getJump(list) {
		list = next
	}
	f.fixJump(list, b)
}

func (f *funcState) jump() int {
	jpc := f.jpc
	f.jpc = noJump
	j := f.emit(setSBx(abx(lua.OP_JMP, 0, 0), noJump))
	f.concat(&j, jpc)
	return j
}

func (f *funcState) label() int {
	f.lastTarget = f.pc()
	return f.pc()
}

func (f *funcState) condJump(op, a, b, c int) int {
	f.emitABC(op, a, b, c)
	return f.jump()
}

func (f *funcState) patchToHere(list int) {
	f.label()
	f.concat(&f.jpc, list)
}

func (f *funcState) patchList(list, target int) {
	if target == f.pc() {
		f.patchToHere(list)
	} else {
		f.patchListAux(list, target, noReg, target)
	}
}

func (f *funcState) patchPending() {
	if f.jpc != noJump {
		list := f.jpc
		f.jpc = noJump
		f.patchListAux(list, f.pc(), noReg, f.pc())
	}
}

func (f *funcState) patchListAux(list, vtarget, reg, dtarget int) {
	for list != noJump {
		next := f.getJump(list)
		if f.patchTest(list, reg) {
			f.fixJump(list, vtarget)
		} else {
			f.fixJump(list, dtarget)
		}
		list = next
	}
}

// control returns the pc of the test that governs the jump at pc, or pc.
func (f *funcState) control(pc int) int {
	if pc >= 1 && isTest(Opcode(f.code[pc-1])) {
		return pc - 1
	}
	return pc
}

func (f *funcState) patchTest(pc, reg int) bool {
	at := f.control(pc)
	i := f.code[at]
	if Opcode(i) != lua.OP_TESTSET {
		return false
	}
	_, b, c := Operands(i)
	if reg != noReg && reg != b {
		f.code[at] = setA(i, reg)
	} else {
		f.code[at] = abc(lua.OP_TEST, b, 0, c)
	}
	return true
}

// needsValue tells whether a jump in the list is not from a TESTSET.
func (f *funcState) needsValue(list int) bool {
	for ; list != noJump; list = f.getJump(list) {
		if Opcode(f.code[f.control(list)]) != lua.OP_TESTSET {
			return true
		}
	}
	return false
}

func (f *funcState) removeValues(list int) {
	for ; list != noJump; list = f.getJump(list) {
		f.patchTest(list, noReg)
	}
}

// loadNil sets n registers to nil, merged with what went before as PUC Lua
// does, so that the same lines have instructions.
func (f *funcState) loadNil(from, n int) {
	if f.pc() > f.lastTarget {
		if f.pc() == 0 {
			if from >= len(f.active) {
				return // registers of a new frame are nil
			}
		} else if i := f.code[f.pc()-1]; Opcode(i) == lua.OP_LOADNIL {
			a, b, _ := Operands(i)
			if a <= from && from <= b+1 {
				if from+n-1 > b {
					f.code[f.pc()-1] = setB(i, from+n-1)
				}
				return
			}
		}
	}
	f.emitABC(lua.OP_LOADNIL, from, from+n-1, 0)
}

func (f *funcState) ret(first, n int) { f.emitABC(lua.OP_RETURN, first, n+1, 0) }
