// Package inmem keeps memory in the process, and no longer than it. It needs no cgo,
// and is the backend of tests and of programs that want nothing kept.
package inmem
