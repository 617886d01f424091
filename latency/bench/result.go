package bench

import (
	"math"
	"slices"
	"time"
)

// Round is what one round of a benchmark measured.
type Round struct {
	Samples []float64 `json:"samples"`       // in the benchmark's unit, each of one operation, in their order
	CPU     float64   `json:"cpu,omitempty"` // nanoseconds of an operation, all processes that take part; 0: unknown
	Machine float64   `json:"machine"`       // nanoseconds of the yardstick beside it
}

// Result is what was measured of a benchmark.
type Result struct {
	Name   string  `json:"name"`
	Group  Group   `json:"group"`
	What   string  `json:"what"`
	Reach  Reach   `json:"reach"`
	Unit   Unit    `json:"unit"`
	Budget float64 `json:"budget,omitempty"`
	Claim  *Claim  `json:"claim,omitempty"`
	// Yardstick is that of the rounds; nil: the one that does arithmetic.
	Yardstick *Yardstick `json:"yardstick,omitempty"`
	Rounds    []Round    `json:"rounds"`
	Failed    string     `json:"failed,omitempty"` // why it could not be measured
}

// Run is what one call measured.
type Run struct {
	Format      int         `json:"format"`
	Time        time.Time   `json:"time"`
	Name        string      `json:"name,omitempty"`
	Environment Environment `json:"environment"`
	Results     []Result    `json:"results"`
}

// FormatVersion is the format of files that this program writes.
const FormatVersion = 1

// Find returns the result of a benchmark, nil if there is none.
func (r *Run) Find(name string) *Result {
	for i := range r.Results {
		if r.Results[i].Name == name {
			return &r.Results[i]
		}
	}
	return nil
}

// Percentile returns the smallest value that at least p percent of all do not exceed
// (nearest rank), 0 of nothing.
func Percentile(values []float64, p float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// Summary are the figures of a result.
type Summary struct {
	Samples   int     `json:"samples"`
	Minimum   float64 `json:"min"`
	P50       float64 `json:"p50"`
	P95       float64 `json:"p95"`
	P99       float64 `json:"p99"`
	Maximum   float64 `json:"max"`
	CPU       float64 `json:"cpu,omitempty"` // of an operation, the median of the rounds
	Variation float64 `json:"variation"`     // coefficient of variation of the rounds' medians
	// Machine is how many times as long as usual the yardstick took, the median of the rounds; 0: unknown.
	Machine float64 `json:"machine,omitempty"`
	// Usual is P50 of the rounds' medians, each over its yardstick and times what that takes usually: what it would
	// be on the machine on which the budgets were set.
	Usual float64 `json:"usual,omitempty"`
}

// Summary computes the figures over the samples of all rounds.
func (r *Result) Summary() Summary {
	var all, cpu, machine []float64
	for _, round := range r.Rounds {
		all = append(all, round.Samples...)
		if round.CPU > 0 {
			cpu = append(cpu, round.CPU)
		}
		if r.Unit == Nanoseconds && round.Machine > 0 {
			machine = append(machine, round.Machine/r.usual())
		}
	}
	s := Summary{
		Samples: len(all), Minimum: Percentile(all, 0), P50: Percentile(all, 50), P95: Percentile(all, 95), P99: Percentile(all, 99),
		Maximum: Percentile(all, 100), CPU: Percentile(cpu, 50), Variation: variation(r.medians()),
	}
	if len(machine) > 0 {
		s.Machine, s.Usual = Percentile(machine, 50), Percentile(r.perMachine(), 50)*r.usual()
	}
	return s
}

// medians are the observations: one of each round.
func (r *Result) medians() []float64 {
	out := make([]float64, len(r.Rounds))
	for i, round := range r.Rounds {
		out[i] = Percentile(round.Samples, 50)
	}
	return out
}

// perMachine are the medians over how long the yardstick took beside them, for durations.
// Sizes are the same on every machine.
func (r *Result) perMachine() []float64 {
	out := r.medians()
	for i, round := range r.Rounds {
		if r.Unit == Nanoseconds && round.Machine > 0 {
			out[i] /= round.Machine
		}
	}
	return out
}

// WithinBudget tells whether the median is, or would be on the machine on which the budgets were set, as far as the yardstick
// tells. What has no budget is within it.
func (r *Result) WithinBudget(s Summary) bool {
	return r.Budget == 0 || s.P50 <= r.Budget || s.Machine > 1 && s.Usual <= r.Budget
}

// variation is the standard deviation over the mean, 0 of less than two values.
func variation(values []float64) float64 {
	n := float64(len(values))
	if n < 2 {
		return 0
	}
	mean, squares := 0.0, 0.0
	for _, v := range values {
		mean += v / n
	}
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	if mean == 0 {
		return 0
	}
	return math.Sqrt(squares/(n-1)) / mean
}
