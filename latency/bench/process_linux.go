package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ProcessCPU is the CPU time that all threads of a process have used; 0 if the system does
// not tell.
func ProcessCPU(pid int) (used time.Duration) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid)) // the pattern is right
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		first, _, _ := strings.Cut(string(text), " ")
		ns, _ := strconv.ParseInt(first, 10, 64)
		used += time.Duration(ns)
	}
	return used
}

// ProcessMemory is a figure of a process's status in bytes, such as RssAnon or VmRSS; 0 if the
// system does not tell.
func ProcessMemory(pid int, name string) int64 {
	kb, _ := strconv.ParseInt(strings.TrimSuffix(valueIn(fmt.Sprintf("/proc/%d/status", pid), name), " kB"), 10, 64)
	return kb << 10
}

// ProcessFiles is how many descriptors a process has open; 0 if the system does not tell.
func ProcessFiles(pid int) int {
	entries, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	return len(entries)
}
