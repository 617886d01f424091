package footprint

import (
	"os"
	"runtime"
	"runtime/debug"
)

// DelayCollection lets the heap of a process that has just begun grow to 8 MB,
// not 4, before garbage is collected for the first time; from then on the pace
// is Go's own. A command that runs a short script ends before that, and what it
// made at its start would otherwise be walked for nothing. It does nothing if
// the user has set GOGC.
func DelayCollection() {
	if os.Getenv("GOGC") != "" {
		return
	}
	before := debug.SetGCPercent(delayed)
	sentinel := new([64]byte)
	runtime.AddCleanup(sentinel, func(percent int) {
		if now := debug.SetGCPercent(percent); now != delayed { // others have set it meanwhile
			debug.SetGCPercent(now)
		}
	}, before)
}

// Tighten has garbage collected when the heap has grown by 60 %, not 100: for a process that
// makes much garbage and has time between. What a language server has resident while somebody
// types is a fifth less, for a tenth more of its CPU time. It does nothing if the user has
// set GOGC.
func Tighten() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(tight)
	}
}

const tight = 60

// delayed is the pace until the first collection: it begins at 8 MB.
const delayed = 200
