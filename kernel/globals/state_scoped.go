package globals

import (
	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/options"
	store "github.com/llmspell/llmspell/kernel/state"
)

// The functions that take a scope, or the ID of one, first.

func (g *stateGlobal) save(L *lua.LState, c *stateCall) int {
	scope, key, value := c.scope(1), c.key(2), c.value(3)
	return g.write(L, c, scope, key, value, c.options(4, options.StateTTLOptions).set())
}

func (g *stateGlobal) load(_ *lua.LState, c *stateCall) int {
	scope := c.scope(1)
	return g.read(c, scope, c.key(2))
}

// read pushes a value, or nil.
func (g *stateGlobal) read(c *stateCall, scope store.Scope, key string) int {
	e, _, err := c.view().Get(g.env.context(), scope, key)
	c.must(err)
	return c.pushValue(e.Value)
}

func (g *stateGlobal) listKeys(_ *lua.LState, c *stateCall) int {
	entries, err := c.view().List(g.env.context(), c.scope(1), store.ListOptions{})
	c.must(err)
	return c.pushKeys(entries)
}

func (c *stateCall) id(n int, kind store.Kind) store.Scope {
	return store.Scope{Kind: kind, ID: c.text(n, "the ID of the "+string(kind))}
}

func (g *stateGlobal) getOf(kind store.Kind) func(*lua.LState, *stateCall) int {
	return func(_ *lua.LState, c *stateCall) int {
		scope := c.id(1, kind)
		return g.read(c, scope, c.key(2))
	}
}

func (g *stateGlobal) setOf(kind store.Kind) func(*lua.LState, *stateCall) int {
	return func(L *lua.LState, c *stateCall) int {
		scope, key := c.id(1, kind), c.key(2)
		return g.write(L, c, scope, key, c.value(3), c.options(4, options.StateTTLOptions).set())
	}
}

// workflowGet is State.workflow_get(workflow, step): the step's output, or the
// value of that very key.
func (g *stateGlobal) workflowGet(L *lua.LState, c *stateCall) int {
	scope, step := c.id(1, store.Workflow), c.text(2, "the name of a step")
	for _, key := range []string{"step:" + step + ":output", step} {
		e, ok, err := c.view().Get(g.env.context(), scope, key)
		c.must(err)
		if ok {
			return c.pushValue(e.Value)
		}
	}
	L.Push(lua.LNil)
	return 1
}

func (g *stateGlobal) workflowList(_ *lua.LState, c *stateCall) int {
	entries, err := c.view().List(g.env.context(), c.id(1, store.Workflow), store.ListOptions{})
	c.must(err)
	return c.pushKeys(entries)
}
