// Package syntax reads Lua 5.1 (with goto) for tools: the language server, the
// formatter, checks, completion. It is lossless, accepts exactly what
// runtime/compile accepts, and never fails: for any bytes there is a Tree, with
// Missing nodes where something is not there (yet) and Errors that say what.
//
// A Tree is flat: tokens and nodes lie in two slices, in the order of the text,
// and a Node is an index. White space is what lies between tokens; comments are
// tokens. A Tree is immutable and safe for concurrent use. One that Tree.Edit has made
// shares most of its nodes and tokens with another.
//
// Positions are bytes from 0. Lines translates them to lines and columns in
// UTF-8, UTF-16 or UTF-32.
//
// This package imports nothing of llmspell.
package syntax
