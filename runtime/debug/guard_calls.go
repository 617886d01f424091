package debug

import (
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/lualib"
	"github.com/llmspell/llmspell/runtime/vm"
)

// purity says what a library function does besides giving results.
type purity int8

const (
	impure  purity = iota // anything
	pure                  // nothing, but for metamethods of its arguments
	calling               // calls functions that it is given
	making                // its first result is new: a table, or an iterator
	owning                // changes its first argument
)

// purities are those of the library functions, by name.
var purities = func() map[string]purity {
	out := map[string]purity{}
	for p, names := range map[purity]string{
		pure: `assert error getfenv getmetatable newproxy next rawequal rawget rawlen select tonumber tostring type unpack
			bit32.arshift bit32.band bit32.bnot bit32.bor bit32.btest bit32.bxor bit32.extract bit32.lrotate bit32.lshift
			bit32.replace bit32.rrotate bit32.rshift coroutine.isyieldable coroutine.running coroutine.status
			debug.getinfo debug.getmetatable debug.traceback
			math.abs math.acos math.asin math.atan math.atan2 math.ceil math.cos math.cosh math.deg math.exp math.floor
			math.fmod math.frexp math.ldexp math.log math.log10 math.max math.min math.mod math.modf math.pow math.rad
			math.sin math.sinh math.sqrt math.tan math.tanh math.tointeger math.type math.ult
			os.clock os.date os.difftime os.getenv os.time
			string.byte string.char string.dump string.find string.format string.len string.lower string.match string.pack
			string.packsize string.rep string.reverse string.sub string.unpack string.upper
			string.__add string.__div string.__mod string.__mul string.__pow string.__sub string.__unm
			table.concat table.getn table.maxn table.unpack utf8.char utf8.codepoint utf8.len utf8.offset`,
		calling: `pcall xpcall string.gsub table.foreach table.foreachi`,
		making:  `ipairs pairs string.gfind string.gmatch table.pack utf8.codes`,
		owning:  `rawset setmetatable table.insert table.move table.remove table.sort`,
	} {
		for _, name := range strings.Fields(names) {
			out[name] = p
		}
	}
	out["os.date"] = making
	return out
}()

// maxGuardDepth bounds how far calls of calls and chains of metatables are
// followed.
const maxGuardDepth = 100

// callAt looks at a CALL or TAILCALL.
func (g *guarded) callAt(in *instructionAt, ra, rb int) string {
	callee := in.register(ra)
	if fn, ok := callee.(*lua.LFunction); ok && !fn.IsG {
		return ""
	}
	n := rb - 1
	if rb == 0 {
		n = vm.Top(in.L) - in.frame.LocalBase() - ra - 1
	}
	args := make([]lua.LValue, n)
	for i := range args {
		args[i] = in.register(ra + 1 + i)
	}
	why := g.callee(in.L, callee, args, 0)
	if fn, ok := callee.(*lua.LFunction); ok && why == "" && g.e.purity[fn] == making {
		g.made = made{op: compile.Opcode(in.word), frame: in.frame.Index(), reg: ra}
		if g.made.op == lua.OP_TAILCALL {
			g.made.reg = -1
		}
	}
	return why
}

// callee tells why a value must not be called, or "". Errors of the program's
// own, such as calls of nil, are left to it.
func (g *guarded) callee(L *lua.LState, v lua.LValue, args []lua.LValue, depth int) string {
	if fn, ok := v.(*lua.LFunction); ok {
		return g.call(L, fn, args, depth)
	}
	if h := event(L, v, "__call"); h != nil {
		return g.meta(L, v, h, depth+1)
	}
	return ""
}

// call tells why a function must not be called, or "".
func (g *guarded) call(L *lua.LState, fn *lua.LFunction, args []lua.LValue, depth int) string {
	if !fn.IsG || g.iterators[fn] {
		return ""
	}
	name := g.e.natives[fn]
	if name == "" {
		name = "a Go function"
	}
	kind := g.e.purity[fn]
	switch {
	case depth > maxGuardDepth, kind == impure && !runtime.IsOperator(fn):
		return name
	case kind == owning:
		if !g.owns(name, args) {
			return name + " on a table of the program"
		}
	}
	if why := g.arguments(L, args, depth); why != "" {
		return why
	}
	if kind != calling && name != "table.sort" {
		return ""
	}
	// What is handed on to the function that is called is known with pcall.
	for i, a := range args {
		var passed []lua.LValue
		switch {
		case i == 0 && name == "pcall":
			passed = args[1:]
		case i == 0 && name == "xpcall" && len(args) > 2:
			passed = args[2:]
		case i > 0 && name == "pcall", i > 1 && name == "xpcall":
			continue
		}
		if why := g.callee(L, a, passed, depth+1); why != "" {
			return why
		}
	}
	if name == "table.sort" {
		return g.elements(L, args)
	}
	return ""
}

