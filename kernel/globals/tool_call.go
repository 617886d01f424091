package globals

import (
	"errors"
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// call runs a tool and pushes the envelope, for Tool.execute.
func (g *toolGlobal) call(L *lua.LState, o *toolObject, arg, options lua.LValue) int {
	const function = "Tool.execute"
	params, opt := g.begin(L, function, o, arg, options)
	r, err := g.invoke(L, o, params, opt)
	if err != nil {
		return g.env.raise(L, callError(function, err))
	}
	return g.pushResponse(L, function, o, r)
}

// begin tells the debugger of a call and converts its arguments.
func (g *toolGlobal) begin(L *lua.LState, function string, o *toolObject, arg, options lua.LValue) (map[string]any, tools.CallOptions) {
	if g.env.Called != nil {
		g.env.Called(L, o.host, arg)
	}
	params, err := toParams(arg, g.env.limits(L))
	var opt tools.CallOptions
	if err == nil {
		opt, err = g.options(options)
	}
	if err != nil {
		g.env.raise(L, callError(function, tool.AsError(o.handle.Descriptor().Name, "", err)))
	}
	opt.Thread = L
	return params, opt
}

// invoke runs a tool: its own goroutine or ours is the Invoker's business,
// except for a tool that is a function of this script.
func (g *toolGlobal) invoke(L *lua.LState, o *toolObject, params map[string]any, opt tools.CallOptions) (*tools.Response, error) {
	if g.hooked() {
		return g.inSteps(L, o, params, opt)
	}
	if fn := g.scripted[o.handle.Descriptor()]; fn != nil {
		return g.invokeScripted(L, o, fn, params, opt)
	}
	return o.handle.Invoke(g.env.context(), params, opt)
}

// pushResponse pushes the envelope of a call, also of one that failed.
func (g *toolGlobal) pushResponse(L *lua.LState, function string, o *toolObject, r *tools.Response) int {
	t, err := g.response(L, r)
	if err != nil {
		return g.env.raise(L, callError(function, tool.AsError(o.handle.Descriptor().Name, r.Operation, fmt.Errorf("the result: %w", err))))
	}
	L.Push(t)
	return 1
}

// toParams converts the table of parameters. None at all is an empty one.
func toParams(arg lua.LValue, lim runtime.ConvertLimits) (map[string]any, error) {
	if arg == lua.LNil {
		return map[string]any{}, nil
	}
	v, err := runtime.ToGo(arg, lim)
	if err != nil {
		return nil, &schema.FieldError{Problem: "cannot be passed to a tool: " + err.Error()}
	}
	params, ok := v.(map[string]any)
	if !ok {
		return nil, &schema.FieldError{Expected: "a table with names, such as {input = ...}", Value: v}
	}
	return params, nil
}

// options converts the last argument of the functions that call a tool.
func (g *toolGlobal) options(v lua.LValue) (tools.CallOptions, error) {
	opt := tools.CallOptions{Sandbox: g.env.Sandbox, Wake: g.env.Wake, Serve: g.env.Serve}
	if v == lua.LNil {
		return opt, nil
	}
	p, err := checked(v, options.ToolOptions)
	if err != nil {
		return opt, err
	}
	opt.Timeout = time.Duration(p.Float("timeout_ms") * float64(time.Millisecond))
	opt.Retries = p.Int("retries")
	opt.NoCache = p.Has("cache") && !p.Bool("cache")
	return opt, nil
}

// checked converts a table, and checks it as one of options that have no function.
func checked(v lua.LValue, name options.Name) (tool.Params, error) {
	p, _, err := checkedWith(v, name)
	return p, err
}

// checkedWith is checked for a table that may have its function, which it returns; nil if
// it has none.
func checkedWith(v lua.LValue, name options.Name) (tool.Params, *lua.LFunction, error) {
	t := options.Of(name)
	fn, luaType := lua.LValue(lua.LNil), ""
	given, isTable := v.(*lua.LTable)
	if isTable && t.Function != "" {
		if fn = given.RawGetString(t.Function); fn != lua.LNil {
			v, luaType = without(given, t.Function), fn.Type().String()
		}
	}
	if err := t.CheckFunction(luaType); err != nil {
		return nil, nil, err
	}
	value, err := runtime.ToGo(v, runtime.ConvertLimits{})
	if err != nil {
		return nil, nil, t.Unusable(namesIn(given), err.Error())
	}
	p, err := t.Check(value, luaType)
	function, _ := fn.(*lua.LFunction)
	return tool.Params(p), function, err
}

// without copies a table, but for one name.
func without(t *lua.LTable, name string) *lua.LTable {
	out := &lua.LTable{Metatable: t.Metatable}
	for k, v := t.Next(lua.LNil); k != lua.LNil; k, v = t.Next(k) {
		if k != lua.LString(name) {
			out.RawSet(k, v)
		}
	}
	return out
}

// namesIn are the keys of a table that are texts; none of nil.
func namesIn(t *lua.LTable) []string {
	var out []string
	if t == nil {
		return nil
	}
	for k, _ := t.Next(lua.LNil); k != lua.LNil; k, _ = t.Next(k) {
		if name, ok := k.(lua.LString); ok {
			out = append(out, string(name))
		}
	}
	return out
}

// knownKeys refuses keys that options do not have. Their values may be anything.
func knownKeys(t *lua.LTable, name options.Name) error {
	m := map[string]any{}
	for k, _ := t.Next(lua.LNil); k != lua.LNil; k, _ = t.Next(k) {
		m[k.String()] = schema.Unknown{}
	}
	_, err := options.Of(name).Check(m, "")
	return err
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
	result, err := runtime.FromGo(L, r.Result, g.env.limits(L))
	if err != nil {
		return nil, err
	}
	if result != lua.LNil {
		t.RawSetString("result", result)
	}
	if r.Text != nil {
		t.RawSetString("text", lua.LString(*r.Text))
	}
	if e := r.Error; e != nil {
		info := L.CreateTable(0, 3)
		info.RawSetString("code", lua.LString(e.Code))
		info.RawSetString("message", lua.LString(e.Message))
		if len(e.Details) > 0 {
			details, err := runtime.FromGo(L, e.Details, runtime.ConvertLimits{})
			if err != nil {
				return nil, err
			}
			info.RawSetString("details", details)
		}
		t.RawSetString("error", info)
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
	if t.Metatable = g.envelope; lossy(r) {
		t.Metatable = g.keeping(L, r)
	}
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
