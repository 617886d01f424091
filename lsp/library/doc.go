// Package library holds what the language server knows of the names that a
// script finds: stub files in Lua with LuaCATS annotations, for Lua 5.1's
// libraries as llmspell runs them (lua/string.lua, …) and for the kernel's
// globals (tool.lua, …). The analysis reads them like any file. They are Lua that
// defines every name with a value of the right type, and are never run but by tests,
// which compare them with a real session: names, types of parameters, results.
//
// # Conventions
//
// Each global table is a class of its own name:
//
//	---@class Tool
//	Tool = {}
//
//	---@param name llmspell.ToolName
//	---@return llmspell.Tool?
//	function Tool.get(name) end
//
// Classes and aliases that are no global begin with "llmspell.".
//
// A class with the tag @colon can be called either way, Config.get(k) and
// Config:get(k): a function declared with a dot then drops the object in front, and
// one declared with a colon does without it.
//
// The overloads of a function that is declared with a colon name the object as their
// first parameter, self.
//
// # Names in strings
//
// A parameter or field whose string names something has an alias as its type; the
// aliases are declared in names.lua, and Slots maps them to the kinds of slots of
// package analysis. In Tool.execute and the other functions that take the name of a
// tool and its parameters, the latter have the type llmspell.ToolParams, and the
// results llmspell.ToolAnswer: the analysis puts the tool's schemas in their place.
//
// Examples in the documentation are run by the tests; what they print follows -->.
package library
