package bench

import (
	"context"
	"slices"
	"time"
)

// Yardstick is work without llmspell's code, of the kind that a benchmark does: how much longer it takes than
// usual tells how much slower the machine is just now, for such work.
type Yardstick struct {
	What  string       `json:"what"`
	Usual float64      `json:"usual"` // nanoseconds that it takes on the machine on which the budgets were set
	Work  func() error `json:"-"`
}

// same tells whether figures beside two yardsticks can be compared.
func (y *Yardstick) same(other *Yardstick) bool {
	return y == nil && other == nil || y != nil && other != nil && y.What == other.What
}

// UsualUnit is what a unit of a Workbench's work takes on the machine on which the budgets were set.
const UsualUnit = 2 * time.Microsecond

const (
	yardUnits = 60 // of one piece of the yardstick that all have that name no other
	yardTimes = 15
	kindTimes = 3 // pieces of one that a benchmark names, which are longer
)

// usual is what a result's yardstick takes on the machine on which the budgets were set.
func (r *Result) usual() float64 {
	if r.Yardstick != nil {
		return r.Yardstick.Usual
	}
	return float64(yardUnits * UsualUnit)
}

// yardstick times pieces of work on a workbench.
type yardstick struct{ bench *Workbench }

func newYardstick() *yardstick { return &yardstick{NewWorkbench()} }

// measure returns the median time of one piece of work: of the kind that a benchmark names, if it does.
func (y *yardstick) measure(ctx context.Context, kind *Yardstick) (time.Duration, error) {
	work, times := func() error { y.bench.Work(yardUnits); return nil }, yardTimes
	if kind != nil {
		work, times = kind.Work, kindTimes
	}
	took := make([]time.Duration, times)
	for i := range took {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		start := time.Now()
		if err := work(); err != nil {
			return 0, err
		}
		took[i] = time.Since(start)
	}
	slices.Sort(took)
	return took[times/2], nil
}
