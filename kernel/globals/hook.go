package globals

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/tools/tool"
)

// HookTimeout is how long a function of a script may take as a hook, unless
// Env.HookTime or its registration says otherwise.
const HookTimeout = 5 * time.Second

// InstallHook defines the global Hook in a Lua state:
//
//	Hook.register(point, fn, priority | options)  a handle: id, hook_point, unregister, enable, disable, stats
//	Hook.unregister(handle | id)    whether it was there
//	Hook.list(nil | point | {hook_point, language, priority, tag, name})  {{id, name, hook_point, priority, …}, …}
//	Hook.points()                   {name, …}
//	Hook.stats()                    {hooks, open, calls, failures, opened, recursions}
//	Hook.enable(handle | id), Hook.disable(handle | id)
//	Hook.enable_builtin(name)       an error that says what switches that hook on
//	Hook.fire("custom:NAME", data)  runs the hooks of a point of the script's own: {type, data, reason, target, hook, …}
//
// Options are {priority, name, description, version, tags, component, guard,
// timeout_ms, slow_ms}. docs/hooks.md says what a hook gets and returns. Env.Hooks
// must be set.
func InstallHook(L *lua.LState, env Env) {
	g := &hookGlobal{env: env}
	g.handleMeta = L.CreateTable(0, 4)
	g.handleMeta.RawSetString("__tostring", L.NewFunction(func(L *lua.LState) int {
		text := "hook"
		if h := g.handleOf(L.Get(1)); h != nil {
			text = fmt.Sprintf("hook %s at %s", h.Name(), h.Point())
		}
		L.Push(lua.LString(text))
		return 1
	}))
	t := L.CreateTable(0, 9)
	for _, f := range []struct {
		name string
		fn   lua.LGFunction
	}{
		{"register", g.register}, {"unregister", g.unregister}, {"list", g.list}, {"points", g.points}, {"stats", g.stats},
		{"enable", g.switchTo("Hook.enable", true)}, {"disable", g.switchTo("Hook.disable", false)}, {"fire", g.fire},
		{"enable_builtin", g.enableBuiltin},
	} {
		t.RawSetString(f.name, L.NewFunction(f.fn))
	}
	asMethods(t)
	L.SetGlobal("Hook", t)
}

// hookGlobal is the Hook of one Lua state.
type hookGlobal struct {
	env        Env
	handleMeta *lua.LTable
}

const idPrefix = "hook-"

func (g *hookGlobal) point(L *lua.LState, function string, v lua.LValue) hooks.Point {
	name, ok := v.(lua.LString)
	if !ok {
		g.env.raise(L, fmt.Errorf("%s: expected the name of a hook point as a string, such as \"BeforeToolExecution\", got %s", function, v.Type()))
	}
	p, err := hooks.ParsePoint(string(name))
	if err != nil {
		g.env.raise(L, fmt.Errorf("%s: %w", function, err))
	}
	return p
}

func (g *hookGlobal) register(L *lua.LState) int {
	const function = "Hook.register"
	p := g.point(L, function, L.Get(1))
	fn, ok := L.Get(2).(*lua.LFunction)
	if !ok {
		return g.env.raise(L, fmt.Errorf("%s: expected a function that takes the context of the call, got %s", function, L.Get(2).Type()))
	}
	def, timeout, err := hookOptions(L.Get(3))
	if err != nil {
		return g.env.raise(L, fmt.Errorf("%s: %w", function, err))
	}
	if timeout == 0 {
		if timeout = g.env.HookTime; timeout <= 0 {
			timeout = HookTimeout
		}
	}
	def.Language = "lua"
	def.Func = g.adapt(L, fn, timeout, def.Guard)
	h, err := g.env.Hooks.Register(p, def)
	if err != nil {
		return g.env.raise(L, fmt.Errorf("%s: %w", function, err))
	}
	L.Push(g.handle(L, h))
	return 1
}

