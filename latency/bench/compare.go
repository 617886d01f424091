package bench

import (
	"fmt"

	"golang.org/x/perf/benchmath"
)

// Verdict says what a comparison means.
type Verdict string

// Verdicts.
const (
	Noise   Verdict = "ok"      // less than 5 %, or not more than chance
	Better  Verdict = "faster"  // by more than 5 %, and not by chance
	Warning Verdict = "warning" // slower by 5 to 10 %, or by more with too few rounds to tell it from chance
	Failure Verdict = "SLOWER"  // by more than 10 %, and not by chance
	Missing Verdict = "missing" // it was not measured, now or then
)

// The policy: less than noiseChange is noise, more than failChange fails if chance explains
// it with a probability of less than significance.
const (
	noiseChange  = 0.05
	failChange   = 0.10
	significance = 0.05
	// What has fewer rounds, on either side, is no reason to fail: two beside ten are significant if they happen to be the least.
	fewestRounds = 4
)

// Comparison is a benchmark of two runs.
type Comparison struct {
	Name    string  `json:"name"`
	Unit    Unit    `json:"unit"`
	Old     float64 `json:"old"` // medians of the rounds' medians
	New     float64 `json:"new"`
	Change  float64 `json:"change"`  // of the figure: 0.1 is 10 % more
	Machine float64 `json:"machine"` // of the yardstick beside it
	P       float64 `json:"p"`       // the probability that chance explains it
	// Ratio is new over old, of rounds that were taken in turn; nil of others.
	Ratio   *Interval `json:"ratio,omitempty"`
	OldCV   float64   `json:"old_variation"`
	NewCV   float64   `json:"new_variation"`
	Verdict Verdict   `json:"verdict"`
	Note    string    `json:"note,omitempty"`
}

// Compare compares two runs, benchmark by benchmark, in the order of the new one. What
// the old one has besides and the selection names comes last, as missing.
func Compare(old, now *Run, selected func(*Result) bool) []Comparison {
	var out []Comparison
	for i := range now.Results {
		n := &now.Results[i]
		o := old.Find(n.Name)
		switch {
		case n.Failed != "":
			out = append(out, Comparison{Name: n.Name, Unit: n.Unit, Verdict: Missing, Note: "it failed: " + n.Failed})
		case o == nil:
			out = append(out, Comparison{Name: n.Name, Unit: n.Unit, Verdict: Missing, Note: "it was not measured before"})
		case o.Failed != "":
			out = append(out, Comparison{Name: n.Name, Unit: n.Unit, Verdict: Missing, Note: "it was not measured before: " + o.Failed})
		case o.Unit != n.Unit:
			out = append(out, Comparison{Name: n.Name, Unit: n.Unit, Verdict: Missing, Note: "it was measured in another unit before: " + string(o.Unit)})
		case !o.Yardstick.same(n.Yardstick):
			out = append(out, Comparison{Name: n.Name, Unit: n.Unit, Verdict: Missing, Note: "it was measured beside another yardstick before: measure both anew"})
		default:
			out = append(out, compare(o, n))
		}
	}
	for i := range old.Results {
		if o := &old.Results[i]; now.Find(o.Name) == nil && selected(o) {
			out = append(out, Comparison{Name: o.Name, Unit: o.Unit, Verdict: Missing, Note: "it was measured only before"})
		}
	}
	return out
}

func compare(o, n *Result) Comparison {
	oldMedians, newMedians := o.medians(), n.medians()
	c := Comparison{
		Name: n.Name, Unit: n.Unit, Old: middle(oldMedians), New: middle(newMedians),
		OldCV: variation(oldMedians), NewCV: variation(newMedians),
	}
	if c.Old > 0 {
		c.Change = c.New/c.Old - 1
	}
	c.P = mannWhitney(oldMedians, newMedians)
	// What is slower only because the machine is, is not slower beside the yardstick.
	beside, p := 0.0, mannWhitney(o.perMachine(), n.perMachine())
	if was := middle(o.perMachine()); was > 0 {
		beside = middle(n.perMachine())/was - 1
	}
	c.Machine = (1+c.Change)/(1+beside) - 1
	c.P = max(c.P, p)
	slower, faster := min(c.Change, beside), max(c.Change, beside)
	switch {
	case slower > failChange && c.P < significance && min(len(oldMedians), len(newMedians)) >= fewestRounds:
		c.Verdict = Failure
	case slower > failChange && c.P < significance:
		c.Verdict = Warning
		c.Note = fmt.Sprintf("there are %d and %d rounds: measure both with %d at least (--count)", len(oldMedians), len(newMedians), fewestRounds)
	case slower > failChange:
		c.Verdict = Warning
		c.Note = fmt.Sprintf("chance explains it with p = %.2f: measure both with more rounds (--count)", c.P)
	case slower > noiseChange && c.P < significance:
		c.Verdict = Warning
	case faster < -noiseChange && c.P < significance:
		c.Verdict = Better
	default:
		c.Verdict = Noise
		if c.Change > noiseChange && c.Change-beside > noiseChange/2 {
			c.Note = fmt.Sprintf("the machine is %.0f %% slower, too", 100*c.Machine)
		}
	}
	return c
}

// mannWhitney is the two-sided probability that two samples come from one distribution:
// exact for small samples. Two that are all the same value do.
func mannWhitney(a, b []float64) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 1
	}
	t := &benchmath.DefaultThresholds
	c := benchmath.AssumeNothing.Compare(benchmath.NewSample(append([]float64(nil), a...), t), benchmath.NewSample(append([]float64(nil), b...), t))
	return c.P
}

// middle is the median as the mean of the two in the middle, where there are two.
func middle(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	s := benchmath.NewSample(append([]float64(nil), values...), &benchmath.DefaultThresholds)
	return benchmath.AssumeNothing.Summary(s, 0.95).Center
}
