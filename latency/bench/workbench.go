package bench

import (
	"math/bits"
	"slices"
)

// Workbench does work of a known size that has nothing to do with llmspell: yardsticks are
// made of it. It belongs to one goroutine.
type Workbench struct {
	words []uint32 // each names another: a walk through about as much memory as a core has cache
	at    uint32
	list  [64]uint32
	sum   uint64
}

// NewWorkbench makes a workbench.
func NewWorkbench() *Workbench {
	const size = 1 << 17 // 512 KB
	b := &Workbench{words: make([]uint32, size)}
	for i := range b.words {
		// A full cycle that no processor foresees (Hull, Dobell).
		b.words[i] = (uint32(i)*1664525 + 1013904223) % size
	}
	return b
}

// Work does units of work. About a sixth of each is a walk through memory, the rest is
// arithmetic and branches, as programs have them.
func (b *Workbench) Work(units int) {
	for range units {
		for range 30 {
			b.at = b.words[b.at]
			b.sum = bits.RotateLeft64(b.sum^uint64(b.at), 13) * 0x9E3779B97F4A7C15
		}
		for i := range b.list {
			b.sum = bits.RotateLeft64(b.sum+uint64(i), 29) * 0xBF58476D1CE4E5B9
			b.list[i] = uint32(b.sum)
		}
		slices.Sort(b.list[:])
		b.sum += uint64(b.list[len(b.list)/2])
	}
}