// hookOptions reads the last argument of Hook.register. A timeout of 0 is none of its
// own.
func hookOptions(v lua.LValue) (def hooks.Definition, timeout time.Duration, err error) {
	if _, ok := v.(*lua.LTable); !ok {
		def.Priority, err = priorityOf(v)
		return def, timeout, err
	}
	p, err := checked(v, options.HookOptions)
	if err != nil {
		return def, timeout, err
	}
	def = hooks.Definition{Name: p.String("name"), Description: p.String("description"), Version: p.String("version"), Tags: list(p["tags"]), Guard: p.Bool("guard")}
	if p.Has("timeout_ms") {
		timeout = ofMilliseconds(p.Float("timeout_ms"))
	}
	if p.Has("slow_ms") {
		def.Breaker.SlowAfter = ofMilliseconds(p.Float("slow_ms"))
	}
	switch c := p["component"].(type) {
	case string:
		def.Component.Name = c
	case map[string]any:
		def.Component.Type, _ = c["type"].(string)
		def.Component.Name, _ = c["name"].(string)
	}
	switch priority := p["priority"].(type) {
	case nil:
	case string:
		def.Priority, err = priorityOf(lua.LString(priority))
	default:
		def.Priority, err = priorityOf(lua.LNumber(p.Float("priority")))
	}
	return def, timeout, err
}

func ofMilliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

func priorityOf(v lua.LValue) (hooks.Priority, error) {
	switch v := v.(type) {
	case *lua.LNilType:
		return hooks.Normal, nil
	case lua.LString:
		return hooks.ParsePriority(strings.ToLower(string(v)))
	case lua.LNumber:
		if f := float64(v); f == math.Trunc(f) && f >= math.MinInt32 && f <= math.MaxInt32 {
			return hooks.Priority(f), nil
		}
		return 0, fmt.Errorf("a priority is a whole number of 32 bits, not %s", v)
	}
	return 0, fmt.Errorf("expected a priority or a table of options, got %s", v.Type())
}

// handle is a hook as a script sees it. Its functions take no arguments, so that a
// colon and a dot are the same.
func (g *hookGlobal) handle(L *lua.LState, h *hooks.Hook) *lua.LTable {
	t := L.CreateTable(0, 7)
	value := L.NewUserData()
	value.Value = h
	t.RawSetString("_hook", value)
	id := lua.LString(idPrefix + strconv.FormatUint(h.ID(), 10))
	for _, f := range []struct {
		name string
		fn   func(L *lua.LState) lua.LValue
	}{
		{"id", func(*lua.LState) lua.LValue { return id }},
		{"hook_point", func(*lua.LState) lua.LValue { return lua.LString(h.Point()) }},
		{"unregister", func(*lua.LState) lua.LValue { return lua.LBool(h.Unregister()) }},
		{"enable", func(*lua.LState) lua.LValue { h.SetEnabled(true); return lua.LTrue }},
		{"disable", func(*lua.LState) lua.LValue { h.SetEnabled(false); return lua.LTrue }},
		{"stats", func(L *lua.LState) lua.LValue { return g.info(L, "handle:stats", h.Info()) }},
	} {
		t.RawSetString(f.name, L.NewFunction(func(L *lua.LState) int { L.Push(f.fn(L)); return 1 }))
	}
	t.Metatable = g.handleMeta
	return t
}

func (g *hookGlobal) handleOf(v lua.LValue) *hooks.Hook {
	if t, ok := v.(*lua.LTable); ok {
		if ud, ok := t.RawGetString("_hook").(*lua.LUserData); ok {
			h, _ := ud.Value.(*hooks.Hook)
			return h
		}
	}
	return nil
}

// find reads the argument that names a hook; nil when it is gone. A script may only
// name hooks of its own session.
func (g *hookGlobal) find(L *lua.LState, function string) *hooks.Hook {
	v := L.Get(1)
	if h := g.handleOf(v); h != nil {
		return h
	}
	text := v.String()
	number, err := strconv.ParseUint(strings.TrimPrefix(text, idPrefix), 10, 64)
	if _, isTable := v.(*lua.LTable); isTable || err != nil {
		g.env.raise(L, fmt.Errorf("%s: expected a handle of Hook.register, or its id, got %s", function, v.Type()))
	}
	h := g.env.Hooks.Find(number)
	if h != nil && !g.env.Hooks.Owns(h) {
		g.env.raise(L, fmt.Errorf("%s: the hook %s belongs to the kernel, not to this session", function, h.Name()))
	}
	return h
}

func (g *hookGlobal) unregister(L *lua.LState) int {
	h := g.find(L, "Hook.unregister")
	L.Push(lua.LBool(h != nil && h.Unregister()))
	return 1
}

func (g *hookGlobal) switchTo(function string, on bool) lua.LGFunction {
	return func(L *lua.LState) int {
		h := g.find(L, function)
		if h != nil {
			h.SetEnabled(on)
		}
		L.Push(lua.LBool(h != nil))
		return 1
	}
}

