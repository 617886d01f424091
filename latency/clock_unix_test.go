//go:build unix && !race

package latency

import (
	"syscall"
	"testing"
	"time"
)

// cpuTime is the CPU time that this process has used. Unlike wall time it does
// not pass while other processes have the core.
func cpuTime(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatalf("read the CPU time of the process: %v", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
