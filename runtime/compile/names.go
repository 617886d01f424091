package compile

import lua "github.com/yuin/gopher-lua"

// ObjectName says what the program calls the value in a register at a raw pc:
// its name and the kind of the name ("local", "global", "field", "upvalue",
// "method", "constant"), or "" for both. It follows PUC Lua's getobjname.
func (fn *Function) ObjectName(raw, reg int) (name, kind string) {
	for _, l := range fn.ActiveLocals(raw) {
		if l.Reg == reg {
			return l.Name, "local"
		}
	}
	at := fn.lastWrite(raw, reg)
	if at < 0 {
		return "", ""
	}
	i := fn.code[at]
	a, b, c := Operands(i)
	switch Opcode(i) {
	case lua.OP_GETGLOBAL:
		return fn.constName(Bx(i)), "global"
	case lua.OP_MOVE:
		if b < a {
			return fn.ObjectName(at, b)
		}
	case lua.OP_GETTABLE, lua.OP_GETTABLEKS:
		return fn.keyName(c), "field"
	case lua.OP_GETUPVAL:
		if b < len(fn.Proto.DbgUpvalues) {
			return fn.Proto.DbgUpvalues[b], "upvalue"
		}
	case lua.OP_SELF:
		return fn.keyName(c), "method"
	}
	return "", ""
}

func (fn *Function) constName(k int) string {
	if k < len(fn.Proto.Constants) {
		if s, ok := fn.Proto.Constants[k].(lua.LString); ok {
			return string(s)
		}
	}
	return "?"
}

func (fn *Function) keyName(rk int) string {
	if rk&bitK != 0 {
		return fn.constName(rk & maxRK)
	}
	return "?"
}

// lastWrite finds the instruction that gave reg its value, scanning forward to
// raw and taking forward jumps (PUC Lua's symbexec). Like there, a TEST counts
// as one: the value of `(a or b)` has no name.
func (fn *Function) lastWrite(raw, reg int) int {
	last := -1
	for pc := 0; pc < raw; pc++ {
		i := fn.code[pc]
		a, b, c := Operands(i)
		wrote := false
		switch Opcode(i) {
		case lua.OP_LOADNIL:
			wrote = a <= reg && reg <= b
		case lua.OP_SELF:
			wrote = reg == a || reg == a+1
		case lua.OP_CALL, lua.OP_TAILCALL:
			wrote = reg >= a
		case lua.OP_VARARG:
			wrote = reg >= a && (b == 0 || reg < a+b-1)
		case lua.OP_TFORLOOP:
			wrote = reg >= a+2
		case lua.OP_FORLOOP, lua.OP_FORPREP:
			wrote = reg >= a && reg <= a+3
		case lua.OP_JMP:
			if dest := pc + 1 + SBx(i); pc < dest && dest <= raw {
				pc = dest - 1
			}
		case lua.OP_CLOSURE:
			wrote = reg == a
			if wrote {
				last = pc
			}
			pc += int(fn.Children[Bx(i)].Proto.NumUpvalues)
			continue
		case lua.OP_SETLIST:
			if c == 0 {
				pc++
			}
		case lua.OP_SETGLOBAL, lua.OP_SETUPVAL, lua.OP_SETTABLE, lua.OP_SETTABLEKS, lua.OP_EQ, lua.OP_LT, lua.OP_LE,
			lua.OP_RETURN, lua.OP_CLOSE, lua.OP_NOP:
		default:
			wrote = reg == a
		}
		if wrote {
			last = pc
		}
	}
	return last
}
