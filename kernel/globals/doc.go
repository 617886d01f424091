// Package globals defines the Lua globals that llmspell adds, one file each. It
// is the only place where Lua meets the tools.
//
// A global belongs to one Lua state, runs on that state's goroutine, and
// reports failures as Lua errors that begin with the name of the function,
// such as "Tool.execute(calculator): …".
package globals
