package memory

import (
	"errors"
	"math"
	"slices"
	"time"
)

// Priors say how much it counts in a search how old an episode is, and how important. The zero value is nothing.
type Priors struct {
	// Recency is by how much the score of what happened just now is greater; of what is HalfLife old by half of that.
	Recency  float64
	HalfLife time.Duration // 0: 30 days
	// Importance is by how much the score is greater, or less, of what is important: metadata has a number importance
	// from 0 to 1, and 0.5 if it has none.
	Importance float64
}

const defaultHalfLife = 30 * 24 * time.Hour

func (p Priors) any() bool { return p.Recency != 0 || p.Importance != 0 }

func (p Priors) validate() error {
	for _, n := range []float64{p.Recency, p.Importance} {
		if !(n >= 0 && n <= 10) {
			return errors.New("the weights of recency and importance are numbers from 0 to 10")
		}
	}
	if p.HalfLife < 0 {
		return errors.New("the half-life of recency is negative")
	}
	return nil
}

// apply weighs scores, and sorts by them. Those of vectors may be negative: then a weight moves them towards zero.
func (p Priors) apply(found []Found, now time.Time) {
	for i := range found {
		f := &found[i]
		if weight := p.weight(f.Episode, now); f.Score >= 0 {
			f.Score *= weight
		} else {
			f.Score /= weight
		}
	}
	slices.SortStableFunc(found, func(a, b Found) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return 0
	})
}

func (p Priors) weight(e *Episode, now time.Time) float64 {
	half := p.HalfLife
	if half == 0 {
		half = defaultHalfLife
	}
	age := max(0, now.Sub(e.Time))
	weight := 1 + p.Recency*math.Exp2(-float64(age)/float64(half))
	if n, ok := number(e.Metadata["importance"]); ok {
		weight *= math.Exp2(p.Importance * 2 * (min(1, max(0, n)) - 0.5))
	}
	return weight
}
