package compile

import lua "github.com/yuin/gopher-lua"

// The layout of gopher-lua's instructions (its opcode.go): 6 bits opcode,
// then A (8 bits), C (9) and B (9), or A and Bx (18).
const (
	maxA    = 1<<8 - 1
	maxC    = 1<<9 - 1
	maxBx   = 1<<18 - 1
	maxSbx  = maxBx >> 1
	bitK    = 1 << 8 // an RK operand that is a constant
	maxRK   = bitK - 1
	noReg   = maxA
	noJump  = -1
	noPoint = -1
)

func abc(op, a, b, c int) uint32 { return uint32(op)<<26 | uint32(a)<<18 | uint32(c)<<9 | uint32(b) }
func abx(op, a, bx int) uint32   { return uint32(op)<<26 | uint32(a)<<18 | uint32(bx) }

// Opcode returns the opcode of an instruction.
func Opcode(i uint32) int { return int(i >> 26) }

// Operands returns the fields A, B and C of an instruction.
func Operands(i uint32) (a, b, c int) {
	return int(i>>18) & maxA, int(i) & maxC, int(i>>9) & maxC
}

// Bx returns the long operand of an instruction.
func Bx(i uint32) int { return int(i & maxBx) }

// SBx returns the signed long operand of an instruction.
func SBx(i uint32) int { return int(i&maxBx) - maxSbx }

func setSBx(i uint32, sbx int) uint32 { return i&^maxBx | uint32(sbx+maxSbx) }
func setA(i uint32, a int) uint32     { return i&^(maxA<<18) | uint32(a)<<18 }
func setB(i uint32, b int) uint32     { return i&^maxC | uint32(b) }
func setC(i uint32, c int) uint32     { return i&^(maxC<<9) | uint32(c)<<9 }

// isTest tells whether an instruction skips the next one, a jump.
func isTest(op int) bool {
	switch op {
	case lua.OP_EQ, lua.OP_LT, lua.OP_LE, lua.OP_TEST, lua.OP_TESTSET:
		return true
	}
	return false
}
