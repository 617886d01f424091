package footprint

import (
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Use tells what this process uses now.
func Use() Usage {
	u := unknown
	if statm, err := os.ReadFile("/proc/self/statm"); err == nil {
		u = parseStatm(string(statm), int64(os.Getpagesize()))
	}
	var usage unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &usage) == nil {
		u.CPU = (time.Duration(usage.Utime.Nano()) + time.Duration(usage.Stime.Nano())).Seconds()
	}
	return u
}

// parseStatm reads the first three numbers of /proc/PID/statm: pages in all, pages
// that are resident, and those of them that belong to files or shared memory.
func parseStatm(text string, pageSize int64) Usage {
	fields := strings.Fields(text)
	if len(fields) < 3 {
		return unknown
	}
	var pages [3]int64
	for i := range pages {
		n, err := strconv.ParseUint(fields[i], 10, 40)
		if err != nil {
			return unknown
		}
		pages[i] = int64(n)
	}
	u := unknown
	u.Virtual, u.Resident = pages[0]*pageSize, pages[1]*pageSize
	u.Own = max(pages[1]-pages[2], 0) * pageSize // the three are not read at one moment
	return u
}
