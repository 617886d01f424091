// Package luagen writes random Lua programs for tests that compare two ways of
// running the same code: this project's runtime with PUC Lua 5.1, a script
// under the debugger with the same script alone, one optimization with none.
//
// Every program is valid Lua 5.1 and valid for gopher-lua, ends by itself
// within a bounded number of steps, raises no error that it does not catch, and
// prints the same on every machine: no addresses, no times, no order of pairs,
// no text of a run-time error beyond what error itself was given, and only
// whole numbers below a million, which every implementation writes alike. Where the
// manual leaves the order of evaluation open, programs rely on what PUC Lua
// does, and testdata/programs/assign_order.lua and evaluation_*.lua state.
//
// The same seed and options give the same program for as long as the package
// does not change; a test that must keep one program stores its text.
package luagen
