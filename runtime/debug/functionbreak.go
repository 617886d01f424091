package debug

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"weak"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
)

// functionBreakpoints is what SetFunctionBreakpoints has set. Engine.mu guards
// the list, which is replaced as a whole.
type functionBreakpoints struct {
	list    []*functionBreakpoint
	wrapped map[*lua.LFunction]*wrapping // only for the goroutine that runs Lua
}

// functionBreakpoint is a breakpoint on all functions of a name.
type functionBreakpoint struct {
	*breakpoint
	name functionName
	host string // the name or pattern of HostCall; "": none
	why  string // what the host says is wrong with the name

	declared []*compile.Slot // entry slots of the functions declared by the name
}

// SetFunctionBreakpoints replaces all function breakpoints and answers in the
// order of specs. A name that nothing loaded has yet stays unverified until
// something is loaded that has it.
func (e *Engine) SetFunctionBreakpoints(specs []FunctionBreakpointSpec) []Breakpoint {
	list := make([]*functionBreakpoint, len(specs))
	for i, spec := range specs {
		list[i] = e.newFunctionBreakpoint(spec)
	}
	own := map[int]bool{}
	e.mu.Lock()
	for _, b := range list {
		e.nextID++
		b.ID = e.nextID
		own[b.ID] = true
		e.findDeclared(b)
		b.settle(b.declared, nil, e.sourceByKey)
	}
	if !e.detached {
		e.functions.list = list
	}
	e.mu.Unlock()
	e.soon(func(L *lua.LState, late bool) {
		for _, b := range e.bind() {
			if late || !own[b.ID] { // else the answer says it
				e.h.BreakpointChanged(b)
			}
		}
	})
	e.mu.Lock()
	defer e.mu.Unlock()
	out := make([]Breakpoint, len(list))
	for i, b := range list {
		out[i] = b.Breakpoint
	}
	return out
}

// soon runs fn on the goroutine that runs Lua, unless the engine was detached.
// It waits for that, but not long: fn is told whether soon has returned before.
func (e *Engine) soon(fn func(L *lua.LState, late bool)) {
	call := func(late bool) func(*lua.LState) {
		return func(L *lua.LState) {
			e.mu.Lock()
			gone := e.detached
			e.mu.Unlock()
			if !gone {
				fn(L, late)
			}
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), e.patience())
	defer cancel()
	if e.st.Do(ctx, call(false)) != nil {
		e.st.Post(call(true))
	}
}

func (e *Engine) newFunctionBreakpoint(spec FunctionBreakpointSpec) *functionBreakpoint {
	name := strings.TrimSpace(spec.Name)
	b := &functionBreakpoint{breakpoint: newBreakpoint(BreakpointSpec{Condition: spec.Condition, HitCondition: spec.HitCondition}, Source{})}
	b.reason = ReasonFunction
	var err error
	if b.name, err = parseFunctionName(name); err != nil || name == "" {
		b.Message, b.broken = fmt.Sprintf("%q is not the name of a function, nor a pattern of names", name), true
	}
	if b.broken {
		return b
	}
	if b.host, err = e.hostName(name); err != nil {
		b.why = err.Error()
	}
	return b
}

// findDeclared looks for the name in all that is loaded. e.mu is held.
func (e *Engine) findDeclared(b *functionBreakpoint) {
	keys := make([]string, 0, len(e.chunks))
	for key := range e.chunks {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		for _, c := range e.chunks[key] {
			b.declaredIn(key, c)
		}
	}
}

// sourceByKey is sourceOfChunk for any goroutine. e.mu is held.
func (e *Engine) sourceByKey(c *compile.Chunk) Source {
	for key, chunks := range e.chunks {
		if filepath.IsAbs(key) && slices.Contains(chunks, c) {
			return Source{Name: filepath.Base(key), Path: key}
		}
	}
	return Source{Name: c.Display}
}

// declaredIn looks for the name among the functions of a chunk.
func (b *functionBreakpoint) declaredIn(key string, c *compile.Chunk) {
	if b.broken {
		return
	}
	for _, fn := range c.Functions {
		if b.name.declares(key, fn) {
			b.declared = append(b.declared, fn.Slots[0])
		}
	}
}

// bindFunctions adds the slots of function breakpoints to sites, and wraps the
// Go functions that have one. e.mu is held.
func (e *Engine) bindFunctions(sites map[*compile.Slot][]*breakpoint) (changed []Breakpoint) {
	natives := map[*lua.LFunction][]*breakpoint{}
	for _, b := range e.functions.list {
		if b.broken {
			continue
		}
		was := b.Breakpoint
		slots, native := b.declared, (*lua.LFunction)(nil)
		if len(slots) == 0 {
			slots, native = e.resolveGlobal(b.name)
		}
		for _, s := range slots {
			sites[s] = append(sites[s], b.breakpoint)
		}
		if native != nil {
			natives[native] = append(natives[native], b.breakpoint)
		}
		if b.settle(slots, native, e.sourceOfChunk); b.Breakpoint != was {
			changed = append(changed, b.Breakpoint)
		}
	}
	e.functions.wrap(e, natives)
	return changed
}

// resolveGlobal returns the entry slot of the Lua function that has a path in
// the globals, or the Go function.
func (e *Engine) resolveGlobal(name functionName) ([]*compile.Slot, *lua.LFunction) {
	fn := globalFunction(e.st.L, name)
	if fn == nil || fn.IsG {
		return nil, fn
	}
	code := compile.FunctionOf(fn.Proto)
	if code == nil {
		return nil, nil
	}
	if !slices.ContainsFunc(e.protos[code], func(w weak.Pointer[lua.FunctionProto]) bool { return w.Value() == fn.Proto }) {
		e.protos[code] = append(e.protos[code], weak.Make(fn.Proto)) // made in an evaluation
	}
	return code.Slots[:1], nil
}

// settle says where the breakpoint is: in the first function of the chunk that
// was loaded last.
func (b *functionBreakpoint) settle(slots []*compile.Slot, native *lua.LFunction, source func(*compile.Chunk) Source) {
	if b.broken {
		return
	}
	b.Verified, b.Pending, b.Message, b.Line, b.Source = true, false, "", 0, Source{}
	switch {
	case len(slots) > 0:
		last := slots[len(slots)-1].Function.Chunk
		i := slices.IndexFunc(slots, func(s *compile.Slot) bool { return s.Function.Chunk == last })
		b.Line, b.Source = slots[i].Line, source(last)
	case native != nil || b.host != "":
	case b.why != "":
		b.Verified, b.Message = false, b.why
	case b.name.isPattern():
		b.Verified = false
		b.await(fmt.Sprintf("no function like %s is loaded yet", b.name.text))
	default:
		b.Verified = false
		b.await(fmt.Sprintf("no function named %s is loaded yet", b.name.text))
	}
}

// isHost tells whether the breakpoint is on a name of HostCall.
func (b *functionBreakpoint) isHost(name string) bool {
	if b.host == "" {
		return false
	}
	ok, _ := path.Match(b.host, name)
	return ok
}
