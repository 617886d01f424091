// Package memory is the room for episodic, semantic and procedural memory. It is
// empty so far (see docs/architecture.md). It will know nothing of Lua:
// kernel/globals is where Lua meets it.
package memory
