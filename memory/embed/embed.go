package embed

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// Purpose says what a text is: some models want to be told.
type Purpose int

// The purposes.
const (
	Document Purpose = iota // what is found
	Query                   // what is asked
)

// Embedder makes vectors of texts. Its methods may be called by any goroutine.
type Embedder interface {
	// Model names what the vectors come from, and all that changes them. Vectors of two models do not compare.
	Model() string
	// Embed returns a vector for each text, in their order; nil for one that has none. An error is of all.
	Embed(ctx context.Context, purpose Purpose, texts []string) ([][]float32, error)
	Close() error
}

// ErrVector means that an embedder gave vectors that cannot be used: of a wrong or changing length, or
// with numbers that are none.
var ErrVector = errors.New("not a usable vector")

// StoppedError is the end of a context while a request that had failed was being made again.
type StoppedError struct {
	Problem string // why it had failed
	Err     error
}

// Error tells the end, and what was before it.
func (e *StoppedError) Error() string { return fmt.Sprintf("%v; before that: %s", e.Err, e.Problem) }

// Unwrap is the end.
func (e *StoppedError) Unwrap() error { return e.Err }

// maxDimension is how many numbers a vector can have.
const maxDimension = 1 << 16

// maxText is how many bytes of a text count. No model reads more.
const maxText = 64 << 10

// cut shortens a text to so many bytes, and not within a character.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && text[most]&0xC0 == 0x80 {
		most--
	}
	return text[:most]
}

// normalise scales a vector to length 1. The error says why that cannot be.
func normalise(v []float32) error {
	var sum float64
	for i, x := range v {
		y := float64(x)
		if math.IsNaN(y) || math.IsInf(y, 0) {
			return fmt.Errorf("%w: number %d of %d is %v", ErrVector, i+1, len(v), x)
		}
		sum += y * y
	}
	length := math.Sqrt(sum)
	if length == 0 {
		return fmt.Errorf("%w: all its %d numbers are 0", ErrVector, len(v))
	}
	for i, x := range v {
		v[i] = float32(float64(x) / length)
	}
	return nil
}
