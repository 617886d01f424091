package debug

import (
	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/vm"
)

// skipper says what steps run through. It is replaced as a whole, so that what
// is known of chunks never outlives the rule it came from.
type skipper struct {
	source func(Source) bool
	name   func(string) bool
	known  map[*compile.Chunk]bool // only for the goroutine that runs Lua
}

// SetSkip says which sources steps run through without stopping; nil: none. It
// may be changed at any time.
func (e *Engine) SetSkip(skip func(Source) bool) {
	e.changeSkip(func(s *skipper) { s.source = skip })
}

// SetStepFilter says which functions a step in runs through, by the name that
// their declaration or their caller gives them; nil: none.
func (e *Engine) SetStepFilter(skip func(name string) bool) {
	e.changeSkip(func(s *skipper) { s.name = skip })
}

func (e *Engine) changeSkip(change func(*skipper)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	next := &skipper{known: map[*compile.Chunk]bool{}}
	if old := e.skip.Load(); old != nil {
		next.source, next.name = old.source, old.name
	}
	change(next)
	if next.source == nil && next.name == nil {
		next = nil
	}
	e.skip.Store(next)
}

// skipped tells whether steps run through a chunk.
func (e *Engine) skipped(c *compile.Chunk) bool {
	s := e.skip.Load()
	if s == nil || s.source == nil {
		return false
	}
	skip, ok := s.known[c]
	if !ok {
		skip = s.source(e.sourceOfChunk(c))
		s.known[c] = skip
	}
	return skip
}

// passes tells whether a step that could end in frame f goes on.
func (e *Engine) passes(L *lua.LState, f vm.Frame, fn *compile.Function) bool {
	s := e.skip.Load()
	if s == nil || e.plan.kind == planJump || e.plan.reason == ReasonEntry {
		return false
	}
	if e.skipped(fn.Chunk) {
		return true
	}
	if s.name == nil || !e.plan.all() && !e.plan.byInstruction() || fn.Parent == nil {
		return false
	}
	if fn.Name != "" && s.name(fn.Name) {
		return true
	}
	name, _ := e.st.FunctionName(L, f)
	return name != "" && name != fn.Name && s.name(name)
}
