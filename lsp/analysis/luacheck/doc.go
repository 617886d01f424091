// Package luacheck reads the settings of luacheck, another checker of Lua files: a
// .luacheckrc, and comments -- luacheck: …. It tells which of luacheck's warnings they
// want, which files, and which globals there are. The files are read, not run. What
// cannot be read is a Fault, and changes nothing.
//
// It knows Lua's syntax only: what the numbers of warnings mean here, lsp/lint knows.
package luacheck

// Fault is something in settings that is not understood.
type Fault struct {
	Start, End int // bytes of the text
	Message    string
}
