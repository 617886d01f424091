package compile

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// A tail call of a C function runs, in PUC Lua, the RETURN behind it, and that
// is a line event of its own when the call spans lines. gopher-lua's TAILCALL
// of a Go function returns at once. So a multi-line `return f(...)` whose f
// looks like a library function becomes a plain call: library functions do not
// recurse, and nothing else depends on the difference. A tail call of
// coroutine.yield becomes one always: the VM forgets the coroutine otherwise.

const (
	baseNames   = " assert collectgarbage dofile error getfenv getmetatable ipairs load loadfile loadstring next pairs pcall print rawequal rawget rawset require select setfenv setmetatable tonumber tostring type unpack xpcall "
	libraries   = " bit32 debug io math os string table utf8 Tool "
	stringNames = " byte find format gmatch gsub len lower match rep reverse sub upper "
)

// returnFromLibrary makes plain calls of such tail calls.
func (fn *Function) returnFromLibrary() {
	for pc := 0; pc+1 < len(fn.code); pc++ {
		i := fn.code[pc]
		if Opcode(i) != lua.OP_TAILCALL {
			continue
		}
		a, b, _ := Operands(i)
		name, _ := fn.ObjectName(pc, a)
		if name == "yield" || fn.lines[pc] != fn.lines[pc+1] && fn.callsLibrary(pc) {
			fn.code[pc] = abc(lua.OP_CALL, a, b, 0)
		}
	}
}

func (fn *Function) callsLibrary(pc int) bool {
	a, _, _ := Operands(fn.code[pc])
	name, kind := fn.ObjectName(pc, a)
	word := " " + name + " "
	switch kind {
	case "global", "local", "upvalue":
		return strings.Contains(baseNames, word)
	case "method":
		return strings.Contains(stringNames, word)
	case "field":
		at := fn.lastWrite(pc, a)
		_, table, _ := Operands(fn.code[at])
		library, kind := fn.ObjectName(at, table)
		return kind != "" && kind != "field" && strings.Contains(libraries, " "+library+" ")
	}
	return false
}
