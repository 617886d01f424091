package profile

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/vm"
)

// maxDepth is how many places of a stack are kept, innermost first; cut stands
// for the others.
const (
	maxDepth = 500
	cut      = "(more frames)"
)

// goPrefix marks what is no Lua function.
const goPrefix = "[Go] "

// walk lists the places of the running thread's stack and of those that resumed
// it, innermost first. waited tells that the VM has just been in something that
// took a while: a Go function, which has returned by now.
func (p *Profile) walk(L *lua.LState, waited bool) (out []int) {
	innermost := true
	for th := L; th != nil; th = th.Parent {
		for f := vm.Current(th); f.Valid(); f = f.Parent() {
			if runtime.IsOperatorFrame(f) {
				continue // the line around it counts
			}
			if len(out) == maxDepth {
				return append(out, p.number(place{name: cut}))
			}
			if f.IsGo() {
				out = append(out, p.number(place{name: p.goName(f)}))
				innermost = false
				continue
			}
			at, leaf := p.luaPlace(f, innermost && waited)
			if leaf != "" {
				out = append(out, p.number(place{name: leaf}))
			}
			out = append(out, p.number(at))
			innermost = false
		}
	}
	return out
}

// luaPlace is the line of a Lua frame. With waited set it is that of the call
// that has just returned, if there is one, and leaf the function that was
// called.
func (p *Profile) luaPlace(f vm.Frame, waited bool) (at place, leaf string) {
	k := p.function(f)
	if k.fn == nil {
		return place{name: "[unknown]"}, ""
	}
	pc := f.Pc()
	if waited && pc > 0 && isCall(k.proto.Code[pc-1]) {
		pc--
		if name := p.callee(k.fn, k.fn.RawPc(pc)); !declares(k.fn.Chunk, strings.TrimPrefix(name, goPrefix)) {
			leaf = name
		}
	}
	return place{fn: k.fn, name: nameOf(k.fn), path: k.path, line: k.fn.Line(pc)}, leaf
}

// declares tells whether a chunk has a Lua function of a name: that has been
// sampled itself, and what took a while was something else, such as another
// process on the machine.
func declares(c *compile.Chunk, name string) bool {
	return slices.ContainsFunc(c.Functions, func(fn *compile.Function) bool {
		return fn.Name == name || strings.HasSuffix(fn.Name, "."+name)
	})
}

func isCall(i uint32) bool {
	op := compile.Opcode(i)
	return op == lua.OP_CALL || op == lua.OP_TAILCALL
}

// goName is what the caller of a Go function calls it.
func (p *Profile) goName(f vm.Frame) string {
	if caller := f.Parent(); caller.Valid() && !caller.IsGo() {
		if k := p.function(caller); k.fn != nil {
			if name := p.callee(k.fn, k.fn.RawPc(caller.Pc())); name != "" {
				return name
			}
		}
	}
	return goPrefix + "function"
}

// callee is the name of what an instruction calls, "" if it has none.
func (p *Profile) callee(fn *compile.Function, raw int) string {
	at := site{fn, raw}
	name, ok := p.callees[at]
	if ok {
		return name
	}
	i := fn.Raw(raw)
	if op := compile.Opcode(i); op == lua.OP_CALL || op == lua.OP_TAILCALL || op == lua.OP_TFORLOOP {
		a, _, _ := compile.Operands(i)
		if name, _ = fn.ObjectName(raw, a); name != "" {
			name = goPrefix + name
		}
	}
	p.callees[at] = name
	return name
}

// function finds out what runs in a Lua frame. Its fn is nil if llmspell has
// not loaded it.
func (p *Profile) function(f vm.Frame) known {
	address := f.ProtoAddress()
	k, ok := p.known[address]
	if ok {
		return k
	}
	p.st.EachProto(func(fn *compile.Function, proto *lua.FunctionProto) {
		if vm.AddressOf(proto) == address {
			k = known{proto: proto, fn: fn, path: fn.Chunk.Display}
			if src := p.st.SourceOf(fn.Chunk); src != nil && src.Path != "" {
				k.path = src.Path
			}
		}
	})
	if k.fn != nil {
		p.known[address] = k
	}
	return k
}

// nameOf is what a profile calls a Lua function.
func nameOf(fn *compile.Function) string {
	file := filepath.Base(fn.Chunk.Display)
	switch {
	case fn.Parent == nil:
		return file + ":main chunk"
	case fn.Name == "":
		return fmt.Sprintf("%s:(anonymous:%d)", file, fn.Proto.LineDefined)
	}
	return fn.Name
}
