package luagen

import "math/rand/v2"

// choices makes the decisions. Zero is always the simplest one.
type choices interface {
	// pick returns a number from 0 to n-1; n is at most 256.
	pick(n int) int
}

// random decides by a seed.
type random struct{ *rand.Rand }

func newRandom(seed int64) random {
	return random{rand.New(rand.NewPCG(uint64(seed), 0x6c7561))}
}

func (r random) pick(n int) int { return r.IntN(n) }

// bytesChoice decides by bytes, one a decision.
type bytesChoice struct{ data []byte }

func (b *bytesChoice) pick(n int) int {
	if len(b.data) == 0 {
		return 0
	}
	v := int(b.data[0]) % n
	b.data = b.data[1:]
	return v
}
