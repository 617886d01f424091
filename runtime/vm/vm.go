// Package vm reads what gopher-lua keeps to itself: call frames, the registry's
// top, open upvalues. It uses reflection on unexported fields, read-only: no
// unsafe, no fork. The layout is checked once, by Check.
package vm

import (
	"fmt"
	"reflect"

	lua "github.com/yuin/gopher-lua"
)

// fields of gopher-lua's structs, by index.
type layout struct {
	stateFrame, stateReg, stateUpvalues          int
	fn, parent, pc, idx, base, local, args, tail int
	regTop, regArray                             int
	uvNext, uvIndex, uvClosed, uvReg             int
	keys, dict, strs, array                      int
	err                                          error
}

var where = findLayout()

func findLayout() (l layout) {
	find := func(t reflect.Type, name string, kind reflect.Kind) int {
		f, ok := t.FieldByName(name)
		if !ok || f.Type.Kind() != kind {
			l.err = fmt.Errorf("gopher-lua has no field %s.%s of kind %s: this llmspell needs v1.1.2", t, name, kind)
			return 0
		}
		return f.Index[0]
	}
	state := reflect.TypeOf(lua.LState{})
	l.stateFrame = find(state, "currentFrame", reflect.Pointer)
	l.stateReg = find(state, "reg", reflect.Pointer)
	l.stateUpvalues = find(state, "uvcache", reflect.Pointer)
	if l.err != nil {
		return l
	}
	frame := state.Field(l.stateFrame).Type.Elem()
	l.fn = find(frame, "Fn", reflect.Pointer)
	l.parent = find(frame, "Parent", reflect.Pointer)
	l.pc = find(frame, "Pc", reflect.Int)
	l.idx = find(frame, "Idx", reflect.Int)
	l.base = find(frame, "Base", reflect.Int)
	l.local = find(frame, "LocalBase", reflect.Int)
	l.args = find(frame, "NArgs", reflect.Int)
	l.tail = find(frame, "TailCall", reflect.Int)
	registry := state.Field(l.stateReg).Type.Elem()
	l.regTop = find(registry, "top", reflect.Int)
	l.regArray = find(registry, "array", reflect.Slice)
	table := reflect.TypeOf(lua.LTable{})
	l.keys = find(table, "keys", reflect.Slice)
	l.dict = find(table, "dict", reflect.Map)
	l.strs = find(table, "strdict", reflect.Map)
	l.array = find(table, "array", reflect.Slice)
	uv := state.Field(l.stateUpvalues).Type.Elem()
	l.uvNext = find(uv, "next", reflect.Pointer)
	l.uvIndex = find(uv, "index", reflect.Int)
	l.uvClosed = find(uv, "closed", reflect.Bool)
	l.uvReg = find(uv, "reg", reflect.Pointer)
	return l
}

// Check tells whether the gopher-lua that is linked in has the layout that
// this package reads.
func Check() error { return where.err }

// Frame is a call frame. It is valid until the function it belongs to returns.
type Frame struct{ v reflect.Value }

// Current returns the innermost frame of a thread.
func Current(L *lua.LState) Frame {
	return Frame{reflect.ValueOf(L).Elem().Field(where.stateFrame)}.deref()
}

func (f Frame) deref() Frame {
	if f.v.IsNil() {
		return Frame{}
	}
	return Frame{f.v.Elem()}
}

// Valid tells whether there is such a frame.
func (f Frame) Valid() bool { return f.v.IsValid() }

// Parent returns the caller's frame.
func (f Frame) Parent() Frame { return Frame{f.v.Field(where.parent)}.deref() }

// Index is the position in the thread's call stack, 0 for the outermost.
func (f Frame) Index() int { return int(f.v.Field(where.idx).Int()) }

// Pc is the index of the instruction that runs (or called): one less than the
// VM's program counter. It is -1 before the first.
func (f Frame) Pc() int { return int(f.v.Field(where.pc).Int()) - 1 }

// Base is the registry index of the function called.
func (f Frame) Base() int { return int(f.v.Field(where.base).Int()) }

// LocalBase is the registry index of register 0.
func (f Frame) LocalBase() int { return int(f.v.Field(where.local).Int()) }

// Args is the number of arguments passed.
func (f Frame) Args() int { return int(f.v.Field(where.args).Int()) }

// TailCalls is the number of frames that tail calls replaced by this one.
func (f Frame) TailCalls() int { return int(f.v.Field(where.tail).Int()) }

// Runs tells whether fn is the function of the frame.
func (f Frame) Runs(fn *lua.LFunction) bool {
	return f.v.Field(where.fn).Pointer() == reflect.ValueOf(fn).Pointer()
}

