package globals

import (
	"errors"
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// InstallTool defines the global Tool in a Lua state:
//
//	Tool.list()                 {{name, description, version, category}, …}
//	Tool.get(name)              the tool, or nil; also Tool.NAME, as in Tool.text_manipulator
//	Tool.execute(name, params)  the result; an unknown tool or a failed call is an error
//	Tool.exists(name)           a boolean
//	Tool.categories()           {name, …}
//	Tool.discover{category=, tag=, query=}
//	Tool.info(name), Tool.get_info(name)      all that a tool says about itself, or nil
//	Tool.schema(name), Tool.get_schema(name)  its parameters, or nil
//
// A tool is {name, description, version, category, schema, execute, getSchema};
// tool:execute(params) and tool.execute(params) are the same. A result is the
// envelope {operation, success, message, result, text, metadata}, with its JSON
// text as _raw_text.
//
// The cost of installing does not depend on how many tools there are.
func InstallTool(L *lua.LState, reg *tools.Registry, inv *tools.Invoker, env Env) {
	g := &toolGlobal{reg: reg, inv: inv, env: env, objects: map[*tool.Descriptor]*toolObject{}, names: map[string]*toolObject{}}
	g.envelope = L.NewTable()
	g.envelope.RawSetString("__index", L.NewFunction(g.rawText))

	t := L.NewTable()
	for name, f := range map[string]lua.LGFunction{
		"list": g.list, "get": g.get, "execute": g.execute, "exists": g.exists, "categories": g.categories, "discover": g.discover,
		"info": g.info, "get_info": g.info, "schema": g.schema, "get_schema": g.schema,
	} {
		t.RawSetString(name, L.NewFunction(f))
	}
	meta := L.NewTable()
	meta.RawSetString("__index", L.NewFunction(g.index))
	L.SetMetatable(t, meta)
	L.SetGlobal("Tool", t)
}

// toolGlobal is the Tool of one Lua state.
type toolGlobal struct {
	reg      *tools.Registry
	inv      *tools.Invoker
	env      Env
	envelope *lua.LTable // the metatable of all results
	objects  map[*tool.Descriptor]*toolObject
	names    map[string]*toolObject // by the spelling that the script uses
}

// toolObject is a tool as a script sees it. It is made once for a state, so that
// a call makes no functions.
type toolObject struct {
	handle *tools.Handle
	table  *lua.LTable
	host   string // the name that Env.Called is given
}

// object finds a tool by name; nil when there is none.
func (g *toolGlobal) object(L *lua.LState, name string) *toolObject {
	if o, ok := g.names[name]; ok {
		return o
	}
	h, err := g.inv.Handle(name)
	if err != nil {
		return nil
	}
	d := h.Descriptor()
	o, ok := g.objects[d]
	if !ok {
		o = &toolObject{handle: h, table: L.CreateTable(0, 8), host: hostScheme + d.Name}
		g.fill(L, o)
		g.objects[d] = o
	}
	g.names[name] = o
	return o
}

func (g *toolGlobal) fill(L *lua.LState, o *toolObject) {
	d := o.handle.Descriptor()
	parameters := g.fromGo(L, "Tool.get", describeParameters(d))
	set := o.table.RawSetString
	set("name", lua.LString(d.Name))
	set("description", lua.LString(d.Description))
	set("version", lua.LString(d.Version))
	set("category", lua.LString(d.Category))
	set("schema", parameters)
	set("getSchema", L.NewFunction(func(L *lua.LState) int { L.Push(parameters); return 1 }))
	set("execute", L.NewFunction(func(L *lua.LState) int {
		n := 1
		if L.Get(1) == o.table { // called with a colon
			n = 2
		}
		return g.call(L, o, L.Get(n))
	}))
}

func (g *toolGlobal) index(L *lua.LState) int {
	if name, ok := L.Get(2).(lua.LString); ok {
		if o := g.object(L, string(name)); o != nil {
			L.Push(o.table)
			return 1
		}
	}
	return 0
}

// name checks the argument of the functions that take a tool's name.
func (g *toolGlobal) name(L *lua.LState, function string) string {
	name, ok := L.Get(1).(lua.LString)
	if !ok {
		g.env.raise(L, fmt.Errorf("%s: expected the name of a tool as a string, got %s", function, L.Get(1).Type()))
	}
	return string(name)
}

func (g *toolGlobal) get(L *lua.LState) int {
	if o := g.object(L, g.name(L, "Tool.get")); o != nil {
		L.Push(o.table)
		return 1
	}
	L.Push(lua.LNil)
	return 1
}

func (g *toolGlobal) exists(L *lua.LState) int {
	_, ok := g.reg.Get(g.name(L, "Tool.exists"))
	L.Push(lua.LBool(ok))
	return 1
}

func (g *toolGlobal) execute(L *lua.LState) int {
	name := g.name(L, "Tool.execute")
	o := g.object(L, name)
	if o == nil {
		return g.env.raise(L, callError("Tool.execute", g.reg.Unknown(name)))
	}
	return g.call(L, o, L.Get(2))
}

// call runs a tool and pushes the envelope.
func (g *toolGlobal) call(L *lua.LState, o *toolObject, arg lua.LValue) int {
	const function = "Tool.execute"
	d := o.handle.Descriptor()
	if g.env.Called != nil {
		g.env.Called(L, o.host, arg)
	}
	params, err := toParams(arg)
	if err != nil {
		return g.env.raise(L, callError(function, tool.AsError(d.Name, "", err)))
	}
	r, err := o.handle.Invoke(g.env.context(), params, tools.CallOptions{Sandbox: g.env.Sandbox})
	if err != nil {
		return g.env.raise(L, callError(function, err))
	}
	t, err := g.response(L, r)
	if err != nil {
		return g.env.raise(L, callError(function, tool.AsError(d.Name, r.Operation, fmt.Errorf("the result: %w", err))))
	}
	L.Push(t)
	return 1
}

// toParams converts the table of parameters. None at all is an empty one.
func toParams(arg lua.LValue) (map[string]any, error) {
	if arg == lua.LNil {
		return map[string]any{}, nil
	}
	v, err := runtime.ToGo(arg, runtime.ConvertLimits{})
	if err != nil {
		return nil, &schema.FieldError{Problem: "cannot be passed to a tool: " + err.Error()}
	}
	params, ok := v.(map[string]any)
	if !ok {
		return nil, &schema.FieldError{Expected: "a table with names, such as {input = ...}", Value: v}
	}
	return params, nil
}

// response makes the envelope. Its fields are set one by one: building a map
// first would double the cost of a call.
func (g *toolGlobal) response(L *lua.LState, r *tools.Response) (*lua.LTable, error) {
	t := L.CreateTable(0, 6)
	t.RawSetString("operation", lua.LString(r.Operation))
	t.RawSetString("success", lua.LBool(r.Success))
	if r.Message != "" {
		t.RawSetString("message", lua.LString(r.Message))
	}
	result, err := runtime.FromGo(L, r.Result, runtime.ConvertLimits{})
	if err != nil {
		return nil, err
	}
	if result != lua.LNil {
		t.RawSetString("result", result)
	}
	if r.Text != nil {
		t.RawSetString("text", lua.LString(*r.Text))
	}
	meta := L.CreateTable(0, 1+len(r.Metadata))
	meta.RawSetString("duration_ms", lua.LNumber(r.DurationMS()))
	for k, v := range r.Metadata {
		lv, err := runtime.FromGo(L, v, runtime.ConvertLimits{})
		if err != nil {
			return nil, err
		}
		meta.RawSetString(k, lv)
	}
	t.RawSetString("metadata", meta)
	t.Metatable = g.envelope
	return t, nil
}

func (g *toolGlobal) fromGo(L *lua.LState, function string, v any) lua.LValue {
	lv, err := runtime.FromGo(L, v, runtime.ConvertLimits{})
	if err != nil {
		g.env.raise(L, fmt.Errorf("%s: %w", function, err))
	}
	return lv
}

// prefixed is a tool's error as a script sees it. The cause stays a *tool.Error.
type prefixed struct {
	text  string
	cause error
}

func (e *prefixed) Error() string { return e.text }
func (e *prefixed) Unwrap() error { return e.cause }

// callError puts function(tool) in front of a tool's error.
func callError(function string, err error) error {
	var te *tool.Error
	if !errors.As(err, &te) {
		return fmt.Errorf("%s: %w", function, err)
	}
	return &prefixed{text: fmt.Sprintf("%s(%s): %s", function, te.Tool, te.Message), cause: err}
}
