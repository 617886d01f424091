package lualib

import (
	lua "github.com/yuin/gopher-lua"
)

// calledAs tells the name under which the running library function was called
// ("?" if it has none) and whether the call was a method call. gopher-lua keeps
// the name but not the kind of call, so the kind is read from the caller's code.
// Only errors pay for this.
func calledAs(L *lua.LState) (name string, method bool) {
	self, ok := L.GetStack(0)
	if !ok {
		return "?", false
	}
	caller, ok := L.GetStack(1)
	if !ok { // called by Go, or the body of a coroutine
		return "?", false
	}
	fn, err := L.GetInfo("fl", caller, lua.LNil)
	if err != nil {
		return "?", false
	}
	callerFn, ok := fn.(*lua.LFunction)
	if !ok || callerFn.IsG {
		return "?", false
	}
	if _, err := L.GetInfo("n", self, lua.LNil); err != nil {
		return "?", false
	}
	switch self.Name {
	case "", "?":
		return "?", false
	case "(anonymous)": // called by an instruction other than a call
		if hasForGenerator(callerFn.Proto, caller.CurrentLine) {
			return "(for generator)", false
		}
		return "?", false
	}
	return self.Name, isMethodCall(callerFn.Proto, caller.CurrentLine, self.Name, L.GetTop())
}

// instruction is one word of gopher-lua's code: opcode in 6 bits, then A in 8,
// C in 9 and B in 9.
type instruction uint32

func (i instruction) op() int { return int(i >> 26) }
func (i instruction) a() int  { return int(i>>18) & 0xff }
func (i instruction) b() int  { return int(i) & 0x1ff }

// isMethodCall reports whether the call of name with nargs arguments on the
// line is written with a colon. The program counter is out of reach, so all
// calls that fit are looked at, and it is a method call if each of them is.
func isMethodCall(p *lua.FunctionProto, line int, name string, nargs int) bool {
	found := false
	for _, call := range p.DbgCalls {
		if call.Name != name || call.Pc >= len(p.Code) || p.DbgSourcePositions[call.Pc] != line {
			continue
		}
		// B is the number of arguments plus one, or 0 if it is only known at run time.
		if b := instruction(p.Code[call.Pc]).b(); b != 0 && b-1 != nargs {
			continue
		}
		if !loadsSelf(p, call.Pc) {
			return false
		}
		found = true
	}
	return found
}

// loadsSelf reports whether the function register of the call at pc was loaded
// by SELF. No call with the same or a lower register lies between the two.
func loadsSelf(p *lua.FunctionProto, pc int) bool {
	reg := instruction(p.Code[pc]).a()
	for pc--; pc >= 0; pc-- {
		inst := instruction(p.Code[pc])
		switch inst.op() {
		case lua.OP_SELF:
			if inst.a() == reg {
				return true
			}
		case lua.OP_CALL, lua.OP_TAILCALL:
			if inst.a() <= reg {
				return false
			}
		}
	}
	return false
}

// hasForGenerator reports whether a generic for calls its iterator on the line.
func hasForGenerator(p *lua.FunctionProto, line int) bool {
	for pc, code := range p.Code {
		if p.DbgSourcePositions[pc] == line && instruction(code).op() == lua.OP_TFORLOOP {
			return true
		}
	}
	return false
}
