package runtime

import (
	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/vm"
)

// openDebug replaces the functions of the debug library that depend on
// gopher-lua's own line and scope tables.
func (st *State) openDebug() {
	d, ok := st.L.GetGlobal("debug").(*lua.LTable)
	if !ok {
		return
	}
	for name, fn := range map[string]lua.LGFunction{
		"traceback": st.luaTraceback,
		"getinfo":   st.luaGetInfo,
		"getlocal":  st.luaGetLocal,
		"setlocal":  st.luaSetLocal,
	} {
		d.RawSetString(name, st.L.NewFunction(fn))
	}
}

// threadArg takes an optional first thread argument off the stack.
func threadArg(L *lua.LState) (*lua.LState, bool) {
	if th, ok := L.Get(1).(*lua.LState); ok {
		L.Remove(1)
		return th, true
	}
	return L, false
}

func (st *State) luaTraceback(L *lua.LState) int {
	th, given := threadArg(L)
	if v := L.Get(1); v != lua.LNil && !lua.LVCanConvToString(v) {
		L.Push(v)
		return 1
	}
	level := 1
	if given {
		level = 0
	}
	level = L.OptInt(2, level)
	L.Push(lua.LString(st.Traceback(th, lua.LVAsString(L.Get(1)), level)))
	return 1
}

// frameAt returns the frame at a level of a thread; pseudo tells that the level
// is that of a frame which a tail call replaced.
func (st *State) frameAt(th *lua.LState, level int) (f Frame, pseudo bool) {
	for f = vm.Current(th); f.Valid() && level > 0; f = f.Parent() {
		if f.Runs(st.errFunc) {
			continue // between an error and its handler; no level of the script's
		}
		level--
		if !f.IsGo() {
			level -= f.TailCalls()
		}
	}
	if f.Valid() && f.Runs(st.errFunc) {
		f = f.Parent()
	}
	return f, level < 0
}

func (st *State) luaGetInfo(L *lua.LState) int {
	th, _ := threadArg(L)
	what := L.OptString(2, "flnSu")
	var f Frame
	var fn *lua.LFunction
	pseudo := false
	switch v := L.Get(1).(type) {
	case *lua.LFunction:
		fn = v
	case lua.LNumber:
		if f, pseudo = st.frameAt(th, int(v)); !f.Valid() && !pseudo {
			L.Push(lua.LNil)
			return 1
		}
		if !pseudo {
			fn = vm.Function(th, vm.Debug(th, f))
		}
	default:
		argError(L, 1, "function or level expected")
	}
	t := L.NewTable()
	for _, c := range what {
		switch c {
		case 'S':
			infoSource(t, fn)
		case 'l':
			line := -1
			if f.Valid() && fn != nil && !fn.IsG {
				line = lineAt(fn.Proto, f.Pc())
			}
			t.RawSetString("currentline", lua.LNumber(line))
		case 'u':
			n := 0
			if fn != nil {
				n = len(fn.Upvalues)
			}
			t.RawSetString("nups", lua.LNumber(n))
		case 'n':
			name, kind := "", ""
			if f.Valid() && fn != nil {
				name, kind = st.FunctionName(th, f)
			}
			if name != "" {
				t.RawSetString("name", lua.LString(name))
			}
			t.RawSetString("namewhat", lua.LString(kind))
		case 'f':
			if fn != nil {
				t.RawSetString("func", fn)
			}
		case 'L':
			if s := staticFunction(fn); s != nil {
				lines := L.NewTable()
				for i := 0; i < s.RawLen(); i++ {
					lines.RawSet(lua.LNumber(s.RawLine(i)), lua.LTrue)
				}
				t.RawSetString("activelines", lines)
			}
		default:
			argError(L, 2, "invalid option")
		}
	}
	L.Push(t)
	return 1
}

func infoSource(t *lua.LTable, fn *lua.LFunction) {
	source, short, what, from, to := "=[C]", "[C]", "C", -1, -1
	switch {
	case fn == nil:
		source, short, what = "=(tail call)", "(tail call)", "tail"
	case !fn.IsG:
		what, from, to = "Lua", fn.Proto.LineDefined, fn.Proto.LastLineDefined
		if from == 0 {
			what = "main"
		}
		short, source = fn.Proto.SourceName, fn.Proto.SourceName
		if s := staticFunction(fn); s != nil {
			source = s.Chunk.Name
		}
	}
	t.RawSetString("source", lua.LString(source))
	t.RawSetString("short_src", lua.LString(short))
	t.RawSetString("what", lua.LString(what))
	t.RawSetString("linedefined", lua.LNumber(from))
	t.RawSetString("lastlinedefined", lua.LNumber(to))
}

// localAt finds local variable n of the frame at a level.
func (st *State) localAt(L, th *lua.LState) (*lua.Debug, *compile.Local) {
	f, pseudo := st.frameAt(th, L.CheckInt(1))
	if !f.Valid() || pseudo {
		argError(L, 1, "level out of range")
	}
	d := vm.Debug(th, f)
	s := staticFunction(vm.Function(th, d))
	n := L.CheckInt(2)
	if s == nil || n < 1 {
		return d, nil
	}
	active := s.ActiveLocals(s.RawPc(f.Pc()))
	if n > len(active) {
		return d, nil
	}
	return d, &active[n-1]
}

func (st *State) luaGetLocal(L *lua.LState) int {
	th, _ := threadArg(L)
	d, l := st.localAt(L, th)
	if l == nil {
		L.Push(lua.LNil)
		return 1
	}
	L.Push(lua.LString(l.Name))
	L.Push(vm.Register(th, d, l.Reg))
	return 2
}

func (st *State) luaSetLocal(L *lua.LState) int {
	th, _ := threadArg(L)
	d, l := st.localAt(L, th)
	v := L.CheckAny(3)
	if l == nil {
		L.Push(lua.LNil)
		return 1
	}
	th.SetLocal(d, l.Reg+1, v)
	L.Push(lua.LString(l.Name))
	return 1
}
