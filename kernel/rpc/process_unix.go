//go:build unix

package rpc

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
	"time"
)

// processUse tells the resident memory of this process, where /proc does, and the
// processor time that it has used, in seconds.
func processUse() (memory int64, cpu float64) {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) == nil {
		cpu = time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
	}
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, cpu
	}
	if fields := bytes.Fields(data); len(fields) > 1 {
		if pages, err := strconv.ParseInt(string(fields[1]), 10, 64); err == nil {
			memory = pages * int64(os.Getpagesize())
		}
	}
	return memory, cpu
}
