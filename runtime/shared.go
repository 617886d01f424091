package runtime

import (
	"strings"
	"sync"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/lualib"
	"github.com/llmspell/llmspell/runtime/vm"
)

// sharedEnv returns the values that compiled code refers to. They hold no
// state: the functions find the State through the thread's context.
var sharedEnv = sync.OnceValue(func() *compile.Env {
	meta := &lua.LTable{Metatable: lua.LNil}
	meta.RawSetString("__lt", &lua.LFunction{IsG: true, GFunction: onSlot})
	return &compile.Env{
		TrapMeta: meta,
		Concat:   &lua.LFunction{IsG: true, GFunction: concat},
	}
})

// onSlot runs at an armed slot, called as a metamethod by the frame there.
func onSlot(L *lua.LState) int {
	m := monitorOf(L)
	way := true
	if m != nil && m.st.hooks != nil && m.guard == nil {
		if ud, ok := L.Get(1).(*lua.LUserData); ok {
			if fn, ok := ud.Value.(*compile.Function); ok {
				way = m.st.hooks.Slot(L, fn, vm.Current(L).Parent())
			}
		}
	}
	L.Push(lua.LBool(way))
	return 1
}

// IsOperatorFrame tells whether a Go function of the compiler's own runs in a
// frame: no call in the source.
func IsOperatorFrame(f Frame) bool { return f.Runs(sharedEnv().Concat) }

// IsOperator tells whether a function is such a Go function.
func IsOperator(fn *lua.LFunction) bool { return fn == sharedEnv().Concat }

// concat is the operator `..`, for a whole chain at once.
func concat(L *lua.LState) int {
	n := L.GetTop()
	size := 0
	for i := 1; i <= n; i++ {
		switch v := L.Get(i).(type) {
		case lua.LString:
			size += len(v)
		case lua.LNumber:
			size += 8
		default:
			return concatMeta(L, n)
		}
	}
	if size >= 1<<16 {
		if m := monitorOf(L); m != nil {
			m.st.alloc(L, int64(size))
		}
	}
	var s lua.LString
	if n == 2 { // the common case needs no builder
		s = lua.LString(operand(L.Get(1)) + operand(L.Get(2)))
	} else {
		var b strings.Builder
		b.Grow(size)
		for i := 1; i <= n; i++ {
			b.WriteString(operand(L.Get(i)))
		}
		s = lua.LString(b.String())
	}
	L.Push(s)
	return 1
}

func operand(v lua.LValue) string {
	switch v := v.(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return lualib.FormatNumber(v)
	}
	return ""
}

func isConcatenable(v lua.LValue) bool {
	switch v.(type) {
	case lua.LString, lua.LNumber:
		return true
	}
	return false
}

// concatMeta joins from the right, two at a time, with metamethods.
func concatMeta(L *lua.LState, n int) int {
	right := L.Get(n)
	for i := n - 1; i >= 1; i-- {
		left := L.Get(i)
		if isConcatenable(left) && isConcatenable(right) {
			right = lua.LString(operand(left) + operand(right))
			continue
		}
		op := L.GetMetaField(left, "__concat")
		if op == lua.LNil {
			op = L.GetMetaField(right, "__concat")
		}
		if op == lua.LNil {
			at, v := i, left
			if isConcatenable(left) {
				at, v = i+1, right
			}
			L.RaiseError("%s", "attempt to concatenate "+describeOperand(L, at, v))
		}
		L.Push(op)
		L.Push(left)
		L.Push(right)
		L.Call(2, 1)
		right = L.Get(-1)
		L.Pop(1)
	}
	L.Push(right)
	return 1
}

// describeOperand names operand i of the running concatenation.
func describeOperand(L *lua.LState, i int, v lua.LValue) string {
	f := vm.Current(L).Parent()
	if f.Valid() && !f.IsGo() {
		fn := vm.Function(L, vm.Debug(L, f))
		if s := staticFunction(fn); s != nil {
			raw := s.RawPc(f.Pc())
			a, _, _ := compile.Operands(s.Raw(raw))
			return describe(s, raw, a+i, v)
		}
	}
	return "a " + v.Type().String() + " value"
}

// describe is "local 'x' (a nil value)", or "a nil value" for what has no name.
func describe(s *compile.Function, raw, reg int, v lua.LValue) string {
	if name, kind := s.ObjectName(raw, reg); name != "" {
		return kind + " '" + name + "' (a " + v.Type().String() + " value)"
	}
	return "a " + v.Type().String() + " value"
}
