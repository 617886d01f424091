// Package sqlite keeps memory in one SQLite file, which several processes may use.
//
// Writes of all goroutines go through one, which commits what has come meanwhile
// together. Each row has a checksum, since SQLite notices damage to its own
// structures only. What is dropped is overwritten, and Purge takes it out of the log.
package sqlite
