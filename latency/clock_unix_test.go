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
	used := ownTime()
	if used == 0 {
		tb.Fatal("the system does not tell the CPU time of the process")
	}
	return used
}

// ownTime is cpuTime, or 0 if the system does not tell.
func ownTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
