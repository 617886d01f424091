// Package tools holds the registry of tools and the invoker that runs them.
// Scripts, the command line, the language server and agents all use the same
// two types.
//
// A Registry only grows and constructs nothing: it knows descriptors, and how
// to make each tool. An Invoker makes a tool the first time that it is called,
// checks parameters, bounds the call in time, turns panics into errors, and
// reports what it did. The contract that tools follow is package tool; the
// tools themselves are in a package for each category.
//
// This package knows nothing of Lua.
package tools
