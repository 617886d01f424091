// Package footprint tells what the process uses, and gives back to the system the
// memory that an idle process does not need. It never changes what the process can do, only how soon: what was
// given back is read again from the cache of the system when it is touched.
package footprint

import (
	"runtime"
	"runtime/debug"
)

// ReturnBlocks has large blocks that C code frees, which is SQLite, given back to the system
// at once. It is for a process that lives long, at its start: they take a little longer to get.
func ReturnBlocks() { returnBlocks() }

// Trim gives back the freed part of the heap and, on Linux, that of C's and those pages of the
// program's own file that are mapped but were only needed to start: they stay
// in the system's cache, and come back when they are touched. It collects
// garbage and takes some milliseconds, so it is for a process that has nothing
// else to do.
func Trim() {
	runtime.GC() // what pools hold, and what has a finalizer, goes at the second collection
	debug.FreeOSMemory()
	trimMalloc()
	trimProgram()
}
