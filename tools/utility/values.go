package utility

import (
	"math"
	"strconv"
)

func formatUint(n uint64) string { return strconv.FormatUint(n, 10) }

// roundTo rounds to so many digits behind the point.
func roundTo(f float64, digits int) float64 {
	by := math.Pow(10, float64(digits))
	if math.IsInf(f*by, 0) {
		return f
	}
	return math.Round(f*by) / by
}
