// Package tools holds the registry of tools and the invoker that runs them.
// Scripts, the command line, the language server and agents all use the same
// two types.
//
// A Registry only grows and constructs nothing: it knows descriptors, and how
// to make each tool. An Invoker makes a tool the first time that it is called,
// checks parameters, bounds the call in time, turns panics into errors, keeps
// results that may be given again, and reports what it did. The way of a call:
// hooks, the check of the parameters, the cache or the flight of another caller,
// attempts, and for each the tool's run; then the answer, hooks, figures.
//
// Every call is answered soon after its time is up or its caller has gone, also
// when the tool does not stop. No goroutine outlives its call but that of such a
// tool, and those are counted and bounded. The contract that tools follow is package tool; the
// tools themselves are in a package for each category.
//
// This package knows nothing of Lua.
package tools
