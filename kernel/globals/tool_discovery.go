package globals

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/runtime"
)

// discovery is a call of Tool.list, search or discover, as hooks have left it.
type discovery struct {
	function string
	query    lua.LValue
	filter   lua.LValue
}

// discovery fires BeforeToolDiscovery. It is over when a hook has given the answer,
// which is pushed then.
func (g *toolGlobal) discovery(L *lua.LState, function string, query, filter lua.LValue) (d discovery, over bool) {
	d = discovery{function, query, filter}
	if g.env.Hooks == nil || !g.env.Hooks.Has(hooks.BeforeToolDiscovery) {
		return d, false
	}
	data := map[string]any{}
	for name, v := range map[string]lua.LValue{"query": query, "filter": filter} {
		if v == lua.LNil {
			continue
		}
		value, err := runtime.ToGo(v, runtime.ConvertLimits{})
		if err != nil {
			g.env.raise(L, fmt.Errorf("%s: the %s: %w", "Tool."+function, name, err))
		}
		data[name] = value
	}
	call := g.discoveryCall(L, hooks.BeforeToolDiscovery, function, data)
	out, err := g.env.Hooks.Ask(g.env.context(), call)
	if err != nil {
		g.env.raise(L, fmt.Errorf("%s: %w", "Tool."+function, err))
	}
	switch out.Kind {
	case hooks.Replace:
		L.Push(g.fromGo(L, "Tool."+function, out.Value))
		return d, true
	case hooks.Modified:
		d.query = g.fromGo(L, "Tool."+function, call.Data["query"])
		d.filter = g.fromGo(L, "Tool."+function, call.Data["filter"])
	}
	return d, false
}

// discovered fires AfterToolDiscovery, whose hooks may change the list.
func (g *toolGlobal) discovered(L *lua.LState, d discovery, list *lua.LTable) lua.LValue {
	if g.env.Hooks == nil || !g.env.Hooks.Has(hooks.AfterToolDiscovery) {
		return list
	}
	tools := make([]any, 0, list.Len())
	for i := 1; i <= list.Len(); i++ {
		v, err := runtime.ToGo(list.RawGetInt(i), runtime.ConvertLimits{})
		if err != nil { // cannot be: they are texts
			g.env.raise(L, fmt.Errorf("%s: %w", "Tool."+d.function, err))
		}
		tools = append(tools, v)
	}
	call := g.discoveryCall(L, hooks.AfterToolDiscovery, d.function, map[string]any{"tools": tools})
	out, err := g.env.Hooks.Ask(g.env.context(), call)
	if err != nil {
		g.env.raise(L, fmt.Errorf("%s: %w", "Tool."+d.function, err))
	}
	switch out.Kind {
	case hooks.Replace:
		return g.fromGo(L, "Tool."+d.function, out.Value)
	case hooks.Modified:
		return g.fromGo(L, "Tool."+d.function, call.Data["tools"])
	}
	return list
}

func (g *toolGlobal) discoveryCall(L *lua.LState, p hooks.Point, function string, data map[string]any) *hooks.Call {
	data["function"] = function
	return &hooks.Call{Point: p, Component: hooks.Component{Type: "tool", Name: "registry"}, Language: "lua", Data: data, Thread: L}
}