// IsGo tells whether a Go function runs in the frame.
func (f Frame) IsGo() bool { return f.v.Field(where.fn).Elem().FieldByIndex(isG).Bool() }

var (
	isG   = fieldIndex(lua.LFunction{}, "IsG")
	proto = fieldIndex(lua.LFunction{}, "Proto")
	code  = fieldIndex(lua.FunctionProto{}, "Code")
)

func fieldIndex(of any, name string) []int {
	f, _ := reflect.TypeOf(of).FieldByName(name) // exported: checked by the compiler elsewhere
	return f.Index
}

// ProtoAddress identifies the prototype of the Lua function that runs in the
// frame, see AddressOf. Unlike Function its cost does not grow with the stack.
func (f Frame) ProtoAddress() uintptr {
	return f.v.Field(where.fn).Elem().FieldByIndex(proto).Pointer()
}

// AddressOf is the address of a prototype, to compare with.
func AddressOf(p *lua.FunctionProto) uintptr { return reflect.ValueOf(p).Pointer() }

// Instruction returns the instruction at the frame's Pc. ok is false in Go
// frames and before the first instruction.
func (f Frame) Instruction() (inst uint32, ok bool) {
	if f.IsGo() || f.Pc() < 0 {
		return 0, false
	}
	c := f.v.Field(where.fn).Elem().FieldByIndex(proto).Elem().FieldByIndex(code)
	return uint32(c.Index(f.Pc()).Uint()), true
}

// Level returns the level of a frame for LState.GetStack: gopher-lua counts a
// level for each frame that a tail call replaced, too.
func Level(L *lua.LState, f Frame) int {
	level := 0
	for g := Current(L); g.Valid() && g.Index() != f.Index(); g = g.Parent() {
		level += g.Levels()
	}
	return level
}

// Debug returns gopher-lua's handle for a frame of L.
func Debug(L *lua.LState, f Frame) *lua.Debug { return DebugAt(L, Level(L, f)) }

// DebugAt is Debug for a frame whose Level is known: to find that takes a walk down the
// stack, frame by frame.
func DebugAt(L *lua.LState, level int) *lua.Debug {
	d, _ := L.GetStack(level)
	return d
}

// Levels is how many levels a frame takes: the level of its parent is as much greater.
func (f Frame) Levels() int {
	if f.IsGo() {
		return 1
	}
	return 1 + f.TailCalls()
}

// Function returns the function of a frame, given its handle.
func Function(L *lua.LState, d *lua.Debug) *lua.LFunction {
	v, err := L.GetInfo("f", d, lua.LNil)
	if err != nil {
		return nil
	}
	fn, _ := v.(*lua.LFunction)
	return fn
}

// Register reads register n of a frame; negative numbers reach the values
// below it (varargs).
func Register(L *lua.LState, d *lua.Debug, n int) lua.LValue {
	_, v := L.GetLocal(d, n+1)
	if v == nil {
		return lua.LNil
	}
	return v
}

// Top is the number of registry slots of a thread in use.
func Top(L *lua.LState) int {
	return int(reflect.ValueOf(L).Elem().Field(where.stateReg).Elem().Field(where.regTop).Int())
}

// OpenUpvalues returns the registry indices, from `from` on, that closures
// still share, in ascending order.
func OpenUpvalues(L *lua.LState, from int) []int {
	var out []int
	for uv := reflect.ValueOf(L).Elem().Field(where.stateUpvalues); !uv.IsNil(); uv = uv.Elem().Field(where.uvNext) {
		if i := int(uv.Elem().Field(where.uvIndex).Int()); i >= from && !uv.Elem().Field(where.uvClosed).Bool() {
			out = append(out, i)
		}
	}
	return out
}

// TableSize returns the length of the array part and the number of other
// entries, both in O(1).
func TableSize(t *lua.LTable) (array, hash int) {
	v := reflect.ValueOf(t).Elem()
	return v.Field(where.array).Len(), v.Field(where.dict).Len() + v.Field(where.strs).Len()
}

// KeyAt returns key i (from 0) of the entries outside the array part, in the
// order of Next, in O(1). ok is false where that needs a walk: entries were
// deleted, or the key is an object.
func KeyAt(t *lua.LTable, i int) (key lua.LValue, ok bool) {
	v := reflect.ValueOf(t).Elem()
	keys := v.Field(where.keys)
	if _, hash := TableSize(t); keys.Len() != hash || i < 0 || i >= hash {
		return lua.LNil, false
	}
	switch k := keys.Index(i).Elem(); k.Kind() {
	case reflect.String:
		return lua.LString(k.String()), true
	case reflect.Float64:
		return lua.LNumber(k.Float()), true
	case reflect.Bool:
		return lua.LBool(k.Bool()), true
	}
	return lua.LNil, false
}
