//go:build !unix && !windows

package lualib

import (
	"runtime/metrics"
	"time"
)

// processTime is Go's estimate of the CPU time that the process has used, where
// the system has no call for it.
func processTime() time.Duration {
	sample := []metrics.Sample{{Name: "/cpu/classes/user:cpu-seconds"}}
	metrics.Read(sample)
	return time.Duration(sample[0].Value.Float64() * float64(time.Second))
}