func (g *hookGlobal) points(L *lua.LState) int {
	points := hooks.Points()
	t := L.CreateTable(len(points), 0)
	for _, p := range points {
		t.Append(lua.LString(p))
	}
	L.Push(t)
	return 1
}

// errNoData is what Hook.fire answers to data that is no table.
var errNoData = errors.New("the data must be a table with names")

func (g *hookGlobal) fire(L *lua.LState) int {
	const function = "Hook.fire"
	p := g.point(L, function, L.Get(1))
	if !p.IsCustom() {
		return g.env.raise(L, fmt.Errorf("%s: the kernel itself fires %s; a script fires points of its own, such as custom:my_point", function, p))
	}
	data, err := toParams(L.Get(2), g.env.limits(L))
	if err != nil {
		return g.env.raise(L, fmt.Errorf("%s: %w", function, errNoData))
	}
	call := &hooks.Call{Point: p, Component: hooks.Component{Type: "script", Name: g.env.Session}, Language: "lua", Data: data, Thread: L}
	out := g.env.Hooks.Run(g.env.context(), call)
	answer := map[string]any{"type": out.Kind.String(), "data": call.Data}
	for name, value := range map[string]string{"reason": out.Reason, "target": out.Target, "hook": out.Hook} {
		if value != "" {
			answer[name] = value
		}
	}
	switch out.Kind {
	case hooks.Replace:
		answer["data"] = out.Value
	case hooks.Retry:
		answer["delay_ms"], answer["max_attempts"] = float64(out.Delay)/float64(time.Millisecond), out.MaxAttempts
	}
	L.Push(fromGo(L, g.env, function, answer))
	return 1
}

func (g *hookGlobal) stats(L *lua.LState) int {
	t := g.env.Hooks.Totals()
	L.Push(fromGo(L, g.env, "Hook.stats", map[string]any{
		"hooks": t.Hooks, "open": t.Open, "calls": t.Calls, "failures": t.Failures, "opened": t.Opened, "recursions": t.Recursions,
	}))
	return 1
}

func (g *hookGlobal) list(L *lua.LState) int {
	const function = "Hook.list"
	var f hooks.Filter
	switch v := L.Get(1).(type) {
	case *lua.LNilType:
	case lua.LString:
		f.Point = g.point(L, function, v)
	default:
		p, err := checked(v, options.HookFilter)
		if err == nil {
			f, err = g.filter(L, function, p)
		}
		if err != nil {
			return g.env.raise(L, fmt.Errorf("%s: %w", function, err))
		}
	}
	found := g.env.Hooks.List(f)
	t := L.CreateTable(len(found), 0)
	for _, i := range found {
		t.Append(g.info(L, function, i))
	}
	L.Push(t)
	return 1
}

func (g *hookGlobal) filter(L *lua.LState, function string, p tool.Params) (f hooks.Filter, err error) {
	f = hooks.Filter{Language: p.String("language"), Tag: p.String("tag"), Name: p.String("name")}
	if p.Has("hook_point") {
		f.Point = g.point(L, function, lua.LString(p.String("hook_point")))
	}
	if p.Has("priority") {
		var want hooks.Priority
		if text, ok := p["priority"].(string); ok {
			want, err = priorityOf(lua.LString(text))
		} else {
			want, err = priorityOf(lua.LNumber(p.Float("priority")))
		}
		f.Priority = &want
	}
	return f, err
}

func (g *hookGlobal) info(L *lua.LState, function string, i hooks.Info) lua.LValue {
	row := map[string]any{
		"id": idPrefix + strconv.FormatUint(i.ID, 10), "name": i.Name, "hook_point": string(i.Point), "priority": i.Priority.String(),
		"priority_value": int(i.Priority), "language": i.Language, "version": i.Version, "tags": textList(i.Tags), "enabled": i.Enabled, "guard": i.Guard,
		"calls": i.Calls, "failures": i.Failures, "slow": i.Slow, "skipped": i.Skipped, "modified": i.Modified, "decided": i.Decided,
		"passed_over": i.Passed, "total_ms": float64(i.Total) / 1e6, "longest_ms": float64(i.Longest) / 1e6,
		"breaker": string(i.Breaker), "opened": i.Opened,
	}
	if i.Description != "" {
		row["description"] = i.Description
	}
	if i.LastFailure != "" {
		row["last_failure"] = i.LastFailure
	}
	if i.Component != (hooks.Component{}) {
		row["component"] = map[string]any{"type": i.Component.Type, "name": i.Component.Name}
	}
	return fromGo(L, g.env, function, row)
}
