package render

import (
	"fmt"
	"time"

	"github.com/llmspell/llmspell/latency/bench"
)

// Figure shows a value with three digits that count.
func Figure(unit bench.Unit, v float64) string {
	switch unit {
	case bench.Bytes:
		return fmt.Sprintf("%.1f MB", v/(1<<20))
	case "": // a number
		return fmt.Sprintf("%.0f", v)
	}
	for _, u := range []struct {
		size float64
		name string
	}{{float64(time.Second), "s"}, {float64(time.Millisecond), "ms"}, {float64(time.Microsecond), "µs"}} {
		if v >= u.size*0.9995 {
			return digits(v/u.size) + " " + u.name
		}
	}
	return digits(v) + " ns"
}

// digits shows three of a number.
func digits(v float64) string {
	switch {
	case v >= 99.95:
		return fmt.Sprintf("%.0f", v)
	case v >= 9.995:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// percent shows a change with its sign.
func percent(v float64) string { return fmt.Sprintf("%+.1f %%", 100*v) }

// Budget shows a budget, and whether the median is over it: also beside the yardstick, where the machine is slow.
func Budget(r *bench.Result, s bench.Summary) string {
	switch {
	case r.Budget == 0:
		return ""
	case !r.WithinBudget(s):
		return "over " + Figure(r.Unit, r.Budget)
	case s.P50 > r.Budget:
		return fmt.Sprintf("≤ %s x %.2f", Figure(r.Unit, r.Budget), s.Machine)
	}
	return "≤ " + Figure(r.Unit, r.Budget)
}

func claim(r *bench.Result) string {
	if r.Claim == nil {
		return ""
	}
	return r.Claim.Figure
}

// cpu shows the CPU time of an operation.
func cpu(s bench.Summary) string {
	if s.CPU == 0 {
		return ""
	}
	return Figure(bench.Nanoseconds, s.CPU)
}
