package bench

import (
	"math/bits"
	"slices"
	"time"
)

// yardstick is work of a known size that has nothing to do with llmspell: a walk through as
// much memory as a core has cache, arithmetic and branches.
type yardstick struct {
	words []uint32 // each names another
	at    uint32
	list  [64]uint32
	sum   uint64
}

const (
	yardWords = 1 << 17
	yardUnits = 60 // of one piece, about 0.1 ms
	yardTimes = 15
)

func newYardstick() *yardstick {
	y := &yardstick{words: make([]uint32, yardWords)}
	for i := range y.words {
		y.words[i] = (uint32(i)*1664525 + 1013904223) % yardWords // a full cycle that no processor foresees
	}
	return y
}

// measure returns the median time of one piece of work.
func (y *yardstick) measure() time.Duration {
	var took [yardTimes]time.Duration
	for i := range took {
		start := time.Now()
		y.work(yardUnits)
		took[i] = time.Since(start)
	}
	slices.Sort(took[:])
	return took[yardTimes/2]
}

func (y *yardstick) work(units int) {
	for range units {
		for range 30 {
			y.at = y.words[y.at]
			y.sum = bits.RotateLeft64(y.sum^uint64(y.at), 13) * 0x9E3779B97F4A7C15
		}
		for i := range y.list {
			y.sum = bits.RotateLeft64(y.sum+uint64(i), 29) * 0xBF58476D1CE4E5B9
			y.list[i] = uint32(y.sum)
		}
		slices.Sort(y.list[:])
	}
}
