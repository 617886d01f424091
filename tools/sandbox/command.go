package sandbox

import (
	"math"
	"time"
)

// commandLimits are those of commands that a script runs in the shell: the
// script's own limit of time is theirs.
func commandLimits() Limits {
	l := DefaultLimits()
	l.Wall, l.CPU = time.Duration(math.MaxInt64), time.Hour
	return l
}
