//go:build !race && !linux

package latency

import (
	"testing"
	"time"
)

// ownMemory is not measured here: 0.
func ownMemory(testing.TB, string, string) (own, pages int64) { return 0, 0 }

// anonymousMemory is not measured here: 0.
func anonymousMemory(testing.TB, int) int64 { return 0 }

// residentMemory is not measured here: 0.
func residentMemory(testing.TB, int) int64 { return 0 }

// peakOf is not measured here: 0.
func peakOf(testing.TB, int) int64 { return 0 }

// processTime is not measured here: 0.
func processTime(testing.TB, int) time.Duration { return 0 }

// settled is only needed where memory is measured.
func settled(_ testing.TB, binary string) string { return binary }
