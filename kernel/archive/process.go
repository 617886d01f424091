package archive

import (
	"bytes"
	"os"
	"strconv"
	"strings"
)

// thisProcess names this process so that others can tell whether it is alive:
// its number and, where the system tells, when it was started.
func thisProcess() string {
	pid := os.Getpid()
	return strconv.Itoa(pid) + "/" + startOf(pid)
}

// gone tells whether a process that thisProcess has named is no more.
func gone(process string) bool {
	number, start, ok := strings.Cut(process, "/")
	pid, err := strconv.Atoi(number)
	if !ok || err != nil || pid <= 0 {
		return true
	}
	if !exists(pid) {
		return true
	}
	now := startOf(pid)
	return start != "" && now != "" && start != now
}

// startOf returns when a process was started, in a form that only equality makes
// sense of; "" where there is no /proc.
func startOf(pid int) string {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return ""
	}
	// The second field is the program's name in parentheses, which may hold spaces.
	_, rest, ok := bytes.Cut(data, []byte(") "))
	fields := strings.Fields(string(rest))
	const start = 22 - 3 // rest begins with the third field
	if !ok || len(fields) <= start {
		return ""
	}
	return fields[start]
}
