// Package db opens the SQLite databases of a kernel, and is the only package
// that knows how: where files lie, who may read them, how they are brought up to
// date, how several processes share one, and what SQLite's errors mean.
//
// A database has one connection that writes, and a few that read. Writers of one
// process wait in line for it; those of other processes wait for its lock. All
// waits end with the caller's context. A write that was acknowledged survives
// the end of the process, however it comes; after a power failure the last ones
// may be missing, unless Flush has returned since, but never a part of one.
//
// A damaged file is never written, and never replaced: the error says how to go
// on. The package never opens a database's file except through SQLite: closing
// any descriptor of it would give up the locks that the process holds.
package db
