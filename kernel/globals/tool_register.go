package globals

import (
	"context"
	"fmt"
	"slices"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/spec"
	"github.com/llmspell/llmspell/tools/tool"
)

// register is Tool.register: it makes a function of the script a tool, and
// returns the tool. It runs on the script's goroutine, in this state only.
func (g *toolGlobal) register(L *lua.LState) int {
	const function = "Tool.register"
	t, ok := L.Get(1).(*lua.LTable)
	if !ok {
		return g.env.raise(L, fmt.Errorf("%s: expected a table with name, description, parameters and execute, got %s", function, L.Get(1).Type()))
	}
	fn, ok := t.RawGetString(spec.Function).(*lua.LFunction)
	if !ok {
		return g.env.raise(L, fmt.Errorf("%s: %w", function, spec.NoFunction(t.RawGetString(spec.Function).Type().String(), names(t))))
	}
	d, err := describe(L, t)
	if err == nil {
		err = g.reg.Register(tool.Static(d, func(context.Context, *tool.Call) (*tool.Result, error) {
			return nil, tool.Errorf(tool.Unsupported, "is a function of the script that registered it, and runs only when that script calls it")
		}))
	}
	if err != nil {
		return g.env.raise(L, fmt.Errorf("%s: %w", function, err))
	}
	g.scripted[d] = fn
	clear(g.names) // an alias may have been looked for before
	o, err := g.object(L, d.Name)
	if err != nil { // cannot be: it has just been registered
		return g.env.raise(L, fmt.Errorf("%s: %w", function, err))
	}
	L.Push(o.table)
	return 1
}

// names are the keys of a table that are strings, sorted.
func names(t *lua.LTable) []string {
	var list []string
	t.ForEach(func(k, _ lua.LValue) {
		if s, ok := k.(lua.LString); ok {
			list = append(list, string(s))
		}
	})
	slices.Sort(list)
	return list
}

// describe reads the table that Tool.register is given.
func describe(L *lua.LState, t *lua.LTable) (*tool.Descriptor, error) {
	rest := L.NewTable()
	t.ForEach(func(k, v lua.LValue) {
		if k != lua.LString(spec.Function) {
			rest.RawSet(k, v)
		}
	})
	v, err := runtime.ToGo(rest, runtime.ConvertLimits{})
	if err != nil {
		return nil, err
	}
	m, _ := v.(map[string]any) // a list fails, without its names
	return spec.Read(m)
}

// list is a list of strings that a schema has checked.
func list(v any) []string { return spec.Texts(v) }

// errRaised is the end of a call whose function raised an error.
var errRaised = tool.Errorf(tool.ExecutionFailed, "the function raised an error")

// invokeScripted calls a function of the script as a tool. An error that it
// raises goes on as it is, so that a debugger sees where it came from.
func (g *toolGlobal) invokeScripted(L *lua.LState, o *toolObject, fn *lua.LFunction, params map[string]any, opt tools.CallOptions) (*tools.Response, error) {
	own, r := o.handle.Begin(g.env.context(), params, opt)
	if r != nil {
		if r.Error != nil {
			return nil, r.Error
		}
		return r, nil
	}
	ended := false
	defer func() {
		if !ended {
			_, _ = own.End(nil, errRaised)
		}
	}()
	L.Push(fn)
	L.Push(g.fromGo(L, "Tool.execute", map[string]any(own.Params())))
	L.Call(1, 2)
	value, message := L.Get(-2), L.Get(-1)
	L.Pop(2)
	ended = true
	return own.End(scriptedResult(value, message))
}

// scriptedResult reads what a function returned: its result, or nil and a message
// when it failed.
func scriptedResult(value, message lua.LValue) (*tool.Result, error) {
	if text, ok := message.(lua.LString); ok && value == lua.LNil {
		return nil, tool.Errorf(tool.ExecutionFailed, "%s", string(text))
	}
	v, err := runtime.ToGo(value, runtime.ConvertLimits{})
	if err != nil {
		return nil, fmt.Errorf("the function returned what cannot be a result: %w", err)
	}
	r := tool.Value(v)
	if text, ok := v.(string); ok {
		r.Text = &text
	}
	return r, nil
}

// guarded is invokeScripted with what the function raises caught by the
// library's pcall: it becomes the response's error. began is false when the
// function was not called, because of its parameters for example.
func (g *toolGlobal) guarded(L *lua.LState, o *toolObject, fn *lua.LFunction, params map[string]any, opt tools.CallOptions) (r *tools.Response, began bool) {
	if g.hooked() { // and what it raises caught so that hooks see it
		r, err := g.inSteps(L, o, params, opt)
		return r, err == nil || r.Error.Code != tool.InvalidParameters
	}
	var err error
	L.Push(g.pcall)
	L.Push(L.NewFunction(func(L *lua.LState) int {
		r, err = g.invokeScripted(L, o, fn, params, opt)
		return 0
	}))
	L.Call(1, 2)
	ok, raised := L.Get(-2), L.Get(-1)
	L.Pop(2)
	name := o.handle.Descriptor().Name
	switch {
	case ok == lua.LFalse:
		text := "the function raised a " + raised.Type().String()
		if s, ok := raised.(lua.LString); ok {
			text = string(s)
		}
		return failure(name, tool.Errorf(tool.ExecutionFailed, "%s", text)), true
	case r == nil:
		return failure(name, err), false
	}
	return r, true
}
