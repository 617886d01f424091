package debug

import (
	"math"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/vm"
)

// fieldTarget is an entry of a table; a global variable is one of its
// environment. Only accesses to this very table count, also those to which
// __index and __newindex of others lead.
type fieldTarget struct {
	table *lua.LTable
	key   lua.LValue

	writing bool // the instruction that runs is about to write it
}

func globalVariable(env *lua.LTable, name string) *variable {
	return &variable{
		id: globalPrefix + name, name: name, word: name, about: name + " (global)",
		target: &fieldTarget{table: env, key: lua.LString(name)},
	}
}

func (x *fieldTarget) same(t target) bool {
	y, ok := t.(*fieldTarget)
	return ok && x.table == y.table && x.key == y.key
}

func (x *fieldTarget) gone() string { return "" }

func (x *fieldTarget) load() (lua.LValue, bool) { return orNil(x.table.RawGet(x.key)), true }

func (x *fieldTarget) arm(e *Engine, v *variable) error {
	v.before = &trapUser{before: func(L *lua.LState, f vm.Frame, t *compile.Trap) Stop { return x.before(e, v, L, f, t) }}
	v.after = &trapUser{after: func(L *lua.LState, f vm.Frame, t *compile.Trap) Stop { return x.after(e, v, L, f, t) }}
	for fn := range e.protos {
		if err := x.armIn(e, v, fn); err != nil {
			return err
		}
	}
	return nil
}

// armIn sets the traps of a function.
func (x *fieldTarget) armIn(e *Engine, v *variable, fn *compile.Function) error {
	reads, writes := v.wantsReads(), v.wantsWrites()
	for raw := range fn.RawLen() {
		if fn.Pc(raw) < 0 {
			continue
		}
		sets, gets := x.accessAt(fn, raw)
		var err error
		if sets {
			err = e.addTrap(v.after, fn, raw)
		}
		if err == nil && (gets && reads || sets && writes) {
			err = e.addTrap(v.before, fn, raw)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// watchLoaded sets the traps in a function that was just loaded.
func (e *Engine) watchLoaded(fn *compile.Function) {
	for _, v := range append([]*variable(nil), e.data.watched...) {
		x, ok := v.target.(*fieldTarget)
		if !ok {
			continue
		}
		if err := x.armIn(e, v, fn); err != nil {
			for _, b := range e.lose(v, cannotWatch(v, err)) {
				e.h.BreakpointChanged(b)
			}
		}
	}
}

// accessAt tells whether the instruction at raw may set or get the entry, by
// what is known of its key.
func (x *fieldTarget) accessAt(fn *compile.Function, raw int) (sets, gets bool) {
	i := fn.Raw(raw)
	_, b, c := compile.Operands(i)
	may := func(rk int) bool {
		k := constant(fn, rk)
		return k == nil || k == x.key
	}
	switch compile.Opcode(i) {
	case lua.OP_SETTABLE, lua.OP_SETTABLEKS:
		return may(b), false
	case lua.OP_SETGLOBAL:
		return fn.Proto.Constants[compile.Bx(i)] == x.key, false
	case lua.OP_SETLIST:
		n, ok := x.key.(lua.LNumber)
		return ok && n >= 1 && n == lua.LNumber(math.Trunc(float64(n))), false
	case lua.OP_GETTABLE, lua.OP_GETTABLEKS, lua.OP_SELF:
		return false, may(c)
	case lua.OP_GETGLOBAL:
		return false, fn.Proto.Constants[compile.Bx(i)] == x.key
	}
	return false, false
}

func (x *fieldTarget) before(e *Engine, v *variable, L *lua.LState, f vm.Frame, t *compile.Trap) (s Stop) {
	i := t.Function.Raw(t.Raw)
	a, b, c := compile.Operands(i)
	switch compile.Opcode(i) {
	case lua.OP_GETTABLE, lua.OP_GETTABLEKS, lua.OP_SELF:
		if x.isKey(L, f, t.Function, c) && x.reached(L, x.operand(L, f, b), "__index") {
			s = e.read(L, f, v, orNil(x.table.RawGet(x.key)))
		}
	case lua.OP_GETGLOBAL:
		if x.reached(L, environment(L, f), "__index") {
			s = e.read(L, f, v, orNil(x.table.RawGet(x.key)))
		}
	case lua.OP_SETTABLE, lua.OP_SETTABLEKS:
		x.writing = x.isKey(L, f, t.Function, b) && x.reached(L, x.operand(L, f, a), "__newindex")
	case lua.OP_SETGLOBAL:
		x.writing = x.reached(L, environment(L, f), "__newindex")
	}
	return s
}

func (x *fieldTarget) after(e *Engine, v *variable, L *lua.LState, f vm.Frame, t *compile.Trap) (s Stop) {
	writing := x.writing
	x.writing = false
	value := orNil(x.table.RawGet(x.key))
	if writing || !rawEqual(value, v.value) {
		s = e.wrote(L, f, v, value)
	}
	return s
}

// environment is that of the function of a frame.
func environment(L *lua.LState, f vm.Frame) lua.LValue {
	if f.RunsIn(L.G.Global) {
		return L.G.Global
	}
	return functionOf(L, f).Env
}

// isKey tells whether an operand is the key.
func (x *fieldTarget) isKey(L *lua.LState, f vm.Frame, fn *compile.Function, rk int) bool {
	if k := constant(fn, rk); k != nil {
		return k == x.key
	}
	return vm.Holds(L, f, rk, x.key)
}

// operand is the value of a register that is indexed.
func (x *fieldTarget) operand(L *lua.LState, f vm.Frame, reg int) lua.LValue {
	if vm.Holds(L, f, reg, x.table) {
		return x.table
	}
	return vm.Read(L, f, reg)
}

// maxChain is how many tables an access is followed through; the VM gives up
// after as many.
const maxChain = 100

// reached tells whether an access with the key to an object leads to the table:
// at once, or by way of metatables. A read reaches each table on its way, a
// write the last one only.
func (x *fieldTarget) reached(L *lua.LState, obj lua.LValue, event string) bool {
	for range maxChain {
		var next lua.LValue = lua.LNil
		if t, ok := obj.(*lua.LTable); ok {
			if t == x.table && event == "__index" {
				return true
			}
			if mt, ok := t.Metatable.(*lua.LTable); ok {
				next = mt.RawGetString(event)
			}
			if next == lua.LNil || t.RawGet(x.key) != lua.LNil {
				return t == x.table
			}
		} else {
			next = L.GetMetaField(obj, event)
		}
		switch next.(type) {
		case *lua.LNilType, *lua.LFunction:
			return false
		}
		obj = next
	}
	return false
}
