package bench

import (
	"slices"
	"time"
)

// yardstick times pieces of work on a workbench.
type yardstick struct{ bench *Workbench }

const (
	yardUnits = 60 // of one piece, about 0.1 ms
	yardTimes = 15
)

func newYardstick() *yardstick { return &yardstick{NewWorkbench()} }

// measure returns the median time of one piece of work.
func (y *yardstick) measure() time.Duration {
	var took [yardTimes]time.Duration
	for i := range took {
		start := time.Now()
		y.bench.Work(yardUnits)
		took[i] = time.Since(start)
	}
	slices.Sort(took[:])
	return took[yardTimes/2]
}
