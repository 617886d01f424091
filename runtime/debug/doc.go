// Package debug is a debugger for Lua that runs on gopher-lua, free of any
// protocol: the Debug Adapter Protocol server, the terminal debugger and Go
// programs that embed gopher-lua use the same Engine.
//
// The compiler of package runtime/compile leaves a slot (a NOP) at every place
// where PUC Lua's line hook would fire. The engine arms the slots that it needs,
// by writing a trap over them: one for a breakpoint, those of the functions on
// the stack for a step over, all for a step in. With none armed a script runs
// at full speed. See docs/architecture.md.
//
// Promises: slots are written, and Lua values touched, only by the goroutine
// that runs Lua; a stop is published once; handles of frames and variables are
// valid for one stop and are an error afterwards; Detach leaves nothing armed.
//
// The package never sees a protocol's types and never prints.
package debug
