// Package headless runs a script under the debugger with no client: what an
// editor would ask, the command line says beforehand. It reports each stop, and
// whether what was expected was met, for CI and other programs.
//
// It speaks no protocol: it uses runtime/debug as package dap does. docs/ci.md
// describes the command, its output and its exit codes.
package headless
