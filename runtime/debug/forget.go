package debug

import (
	"maps"
	"slices"
	"weak"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
)

// leastProtos is how many functions an engine knows before it looks for those that have
// gone.
const leastProtos = 1024

// forget lets go of code of which no function lives, unless it is among the last that the
// state has loaded: a session that runs many scripts under a debugger does not grow with
// them. What is loaded is bound anew afterwards.
func (e *Engine) forget() {
	if len(e.protos) < max(e.maxProtos, leastProtos) {
		return
	}
	kept := map[*compile.Chunk]bool{}
	for fn, copies := range e.protos {
		live := slices.DeleteFunc(copies, func(w weak.Pointer[lua.FunctionProto]) bool { return w.Value() == nil })
		if len(live) == 0 {
			delete(e.protos, fn)
			continue
		}
		e.protos[fn] = live
		kept[fn.Chunk] = true
	}
	e.maxProtos = 2 * len(e.protos)
	if s := e.skip.Load(); s != nil {
		clear(s.known)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	maps.DeleteFunc(e.chunks, func(key string, list []*compile.Chunk) bool {
		list = slices.DeleteFunc(list, func(c *compile.Chunk) bool { return !kept[c] && !e.st.IsRecent(c) })
		for _, c := range list {
			kept[c] = true
		}
		e.chunks[key] = list
		return len(list) == 0
	})
	gone := func(s *compile.Slot) bool { return !kept[s.Function.Chunk] }
	for _, list := range e.breakpoints {
		for _, b := range list {
			b.forget(gone)
		}
	}
	for _, b := range e.functions.list {
		b.forget(gone)
		b.declared = slices.DeleteFunc(b.declared, gone)
	}
}

// forget drops what was compiled for slots that have gone.
func (b *breakpoint) forget(gone func(*compile.Slot) bool) {
	maps.DeleteFunc(b.conds, func(s *compile.Slot, _ *expression) bool { return gone(s) })
	maps.DeleteFunc(b.logs, func(s *compile.Slot, _ []*expression) bool { return gone(s) })
}
