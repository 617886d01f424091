// Package luacats reads annotations in comments: the notation of LuaLS and
// EmmyLua (LuaCATS). Read gives what the comments of a file say as small syntax
// trees with positions in the file's text; what the names mean is for others.
//
// It never fails. What is wrong is an Error with a place, and the rest is still
// read: a type that is missing is a BadType, an unknown tag an UnknownTag.
//
// # Blocks
//
// Comments that stand alone on consecutive lines are one Block. It belongs to
// what begins on the next line (Notes.Before). A comment behind code is a block
// of its own (Notes.Behind).
//
// Lines without a tag are Markdown. Those after a @param or @return, up to an
// empty line, continue its text. Those before a @class, @field, @alias or
// @enum are that tag's text. All others are the text of the block.
//
// # Types
//
//	T|U  T?  T[]  [A, B]  {a: T, b?: U, [K]: V}  table<K, V>  Foo<T>
//	fun(a: T, b?: U, ...: V): R, R2  "text"  1  true  `T`  (T|U)[]  ...T
//
// Lines after an open bracket continue a type; lines that begin with | add
// alternatives to it, with a text after #.
package luacats
