package globals

import (
	"context"

	lua "github.com/yuin/gopher-lua"

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
	// Await waits until done is closed, or ctx is done, whose error it returns.
	// Globals that wait for other goroutines do it here: meanwhile clients are
	// answered, and a debugger can attach. Nil: just waits.
	Await func(ctx context.Context, done <-chan struct{}) error
	// Wake and Serve are those of runtime.State, for calls of tools. Nil: none.
	Wake  func() <-chan struct{}
	Serve func()
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

func (e Env) context() context.Context {
	if e.Context == nil {
		return context.Background()
	}
	return e.Context()
}

// raise never returns.
func (e Env) raise(L *lua.LState, err error) int {
	if e.Raise != nil {
		e.Raise(L, err)
	}
	L.RaiseError("%s", err.Error())
	return 0
}
