package lualib

import (
	"math"

	lua "github.com/yuin/gopher-lua"
)

// random is the generator behind math.random: the additive feedback generator
// r[i] = r[i-3] + r[i-31] that the C libraries of Linux and the BSDs provide as
// rand, so that a script sees the numbers it sees under PUC Lua on Linux. Each
// state has its own; all start from seed 1, as C programs do.
type random struct {
	state [31]uint32
	// next is the place of r[i-31], which the next value replaces.
	next   int
	seeded bool
}

// maxRand is C's RAND_MAX.
const maxRand = 1<<31 - 1

// seed fills the state with the minimal standard generator (multiplier 16807,
// modulus 2^31-1) and throws away the first numbers, which still resemble it.
func (r *random) seed(seed uint32) {
	if seed == 0 {
		seed = 1
	}
	r.state[0] = seed
	word := int64(int32(seed))
	for i := 1; i < len(r.state); i++ {
		word = word * 16807 % maxRand
		if word < 0 {
			word += maxRand
		}
		r.state[i] = uint32(word)
	}
	r.next, r.seeded = 3, true // the first three places serve as r[i-3] first
	for range 10 * len(r.state) {
		r.rand()
	}
}

// rand returns a number in [0, maxRand].
func (r *random) rand() uint32 {
	i := r.next
	r.state[i] += r.state[(i+len(r.state)-3)%len(r.state)]
	r.next = (i + 1) % len(r.state)
	return r.state[i] >> 1
}

// float returns a number in [0, 1).
func (r *random) float() float64 {
	if !r.seeded {
		r.seed(1)
	}
	return float64(r.rand()%maxRand) / maxRand
}

func (r *random) random(L *lua.LState) int {
	f := r.float()
	switch L.GetTop() {
	case 0:
		L.Push(lua.LNumber(f))
	case 1:
		high := checkInt(L, 1)
		if high < 1 {
			argError(L, 1, "interval is empty")
		}
		L.Push(r.between(f, 1, float64(high)))
	case 2:
		low, high := checkInt(L, 1), checkInt(L, 2)
		if low > high {
			argError(L, 2, "interval is empty")
		}
		L.Push(r.between(f, float64(low), float64(high)))
	default:
		raise(L, "wrong number of arguments")
	}
	return 1
}

// between spreads f over the integers from low to high. PUC Lua 5.1 overflows on
// intervals beyond 2^31; here a second number fills in the digits that f has not.
func (r *random) between(f, low, high float64) lua.LNumber {
	n := high - low + 1
	if n > maxRand {
		f = (float64(r.rand()) + f) / (maxRand + 1)
	}
	return lua.LNumber(min(math.Floor(f*n)+low, high))
}

func (r *random) randomseed(L *lua.LState) int {
	r.seed(uint32(checkInt(L, 1)))
	return 0
}
