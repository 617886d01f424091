package vm

import (
	"math"
	"reflect"

	lua "github.com/yuin/gopher-lua"
)

// Cell identifies a variable that closures share: an upvalue. It keeps the
// variable alive, so that no other is taken for it.
type Cell struct{ v reflect.Value } // what the pointer points to: the pointer's own place may change

// CellOf returns the cell of an upvalue.
func CellOf(u *lua.Upvalue) Cell { return Cell{reflect.ValueOf(u).Elem()} }

// Valid tells whether there is such a cell.
func (c Cell) Valid() bool { return c.v.IsValid() }

// Is tells whether two cells are the same variable.
func (c Cell) Is(d Cell) bool {
	return c.v.IsValid() && d.v.IsValid() && c.v.UnsafeAddr() == d.v.UnsafeAddr()
}

// OpenIn tells whether the cell still is a register of a thread's frame, and
// its index in the thread's registry.
func (c Cell) OpenIn(L *lua.LState) (index int, ok bool) {
	if c.v.Field(where.uvClosed).Bool() || c.v.Field(where.uvReg).Pointer() != registryOf(L).Pointer() {
		return 0, false
	}
	return int(c.v.Field(where.uvIndex).Int()), true
}

// OpenCell returns the cell that closures share with a thread's registry index.
// It is not valid if no closure has captured it.
func OpenCell(L *lua.LState, index int) Cell {
	for uv := reflect.ValueOf(L).Elem().Field(where.stateUpvalues); !uv.IsNil(); uv = uv.Elem().Field(where.uvNext) {
		if int(uv.Elem().Field(where.uvIndex).Int()) == index && !uv.Elem().Field(where.uvClosed).Bool() {
			return Cell{uv.Elem()}
		}
	}
	return Cell{}
}

// Cell returns upvalue i of the function of a Lua frame.
func (f Frame) Cell(i int) Cell {
	return Cell{f.v.Field(where.fn).Elem().FieldByIndex(upvalues).Index(i).Elem()}
}

// RunsIn tells whether env is the environment of the frame's function.
func (f Frame) RunsIn(env *lua.LTable) bool {
	return f.v.Field(where.fn).Elem().FieldByIndex(environment).Pointer() == reflect.ValueOf(env).Pointer()
}

var (
	upvalues    = fieldIndex(lua.LFunction{}, "Upvalues")
	environment = fieldIndex(lua.LFunction{}, "Env")
)

func registryOf(L *lua.LState) reflect.Value {
	return reflect.ValueOf(L).Elem().Field(where.stateReg)
}

// at is what lies at an index of a thread's registry; not valid for nothing.
func at(L *lua.LState, index int) reflect.Value {
	array := registryOf(L).Elem().Field(where.regArray)
	if index < 0 || index >= array.Len() {
		return reflect.Value{}
	}
	return array.Index(index).Elem()
}

// Holds tells whether v is the value of register n of a frame. It allocates
// nothing. A NaN counts as the same as another.
func Holds(L *lua.LState, f Frame, n int, v lua.LValue) bool {
	r := at(L, f.LocalBase()+n)
	if !r.IsValid() {
		return v == lua.LNil
	}
	switch v := v.(type) {
	case lua.LNumber:
		return r.Kind() == reflect.Float64 && (r.Float() == float64(v) || v != v && math.IsNaN(r.Float()))
	case lua.LString:
		return r.Kind() == reflect.String && r.String() == string(v)
	case lua.LBool:
		return r.Kind() == reflect.Bool && r.Bool() == bool(v)
	case lua.LChannel:
		return r.Kind() == reflect.Chan && r.Pointer() == reflect.ValueOf(v).Pointer()
	}
	return r.Kind() == reflect.Pointer && r.Pointer() == reflect.ValueOf(v).Pointer()
}

// Read is Register of a frame, faster for values that are no objects.
func Read(L *lua.LState, f Frame, n int) lua.LValue {
	switch r := at(L, f.LocalBase()+n); r.Kind() {
	case reflect.Float64:
		return lua.LNumber(r.Float())
	case reflect.String:
		return lua.LString(r.String())
	case reflect.Bool:
		return lua.LBool(r.Bool())
	}
	return Register(L, Debug(L, f), n)
}
