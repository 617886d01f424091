package metrics

import (
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

func readProcess() process {
	p := process{cpu: -1, resident: -1, virtual: -1, descriptors: -1, maxDescrip: -1}
	var usage unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &usage) == nil {
		p.cpu = (time.Duration(usage.Utime.Nano()) + time.Duration(usage.Stime.Nano())).Seconds()
	}
	if statm, err := os.ReadFile("/proc/self/statm"); err == nil {
		p.virtual, p.resident = parseStatm(string(statm), float64(os.Getpagesize()))
	}
	if fds, err := os.Open("/proc/self/fd"); err == nil {
		if names, err := fds.Readdirnames(-1); err == nil {
			p.descriptors = float64(len(names) - 1) // this one is closed again
		}
		fds.Close()
	}
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil {
		p.maxDescrip = float64(limit.Cur)
	}
	return p
}

// parseStatm reads the first two numbers of /proc/PID/statm: pages in all, and
// pages that are resident.
func parseStatm(text string, pageSize float64) (virtual, resident float64) {
	fields := strings.Fields(text)
	if len(fields) < 2 {
		return -1, -1
	}
	all, err1 := strconv.ParseUint(fields[0], 10, 64)
	here, err2 := strconv.ParseUint(fields[1], 10, 64)
	if err1 != nil || err2 != nil {
		return -1, -1
	}
	return float64(all) * pageSize, float64(here) * pageSize
}
