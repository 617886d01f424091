package daemon

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// lockers are the processes that hold a lock (flock) on a file, as far as the system tells.
func lockers(path string) (pids []int) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	text, err := os.ReadFile("/proc/locks")
	if err != nil {
		return nil
	}
	return lockersIn(string(text), uint64(st.Dev), st.Ino)
}

// lockersIn reads proc_locks(5).
func lockersIn(text string, dev, inode uint64) (pids []int) {
	major, minor := dev>>8&0xfff|dev>>32&^uint64(0xfff), dev&0xff|dev>>12&0xfff00
	file := fmt.Sprintf("%02x:%02x:%d", major, minor, inode)
	for line := range strings.Lines(text) {
		// "1: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF"
		fields := strings.Fields(line)
		if len(fields) < 6 || fields[1] != "FLOCK" || fields[5] != file {
			continue
		}
		pid := 0
		if _, err := fmt.Sscanf(fields[4], "%d", &pid); err == nil && pid > 0 {
			pids = append(pids, pid)
		}
	}
	return pids
}
