package vector

import (
	"errors"
	"fmt"
	"math"
)

// Metric says what near means. Of all, a greater score is nearer.
type Metric uint32

const (
	// Cosine scores by the cosine of the angle, from -1 to 1. Lengths do not matter; a vector of zeros has
	// no direction and is refused.
	Cosine Metric = iota
	// Dot scores by the dot product.
	Dot
	// L2 scores by the Euclidean distance, negated.
	L2
	metrics
)

// String is the metric's name, as in "cosine".
func (m Metric) String() string {
	if m < metrics {
		return [...]string{"cosine", "dot", "l2"}[m]
	}
	return fmt.Sprintf("metric %d", uint32(m))
}

// MaxDimension is how many numbers a vector can have.
const MaxDimension = 1 << 16

// maxLength keeps all products and sums within float32.
const maxLength = 1e18

// Sentinel errors.
var (
	// ErrDimension is a vector of another length than the index has.
	ErrDimension = errors.New("wrong dimension")
	// ErrVector is a vector that cannot be compared: it has a NaN, an infinity, or no direction.
	ErrVector = errors.New("not a usable vector")
)

// prepare copies v into dst, which is zero beyond it, as the metric wants it: of length 1 for Cosine.
func (m Metric) prepare(dst, v []float32) error {
	var sum float64
	for i, x := range v {
		y := float64(x)
		if math.IsNaN(y) || math.IsInf(y, 0) {
			return fmt.Errorf("%w: number %d of %d is %v; an embedding has only finite numbers", ErrVector, i+1, len(v), x)
		}
		sum += y * y
	}
	length := math.Sqrt(sum)
	if m != Cosine {
		if length > maxLength {
			return fmt.Errorf("%w: its length is %.3g, more than %.0g; scale the vectors down", ErrVector, length, maxLength)
		}
		copy(dst, v)
		return nil
	}
	if length == 0 {
		return fmt.Errorf("%w: all its %d numbers are 0, so it has no direction; leave such vectors out, or compare by dot product or distance", ErrVector, len(v))
	}
	for i, x := range v {
		dst[i] = float32(float64(x) / length)
	}
	return nil
}

// score turns what searches order by into what a Hit tells.
func (m Metric) score(s float32) float32 {
	switch m {
	case Cosine:
		return max(-1, min(1, s))
	case L2:
		return -float32(math.Sqrt(float64(-s)))
	}
	return s
}
