package runtime

import (
	"math"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/lualib"
	"github.com/llmspell/llmspell/runtime/vm"
)

// openStringArithmetic gives strings arithmetic metamethods. gopher-lua would
// read "010" as octal and "1_000" as a number; Lua reads decimals.
func (st *State) openStringArithmetic() {
	L := st.L
	library, ok := L.GetGlobal("string").(*lua.LTable)
	if !ok {
		return
	}
	mt := L.CreateTable(0, 8)
	mt.RawSetString("__index", library)
	for event, op := range map[string]func(a, b float64) float64{
		"__add": func(a, b float64) float64 { return a + b },
		"__sub": func(a, b float64) float64 { return a - b },
		"__mul": func(a, b float64) float64 { return a * b },
		"__div": func(a, b float64) float64 { return a / b },
		"__mod": modulo,
		"__pow": math.Pow,
		"__unm": func(a, _ float64) float64 { return -a },
	} {
		mt.RawSetString(event, L.NewFunction(st.arithmetic(event, op)))
	}
	library.RawSetString("__index", lua.LNil) // gopher-lua's mark of a metatable
	L.SetMetatable(lua.LString(""), mt)
}

func modulo(a, b float64) float64 {
	r := math.Mod(a, b)
	if r != 0 && (r < 0) != (b < 0) {
		r += b
	}
	return r
}

// operand is toNumber, which can be stopped in a long text.
func (st *State) operand(L *lua.LState, v lua.LValue) (float64, bool) {
	if s, ok := v.(lua.LString); ok {
		return lualib.ParseLongNumber(string(s), func(bytes int) { st.host.Charge(L, bytes) })
	}
	return toNumber(v)
}

func (st *State) arithmetic(event string, op func(a, b float64) float64) lua.LGFunction {
	return func(L *lua.LState) int {
		left, right := L.Get(1), L.Get(2)
		if event == "__unm" {
			right = left
		}
		a, ok1 := st.operand(L, left)
		b, ok2 := st.operand(L, right)
		if ok1 && ok2 {
			L.Push(lua.LNumber(op(a, b)))
			return 1
		}
		// The other operand may have a metamethod of its own.
		for _, v := range []lua.LValue{left, right} {
			if _, isString := v.(lua.LString); isString {
				continue
			}
			if mm := L.GetMetaField(v, event); mm != lua.LNil {
				L.Push(mm)
				L.Push(left)
				L.Push(right)
				L.Call(2, 1)
				return 1
			}
		}
		culprit := left
		if ok1 {
			culprit = right
		}
		text := "a " + culprit.Type().String() + " value"
		f := vm.Current(L).Parent()
		if f.Valid() && !f.IsGo() {
			if s := staticFunction(vm.Function(L, vm.Debug(L, f))); s != nil {
				raw := s.RawPc(f.Pc())
				_, x, y := compile.Operands(s.Raw(raw))
				if ok1 {
					x = y
				}
				if what := s.LoopOperand(raw); what != "" {
					L.RaiseError("'for' %s must be a number", what)
				}
				if x&constantBit == 0 {
					text = describe(s, raw, x, culprit)
				}
			}
		}
		L.RaiseError("%s", "attempt to perform arithmetic on "+text)
		return 0
	}
}
