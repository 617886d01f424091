package puc

import (
	"math"
	"strconv"
)

// maxQuoted is the number of a string's bytes that a trace shows.
const maxQuoted = 60

// Quote writes a string as a Stop's locals show it: its first 60 bytes, as a Go
// string literal (%q). Tests use it to render the other side of a comparison.
func Quote(s string) string {
	if len(s) > maxQuoted {
		s = s[:maxQuoted]
	}
	return strconv.Quote(s)
}

// Number writes a number as a Stop's locals show it, which is how PUC Lua
// prints it (%.14g), with nan for every NaN.
func Number(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	// Go's 'g' keeps no trailing zeros and writes exponents of two digits and
	// more, as C's %g does.
	return strconv.FormatFloat(f, 'g', 14, 64)
}
