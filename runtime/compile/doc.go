// Package compile turns Lua 5.1 source (with goto) into gopher-lua function
// prototypes, ready for the debugger.
//
// It is a one-pass compiler that emits gopher-lua's instructions and assigns
// registers, instruction lines and local-variable ranges as PUC Lua 5.1 does,
// so that lines and locals in the debugger are the language's own. See
// RATIONALE.md for why gopher-lua's compiler is not used.
//
// Each place where PUC Lua's line hook would fire holds a slot: a NOP that a
// debugger overwrites with a trap (see Slot). Prototypes in a Chunk are never
// changed; every state runs its own copy (Chunk.Instantiate).
//
// The package promises to accept what gopher-lua v1.1.2 accepts, to bound its
// recursion, and to answer any input with a Chunk or a *SyntaxError. It runs
// no code and touches no Lua state.
package compile
