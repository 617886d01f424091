package metrics

import (
	"sync/atomic"
	"time"
)

// buckets is the number of bounds.
const buckets = 21

// bounds are the upper ends of the buckets of durations, from what a message in
// the process takes to a long script.
func bounds() [buckets]time.Duration {
	return [...]time.Duration{
		25 * time.Microsecond, 50 * time.Microsecond, 100 * time.Microsecond, 250 * time.Microsecond, 500 * time.Microsecond,
		time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond,
		100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2500 * time.Millisecond, 5 * time.Second,
		10 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute,
	}
}

// histogram counts durations. The zero value is ready; the last bucket holds
// what is beyond the bounds.
type histogram struct {
	counts [buckets + 1]atomic.Uint64
	sum    atomic.Int64 // ns
}

func (h *histogram) observe(d time.Duration) {
	d = max(d, 0) // a clock that was set back
	h.counts[bucketOf(d)].Add(1)
	h.sum.Add(int64(d))
}

// bucketOf finds the first bucket whose bound is not below d.
func bucketOf(d time.Duration) int {
	limits := bounds()
	low, high := 0, buckets
	for low < high {
		middle := (low + high) / 2
		if d <= limits[middle] {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low
}

// snapshot returns the counts up to each bound, then that of all, and the sum.
func (h *histogram) snapshot() (cumulative [buckets + 1]uint64, sum time.Duration) {
	total := uint64(0)
	for i := range h.counts {
		total += h.counts[i].Load()
		cumulative[i] = total
	}
	return cumulative, time.Duration(h.sum.Load())
}
