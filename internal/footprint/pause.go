package footprint

import (
	"runtime/debug"
	"runtime/metrics"
)

// Pauses gives back in the pauses of a process that works in bursts, such as a language server
// between two keys, what a burst has left. The zero value works; one goroutine at a time uses it.
type Pauses struct {
	left uint64 // bytes of the heap after the last collection in a pause
}

// What must be new in the heap to be worth a collection in a pause, which takes the longer the larger
// the whole heap is: so many bytes, and such a part of it.
const (
	atLeast = 1 << 20
	part    = 8
)

// Trim collects garbage and gives the freed part of the heap back, if enough may have become
// garbage since the last time, and the pages of the program's file. Other than the function Trim it
// takes a few milliseconds only, and may be called some times each second.
func (p *Pauses) Trim() {
	if heap() > p.left+max(p.left/part, atLeast) {
		debug.FreeOSMemory()
		p.left = heap()
	}
	trimProgram()
}

// heap is how many bytes objects take, garbage included.
func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
