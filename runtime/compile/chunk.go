package compile

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	lua "github.com/yuin/gopher-lua"
)

// Env holds the Go values that compiled code refers to. Both are shared by all
// states and never change.
type Env struct {
	// TrapMeta is the metatable of the traps: its __lt is called at armed
	// slots with a userdata whose Value is the *Function, and returns true.
	TrapMeta *lua.LTable
	// Concat joins its arguments as the operator `..` does.
	Concat *lua.LFunction
}

// Chunk is a compiled piece of source. It is immutable and safe to share.
type Chunk struct {
	Name      string // as given to Compile: "@file", "=name" or source text
	Display   string // as messages show it, see ChunkID
	Source    string
	Functions []*Function // in the order of their position in the source; [0] is the main function

	lines func() map[int][]*Slot
}

// ErrStopped says that a compilation was given up.
var ErrStopped = errors.New("compilation stopped")

// Compile compiles source under a chunk name ("@file", "=name", or text).
// Errors are *SyntaxError.
func Compile(source, name string, env *Env) (*Chunk, error) {
	return CompileUntil(source, name, env, nil)
}

// CompileUntil is Compile that asks stop now and then, unless it is nil, whether it
// is to give up. The error is then ErrStopped.
func CompileUntil(source, name string, env *Env, stop func() bool) (chunk *Chunk, err error) {
	display := ChunkID(name)
	defer func() {
		if r := recover(); r != nil {
			if r == any(ErrStopped) {
				chunk, err = nil, ErrStopped
				return
			}
			se, ok := r.(*SyntaxError)
			if !ok {
				panic(r)
			}
			chunk, err = nil, se
		}
	}()
	if strings.HasPrefix(source, "\x1bLua") {
		return nil, &SyntaxError{Chunk: display, Line: 1, Message: "precompiled chunks cannot be loaded: give the source"}
	}
	p := &parser{lexer: newLexer(source, display), env: env}
	p.stop = stop
	main := p.main()
	c := &Chunk{Name: name, Display: display, Source: source}
	c.number(main)
	c.lines = sync.OnceValue(c.slotsByLine)
	return c, nil
}

func (c *Chunk) number(fn *Function) {
	fn.Chunk, fn.Index = c, len(c.Functions)
	c.Functions = append(c.Functions, fn)
	for _, child := range fn.Children {
		c.number(child)
	}
}

// Main returns the chunk's main function.
func (c *Chunk) Main() *Function { return c.Functions[0] }

// Instance is a copy of a chunk's prototypes for one state to run and patch.
type Instance struct {
	Chunk  *Chunk
	Protos []*lua.FunctionProto // by Function.Index
}

// Instantiate copies the prototypes. Constants and debug tables are shared.
func (c *Chunk) Instantiate() *Instance {
	in := &Instance{Chunk: c, Protos: make([]*lua.FunctionProto, len(c.Functions))}
	for i := len(c.Functions) - 1; i >= 0; i-- { // children come after their parent
		fn := c.Functions[i]
		p := *fn.Proto
		p.Code = append([]uint32(nil), p.Code...)
		p.FunctionPrototypes = make([]*lua.FunctionProto, len(fn.Children))
		for j, child := range fn.Children {
			p.FunctionPrototypes[j] = in.Protos[child.Index]
		}
		in.Protos[i] = &p
	}
	return in
}

// Lines returns the slots of each line of the chunk. Do not change the map.
func (c *Chunk) Lines() map[int][]*Slot { return c.lines() }

func (c *Chunk) slotsByLine() map[int][]*Slot {
	out := map[int][]*Slot{}
	for _, fn := range c.Functions {
		for _, s := range fn.Slots {
			out[s.Line] = append(out[s.Line], s)
		}
	}
	return out
}

// Disassemble lists a function's code, a line an instruction, for tests and
// bug reports.
func (fn *Function) Disassemble() string {
	var b strings.Builder
	for pc, i := range fn.Proto.Code {
		x, y, z := Operands(i)
		fmt.Fprintf(&b, "%4d [%d] op%-2d %d %d %d\n", pc, fn.Proto.DbgSourcePositions[pc], Opcode(i), x, y, z)
	}
	return b.String()
}
