package globals

import (
	"context"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/events"
	"github.com/llmspell/llmspell/kernel/hooks"
	store "github.com/llmspell/llmspell/kernel/state"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// Env is what the globals of one Lua state need from the session that owns it.
type Env struct {
	// Context is done when the running script must end. It is called for each
	// call of a tool. Nil: a context that is never done.
	Context func() context.Context
	// Sandbox is what the script's tools may touch. Nil: what the Invoker allows.
	Sandbox *sandbox.Sandbox
	// Raise raises err as a Lua error that keeps err as its Go cause, and does
	// not return. Nil: a Lua error with err's text alone.
	Raise func(L *lua.LState, err error)
	// Called is told of each call of a tool before it begins, by the name that
	// HostNames gives it. Nil: nobody is told.
	Called func(L *lua.LState, name string, params lua.LValue)
	// Hooks are the session's own registry; nil: no hooks run.
	Hooks *hooks.Registry
	// HookTime is how long a function of the script may take as a hook, unless it
	// says otherwise. 0: HookTimeout.
	HookTime time.Duration
	// Events is the kernel's bus; nil: there are no events.
	Events *events.Bus
	// Session names the session, in events and as the owner of subscriptions.
	Session string
	// Current is the current session of Session, Artifact and the scope "session". Nil:
	// the globals have one each, which begins with none.
	Current *Current
	// StateScope returns the scope of State that another one stands for. Nil: each stands
	// for itself.
	StateScope func(store.Scope) (store.Scope, error)
	// Protected calls a function of the script's within the running execution, for
	// limit (0: as long as it takes) at most, and catches what it raises, as
	// runtime.State.Protected does. Nil: gopher-lua's own protected call.
	Protected func(L *lua.LState, limit time.Duration, fn *lua.LFunction, args ...lua.LValue) ([]lua.LValue, error)
	// Callable tells whether a function of the script's may be called now: an
	// execution is under way and need not end. Nil: always.
	Callable func() bool
	// Debugged tells whether a debugger is attached, so that time says nothing. Nil:
	// never.
	Debugged func() bool
	// SafePoint does what is due on the goroutine that runs Lua, also to pause for a
	// debugger, and raises an error when the execution must end. Nil: nothing is.
	SafePoint func(L *lua.LState)
	// OnClose is given what is to be done when the session ends, before its Lua
	// state is closed. Nil: nothing is.
	OnClose func(func())
	// Await waits until done is closed, or ctx is done, whose error it returns.
	// Globals that wait for other goroutines do it here: meanwhile clients are
	// answered, and a debugger can attach. Nil: just waits.
	Await func(ctx context.Context, done <-chan struct{}) error
	// Wake and Serve are those of runtime.State, for calls of tools. Nil: none.
	Wake  func() <-chan struct{}
	Serve func()
}

// Current is the session that a Lua state's globals mean when none is named. It belongs
// to the goroutine that runs Lua.
type Current struct {
	ID string // of a record; "": none
}

func (e Env) current() *Current {
	if e.Current != nil {
		return e.Current
	}
	return &Current{}
}

func (e Env) protected(L *lua.LState, limit time.Duration, fn *lua.LFunction, args ...lua.LValue) ([]lua.LValue, error) {
	if e.Protected != nil {
		return e.Protected(L, limit, fn, args...)
	}
	top := L.GetTop()
	if err := L.CallByParam(lua.P{Fn: fn, NRet: lua.MultRet, Protect: true}, args...); err != nil {
		return nil, err
	}
	out := make([]lua.LValue, L.GetTop()-top)
	for i := range out {
		out[i] = L.Get(top + 1 + i)
	}
	L.SetTop(top)
	return out, nil
}

func (e Env) callable() bool { return e.Callable == nil || e.Callable() }
func (e Env) debugged() bool { return e.Debugged != nil && e.Debugged() }

func (e Env) onClose(f func()) {
	if e.OnClose != nil {
		e.OnClose(f)
	}
}

// await is Await with a context that ends with the script at the latest.
func (e Env) await(ctx context.Context, done <-chan struct{}) error {
	if e.Await != nil {
		return e.Await(ctx, done)
	}
	select {
	case <-done: // comes first
		return nil
	default:
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// elsewhere runs what takes long and needs no Lua on a goroutine of its own. When the script
// must end it returns why, and fn goes on for nobody.
func (e Env) elsewhere(fn func()) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		fn()
	}()
	return e.await(e.context(), done)
}

func (e Env) context() context.Context {
	if e.Context == nil {
		return context.Background()
	}
	return e.Context()
}

// limits are those of conversions of what scripts give: one that takes long ends when the
// script must.
func (e Env) limits(L *lua.LState) runtime.ConvertLimits {
	var lim runtime.ConvertLimits
	if e.SafePoint != nil {
		lim.Charge = func(int) { e.SafePoint(L) }
	}
	return lim
}

// wholeTables are limits for values that are given back as they were put in.
func (e Env) wholeTables(L *lua.LState) runtime.ConvertLimits {
	lim := wholeTables()
	lim.Charge = e.limits(L).Charge
	return lim
}

// wholeTables are those for conversions that no script waits for.
func wholeTables() runtime.ConvertLimits { return runtime.ConvertLimits{NumberKeys: true} }

// raise never returns.
func (e Env) raise(L *lua.LState, err error) int {
	if e.Raise != nil {
		e.Raise(L, err)
	}
	L.RaiseError("%s", err.Error())
	return 0
}
