package globals

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/schema"
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
	fn, ok := t.RawGetString("execute").(*lua.LFunction)
	if !ok {
		return g.env.raise(L, fmt.Errorf("%s: execute must be a function that takes the parameters, got %s", function, t.RawGetString("execute").Type()))
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

// describe reads the table that Tool.register is given.
func describe(L *lua.LState, t *lua.LTable) (*tool.Descriptor, error) {
	rest := L.NewTable()
	t.ForEach(func(k, v lua.LValue) {
		if k != lua.LString("execute") {
			rest.RawSet(k, v)
		}
	})
	v, err := runtime.ToGo(rest, runtime.ConvertLimits{})
	if err != nil {
		return nil, err
	}
	m, _ := v.(map[string]any) // a list fails the check below, without its names
	name := schema.Text("lower case words joined by hyphens")
	name.MaxLength = schema.Ptr(64)
	texts := schema.List("", schema.Text(""))
	p, err := schema.Compile(schema.Map("",
		schema.Required("name", name), schema.Required("description", schema.Text("what the tool does")),
		schema.Optional("parameters", &schema.Schema{Types: []schema.Type{schema.Object, schema.Array}}, "schema"),
		schema.Optional("result", &schema.Schema{Types: []schema.Type{schema.Object}}),
		schema.Optional("category", schema.Text("").WithDefault("custom")), schema.Optional("version", schema.Text("").WithDefault("1.0.0")),
		schema.Optional("tags", texts), schema.Optional("aliases", texts),
	)).CheckObject(m)
	if err != nil {
		return nil, err
	}
	params := tool.Params(p)
	d := &tool.Descriptor{
		Name: strings.ReplaceAll(strings.ToLower(params.String("name")), "_", "-"), Description: params.String("description"),
		Category: params.String("category"), Version: params.String("version"), Security: tool.Restricted, SideEffects: true,
		Tags: list(p["tags"]), Aliases: list(p["aliases"]),
	}
	if ok, _ := regexp.MatchString(`^[a-z0-9]+(-[a-z0-9]+)*$`, d.Name); !ok {
		return nil, &schema.FieldError{Path: "name", Expected: "letters, digits, and hyphens or underscores between them", Value: params.String("name")}
	}
	if d.Parameters, err = parameters(p["parameters"]); err != nil {
		return nil, fmt.Errorf("parameters: %w", err)
	}
	if result, ok := p["result"]; ok {
		if d.Result, err = schema.Parse(result); err != nil {
			return nil, fmt.Errorf("result: %w", err)
		}
	}
	return d, nil
}

func list(v any) []string {
	var out []string
	items, _ := v.([]any)
	for _, item := range items {
		out = append(out, item.(string)) // as the schema has found
	}
	return out
}

// parameters reads the parameters of a tool: a JSON Schema of an object, a
// list as that of Tool.get(name).schema.parameters, or its items by their names.
// None at all: anything goes.
func parameters(v any) (*schema.Schema, error) {
	var s *schema.Schema
	var err error
	switch v := v.(type) {
	case nil:
		s = schema.Map("")
	case []any:
		s, err = parameterList(v)
	case map[string]any:
		if byName := named(v); byName != nil {
			s, err = parameterList(byName)
		} else {
			s, err = schema.Parse(v)
		}
	default:
		s, err = schema.Parse(v)
	}
	if err != nil {
		return nil, err
	}
	if len(s.Types) == 0 {
		s.Types = []schema.Type{schema.Object}
	}
	if !slices.Equal(s.Types, []schema.Type{schema.Object}) {
		return nil, errors.New(`they must be the properties of one object: {type = "object", properties = {…}}`)
	}
	return s, nil
}

// named turns {who = {type = "string", required = true}} into the list of
// parameters that it stands for; nil when it is a schema.
func named(m map[string]any) []any {
	var out []any
	for _, name := range slices.Sorted(maps.Keys(m)) {
		p, ok := m[name].(map[string]any)
		if _, isType := p["type"].(string); !ok || !isType || name == "items" || name == "not" || name == "additionalProperties" {
			return nil
		}
		p = maps.Clone(p)
		p["name"] = name
		out = append(out, p)
	}
	return out
}

// parameterList reads {{name=, type=, description=, required=, default=, enum=}, …}.
// All else in an item is JSON Schema.
func parameterList(items []any) (*schema.Schema, error) {
	s := schema.Map("")
	s.Closed = true
	for i, item := range items {
		m, _ := item.(map[string]any)
		name, ok := m["name"].(string)
		if !ok || name == "" {
			return nil, fmt.Errorf("item %d: expected {name = \"…\", type = \"…\", description = \"…\", required = true or false}", i+1)
		}
		required, _ := m["required"].(bool)
		rest := map[string]any{}
		for k, v := range m {
			if k != "name" && k != "required" {
				rest[k] = v
			}
		}
		if rest["type"] == "any" {
			delete(rest, "type")
		}
		property, err := schema.Parse(rest)
		if err != nil {
			return nil, fmt.Errorf("item %d, %q: %w", i+1, name, err)
		}
		s.Properties = append(s.Properties, schema.Property{Name: name, Required: required, Schema: property})
	}
	return s, nil
}

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
