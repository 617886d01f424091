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
