// Package runtime compiles and runs Lua 5.1 (with goto) on gopher-lua.
//
// A State is a Lua state with a monitor: a context whose Done method the VM
// calls before every instruction, on its own goroutine. Other goroutines ask
// for attention (cancel, a deadline, a pause, a function to run) and the VM's
// goroutine serves them at that safe point, so nothing of a Lua state is ever
// shared. The monitor also enforces the limits of an execution.
//
// What New promises over gopher-lua alone: PUC Lua's results and error
// messages (the exceptions are listed in docs/lua.md), recursion of 100,000
// levels, libraries that are linear and that can be interrupted, closures that
// survive caught errors, and errors with script, line, traceback and Go cause.
//
// The package knows nothing of tools, sessions or protocols. A debugger hooks
// in through Hooks; with none set a script runs at full speed.
package runtime
