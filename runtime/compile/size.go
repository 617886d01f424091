package compile

import (
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// Size estimates the bytes that a chunk takes, with its source: for those who keep
// chunks within a limit.
func (c *Chunk) Size() int {
	n := int(unsafe.Sizeof(*c)) + len(c.Name) + len(c.Source)
	for _, fn := range c.Functions {
		n += fn.size()
	}
	return n
}

// What an entry of a map takes besides key and value, and a small object besides its
// fields, about.
const (
	perEntry  = 16
	perObject = 8
)

func (fn *Function) size() int {
	p := fn.Proto
	n := int(unsafe.Sizeof(*fn)) + sized(fn.Children) + sized(fn.Locals) + len(fn.Slots)*(2*perWord+int(unsafe.Sizeof(Slot{}))+perWord+perEntry) +
		sized(fn.statements) + sized(fn.code) + sized(fn.lines) + sized(fn.raw) + sized(fn.place) + sized(fn.calls) +
		len(fn.loops)*(3*perWord+perEntry) + perObject
	n += int(unsafe.Sizeof(*p)) + sized(p.Code) + sized(p.FunctionPrototypes) + sized(p.DbgSourcePositions) + sized(p.DbgCalls) + sized(p.DbgUpvalues) +
		len(p.DbgLocals)*(perWord+int(unsafe.Sizeof(lua.DbgLocalInfo{}))+perObject)
	for _, v := range p.Constants {
		n += int(unsafe.Sizeof(v)) + 4*perWord // the value itself, and a string once more in the prototype
		if s, ok := v.(lua.LString); ok {
			n += len(s)
		}
	}
	return n
}

const perWord = int(unsafe.Sizeof(uintptr(0)))

// sized is the bytes of a slice's room.
func sized[T any](list []T) int {
	var one T
	return cap(list) * int(unsafe.Sizeof(one))
}
