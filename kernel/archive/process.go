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
	now, dead := look(pid)
	return dead || start != "" && now != "" && start != now
}

// startOf returns when a process was started, in a form that only equality makes
// sense of; "" where there is no /proc.
func startOf(pid int) string {
	start, _ := look(pid)
	return start
}

// look tells of a process what /proc does: when it was started, and whether it has
// ended, and is only there for its parent to ask how.
func look(pid int) (start string, dead bool) {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return "", false
	}
	// The second field is the program's name in parentheses, which may hold spaces.
	end := bytes.LastIndex(data, []byte(") "))
	if end < 0 {
		return "", false
	}
	fields := strings.Fields(string(data[end+2:]))
	const at = 22 - 3 // the fields begin with the third
	if len(fields) <= at {
		return "", false
	}
	return fields[at], strings.Contains("ZX", fields[0])
}
