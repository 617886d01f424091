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

// callSite is a call, and what the program calls the function.
type callSite struct {
	pc    int // raw
	name  string
	kind  string // as ObjectName gives it, "" if the function has no name
	table string // of a field: the variable that holds the table, or ""
}

// shown is the name for messages.
func (c callSite) shown() string {
	if c.name == "" {
		return "?"
	}
	return c.name
}

// variable is the name of a variable, "" for what is none.
func (c callSite) variable() string {
	switch c.kind {
	case "global", "local", "upvalue":
		return c.name
	}
	return ""
}

// returnFromLibrary makes plain calls of such tail calls.
func (fn *Function) returnFromLibrary() {
	for _, site := range fn.calls {
		pc := site.pc
		if i := fn.code[pc]; Opcode(i) == lua.OP_TAILCALL && (site.name == "yield" || fn.lines[pc] != fn.lines[pc+1] && site.ofLibrary()) {
			a, b, _ := Operands(i)
			fn.code[pc] = abc(lua.OP_CALL, a, b, 0)
		}
	}
}

func (c callSite) ofLibrary() bool {
	word := " " + c.name + " "
	switch c.kind {
	case "global", "local", "upvalue":
		return strings.Contains(baseNames, word)
	case "method":
		return strings.Contains(stringNames, word)
	case "field":
		return c.table != "" && strings.Contains(libraries, " "+c.table+" ")
	}
	return false
}
