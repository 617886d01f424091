package bench

import (
	"math"

	"golang.org/x/perf/benchmath"
)

// Interval is a figure, with bounds between which it is with a probability.
type Interval struct {
	Center     float64 `json:"center"`
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
	Confidence float64 `json:"confidence"`
}

// confidence is what the bounds of ratios are to have.
const confidence = 0.95

// AddRatios adds to comparisons of two runs, whose rounds were taken in turn, the median of the rounds'
// ratios, with bounds that assume nothing of how they are distributed. Fewer than six rounds give none.
func AddRatios(list []Comparison, old, now *Run) {
	for i := range list {
		o, n := old.Find(list[i].Name), now.Find(list[i].Name)
		if list[i].Verdict == Missing || o == nil || n == nil {
			continue
		}
		list[i].Ratio = ratio(o.medians(), n.medians())
	}
}

// ratio is that of rounds taken in turn; nil if they are too few.
func ratio(old, now []float64) *Interval {
	var ratios []float64
	for i := range min(len(old), len(now)) {
		if old[i] > 0 {
			ratios = append(ratios, now[i]/old[i])
		}
	}
	if len(ratios) == 0 {
		return nil
	}
	s := benchmath.AssumeNothing.Summary(benchmath.NewSample(ratios, &benchmath.DefaultThresholds), confidence)
	if math.IsInf(s.Lo, 0) || math.IsInf(s.Hi, 0) {
		return nil
	}
	return &Interval{Center: s.Center, Low: s.Lo, High: s.Hi, Confidence: s.Confidence}
}
