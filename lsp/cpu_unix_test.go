//go:build unix

package lsp_test

import (
	"syscall"
	"time"
)

// cpuTime returns what the process has used of the processors: what a benchmark
// costs, also where others work at the same time.
func cpuTime() time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
