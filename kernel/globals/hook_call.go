package globals

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/runtime"
)

// fromGo converts a value for a script, or raises an error in a function's name.
func fromGo(L *lua.LState, env Env, function string, v any) lua.LValue {
	lv, err := runtime.FromGo(L, v, runtime.ConvertLimits{})
	if err != nil {
		env.raise(L, fmt.Errorf("%s: %w", function, err))
	}
	return lv
}

// adapt makes a hook of a function of the script. It runs on the Lua thread that
// the call is made on; a call that is made elsewhere, or for another Lua state,
// passes it by, or is refused if the hook is a guard.
func (g *hookGlobal) adapt(own *lua.LState, fn *lua.LFunction, timeout time.Duration, guard bool) hooks.Func {
	global := own.G
	return func(_ context.Context, call *hooks.Call) (hooks.Result, error) {
		L, ok := call.Thread.(*lua.LState)
		if !ok || L == nil || L.G != global || !g.env.callable() {
			if guard {
				return hooks.Result{}, fmt.Errorf("%w: no script runs that could answer", hooks.ErrInterrupted)
			}
			return hooks.Result{Kind: hooks.Skip, Reason: "no script runs"}, nil
		}
		debugged := g.env.debugged()
		ctx, err := hookContext(L, call)
		if err != nil {
			return hooks.Result{}, fmt.Errorf("the data of the call: %w", err)
		}
		values, err := g.env.protected(L, timeout, fn, ctx)
		res := hooks.Result{}
		if err == nil && len(values) > 0 {
			res, err = hookResult(values[0], hookLimits(call.Point))
		}
		if err != nil && !g.env.callable() {
			err = fmt.Errorf("%w: %w", hooks.ErrInterrupted, err)
		}
		res.Untimed = debugged || g.env.debugged()
		return res, err
	}
}

// hookContext is the table that a hook gets.
func hookContext(L *lua.LState, call *hooks.Call) (*lua.LTable, error) {
	component := L.CreateTable(0, 2)
	component.RawSetString("type", lua.LString(call.Component.Type))
	component.RawSetString("name", lua.LString(call.Component.Name))
	t := L.CreateTable(0, 6)
	t.RawSetString("point", lua.LString(call.Point))
	t.RawSetString("component_id", component)
	t.RawSetString("correlation_id", lua.LString(call.CorrelationID))
	t.RawSetString("language", lua.LString(call.Language))
	for name, members := range map[string]map[string]any{"data": call.Data, "metadata": call.Metadata} {
		v := lua.LValue(L.NewTable())
		if len(members) > 0 {
			var err error
			if v, err = runtime.FromGo(L, members, runtime.ConvertLimits{}); err != nil {
				return nil, err
			}
		}
		t.RawSetString(name, v)
	}
	return t, nil
}

// hookLimits are those for what a hook returns: where values of scripts go through
// a hook, they stay the tables that they are. Tools take JSON.
func hookLimits(p hooks.Point) runtime.ConvertLimits {
	switch p {
	case hooks.BeforeStateRead, hooks.AfterStateRead, hooks.BeforeStateWrite, hooks.BeforeEventEmit:
		return wholeTables()
	}
	return runtime.ConvertLimits{}
}

// hookResult reads what a hook returned.
func hookResult(v lua.LValue, lim runtime.ConvertLimits) (hooks.Result, error) {
	switch v := v.(type) {
	case *lua.LNilType:
		return hooks.Result{}, nil
	case lua.LString:
		switch v {
		case "continue":
			return hooks.Result{}, nil
		case "skip", "skipped":
			return hooks.Result{Kind: hooks.Skip}, nil
		}
		return hooks.Result{Kind: hooks.Cancel, Reason: string(v)}, nil
	case *lua.LTable:
		return hookTable(v, lim)
	}
	return hooks.Result{}, hooks.NoResult(v.Type().String())
}

func hookTable(t *lua.LTable, lim runtime.ConvertLimits) (hooks.Result, error) {
	given, _ := t.RawGetString("type").(lua.LString)
	kind, err := hooks.ParseKind(string(given)) // a guard that returns "Cancel" must not let the call pass
	if err != nil {
		return hooks.Result{}, err
	}
	text := func(name string) string {
		s, _ := t.RawGetString(name).(lua.LString)
		return string(s)
	}
	switch kind {
	case hooks.Skip, hooks.Cancel:
		return hooks.Result{Kind: kind, Reason: text("reason")}, nil
	case hooks.Redirect:
		return hooks.Result{Kind: kind, Target: text("target")}, nil
	case hooks.Retry:
		return hookRetry(t)
	case hooks.Modified, hooks.Replace:
		v, err := runtime.ToGo(t.RawGetString("data"), lim)
		if err != nil {
			return hooks.Result{}, fmt.Errorf("the data of the result %s: %w", strings.ToLower(string(given)), err)
		}
		if kind == hooks.Replace {
			return hooks.Result{Kind: kind, Value: v}, nil
		}
		data, ok := v.(map[string]any)
		if !ok {
			return hooks.Result{}, hooks.NoData()
		}
		return hooks.Result{Kind: kind, Data: data}, nil
	}
	return hooks.Result{}, nil
}

func hookRetry(t *lua.LTable) (hooks.Result, error) {
	r := hooks.Result{Kind: hooks.Retry, Delay: hooks.DefaultRetryDelay, MaxAttempts: hooks.DefaultRetryAttempts}
	number := func(name string, set func(float64)) error {
		switch v := t.RawGetString(name).(type) {
		case *lua.LNilType:
		case lua.LNumber:
			if err := hooks.CheckRetryNumber(name, float64(v)); err != nil {
				return err
			}
			set(float64(v))
		default:
			return hooks.NoRetryNumber(name, v.Type().String())
		}
		return nil
	}
	if err := number("delay_ms", func(ms float64) { r.Delay = max(ofMilliseconds(ms), 1) }); err != nil {
		return hooks.Result{}, err
	}
	err := number("max_attempts", func(n float64) { r.MaxAttempts = max(int(math.Trunc(n)), 1) })
	return r, err
}