// owns tells whether the table that a function changes was made during the
// evaluation. Other arguments than tables are errors, which change nothing.
func (g *guarded) owns(name string, args []lua.LValue) bool {
	at := 0
	if name == "table.move" && len(args) > 4 {
		at = 4
	}
	if at >= len(args) {
		return false
	}
	t, ok := args[at].(*lua.LTable)
	return !ok && name != "rawset" || g.tables[t]
}

// events are the metamethods that library functions run.
var events = []string{"__tostring", "__index", "__newindex", "__lt", "__le", "__eq", "__concat", "__len", "__pairs", "__ipairs"}

// arguments looks at the metamethods of arguments that are Go functions: those
// in Lua run under the check.
func (g *guarded) arguments(L *lua.LState, args []lua.LValue, depth int) string {
	for _, a := range args {
		switch a.(type) {
		case *lua.LTable, *lua.LUserData:
			if mt, ok := L.GetMetatable(a).(*lua.LTable); !ok || mt == nil {
				continue
			}
		default:
			continue
		}
		for _, name := range events {
			if h, ok := event(L, a, name).(*lua.LFunction); ok {
				if why := g.meta(L, a, h, depth+1); why != "" {
					return why
				}
			}
		}
	}
	return ""
}

// elements looks at how the elements of a table that is sorted compare.
func (g *guarded) elements(L *lua.LState, args []lua.LValue) string {
	t, ok := args[0].(*lua.LTable)
	if !ok {
		return ""
	}
	for i := 1; i <= t.Len(); i++ {
		if why := g.operand(L, t.RawGetInt(i), lua.OP_LT); why != "" {
			return why
		}
	}
	return ""
}

// event is a metamethod of a value, or nil.
func event(L *lua.LState, v lua.LValue, name string) lua.LValue {
	mt, ok := L.GetMetatable(v).(*lua.LTable)
	if !ok {
		return nil
	}
	if h := mt.RawGetString(name); h != lua.LNil {
		return h
	}
	return nil
}

// operatorEvents are the metamethods of instructions.
var operatorEvents = map[int][]string{
	lua.OP_ADD: {"__add"}, lua.OP_SUB: {"__sub"}, lua.OP_MUL: {"__mul"}, lua.OP_DIV: {"__div"}, lua.OP_MOD: {"__mod"},
	lua.OP_POW: {"__pow"}, lua.OP_UNM: {"__unm"}, lua.OP_LEN: {"__len"}, lua.OP_EQ: {"__eq"}, lua.OP_LT: {"__lt"}, lua.OP_LE: {"__le", "__lt"},
}

// operand tells why an operator must not be applied to a value, or "".
func (g *guarded) operand(L *lua.LState, v lua.LValue, op int) string {
	switch v.(type) {
	case lua.LNumber, lua.LBool, *lua.LNilType:
		return ""
	}
	for _, name := range operatorEvents[op] {
		if h := event(L, v, name); h != nil {
			if why := g.meta(L, v, h, 1); why != "" {
				return why
			}
		}
	}
	return ""
}

// meta tells why the metamethod h of a value must not run, or "". Those that
// the host gave to its own objects are trusted, but for calls and assignments.
func (g *guarded) meta(L *lua.LState, owner, h lua.LValue, depth int) string {
	ud, ok := owner.(*lua.LUserData)
	fn, isFn := h.(*lua.LFunction)
	if ok && isFn && !lualib.IsProxy(ud) && g.e.natives[fn] == "" && event(L, owner, "__call") != h && event(L, owner, "__newindex") != h {
		return ""
	}
	return g.callee(L, h, []lua.LValue{owner}, depth)
}

// read tells why looking up a key would change something, or "".
func (g *guarded) read(L *lua.LState, obj, key lua.LValue) string {
	for range maxGuardDepth {
		if t, ok := obj.(*lua.LTable); ok && (t.Metatable == lua.LNil || orNil(t.RawGet(key)) != lua.LNil) {
			return ""
		}
		h := event(L, obj, "__index")
		if h == nil {
			return ""
		}
		if fn, ok := h.(*lua.LFunction); ok {
			return g.meta(L, obj, fn, 1)
		}
		obj = h
	}
	return ""
}

// write tells why an assignment to a field would change something, or "".
func (g *guarded) write(L *lua.LState, obj, key lua.LValue) string {
	for range maxGuardDepth {
		t, ok := obj.(*lua.LTable)
		h := event(L, obj, "__newindex")
		if ok && (h == nil || orNil(t.RawGet(key)) != lua.LNil) {
			if g.tables[t] {
				return ""
			}
			return assigning(key)
		}
		if h == nil {
			return "" // an error, which the program raises itself
		}
		if fn, ok := h.(*lua.LFunction); ok {
			if why := g.meta(L, obj, fn, 1); why != "" {
				return assigning(key)
			}
			return ""
		}
		obj = h
	}
	return ""
}

func assigning(key lua.LValue) string {
	if s := keyWord(key); isIdentifier(s) {
		return "assigning " + s
	}
	return "assigning to a field"
}
