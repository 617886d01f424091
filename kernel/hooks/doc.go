// Package hooks lets scripts and Go programs see and change what a kernel does at
// named points: before a tool runs, after a value is written, when a limit is
// reached.
//
// A Registry holds hooks by point. Whoever does the work runs them:
//
//	if r.Has(hooks.BeforeStateWrite) {
//		call := &hooks.Call{Point: hooks.BeforeStateWrite, Component: …, Data: map[string]any{"key": key, "value": value}}
//		out, err := r.Ask(ctx, call)
//		…
//	}
//
// Has costs a load where nobody listens, so a point costs nothing until it is
// used. A registry may be laid over another: a session's over its kernel's. The
// hooks of both run, in one order; those of the session go with it.
//
// A hook never breaks what it hooks into: an error, a panic or a result that
// makes no sense is logged and counted, and the operation goes on as if the hook
// were not there. A hook that fails or is slow again and again is left out for a
// while by its circuit breaker. Only a hook that is declared a guard refuses the
// operation when it cannot answer.
//
// The package knows nothing of Lua. A hook that is a Lua function is a Func that
// kernel/globals makes; it runs only in calls that carry its Lua thread.
package hooks
