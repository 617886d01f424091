package sandbox

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// setLimits sets the limits that the system keeps for each process, as a
// second wall behind the supervisor's counting, which is about all together.
func setLimits(l Limits) error {
	seconds := uint64(l.CPU/time.Second) + 1
	limits := []struct {
		resource int
		name     string
		value    uint64
	}{
		{unix.RLIMIT_CORE, "core", 0},
		{unix.RLIMIT_FSIZE, "file size", uint64(l.FileSize)},
		{unix.RLIMIT_NOFILE, "open files", uint64(max(l.OpenFiles, minFiles))},
		{unix.RLIMIT_CPU, "CPU", seconds},
		// The supervisor lives within it too. Address space would be the wrong
		// measure: many runtimes reserve more than they ever use.
		{unix.RLIMIT_DATA, "memory", uint64(max(l.Memory+l.Memory/4, minData))},
		{unix.RLIMIT_NPROC, "processes", uint64(ownThreads() + l.Processes + spareThreads)},
	}
	for _, r := range limits {
		var now unix.Rlimit
		if err := unix.Getrlimit(r.resource, &now); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		value := min(r.value, now.Max)
		if err := unix.Setrlimit(r.resource, &unix.Rlimit{Cur: value, Max: value}); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
	}
	return nil
}

const (
	minFiles = 16
	minData  = 512 << 20
	// spareThreads is what the user's other programs may start meanwhile. The
	// system counts all threads of a user. It does not bind root.
	spareThreads = 256
)

// ownThreads counts the threads of the user whose process this is.
func ownThreads() (n int) {
	if os.Geteuid() == 0 {
		return 0
	}
	for _, p := range processes() {
		var info unix.Stat_t
		if unix.Stat("/proc/"+strconv.Itoa(p.pid), &info) == nil && int(info.Uid) == os.Getuid() {
			n += p.threads
		}
	}
	return n
}
