package footprint

// Usage is what the system tells of this process. What it does not tell is
// negative.
type Usage struct {
	CPU               float64 // seconds, in and out of the system
	Resident, Virtual int64   // bytes
	// Own is what is resident and nobody else's: heap, stacks, written data. The rest
	// of Resident are pages of files, the program's among them: all processes that
	// use a file share them, and the system drops them when it needs room.
	Own int64
}

// unknown is a usage of which nothing is told.
var unknown = Usage{CPU: -1, Resident: -1, Virtual: -1, Own: -1}
