// Package puc runs Lua scripts under PUC Lua 5.1, the reference that this
// project's own execution of Lua is tested against.
//
// Run gives what a script prints. Trace gives every line a script executes,
// with the locals alive at that moment, as debug.sethook and debug.getlocal see
// them. Tests compare both with the same script run here.
//
// The package is for tests only: every function takes a testing.TB. It needs
// the program lua5.1 (the Debian and Ubuntu package lua5.1; lua@5.1 in
// Homebrew). A test that misses it is skipped on a developer's machine and
// fails where the environment says CI=true, so that a build server never
// passes by not looking.
//
// It never imports a package of this module: the reference must not depend on
// what it judges.
package puc
