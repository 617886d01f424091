// Package repl is the interactive loop of llmspell: it reads Lua and commands,
// has a kernel execute them in a session, and shows what comes of it.
//
// It is a client of kernel/rpc like any other, also where the kernel is in the same
// process, and its debugger is a client of the Debug Adapter Protocol. It never
// touches a Lua state.
package repl
