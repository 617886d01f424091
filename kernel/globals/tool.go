package globals

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/tool"
)

// InstallTool defines the global Tool in a Lua state:
//
//	Tool.list{category=, tag=, security=, needs=, without=}   {{name, description, version, category}, …}
//	Tool.get(name)              the tool, or nil; also Tool.NAME, as in Tool.text_manipulator
//	Tool.execute(name, params, options)  the result; an unknown tool or a failed call is an error
//	Tool.parallel({{name, params, options}, …}, {limit=, timeout_ms=})  the results in order; failures have success=false
//	Tool.start(name, params, options)    a handle: wait, result, cancel, done, name
//	Tool.register{name=, description=, parameters=, execute=}  a tool that is a function of the script
//	Tool.exists(name)           a boolean
//	Tool.categories()           {name, …}
//	Tool.search(words, filter)  as list, the best match first, limit at most
//	Tool.discover{category=, tag=, query=}
//	Tool.info(name), Tool.get_info(name)      all that a tool says about itself, or nil
//	Tool.schema(name), Tool.get_schema(name)  its parameters, or nil
//
// A tool is {name, description, version, category, schema, execute, getSchema};
// tool:execute(params, options) and tool.execute(params, options) are the same.
// Options are {timeout_ms=, cache=, retries=}. A result is the envelope
// {operation, success, message, result, text, error, metadata}, with its JSON
// text as _raw_text.
//
// reg is the registry of inv. Tool.register adds to it, so give each state a
// layer of its own. The cost of installing does not depend on how many tools
// there are.
func InstallTool(L *lua.LState, reg *tools.Registry, inv *tools.Invoker, env Env) {
	g := &toolGlobal{reg: reg, inv: inv, env: env, objects: map[*tool.Descriptor]*toolObject{}, names: map[string]*toolObject{},
		scripted: map[*tool.Descriptor]*lua.LFunction{}, pcall: L.GetGlobal("pcall"), points: hooks.ToolPoints()}
	g.envelope = L.CreateTable(0, 4)
	g.envelope.RawSetString("__index", L.NewFunction(g.rawText))

	t := L.CreateTable(0, 24)
	for _, f := range []libraryFunction{
		{"list", g.list}, {"get", g.get}, {"execute", g.execute}, {"invoke", g.execute}, {"exists", g.exists}, {"categories", g.categories},
		{"discover", g.discover}, {"info", g.info}, {"get_info", g.info}, {"schema", g.schema}, {"get_schema", g.schema}, {"search", g.search},
		{"parallel", g.parallel}, {"start", g.start}, {"register", g.register},
	} {
		t.RawSetString(f.name, L.NewFunction(f.call))
	}
	meta := L.CreateTable(0, 4)
	meta.RawSetString("__index", L.NewFunction(g.index))
	L.SetMetatable(t, meta)
	L.SetGlobal("Tool", t)
	env.onClose(g.close)
}

// toolGlobal is the Tool of one Lua state.
type toolGlobal struct {
	reg      *tools.Registry
	inv      *tools.Invoker
	env      Env
	envelope *lua.LTable // the metatable of all results
	objects  map[*tool.Descriptor]*toolObject
	names    map[string]*toolObject              // by the spelling that the script uses
	scripted map[*tool.Descriptor]*lua.LFunction // the tools of Tool.register
	pcall    lua.LValue                          // the library's own
	handles  handles
	points   *hooks.Set // at which hooks see a call
}

// toolObject is a tool as a script sees it. It is made once for a state, so that
// a call makes no functions.
type toolObject struct {
	handle *tools.Handle
	table  *lua.LTable
	host   string // the name that Env.Called is given
}

// object finds a tool by name. The error is a *tool.Error; the search for a tool
// of another program ends with the script.
func (g *toolGlobal) object(L *lua.LState, name string) (*toolObject, error) {
	if o, ok := g.names[name]; ok {
		return o, nil
	}
	h, err := g.inv.HandleContext(g.env.context(), name)
	if err != nil {
		return nil, err
	}
	d := h.Descriptor()
	o, ok := g.objects[d]
	if !ok {
		o = &toolObject{handle: h, table: L.CreateTable(0, 8), host: hostScheme + d.Name}
		g.fill(L, o)
		g.objects[d] = o
	}
	g.names[name] = o
	return o, nil
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
	getSchema := L.NewFunction(func(L *lua.LState) int { L.Push(parameters); return 1 })
	set("getSchema", getSchema)
	set("get_schema", getSchema)
	set("execute", L.NewFunction(func(L *lua.LState) int {
		n := 1
		if L.Get(1) == o.table { // called with a colon
			n = 2
		}
		return g.call(L, o, L.Get(n), L.Get(n+1))
	}))
}

func (g *toolGlobal) index(L *lua.LState) int {
	if name, ok := L.Get(2).(lua.LString); ok {
		if o, err := g.object(L, string(name)); err == nil {
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
	if o, err := g.object(L, g.name(L, "Tool.get")); err == nil {
		L.Push(o.table)
		return 1
	}
	L.Push(lua.LNil)
	return 1
}

func (g *toolGlobal) exists(L *lua.LState) int {
	_, err := g.inv.HandleContext(g.env.context(), g.name(L, "Tool.exists"))
	L.Push(lua.LBool(err == nil))
	return 1
}

func (g *toolGlobal) execute(L *lua.LState) int {
	name := g.name(L, "Tool.execute")
	o, err := g.object(L, name)
	if err != nil {
		return g.env.raise(L, callError("Tool.execute", err))
	}
	return g.call(L, o, L.Get(2), L.Get(3))
}
