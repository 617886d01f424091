// Package archive keeps sessions, what was executed in them, and their artifacts
// in one SQLite database.
//
// A Session is a record with a status; it has variables that last, checkpoints
// of them, a journal of executions, and artifacts. An artifact is a name for a
// content; contents are found by their BLAKE3 hash, kept once, in chunks, and
// go with the last artifact that names them.
//
// The package promises that what a method has returned without an error is
// kept, also when the process is killed next, and that no content is held in
// memory as a whole. It knows nothing of Lua: a View tells others of what
// happens to sessions, and kernel decides what is recorded.
package archive
